// Writes the audit of a staged table as BigQuery SQL: how many rows fail each check, and which. Pure text.

import type { Check } from '../../asset/check.ts';
import { typeText } from '../../googlesql/type.ts';
import { type AuditQuery, sampleColumns } from '../audit.ts';
import type { CellKey, Region, TableSpec } from '../table.ts';
import { CHECKED_TABLE, type PublishMode } from '../warehouse.ts';
import { cellKey, inCells } from './cells.ts';
import { inRegions } from './dialect.ts';
import { quoteName, quoteText } from './quote.ts';

/** What is judged, and what will stand beside it once it is published. */
export interface Audited {
  readonly spec: TableSpec;
  /** The staging table. */
  readonly table: string;
  /** How the published rows that stay are told; undefined where none stay. */
  readonly beside:
    | undefined
    | { readonly mode: PublishMode; readonly removed: readonly CellKey[]; readonly regions: readonly Region[] };
}

/** The published rows that stay when the staged ones are published. */
function staying({ spec, table, beside }: Audited): string | undefined {
  if (beside === undefined) return undefined;
  const published = `SELECT * FROM ${quoteName(spec.name)}`;
  if (beside.mode === 'append') return published;
  if (beside.mode === 'regions') return `${published} WHERE NOT ${inRegions(spec.partition, beside.regions)}`;
  const key = cellKey(spec.partition);
  return `${published} WHERE NOT ${inCells(spec.partition, beside.removed)}
  AND ${key} NOT IN (SELECT ${key} FROM ${quoteName(table)})`;
}

/** A condition that is TRUE for a failing row, for checks that look at one row alone. */
function rowCondition(check: Check, spec: TableSpec): string | undefined {
  switch (check.kind) {
    case 'not-null':
      return `${quoteName(check.column)} IS NULL`;
    case 'accepted-values': {
      const type = spec.columns.find(column => column.name === check.column)?.type ?? { kind: 'STRING' };
      const values = check.values.map(value => `CAST(${quoteText(value)} AS ${typeText(type)})`);
      const name = quoteName(check.column);
      return values.length === 0 ? `${name} IS NOT NULL` : `${name} NOT IN (${values.join(', ')})`;
    }
    case 'range': {
      const type = typeText(spec.columns.find(column => column.name === check.column)?.type ?? { kind: 'STRING' });
      const name = quoteName(check.column);
      const bound = (sign: '<' | '>', value: number | string | undefined): string[] =>
        value === undefined ? [] : [`${name} ${sign} CAST(${quoteText(String(value))} AS ${type})`];
      const bounds = [...bound('<', check.min), ...bound('>', check.max)];
      return bounds.length === 0 ? 'FALSE' : `(${bounds.join(' OR ')})`;
    }
    default:
      return undefined;
  }
}

/** The table as it will be, or the cells of it that are about to be published, where their number of rows is out of bounds. */
function miscounted(check: Extract<Check, { kind: 'row-count' }>, audited: Audited): string {
  const cell = check.of === 'table' ? "''" : cellKey(audited.spec.partition);
  const staged = `SELECT ${cell} AS cell FROM ${quoteName(audited.table)}`;
  const rest = staying(audited);
  // Of the cells that are touched, rows may stay that are not staged: those of other keys.
  const touched = check.of === 'table' ? '' : ` WHERE ${cell} IN (${staged})`;
  const rows = rest === undefined ? staged : `${staged} UNION ALL SELECT ${cell} AS cell FROM (${rest})${touched}`;
  const out = [
    ...(check.min === undefined ? [] : [`counted < ${check.min}`]),
    ...(check.max === undefined ? [] : [`counted > ${check.max}`]),
  ];
  const having = out.length === 0 ? 'FALSE' : out.join(' OR ');
  // A table of no rows is counted too, a cell of no rows is none.
  const counted =
    check.of === 'table'
      ? `SELECT '' AS cell, COUNT(*) AS counted FROM (${rows})`
      : `SELECT cell, COUNT(*) AS counted FROM (${rows}) GROUP BY cell`;
  return `SELECT cell, CAST(counted AS STRING) AS \`rows\` FROM (${counted}) WHERE ${having}`;
}

