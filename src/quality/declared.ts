// The checks that assets declare, as queries in both engines: how many rows fail by partition, which, and the query that shows
// them all. Pure text. What needs a clock or a count only (freshness, rowCount) is judged by who runs it.

import type { Column, TableAsset } from '../asset/asset.ts';
import { type Check, checkedColumns } from '../asset/check.ts';
import { PulseError } from '../errors.ts';
import type { SqlType, TypedColumn } from '../googlesql/type.ts';
import { CHECKED_TABLE } from '../warehouse/warehouse.ts';
import { cellSql, daySql, GOOGLESQL, type Spelling } from './spelling.ts';

/** Checks whose condition is one of a row and is spelled here: they are counted together, in one pass over the table. */
const ROW_KINDS: ReadonlySet<Check['kind']> = new Set(['not-null', 'accepted-values', 'range']);
export const isRowCheck = (check: Check): boolean => ROW_KINDS.has(check.kind);

/** Checks that are counted by a query of their own. */
const COUNTED_KINDS: ReadonlySet<Check['kind']> = new Set(['expression', 'unique', 'refers-to']);
export const isCountedAlone = (check: Check): boolean => COUNTED_KINDS.has(check.kind);

/** A table as checks see it: its columns as they are, not only as declared. */
export interface CheckedTable {
  readonly asset: TableAsset;
  readonly columns: readonly (Pick<Column, 'name' | 'type'> & { readonly sqlType: SqlType })[];
  /** Of each expression check, by its GoogleSQL: a SELECT in DuckDB's dialect of the rows of CHECKED_TABLE that fail. */
  readonly expressions: ReadonlyMap<string, string>;
}

/** What is asked of a table: in whose words, and whether of the days @from to @to only. */
export interface Asked {
  readonly spelling: Spelling;
  readonly isScoped: boolean;
}

const typeOf = ({ columns }: CheckedTable, name: string): string =>
  columns.find(column => column.name === name)?.type ?? 'STRING';

/** Whether the rows of one day can be told. */
export const hasDays = (asset: TableAsset): boolean => daySql(asset.partition, 't', GOOGLESQL) !== undefined;

function scopeOf(asset: TableAsset, { spelling, isScoped }: Asked): string {
  const day = isScoped ? daySql(asset.partition, 't', spelling) : undefined;
  return day === undefined ? 'TRUE' : `${day} BETWEEN ${spelling.parameter('from')} AND ${spelling.parameter('to')}`;
}

/** A condition that is TRUE for a failing row, of checks that look at one row alone. */
function condition(check: Check, table: CheckedTable, spelling: Spelling): string {
  switch (check.kind) {
    case 'not-null':
      return `t.${spelling.name(check.column)} IS NULL`;
    case 'accepted-values': {
      const column = `t.${spelling.name(check.column)}`;
      const type = typeOf(table, check.column);
      if (check.values.length === 0) return `${column} IS NOT NULL`;
      return `${column} NOT IN (${check.values.map(value => (type === 'STRING' ? spelling.text(value) : spelling.literal(value, type))).join(', ')})`;
    }
    case 'range': {
      const type = typeOf(table, check.column);
      const bound = (sign: string, value: number | string | undefined): string[] =>
        value === undefined
          ? []
          : [`t.${spelling.name(check.column)} ${sign} ${spelling.literal(String(value), type)}`];
      return [...bound('<', check.min), ...bound('>', check.max)].join(' OR ');
    }
    case 'expression':
      return `NOT (${check.sql})`;
    default:
      return 'TRUE';
  }
}

/** FROM and WHERE of the failing rows, which are called t. */
function failing(check: Check, table: CheckedTable, spelling: Spelling): string {
  const from = `FROM ${spelling.name(table.asset.name)} AS t`;
  if (check.kind === 'refers-to') return `${from} ${orphaned(check, spelling)}`;
  if (check.kind === 'unique') return `${from} ${repeated(check.columns, table, spelling)}`;
  if (check.kind === 'expression' && spelling.engine === 'duckdb')
    return `FROM ${translated(check.sql, table, spelling)} AS t WHERE TRUE`;
  return `${from} WHERE (${condition(check, table, spelling)})`;
}

function orphaned(check: Extract<Check, { kind: 'refers-to' }>, { name }: Spelling): string {
  const column = `t.${name(check.column)}`;
  const parent = `(SELECT DISTINCT ${name(check.key)} AS parent_key FROM ${name(check.asset)})`;
  return `LEFT JOIN ${parent} AS parent ON parent.parent_key = ${column} WHERE ${column} IS NOT NULL AND parent.parent_key IS NULL`;
}

function repeated(columns: readonly string[], { asset }: CheckedTable, { name }: Spelling): string {
  const keys = columns.map((column, at) => `${name(column)} AS key_${at}`).join(', ');
  const groups = columns.map((_, at) => `key_${at}`).join(', ');
  const isWhole = columns.map(column => `${name(column)} IS NOT NULL`).join(' AND ');
  const twice = `(SELECT ${keys} FROM ${name(asset.name)} WHERE ${isWhole} GROUP BY ${groups} HAVING COUNT(*) > 1)`;
  const on = columns.map((column, at) => `twice.key_${at} = t.${name(column)}`).join(' AND ');
  return `INNER JOIN ${twice} AS twice ON ${on} WHERE TRUE`;
}

