// GoogleSQL against the warehouse: bare asset names resolve, types are BigQuery's. Reads only.

import { isTable } from '../asset/asset.ts';
import { hintClosest } from '../closest.ts';
import { declaredTable } from '../compile/compile.ts';
import { offsetOf } from '../compile/source-map.ts';
import { lineAndColumn, must, type Place, PulseError } from '../errors.ts';
import { type Analyzed, type CatalogTable, SqlInvalid, SqlNotTranslated } from '../googlesql/analyzed.ts';
import { groupsByAll, type Replacement, replaced } from '../googlesql/group-by-all.ts';
import { isTooDeep, tooDeep } from '../googlesql/too-deep.ts';
import type { ResultSet } from '../googlesql/value.ts';
import type { Project } from '../project.ts';

export interface QueryOptions {
  /** Milliseconds for analysis and for execution, each. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Where the query stands, for the place of its errors. */
  readonly file?: string;
}

/** Answers queries one after the other; what the tables look like is read once. */
export interface Querying {
  /** @throws {PulseError} SQL_INVALID, SQL_NOT_TRANSLATED, WAREHOUSE_TABLE_MISSING, WAREHOUSE_QUERY_FAILED, QUERY_TIMEOUT, … */
  query(sql: string, options?: QueryOptions): Promise<ResultSet>;
}

export async function openQuerying(project: Project): Promise<Querying> {
  const tables = await catalogOf(project);
  return { query: (sql, options = {}) => answer(sql, { project, tables, options }) };
}

/** Every table of the project that compiles, as the analyzer sees it. */
async function catalogOf(project: Project): Promise<readonly CatalogTable[]> {
  const { graph } = project;
  const { models } = await project.compile(graph.order);
  return graph.order.flatMap(name => {
    const asset = must(graph.assets, name);
    if (!isTable(asset)) return [];
    if (asset.kind !== 'model') return [declaredTable(asset)];
    const model = models.get(name);
    return model === undefined ? [] : [{ name, columns: model.columns }];
  });
}

interface Question {
  readonly project: Project;
  readonly tables: readonly CatalogTable[];
  readonly options: QueryOptions;
}

async function answer(asked: string, { project, tables, options }: Question): Promise<ResultSet> {
  const analyzer = await project.analyzer();
  const replacements = groupsByAll(asked);
  const sql = replaced(asked, replacements);
  const { analyzed, text } = await analyzer
    .analyze(sql, { tables, ...timeoutOf(options) })
    .then(async analyzed => ({ analyzed, text: await textFor(project, { sql, analyzed }) }))
    .catch(error => {
      throw explained(error, project, { file: options.file ?? 'query', asked, sql, replacements });
    });
  const warehouse = await (analyzed.tables.length === 0 ? project.calculator() : project.warehouse({ readOnly: true }));
  for (const table of analyzed.tables) {
    if (await warehouse.hasTable(table)) continue;
    throw new PulseError('WAREHOUSE_TABLE_MISSING', `${table} was never made.`, {
      hint: `Run \`pulse materialize ${table}\`.`,
    });
  }
  return warehouse.query(text, analyzed.columns, options).catch(error => {
    throw project.target.bigquery === undefined ? unsaid(error) : error;
  });
}

/** DuckDB's words for SQL that it does not take, whatever the values: a limit of it that the translator does not know of. */
const NOT_TAKEN = /^(?:Binder|Parser|Not implemented|INTERNAL) Error: /;

/** That query is refused, with DuckDB's reason: its failure says nothing of GoogleSQL's answer. */
function unsaid(error: unknown): unknown {
  if (!(error instanceof PulseError) || error.code !== 'WAREHOUSE_QUERY_FAILED' || !NOT_TAKEN.test(error.message))
    return error;
  return new PulseError(
    'SQL_NOT_TRANSLATED',
    `DuckDB has no exact translation of this query: it says "${error.message.replace(NOT_TAKEN, '')}".`,
    { hint: 'Write the part that this speaks of another way, for example as a join or a CTE.', cause: error },
  );
}

/** What the warehouse of the project runs: BigQuery the query as it was asked. */
async function textFor(
  { target }: Project,
  { sql, analyzed }: { readonly sql: string; readonly analyzed: Analyzed },
): Promise<string> {
  if (target.bigquery !== undefined) return sql;
  const { translate } = await import('../googlesql/translate/translate.ts');
  return translate(analyzed).sql;
}

const timeoutOf = ({ timeoutMs }: QueryOptions): { timeoutMs?: number } =>
  timeoutMs === undefined ? {} : { timeoutMs };

/** The analyzer's or translator's error with the place in the query, and a word about names that are no tables. */
function explained(thrown: unknown, { graph }: Project, written: Written): unknown {
  // The analyzer holds deeper trees than our own walk over them.
  const error = isTooDeep(thrown) ? tooDeep(written.sql, thrown) : thrown;
  if (error instanceof PulseError && error.code === 'ANALYZER_MISSING') return untyped(error);
  if (!(error instanceof SqlInvalid || error instanceof SqlNotTranslated)) return error;
  const { line, column } = error.fault;
  const place = line === undefined ? undefined : placeIn(written, line, column ?? 1);
  const name = /^Table not found: `?(\w+)/.exec(error.message)?.[1];
  const hint = name === undefined ? error.hint : tableHint(name, graph);
  return new PulseError(error.code, error.message, {
    cause: error,
    ...(place === undefined ? {} : { place }),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** A query as it was asked, and as it was analyzed. */
interface Written {
  readonly file: string;
  readonly asked: string;
  readonly sql: string;
  readonly replacements: readonly Replacement[];
}

/** Where a line and column of the query that was analyzed are in the one that was asked. */
function placeIn({ file, asked, sql, replacements }: Written, line: number, column: number): Place {
  let offset = offsetOf(sql, line, column);
  for (const { start, end, text } of replacements) {
    if (offset < start) break;
    offset = Math.max(start, offset - text.length + (end - start));
  }
  return { file, ...lineAndColumn(asked, offset) };
}

/** What was compiled before runs without the analyzer; a new query does not. */
const untyped = (cause: PulseError): PulseError =>
  new PulseError('ANALYZER_MISSING', `A query of one's own is typed and translated by the analyzer. ${cause.message}`, {
    hint: 'Run `npm ci` without --omit=optional (Linux and macOS). Without it run what is translated already: materialize, check, report, and `pulse analyze` with the questions of sql/analytics.',
    cause,
  });

function tableHint(name: string, graph: Project['graph']): string {
  const asset = graph.assets.get(name);
  if (asset?.kind === 'ingest') {
    const copies = graph.downstream(name).filter(reader => must(graph.assets, reader).kind === 'extract');
    return `${name} lives in the raw store; in the warehouse it is ${copies.join(', ')}.`;
  }
  if (asset !== undefined && !isTable(asset)) return `${name} is a ${asset.kind}, not a table.`;
  const names = [...graph.assets.values()].filter(isTable).map(table => table.name);
  return hintClosest(name, names, '`pulse list` names the tables.');
}
