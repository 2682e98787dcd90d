// The checks that assets declare, as GoogleSQL: how many rows fail by partition, which, and the query that shows them all.
// Pure text. What needs a clock or a count only (freshness, rowCount) is judged by who runs it.

import type { Column, TableAsset } from '../asset/asset.ts';
import { type Check, checkedColumns } from '../asset/check.ts';
import type { Partition } from '../asset/partition.ts';

/** Checks that look at one row alone: they are counted together, in one pass over the table. */
const ROW_KINDS: ReadonlySet<Check['kind']> = new Set(['not-null', 'accepted-values', 'range', 'expression']);
export const isRowCheck = (check: Check): boolean => ROW_KINDS.has(check.kind);

/** A table as checks see it: its columns as they are, not only as declared. */
export interface CheckedTable {
  readonly asset: TableAsset;
  readonly columns: readonly Pick<Column, 'name' | 'type'>[];
}

const name = (word: string): string => `\`${word}\``;
const text = (value: string): string => `'${value.replace(/[\\'\n\r]/g, sign => ESCAPES[sign] ?? sign)}'`;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r' };

/** The key of a row's partition, as state and warehouse name cells. */
export function cellSql(partition: Partition): string {
  if (partition.kind === 'none') return "''";
  const column = `t.${name(partition.column)}`;
  return `COALESCE(${keySql(partition, column)}, '__NULL__')`;
}

function keySql(partition: Exclude<Partition, { kind: 'none' }>, column: string): string {
  if (partition.kind === 'static') return column;
  switch (partition.grain) {
    case 'hourly':
      return `FORMAT_TIMESTAMP('%Y-%m-%dT%H', ${column})`;
    case 'daily':
      return `FORMAT_DATE('%Y-%m-%d', ${column})`;
    case 'weekly':
      return `FORMAT_DATE('%Y-%m-%d', DATE_TRUNC(${column}, ISOWEEK))`;
    case 'monthly':
      return `FORMAT_DATE('%Y-%m', ${column})`;
  }
}

/** The day a row belongs to; undefined where the table is not cut by time. */
function daySql(partition: Partition): string | undefined {
  if (partition.kind !== 'time') return undefined;
  const column = `t.${name(partition.column)}`;
  return partition.grain === 'hourly' ? `DATE(${column})` : column;
}

/** Whether the rows of one day can be told. */
export const hasDays = (asset: TableAsset): boolean => daySql(asset.partition) !== undefined;

const scopeOf = (asset: TableAsset, isScoped: boolean): string => {
  const day = isScoped ? daySql(asset.partition) : undefined;
  return day === undefined ? 'TRUE' : `${day} BETWEEN @from AND @to`;
};

/** A condition that is TRUE for a failing row. */
function condition(check: Check, { columns }: CheckedTable): string {
  switch (check.kind) {
    case 'not-null':
      return `t.${name(check.column)} IS NULL`;
    case 'accepted-values': {
      const column = `t.${name(check.column)}`;
      if (check.values.length === 0) return `${column} IS NOT NULL`;
      return `CAST(${column} AS STRING) NOT IN (${check.values.map(text).join(', ')})`;
    }
    case 'range': {
      const type = columns.find(column => column.name === check.column)?.type ?? 'STRING';
      const bound = (sign: string, value: number | string | undefined): string[] =>
        value === undefined ? [] : [`t.${name(check.column)} ${sign} CAST(${text(String(value))} AS ${type})`];
      return [...bound('<', check.min), ...bound('>', check.max)].join(' OR ');
    }
    case 'expression':
      return `NOT (${check.sql})`;
    case 'refers-to':
      return `t.${name(check.column)} IS NOT NULL AND parent.parent_key IS NULL`;
    default:
      return 'TRUE';
  }
}

