// Runs checks: those of sql/checks by day, those that assets declare, and what each asset's policy and history say.
// Judges by quality/, keeps the results in the state, prints nothing.

import { isTable } from '../asset/asset.ts';
import type { Check } from '../asset/check.ts';
import type { CheckRule } from '../asset/config.ts';
import { spanMs } from '../asset/span.ts';
import type { AskedQuery, QuerySource } from '../compile/asked-query.ts';
import { bindGoogleSql, type ParameterValues } from '../compile/bind-parameters.ts';
import { declaredTable } from '../compile/compile.ts';
import { must, PulseError, PulseErrors } from '../errors.ts';
import { type TypedColumn, typeText } from '../googlesql/type.ts';
import type { ResultSet, Value } from '../googlesql/value.ts';
import type { Project } from '../project.ts';
import { addDays, FIRST_DAY, LAST_DAY } from '../quality/day.ts';
import {
  allSql,
  type CheckedTable,
  FAILED_COUNTS_COLUMNS,
  failedCountsSql,
  hasDays,
  isCountedAlone,
  isRowCheck,
  NEWEST_COLUMNS,
  newestSql,
  readsOf,
  rowCountsColumns,
  rowCountsSql,
  sampleColumns,
  sampleSql,
} from '../quality/declared.ts';
import { judge } from '../quality/judge.ts';
import {
  type CheckOutcome,
  type FailedCell,
  type Measure,
  NOTHING_ON_THIS_DAY,
  NOTHING_SHOWN,
  type TrendDay,
} from '../quality/outcome.ts';
import type { Spelling } from '../quality/spelling.ts';
import { checkName } from '../warehouse/check-name.ts';
import { type Asking, ownQuery, rowsOf, span, sqlFiles } from './ask.ts';

/** Days of a trend, the judged one included. */
export const TREND_DAYS = 28;
const MOST_CELLS = 20;
const SAMPLE_ROWS = 5;

/** The files of sql/checks by check: what it measures by day, which rows it means, or both. */
export interface SqlCheck {
  readonly name: string;
  readonly measures?: QuerySource;
  readonly rows?: QuerySource;
}

export async function sqlChecks(project: Project): Promise<readonly SqlCheck[]> {
  const checks = new Map<string, SqlCheck>();
  for (const source of await sqlFiles(project, 'checks')) {
    const isRows = source.name.endsWith('.rows');
    const name = source.name.replace(/^checks\./, '').replace(/\.rows$/, '');
    checks.set(name, { ...(checks.get(name) ?? { name }), [isRows ? 'rows' : 'measures']: source });
  }
  return [...checks.values()];
}

const ruleOf = (project: Project, name: string): CheckRule | undefined => project.config.quality?.checks?.[name];

/** The first sentences of a query's comment, up to the line that ends one, as one line. */
export function descriptionOf(source: QuerySource | undefined): string {
  const lines = (source?.template.text ?? '').split('\n');
  const comment = lines
    .slice(
      0,
      lines.findIndex(line => !line.startsWith('--')),
    )
    .map(line => line.slice(2).trim());
  const end = comment.findIndex(line => line.endsWith('.'));
  return comment.slice(0, end < 0 ? comment.length : end + 1).join(' ');
}

