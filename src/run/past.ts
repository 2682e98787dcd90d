// Tables as runs left them, for who only looks: which publications are kept, and one of them beside the table as it is.

import { isTable, type TableAsset } from '../asset/asset.ts';
import { must, PulseError } from '../errors.ts';
import type { Project } from '../project.ts';
import type { JournalRow } from '../warehouse/warehouse.ts';
import { compareTables, keyOf, type TableComparison } from './compare.ts';
import { runNamed } from './history.ts';
import { leftBy, rewindable } from './rewind.ts';
import { tableSpec } from './table-spec.ts';

export interface PastPublication {
  readonly runId: string;
  /** UTC text. */
  readonly publishedAt: string;
  /** Numbers of cells. */
  readonly written: number;
  readonly removed: number;
  readonly isCurrent: boolean;
  /** Whether the table can be given back as it left it. */
  readonly isKept: boolean;
}

async function journalOf(project: Project, name: string): Promise<readonly JournalRow[]> {
  if (!project.hasWarehouse()) return [];
  const reader = await project.warehouse({ readOnly: true });
  return (await reader.journal(0)).filter(row => row.asset === name);
}

/** The publications of a table, newest first. @throws {PulseError} USAGE where it is none that can be rewound. */
export async function publications(project: Project, name: string): Promise<readonly PastPublication[]> {
  rewindable(project, name);
  const rows = await journalOf(project, name);
  const reach = rows.length === 0 ? undefined : await (await project.inspection()).past?.reach(name);
  return rows
    .map((row, at) => ({
      runId: row.runId,
      publishedAt: row.publishedAt,
      written: row.written.length,
      removed: row.removed.length,
      isCurrent: at === rows.length - 1,
      isKept: at === rows.length - 1 || (reach !== undefined && row.sequence >= reach),
    }))
    .reverse();
}

export interface PastComparison extends TableComparison {
  /** Columns that only the table as it is has, and only the one as it was. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** The run that had published it as it was. */
  readonly publishedBy: string;
}

/**
 * A table as it is published against what a run left of it. Columns that only one of them has are said, not compared.
 *
 * @throws {PulseError} RUN_UNKNOWN, WAREHOUSE_TABLE_MISSING, VERSION_GONE
 */
export async function compareWithRun(
  project: Project,
  name: string,
  { run: text, limit }: { readonly run: string; readonly limit: number },
): Promise<PastComparison> {
  const asset = must(project.graph.assets, name);
  if (!isTable(asset))
    throw new PulseError('USAGE', `${name} is no table, but ${asset.kind}.`, { hint: 'Name a table.' });
  const run = await runNamed(project, text);
  const rows = await journalOf(project, name);
  const target = leftBy(rows, run);
  if (target === undefined) {
    throw new PulseError('WAREHOUSE_TABLE_MISSING', `There was no table ${name} when run ${run.runId} ended.`, {
      hint: '`pulse runs` lists the runs.',
    });
  }
  const now = await project.inspection();
  const spec = await specNow(project, asset);
  const isSame = target === rows.at(-1);
  const then = isSame ? { inspection: now, columns: undefined } : await now.past?.asOf(spec, target.sequence);
  if (then === undefined) {
    throw new PulseError('VERSION_GONE', `What run ${run.runId} left of ${name} is not kept any more.`, {
      hint:
        asset.kind === 'extract' ? 'Only models and seeds are kept.' : `\`pulse rewind ${name}\` lists what is kept.`,
    });
  }
  const { both, added, removed } = shared(spec.columns, then.columns ?? spec.columns);
  const keys = keyOf(asset).filter(key => both.some(column => column.name === key));
  const one = await compareTables(now, then.inspection, { spec: { ...spec, columns: both }, keys, limit });
  return { ...one, added, removed, publishedBy: target.runId };
}

/** The table with the columns that it has, whatever its SQL would give by now. */
async function specNow(project: Project, asset: TableAsset) {
  const { models } = await project.compile([asset.name]);
  const spec = tableSpec(asset, models.get(asset.name)?.columns);
  const columns = await (await project.inspection()).past?.columns(asset.name);
  return columns === undefined
    ? spec
    : { ...spec, columns: columns.map(column => ({ ...column, required: false, description: '' })) };
}

type Column = { readonly name: string; readonly type: unknown };

function shared<C extends Column>(now: readonly C[], then: readonly Column[]) {
  const text = ({ name, type }: Column): string => JSON.stringify([name, type]);
  const before = new Set(then.map(text));
  const after = new Set(now.map(text));
  return {
    both: now.filter(column => before.has(text(column))),
    added: now.filter(column => !before.has(text(column))).map(column => column.name),
    removed: then.filter(column => !after.has(text(column))).map(column => column.name),
  };
}