/** What a person wrote was typed and translated with the models. */
function translated(sql: string, { asset, expressions }: CheckedTable, { name }: Spelling): string {
  const select = expressions.get(sql);
  if (select !== undefined)
    return `(WITH ${name(CHECKED_TABLE)} AS NOT MATERIALIZED (SELECT * FROM ${name(asset.name)}) ${select})`;
  throw new PulseError('SQL_NOT_TRANSLATED', `A check of ${asset.name} was not translated: ${sql}`, {
    hint: `\`pulse compile ${asset.name}\` says why.`,
  });
}

/** What a check reads. */
export const readsOf = (check: Check, asset: TableAsset): readonly string[] =>
  check.kind === 'refers-to' ? [...new Set([asset.name, check.asset])].sort() : [asset.name];

/** One row a partition: cell, row_count, and how many rows fail each of `checks` (f0, f1, …), which are row checks. */
export function rowCountsSql(checks: readonly Check[], table: CheckedTable, asked: Asked): string {
  const { spelling } = asked;
  const { asset } = table;
  const counts = checks
    .map((check, at) => `, ${spelling.countIf(condition(check, table, spelling))} AS f${at}`)
    .join('');
  const cell = cellSql(asset.partition, 't', spelling);
  return `SELECT ${cell} AS cell, COUNT(*) AS row_count${counts} FROM ${spelling.name(asset.name)} AS t WHERE ${scopeOf(asset, asked)} GROUP BY 1 ORDER BY 1`;
}

export const rowCountsColumns = (checks: readonly Check[]): readonly TypedColumn[] => [
  text('cell'),
  int('row_count'),
  ...checks.map((_, at) => int(`f${at}`)),
];

/** One row a check and partition: check_index, cell, failed_rows. */
export function failedCountsSql(checks: readonly Check[], table: CheckedTable, asked: Asked): string {
  const { spelling } = asked;
  const cell = cellSql(table.asset.partition, 't', spelling);
  const counts = checks.map(
    (check, at) =>
      `SELECT ${at} AS check_index, ${cell} AS cell, COUNT(*) AS failed_rows ${failing(check, table, spelling)} AND ${scopeOf(table.asset, asked)} GROUP BY 2`,
  );
  return `${counts.join(' UNION ALL ')} ORDER BY 1, 2`;
}

export const FAILED_COUNTS_COLUMNS: readonly TypedColumn[] = [int('check_index'), text('cell'), int('failed_rows')];

/** Up to five failing rows: the columns that show which row it is, and those that the check names. */
export function sampleSql(check: Check, table: CheckedTable, asked: Asked): string {
  const { spelling } = asked;
  const columns = sampleColumns(check, table).map(column => `t.${spelling.name(column.name)}`);
  const order = columns.map((_, at) => spelling.ascending(String(at + 1))).join(', ');
  return `SELECT ${columns.join(', ')} ${failing(check, table, spelling)} AND ${scopeOf(table.asset, asked)} ORDER BY ${order} LIMIT 5`;
}

/** All failing rows, every column: GoogleSQL, for a person. */
export function allSql(check: Check, table: CheckedTable, isScoped: boolean): string {
  const asked: Asked = { spelling: GOOGLESQL, isScoped };
  return `SELECT t.* ${failing(check, table, GOOGLESQL)}${isScoped && hasDays(table.asset) ? ` AND ${scopeOf(table.asset, asked)}` : ''}`;
}

/** One row, one text: the greatest value of a column, as BigQuery writes it. */
export const newestSql = (column: string, table: CheckedTable, spelling: Spelling): string =>
  `SELECT ${spelling.asText(`MAX(t.${spelling.name(column)})`, typeOf(table, column))} AS newest FROM ${spelling.name(table.asset.name)} AS t`;

export const NEWEST_COLUMNS: readonly TypedColumn[] = [text('newest')];

function text(name: string): TypedColumn {
  return { name, type: { kind: 'STRING' } };
}

function int(name: string): TypedColumn {
  return { name, type: { kind: 'INT64' } };
}

/** Types that can be sorted and read at a glance. */
const SHOWN = /^(STRING|INT64|NUMERIC|DATE|TIMESTAMP|BOOL)$/;

export function sampleColumns(check: Check, { asset, columns }: CheckedTable): readonly TypedColumn[] {
  const key = asset.checks.find(other => other.kind === 'unique');
  const chosen = new Set([...(key?.kind === 'unique' ? key.columns : []), ...checkedColumns(check)]);
  const shown =
    chosen.size > 0
      ? [...chosen].flatMap(name => columns.find(column => column.name === name) ?? [])
      : columns.filter(column => SHOWN.test(column.type)).slice(0, 5);
  return shown.map(({ name, sqlType }) => ({ name, type: sqlType }));
}