/** Runs a check of sql/checks for one day. */
export async function runSqlCheck(
  check: SqlCheck,
  day: string,
  { project, asking }: { readonly project: Project; readonly asking: Asking },
): Promise<CheckOutcome> {
  const sources = [check.measures, check.rows].flatMap(source => source ?? []);
  const queries = await asking.compile(sources);
  const measured = check.measures === undefined ? undefined : must(queries, check.measures.name);
  const listed = check.rows === undefined ? undefined : must(queries, check.rows.name);
  const rule = ruleOf(project, check.name);
  const base = {
    name: check.name,
    asset: null,
    description: descriptionOf(check.measures ?? check.rows),
    day,
    severity: rule?.severity ?? 'block',
  } as const;
  const missing = await firstMissing(asking, [...queries.values()]);
  if (missing !== undefined)
    return { ...base, ...NOTHING_SHOWN, kind: 'daily', verdict: 'fail', note: `${missing} was never made` };
  const sample = listed === undefined ? undefined : await asking.ask(listed, span(day, day));
  const shown = {
    sampleColumns: sample?.columns.map(column => column.name) ?? [],
    sample: sample?.rows.slice(0, SAMPLE_ROWS) ?? [],
    query: listed === undefined ? null : bindGoogleSql(listed.sql, span(day, day)),
  };
  if (measured === undefined) return rowsOutcome({ base, shown, rule }, sample?.rows.length ?? 0);
  const found = await asking.ask(measured, span(addDays(day, 1 - TREND_DAYS), day));
  return {
    ...base,
    kind: 'daily',
    ...NO_CELLS,
    ...shown,
    ...daysOutcome(found, { day, rule, file: measured.file }),
    failedRows: sample?.rows.length ?? 0,
  };
}

const NO_CELLS = { cells: [], total: [] } as const;

/** What a check of sql/checks measures, of the columns that its query gives. */
export const sqlMeasures = (
  check: SqlCheck,
  columns: readonly TypedColumn[] | undefined,
): readonly string[] | undefined =>
  check.measures === undefined ? ['failed_rows'] : columns?.map(({ name }) => name).filter(name => name !== 'date');

/** What a check that an asset declares measures. */
export function declaredMeasures({ kind }: Check): readonly string[] {
  if (kind === 'freshness') return ['failed_rows', 'age_hours'];
  return kind === 'row-count' ? ['failed_rows', 'row_count'] : ['failed_rows', 'failed_share', 'row_count'];
}

