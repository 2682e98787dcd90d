// Writes the audit of a staged table as DuckDB SQL: how many rows fail each check, and which. Pure text.

import type { Check } from '../../asset/check.ts';
import { type AuditQuery, sampleColumns } from '../audit.ts';
import type { CellKey, Region, TableSpec } from '../table.ts';
import { CHECKED_TABLE, type PublishMode } from '../warehouse.ts';
import { cellGroup, inCells } from './cells.ts';
import { inRegion } from './change-log.ts';
import { columnType } from './dialect.ts';
import { quoteName, quoteTable, quoteText } from './quote.ts';

/** What is judged, and what will stand beside it once it is published. */
export interface Audited {
  readonly spec: TableSpec;
  /** The staging table. */
  readonly table: string;
  /** How the published rows that stay are told; undefined where none stay. */
  readonly beside: undefined | Beside;
}

export interface Beside {
  readonly mode: PublishMode;
  readonly removed: readonly CellKey[];
  readonly regions: readonly Region[];
  /** Columns in which no staged row is as a published one. */
  readonly newBy: readonly string[];
  /** Where parts are published: the table of what was compared; rows that stay as they are were judged when they came. */
  readonly compared: string | undefined;
}

/** The published rows that stay when the staged ones are published. */
function staying({ spec, table, beside }: Audited): string | undefined {
  if (beside === undefined) return undefined;
  const published = quoteName(spec.name);
  if (beside.mode === 'append') return `SELECT * FROM ${published}`;
  if (beside.mode === 'regions') {
    const outside = beside.regions.map(region => `NOT (${inRegion(region, spec, '"_row"')})`);
    return `SELECT * FROM ${published} AS "_row" WHERE ${['TRUE', ...outside].join(' AND ')}`;
  }
  const group = cellGroup(spec.partition);
  return `SELECT * FROM ${published} WHERE NOT ${inCells(spec.partition, beside.removed)} AND NOT EXISTS (
    SELECT 1 FROM (SELECT DISTINCT ${group} AS "_cell" FROM ${quoteTable(table)}) AS "_cells"
    WHERE "_cells"."_cell" IS NOT DISTINCT FROM ${group})`;
}

/** A condition that is TRUE for a failing row, for checks that look at one row alone. */
function rowCondition(check: Check, spec: TableSpec): string | undefined {
  switch (check.kind) {
    case 'not-null':
      return `${quoteName(check.column)} IS NULL`;
    case 'accepted-values': {
      const type = spec.columns.find(column => column.name === check.column)?.type ?? { kind: 'STRING' };
      const values = check.values.map(value => `CAST(${quoteText(value)} AS ${columnType(type)})`);
      const name = quoteName(check.column);
      return values.length === 0 ? `${name} IS NOT NULL` : `${name} NOT IN (${values.join(', ')})`;
    }
    case 'range': {
      const type = columnType(spec.columns.find(column => column.name === check.column)?.type ?? { kind: 'STRING' });
      const name = quoteName(check.column);
      const bound = (sign: '<' | '>', value: number | string | undefined): string[] =>
        value === undefined ? [] : [`${name} ${sign} CAST(${quoteText(String(value))} AS ${type})`];
      return `(${[...bound('<', check.min), ...bound('>', check.max)].join(' OR ')})`;
    }
    default:
      return undefined;
  }
}

