// Each model judged twice: by the analyzer here, and by BigQuery itself (a dry run). They must agree, in the columns too.
// The tables that a model reads need not be deployed: BigQuery is told their columns.

import type { CompileResult } from '../compile/compile.ts';
import { must, PulseError } from '../errors.ts';
import { type TypedColumn, typeText } from '../googlesql/type.ts';
import type { Project } from '../project.ts';
import { tablesOf } from './remote-quote.ts';

/** What one of the two says: the columns, or what is wrong. */
export type Verdict = { readonly columns: readonly string[] } | { readonly wrong: string };

export interface RemoteVerdict {
  readonly asset: string;
  readonly offline: Verdict;
  readonly remote: Verdict;
  readonly isSame: boolean;
}

/** Dry-runs at a time. */
const AT_ONCE = 8;

/**
 * Of the models among `names` that render, and whose upstream is right.
 *
 * @throws {PulseError} CONFIG_INVALID where tables are not made in BigQuery, WAREHOUSE_UNREACHABLE
 */
export async function judgeRemotely(
  project: Project,
  result: CompileResult,
  names: readonly string[],
): Promise<readonly RemoteVerdict[]> {
  const dry = await project.dryRun();
  const verdicts: RemoteVerdict[] = [];
  const next = names.entries();
  const worker = async (): Promise<void> => {
    for (const [at, name] of next) {
      const sql = result.models.get(name)?.sql ?? (await renderedOf(name, project, result));
      if (sql === undefined) continue;
      const offline = offlineVerdict(name, result);
      const remote = await dry
        .dryRun(sql, tablesOf(name, project, result), { asset: name })
        .then(({ columns }): Verdict => ({ columns: texts(columns) }), refusal);
      verdicts[at] = { asset: name, offline, remote, isSame: agree(offline, remote) };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return verdicts.filter(one => one !== undefined);
}

const texts = (columns: readonly TypedColumn[]): readonly string[] =>
  columns.map(({ name, type }) => `${name} ${typeText(type)}`);

function offlineVerdict(name: string, { models, errors }: CompileResult): Verdict {
  const model = models.get(name);
  return model === undefined ? { wrong: must(errors, name)[0]?.message ?? '' } : { columns: texts(model.columns) };
}

/** The text of a model that is wrong here; undefined where it has none, or reads what is wrong itself. */
async function renderedOf(name: string, project: Project, { errors }: CompileResult): Promise<string | undefined> {
  const asset = must(project.graph.assets, name);
  const isJudged =
    asset.kind === 'model' && errors.get(name)?.every(({ code }) => /^SQL_(?:INVALID|TOO_NEW)$/.test(code)) === true;
  return isJudged ? project.rendered(asset.model) : undefined;
}

/** What BigQuery says of the query is its verdict; anything else is none. */
function refusal(error: unknown): Verdict {
  const isVerdict =
    error instanceof PulseError && /^WAREHOUSE_(QUERY_FAILED|TABLE_MISSING)$/.test(error.code) && !error.transient;
  if (isVerdict) return { wrong: error.message };
  throw error;
}

/** Both give the same columns, or both refuse. */
function agree(a: Verdict, b: Verdict): boolean {
  if ('wrong' in a || 'wrong' in b) return 'wrong' in a && 'wrong' in b;
  return a.columns.join() === b.columns.join();
}