/** FROM and WHERE of the failing rows, which are called t. */
function failing(check: Check, table: CheckedTable): string {
  const from = `FROM ${name(table.asset.name)} AS t`;
  if (check.kind === 'refers-to') {
    const parent = `(SELECT DISTINCT ${name(check.key)} AS parent_key FROM ${name(check.asset)})`;
    return `${from} LEFT JOIN ${parent} AS parent ON parent.parent_key = t.${name(check.column)} WHERE ${condition(check, table)}`;
  }
  if (check.kind !== 'unique') return `${from} WHERE (${condition(check, table)})`;
  const keys = check.columns.map((column, at) => `${name(column)} AS key_${at}`).join(', ');
  const groups = check.columns.map((_, at) => `key_${at}`).join(', ');
  const isWhole = check.columns.map(column => `${name(column)} IS NOT NULL`).join(' AND ');
  const twice = `(SELECT ${keys} FROM ${name(table.asset.name)} WHERE ${isWhole} GROUP BY ${groups} HAVING COUNT(*) > 1)`;
  const on = check.columns.map((column, at) => `twice.key_${at} = t.${name(column)}`).join(' AND ');
  return `${from} INNER JOIN ${twice} AS twice ON ${on} WHERE TRUE`;
}

/** What a check reads. */
export const readsOf = (check: Check, asset: TableAsset): readonly string[] =>
  check.kind === 'refers-to' ? [...new Set([asset.name, check.asset])].sort() : [asset.name];

/** One row a partition: cell, row_count, and how many rows fail each of `checks` (f0, f1, …), which look at one row alone. */
export function rowCountsSql(checks: readonly Check[], table: CheckedTable, isScoped: boolean): string {
  const counts = checks.map((check, at) => `, COUNTIF(${condition(check, table)}) AS f${at}`).join('');
  const { asset } = table;
  return `SELECT ${cellSql(asset.partition)} AS cell, COUNT(*) AS row_count${counts} FROM ${name(asset.name)} AS t WHERE ${scopeOf(asset, isScoped)} GROUP BY cell ORDER BY cell`;
}

/** One row a partition: cell, failed_rows. */
export function failedCountsSql(check: Check, table: CheckedTable, isScoped: boolean): string {
  const { asset } = table;
  return `SELECT ${cellSql(asset.partition)} AS cell, COUNT(*) AS failed_rows ${failing(check, table)} AND ${scopeOf(asset, isScoped)} GROUP BY cell ORDER BY cell`;
}

/** Up to five failing rows: the columns that show which row it is, and those that the check names. */
export function sampleSql(check: Check, table: CheckedTable, isScoped: boolean): string {
  const columns = sampleColumns(check, table)
    .map(column => `t.${name(column)}`)
    .join(', ');
  const order = sampleColumns(check, table).map((_, at) => at + 1);
  return `SELECT ${columns} ${failing(check, table)} AND ${scopeOf(table.asset, isScoped)} ORDER BY ${order.join(', ')} LIMIT 5`;
}

/** All failing rows, every column. */
export function allSql(check: Check, table: CheckedTable, isScoped: boolean): string {
  return `SELECT t.* ${failing(check, table)}${isScoped && hasDays(table.asset) ? ` AND ${scopeOf(table.asset, true)}` : ''}`;
}

export const newestSql = (column: string, table: CheckedTable): string =>
  `SELECT CAST(MAX(t.${name(column)}) AS STRING) AS newest FROM ${name(table.asset.name)} AS t`;

/** Types that can be sorted and read at a glance. */
const SHOWN = /^(STRING|INT64|NUMERIC|DATE|TIMESTAMP|BOOL)$/;

function sampleColumns(check: Check, { asset, columns }: CheckedTable): readonly string[] {
  const key = asset.checks.find(other => other.kind === 'unique');
  const chosen = new Set([...(key?.kind === 'unique' ? key.columns : []), ...checkedColumns(check)]);
  if (chosen.size > 0) return [...chosen];
  return columns
    .filter(column => SHOWN.test(column.type))
    .slice(0, 5)
    .map(column => column.name);
}