/** The staged rows that fail, as a SELECT of all their columns. */
function failing(check: Check, audited: Audited): string {
  const staged = `SELECT * FROM ${quoteName(audited.table)}`;
  const condition = rowCondition(check, audited.spec);
  if (condition !== undefined) return `${staged} WHERE ${condition}`;
  if (check.kind === 'unique') {
    return `SELECT pulse_row.* FROM ${quoteName(audited.table)} AS pulse_row
INNER JOIN (${duplicates(check.columns, audited)}) AS pulse_twice ON ${equal('pulse_row', 'pulse_twice', check.columns)}`;
  }
  if (check.kind === 'expression')
    return `WITH ${quoteName(CHECKED_TABLE)} AS (${staged}) SELECT * FROM (${check.sql})`;
  if (check.kind === 'row-count') return miscounted(check, audited);
  // How old rows are is judged by a clock, when they are looked at (pulse check).
  if (check.kind === 'freshness') return `${staged} WHERE FALSE`;
  if (check.kind !== 'refers-to') throw new Error(`no audit of ${check.kind}`);
  const column = quoteName(check.column);
  const key = quoteName(check.key);
  return `${staged} WHERE ${column} IS NOT NULL AND ${column} NOT IN (
  SELECT ${key} FROM (${parentKeys(check.asset, key, audited)}) WHERE ${key} IS NOT NULL)`;
}

function parentKeys(asset: string, key: string, audited: Audited): string {
  if (asset !== audited.spec.name) return `SELECT ${key} FROM ${quoteName(asset)}`;
  const rest = staying(audited);
  const staged = `SELECT ${key} FROM ${quoteName(audited.table)}`;
  return rest === undefined ? staged : `${staged} UNION ALL SELECT ${key} FROM (${rest})`;
}

const equal = (a: string, b: string, columns: readonly string[]): string =>
  columns.map(column => `${a}.${quoteName(column)} = ${b}.${quoteName(column)}`).join(' AND ');

/** Keys that more than one row has, of those the staged rows have; keys with a NULL are left out. `pulse_mine`: staged rows with it. */
function duplicates(columns: readonly string[], audited: Audited): string {
  const names = columns.map(quoteName).join(', ');
  const whole = columns.map(column => `${quoteName(column)} IS NOT NULL`).join(' AND ');
  const rest = staying(audited);
  const beside = rest === undefined ? '' : `\nUNION ALL SELECT ${names}, FALSE FROM (${rest}) WHERE ${whole}`;
  return `SELECT ${names}, COUNTIF(pulse_is_mine) AS pulse_mine FROM (
  SELECT ${names}, TRUE AS pulse_is_mine FROM ${quoteName(audited.table)} WHERE ${whole}${beside}
) GROUP BY ${names} HAVING COUNT(*) > 1 AND COUNTIF(pulse_is_mine) > 0`;
}

export function auditQuery(check: Check, checks: readonly Check[], audited: Audited): AuditQuery {
  const columns = sampleColumns(check, checks, audited.spec);
  const names = columns.map(quoteName).join(', ');
  const rows = failing(check, audited);
  return {
    count:
      check.kind === 'unique'
        ? `SELECT COALESCE(SUM(pulse_mine), 0) FROM (${duplicates(check.columns, audited)})`
        : `SELECT COUNT(*) FROM (${rows})`,
    sampleColumns: columns,
    // Their text orders rows of any type.
    sample: `SELECT ${names} FROM (${rows}) ORDER BY ${columns.map(column => `TO_JSON_STRING(${quoteName(column)})`).join(', ')} LIMIT 5`,
  };
}