/** The table as it will be, or the cells of it that are about to be published, where their number of rows is out of bounds. */
function miscounted(check: Extract<Check, { kind: 'row-count' }>, audited: Audited): string {
  const isTable = check.of === 'table';
  const rest = staying(audited);
  const staged = `SELECT ${isTable ? '1' : '*'} FROM ${quoteTable(audited.table)}`;
  const cell = isTable ? "''" : cellGroup(audited.spec.partition);
  // Of the cells that are touched, rows may stay that are not staged: those of other keys.
  const touched = `EXISTS (SELECT 1 FROM (SELECT DISTINCT ${cell} AS "_cell" FROM ${quoteTable(audited.table)}) AS "_cells" WHERE "_cells"."_cell" IS NOT DISTINCT FROM ${cell})`;
  const kept = isTable ? `SELECT 1 FROM (${rest})` : `SELECT * FROM (${rest}) WHERE ${touched}`;
  const rows = rest === undefined ? staged : `${staged} UNION ALL BY NAME ${kept}`;
  const out = [
    ...(check.min === undefined ? [] : [`count(*) < ${check.min}`]),
    ...(check.max === undefined ? [] : [`count(*) > ${check.max}`]),
  ];
  return `SELECT CAST(${cell} AS VARCHAR) AS "cell", CAST(count(*) AS VARCHAR) AS "rows" FROM (${rows}) ${isTable ? '' : `GROUP BY ${cell} `}HAVING ${out.join(' OR ')}`;
}

/** The staged rows that fail, as a SELECT of all their columns. */
function failing(check: Check, audited: Audited): string {
  const staged = `SELECT * FROM ${quoteTable(audited.table)}`;
  const condition = rowCondition(check, audited.spec);
  if (condition !== undefined) return `${staged} WHERE ${condition}`;
  if (check.kind === 'unique')
    return `${staged} AS "_row" WHERE EXISTS (
  SELECT 1 FROM (${duplicates(check.columns, audited)}) AS "_twice" WHERE ${equal('"_row"', '"_twice"', check.columns)})`;
  if (check.kind === 'expression')
    return `WITH ${quoteName(CHECKED_TABLE)} AS NOT MATERIALIZED (${staged}) SELECT * FROM (${check.sql})`;
  if (check.kind === 'row-count') return miscounted(check, audited);
  // How old rows are is judged by a clock, when they are looked at (pulse check).
  if (check.kind === 'freshness') return `${staged} WHERE FALSE`;
  if (check.kind !== 'refers-to') throw new Error(`no audit of ${check.kind}`);
  const column = quoteName(check.column);
  const key = quoteName(check.key);
  // Of all parents those that are referred to, which are few where few rows are staged.
  const parents = `SELECT ${key} FROM (${parentKeys(check.asset, key, audited)}) AS "_all"
    SEMI JOIN ${quoteTable(audited.table)} AS "_one" ON "_one".${column} = "_all".${key}`;
  return `${staged} AS "_row" ANTI JOIN (${parents}) AS "_parent" ON "_parent".${key} = "_row".${column} WHERE ${column} IS NOT NULL`;
}

function parentKeys(asset: string, key: string, audited: Audited): string {
  // A staged table may be asked for too, wherever it was built.
  if (asset !== audited.spec.name) return `SELECT ${key} FROM ${quoteTable(asset)}`;
  const rest = staying(audited);
  const staged = `SELECT ${key} FROM ${quoteTable(audited.table)}`;
  return rest === undefined ? staged : `${staged} UNION ALL SELECT ${key} FROM (${rest})`;
}

const equal = (a: string, b: string, columns: readonly string[]): string =>
  columns.map(column => `${a}.${quoteName(column)} = ${b}.${quoteName(column)}`).join(' AND ');

/** Whether rows with the same of these columns are of one key of a region: none of them stays while another is staged. */
const isOneKey = (columns: readonly string[], { beside }: Audited): boolean =>
  beside?.mode === 'regions' &&
  beside.regions.length === 1 &&
  beside.regions.every(
    region => region.kind === 'keys' && region.keys.columns.every(column => columns.includes(column)),
  );

/** Columns in which no staged row is as one that stays. */
function newBy({ beside }: Audited): readonly string[] {
  const [region, ...others] = beside?.regions ?? [];
  return region?.kind === 'added' && others.length === 0 ? region.added.newBy : (beside?.newBy ?? []);
}

/** Whether what comes has nothing beside it in these columns. */
const isAlone = (columns: readonly string[], audited: Audited): boolean => {
  const own = newBy(audited);
  return isOneKey(columns, audited) || (own.length > 0 && own.every(column => columns.includes(column)));
};