async function firstMissing(asking: Asking, queries: readonly AskedQuery[]): Promise<string | undefined> {
  for (const query of queries) {
    const missing = await asking.missingTable(query);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

interface RowsCheck {
  readonly base: Pick<CheckOutcome, 'name' | 'asset' | 'description' | 'day' | 'severity'>;
  readonly shown: Pick<CheckOutcome, 'sampleColumns' | 'sample' | 'query'>;
  readonly rule: CheckRule | undefined;
}

/** A check that lists rows fails where it lists any, unless thresholds say otherwise. */
function rowsOutcome({ base, shown, rule }: RowsCheck, failedRows: number): CheckOutcome {
  const judged = judge({ failed_rows: failedRows }, withDefault(rule));
  return { ...base, ...NO_CELLS, ...shown, ...judged, kind: 'rows', failedRows, trend: [] };
}

const withDefault = (rule: CheckRule | undefined): CheckRule =>
  rule?.thresholds === undefined ? { ...rule, thresholds: { failed_rows: { failAbove: 0 } } } : rule;

/** The rule of a declared check: as severe as it was declared, unless the config says otherwise. */
const declaredRule = (check: Check, run: TableRun): CheckRule => ({
  severity: check.severity,
  ...withDefault(ruleOf(run.project, nameOf(check, run))),
});

/** Rows of a daily check: the day's, those of the days before, and the one without a date: all days. */
function daysOutcome(
  found: ResultSet,
  { day, rule, file }: { readonly day: string; readonly rule: CheckRule | undefined; readonly file: string },
): Pick<CheckOutcome, 'measures' | 'verdict' | 'note' | 'total' | 'trend'> {
  const [first] = found.columns;
  if (first?.name !== 'date' || first.type.kind !== 'DATE') {
    throw new PulseError(
      'CONTRACT_BROKEN',
      `The first column of a daily check is a DATE called date; here it is ${first?.name ?? 'none'}.`,
      {
        hint: `Give one row a day in ${file}, or call the file ….rows.sql if it lists failing rows.`,
        place: { file },
      },
    );
  }
  const byDay = new Map(rowsOf(found).map(({ date, ...values }) => [date, values]));
  const today = byDay.get(day);
  const judged = judge(today ?? {}, rule);
  const total = Object.entries(byDay.get(null) ?? {}).map(
    ([name, value]): Measure => ({ name, value, verdict: 'pass' }),
  );
  const trend = [...byDay]
    .flatMap(([date, measures]): TrendDay[] =>
      typeof date === 'string' ? [{ day: date, measures, verdict: judge(measures, rule).verdict }] : [],
    )
    .sort((a, b) => (a.day < b.day ? -1 : 1));
  return {
    measures: judged.measures,
    verdict: judged.verdict,
    note: today === undefined ? NOTHING_ON_THIS_DAY : judged.note,
    total,
    trend,
  };
}

/** All failing rows of a check of sql/checks that lists them. */
export async function sqlCheckRows(check: SqlCheck, day: string, asking: Asking): Promise<ResultSet> {
  if (check.rows === undefined) {
    throw new PulseError('USAGE', `${check.name} lists no rows.`, { hint: `Write sql/checks/${check.name}.rows.sql.` });
  }
  const query = must(await asking.compile([check.rows]), check.rows.name);
  return asking.ask(query, span(day, day));
}

// Checks that an asset declares.

export interface DeclaredOptions {
  readonly project: Project;
  readonly asking: Asking;
  /** The columns of the models. */
  readonly tables: ReadonlyMap<string, CheckedTable>;
  /** Absent: the whole table. */
  readonly day?: string;
}

/**
 * The tables among `names` as they are, with the columns of what compiles.
 *
 * @throws {PulseError} what is wrong with the checks that people wrote.
 */
export async function checkedTables(
  project: Project,
  names: readonly string[],
): Promise<ReadonlyMap<string, CheckedTable>> {
  const { models, checks, errors } = await project.compile(names);
  return new Map(
    names.flatMap((name): [string, CheckedTable][] => {
      const asset = must(project.graph.assets, name);
      if (!isTable(asset)) return [];
      const wrong = asset.checks.some(check => check.kind === 'expression') ? (errors.get(name) ?? []) : [];
      const [first] = wrong;
      if (first !== undefined) throw wrong.length === 1 ? first : new PulseErrors(`${name} is wrong.`, wrong);
      const made = models.get(name)?.columns ?? declaredTable(asset).columns;
      const columns = made.map(column => ({ name: column.name, type: typeText(column.type), sqlType: column.type }));
      const compiled = checks.get(name) ?? [];
      const expressions = asset.checks.flatMap((check, at): [string, string][] => {
        const own = compiled[at];
        return check.kind === 'expression' && own?.kind === 'expression' ? [[check.sql, own.sql]] : [];
      });
      return [[name, { asset, columns, expressions: new Map(expressions) }]];
    }),
  );
}

/** Runs the checks that one asset declares. */
export async function runDeclared(table: CheckedTable, options: DeclaredOptions): Promise<readonly CheckOutcome[]> {
  const { asset } = table;
  if (asset.checks.length === 0) return [];
  const isScoped = options.day !== undefined && hasDays(asset);
  const run: TableRun = { table, isScoped, ...options };
  const missing = await options.asking.missingTable({ reads: [asset.name] });
  if (missing !== undefined) return asset.checks.map(check => neverMade(check, run, missing));
  const counts = await countsOf(run);
  const outcomes: CheckOutcome[] = [];
  for (const check of asset.checks) outcomes.push(await runOne(check, { run, ...counts }));
  return outcomes;
}

interface TableRun extends DeclaredOptions {
  readonly table: CheckedTable;
  readonly isScoped: boolean;
}

function valuesOf({ isScoped, day = FIRST_DAY }: TableRun): ParameterValues {
  return isScoped ? span(day, day) : span(FIRST_DAY, LAST_DAY);
}

interface OwnQuery {
  readonly columns: readonly TypedColumn[];
  readonly reads: readonly string[];
  write(spelling: Spelling): string;
}

const ask = (run: TableRun, { columns, reads, write }: OwnQuery): Promise<ResultSet> =>
  run.asking.ask(ownQuery(`checks of ${run.table.asset.name}`, { columns, reads, write }), valuesOf(run));

type Counts = readonly Readonly<Record<string, Value>>[];

interface Counted {
  readonly run: TableRun;
  /** By partition: cell, row_count, f0, f1, … of `rowChecks`. */
  readonly counted: Counts;
  readonly rowChecks: readonly Check[];
  /** By check and partition: check_index, cell, failed_rows of `others`. */
  readonly failed: Counts;
  /** Checks that are counted alone and whose tables are there. */
  readonly others: readonly Check[];
}

/** Two queries count for all checks of a table. */
async function countsOf(run: TableRun): Promise<Omit<Counted, 'run'>> {
  const { table, isScoped, asking } = run;
  const { asset } = table;
  const rowChecks = asset.checks.filter(isRowCheck);
  const counted = await ask(run, {
    columns: rowCountsColumns(rowChecks),
    reads: [asset.name],
    write: spelling => rowCountsSql(rowChecks, table, { spelling, isScoped }),
  });
  const others: Check[] = [];
  for (const check of asset.checks.filter(isCountedAlone)) {
    if ((await asking.missingTable({ reads: readsOf(check, asset) })) === undefined) others.push(check);
  }
  if (others.length === 0) return { counted: rowsOf(counted), rowChecks, failed: [], others };
  const failed = await ask(run, {
    columns: FAILED_COUNTS_COLUMNS,
    reads: [...new Set(others.flatMap(check => readsOf(check, asset)))].sort(),
    write: spelling => failedCountsSql(others, table, { spelling, isScoped }),
  });
  return { counted: rowsOf(counted), rowChecks, failed: rowsOf(failed), others };
}

async function runOne(check: Check, counts: Counted): Promise<CheckOutcome> {
  const { run } = counts;
  if (check.kind === 'freshness') return freshnessOutcome(check, run);
  if (check.kind === 'row-count') return rowCountOutcome(check, counts);
  const cells = isRowCheck(check) ? rowCheckCells(check, counts) : failedCells(check, counts);
  if (cells === undefined) return neverMade(check, run, check.kind === 'refers-to' ? check.asset : '');
  const failedRows = cells.reduce((sum, cell) => sum + cell.failedRows, 0);
  const rowCount = counts.counted.reduce((sum, row) => sum + Number(row.row_count), 0);
  const values = {
    failed_rows: failedRows,
    failed_share: rowCount === 0 ? 0 : failedRows / rowCount,
    row_count: rowCount,
  };
  const { table, isScoped } = run;
  const rows: OwnQuery = {
    columns: sampleColumns(check, table),
    reads: readsOf(check, table.asset),
    write: spelling => sampleSql(check, table, { spelling, isScoped }),
  };
  const sample = failedRows === 0 ? undefined : await ask(run, rows);
  return {
    ...baseOf(check, run),
    ...judge(values, declaredRule(check, run)),
    failedRows,
    cells: run.table.asset.partition.kind === 'none' ? [] : worstCells(cells),
    sampleColumns: sample?.columns.map(column => column.name) ?? [],
    sample: sample?.rows ?? [],
    query: failedRows === 0 ? null : bindGoogleSql(allSql(check, run.table, run.isScoped), valuesOf(run)),
  };
}

const rowCheckCells = (check: Check, { counted, rowChecks }: Counted): readonly FailedCell[] =>
  counted.map(row => ({ cell: String(row.cell), failedRows: Number(row[`f${rowChecks.indexOf(check)}`]) }));

/** Undefined where the table that is referred to was never made. */
function failedCells(check: Check, { failed, others }: Counted): readonly FailedCell[] | undefined {
  const at = others.indexOf(check);
  if (at < 0) return undefined;
  return failed
    .filter(row => row.check_index === at)
    .map(row => ({ cell: String(row.cell), failedRows: Number(row.failed_rows) }));
}

const worstCells = (cells: readonly FailedCell[]): readonly FailedCell[] =>
  cells
    .filter(cell => cell.failedRows > 0)
    .sort((a, b) => b.failedRows - a.failedRows || (a.cell < b.cell ? -1 : 1))
    .slice(0, MOST_CELLS);

const nameOf = (check: Check, { table }: TableRun): string => `${table.asset.name}.${checkName(check)}`;

function baseOf(check: Check, run: TableRun) {
  return {
    name: nameOf(check, run),
    kind: 'declared',
    asset: run.table.asset.name,
    description: run.table.asset.description,
    day: run.isScoped ? (run.day ?? null) : null,
    severity: declaredRule(check, run).severity ?? check.severity,
    total: [],
    trend: [],
  } as const;
}

const neverMade = (check: Check, run: TableRun, missing: string): CheckOutcome => ({
  ...baseOf(check, run),
  ...NOTHING_SHOWN,
  verdict: 'fail',
  note: `${missing} was never made`,
});

type RowCount = Extract<Check, { kind: 'row-count' }>;

/** Fails once for the table, or once for each of its cells that is out of bounds. */
function rowCountOutcome(check: RowCount, { run, counted }: Counted): CheckOutcome {
  const { min = 0, max = Number.POSITIVE_INFINITY } = check;
  const rows = counted.reduce((sum, row) => sum + Number(row.row_count), 0);
  const counts =
    check.of === 'table'
      ? [{ cell: '', rows }]
      : counted.map(row => ({ cell: String(row.cell), rows: Number(row.row_count) }));
  const isEmptyDay = check.of === 'partition' && run.isScoped && counts.length === 0;
  const judgedCounts = isEmptyDay ? [{ cell: run.day ?? '', rows: 0 }] : counts;
  const wrong = judgedCounts.filter(one => one.rows < min || one.rows > max);
  // Of one day of the table the bounds of the whole table say nothing.
  const isSilent = check.of === 'table' && run.isScoped;
  const failedRows = isSilent ? 0 : wrong.length;
  return {
    ...baseOf(check, run),
    ...judge({ failed_rows: failedRows, row_count: rows }, declaredRule(check, run)),
    ...(isSilent ? { note: 'the bounds are of the whole table: checked without --date' } : {}),
    failedRows,
    cells: check.of === 'table' ? [] : wrong.slice(0, MOST_CELLS).map(one => ({ cell: one.cell, failedRows: 1 })),
    sampleColumns: ['cell', 'row_count'],
    sample: isSilent ? [] : wrong.slice(0, SAMPLE_ROWS).map(one => [one.cell, one.rows]),
    query: null,
  };
}

type Freshness = Extract<Check, { kind: 'freshness' }>;

const HOUR_MS = 3_600_000;

async function freshnessOutcome(check: Freshness, run: TableRun): Promise<CheckOutcome> {
  const { asset } = run.table;
  const [[newest] = []] = (
    await ask(run, {
      columns: NEWEST_COLUMNS,
      reads: [asset.name],
      write: spelling => newestSql(check.column, run.table, spelling),
    })
  ).rows;
  const ageMs = typeof newest === 'string' ? run.project.now().getTime() - Date.parse(timeText(newest)) : undefined;
  const isOld = ageMs === undefined || ageMs > (spanMs(check.within) ?? 0);
  const rule = declaredRule(check, run);
  const judged = judge(
    { failed_rows: isOld ? 1 : 0, age_hours: ageMs === undefined ? null : Math.round(ageMs / HOUR_MS) },
    rule,
  );
  return {
    ...baseOf(check, run),
    ...NOTHING_SHOWN,
    ...judged,
    // How old the newest row is, is of now, whatever day is asked for.
    day: null,
    failedRows: isOld ? 1 : 0,
    note: `newest ${check.column}: ${newest === null || newest === undefined ? 'none' : String(newest)}, at most ${check.within} old is asked for`,
  };
}

/** BigQuery's text of a TIMESTAMP (2025-01-15 10:00:00+00) or DATE as JavaScript reads it. */
const timeText = (text: string): string => text.replace(' ', 'T').replace(/\+00$/, 'Z');