/**
 * Values that came, and that no row had that goes, if another row has them: in the published table such a row stays, and
 * nobody else had the values that were there before.
 */
const takenBefore = (columns: readonly string[], { spec, beside }: Audited): string | undefined => {
  if (beside?.compared === undefined) return undefined;
  const names = columns.map(quoteName).join(', ');
  const whole = columns.map(column => `${quoteName(column)} IS NOT NULL`).join(' AND ');
  const of = (sign: '<' | '>'): string =>
    `SELECT ${names} FROM ${quoteTable(beside.compared ?? '')} WHERE _count ${sign} 0 AND ${whole}`;
  return `SELECT ${names} FROM ${quoteName(spec.name)} AS "_rest"
    SEMI JOIN (${of('>')} EXCEPT ${of('<')}) AS "_new" ON ${equal('"_rest"', '"_new"', columns)}`;
};

/** Keys that more than one row has, of those the staged rows have; keys with a NULL are left out. `_mine`: staged rows with it. */
function duplicates(columns: readonly string[], audited: Audited): string {
  const names = columns.map(quoteName).join(', ');
  const whole = columns.map(column => `${quoteName(column)} IS NOT NULL`).join(' AND ');
  const staged = `SELECT ${names} FROM ${quoteTable(audited.table)} WHERE ${whole}`;
  const isOnlyMine = isAlone(columns, audited);
  const taken = isOnlyMine ? undefined : takenBefore(columns, audited);
  const rest = isOnlyMine || taken !== undefined ? undefined : staying(audited);
  if (taken !== undefined)
    return `SELECT ${names}, count(*) FILTER (WHERE "_isMine") AS "_mine" FROM (
    SELECT ${names}, TRUE AS "_isMine" FROM (${staged}) UNION ALL SELECT ${names}, FALSE FROM (${taken})
  ) GROUP BY ${names} HAVING count(*) > 1 AND count(*) FILTER (WHERE "_isMine") > 0`;
  if (rest === undefined)
    return `SELECT ${names}, count(*) AS "_mine" FROM (${staged}) GROUP BY ${names} HAVING count(*) > 1`;
  return `SELECT ${names}, count(*) FILTER (WHERE "_isMine") AS "_mine" FROM (
    SELECT ${names}, TRUE AS "_isMine" FROM (${staged})
    UNION ALL
    SELECT ${names}, FALSE FROM (${rest}) AS "_rest" SEMI JOIN (${staged}) AS "_staged" ON ${equal('"_rest"', '"_staged"', columns)}
  ) GROUP BY ${names} HAVING count(*) > 1 AND count(*) FILTER (WHERE "_isMine") > 0`;
}

export function auditQuery(check: Check, checks: readonly Check[], audited: Audited): AuditQuery {
  const columns = sampleColumns(check, checks, audited.spec);
  const names = columns.map(quoteName).join(', ');
  const rows = failing(check, audited);
  return {
    // Counting over the groups is twice as fast as joining them back to their rows.
    count:
      check.kind === 'unique'
        ? `SELECT coalesce(sum("_mine"), 0) FROM (${duplicates(check.columns, audited)})`
        : `SELECT count(*) FROM (${rows})`,
    sampleColumns: columns,
    sample: `SELECT ${names} FROM (${rows}) ORDER BY ALL LIMIT 5`,
  };
}

/** One row: how many staged rows fail each of `checks`, for those that look at one row alone; undefined where none does. */
export function rowCounts(checks: readonly Check[], audited: Audited): string | undefined {
  const counts = checks.flatMap(check => {
    const condition = rowCondition(check, audited.spec);
    return condition === undefined ? [] : [`count(*) FILTER (WHERE ${condition})`];
  });
  return counts.length === 0 ? undefined : `SELECT ${counts.join(', ')} FROM ${quoteTable(audited.table)}`;
}

export const isRowCheck = (check: Check): boolean =>
  check.kind === 'not-null' || check.kind === 'accepted-values' || check.kind === 'range';
