// Compares a table of the warehouse with what the oracle says it must hold, cell by cell, by the table's key.

import { instantOf, instantText } from './instant.ts';
import { numericOf, numericText } from './numeric.ts';
import { KEYS, NUMERICS, type Row, type TableName, type Value } from './oracle.ts';

export interface CompareOptions {
  /** Columns to leave out, e.g. ingested_at and is_late where times of ingestion differ. */
  ignore?: readonly string[];
  /** Differing cells to describe, at most. Default 10. */
  limit?: number;
}

export interface Comparison {
  table: TableName;
  expectedRows: number;
  actualRows: number;
  missingColumns: string[];
  /** Columns that the oracle has not. */
  otherColumns: string[];
  missingRows: string[];
  otherRows: string[];
  differingCells: number;
  /** Of the differing cells: how many by column. */
  byColumn: Record<string, number>;
  examples: string[];
}

export function isEqual(comparison: Comparison): boolean {
  const { missingColumns, missingRows, otherRows, differingCells, expectedRows, actualRows } = comparison;
  return (
    missingColumns.length + missingRows.length + otherRows.length + differingCells === 0 && expectedRows === actualRows
  );
}

export function compareTable(
  table: TableName,
  expected: Row[],
  actual: Row[],
  options: CompareOptions = {},
): Comparison {
  const ignored = new Set(options.ignore);
  const columns = Object.keys(expected[0] ?? {}).filter(column => !ignored.has(column));
  const actualColumns = Object.keys(actual[0] ?? {});
  const shared = columns.filter(column => actualColumns.includes(column));
  const keyOf = (row: Row): string => KEYS[table].map(column => plain(column, row[column] ?? null)).join(' ');
  const found = new Map(actual.map(row => [keyOf(row), row]));
  const wanted = new Set(expected.map(keyOf));
  const comparison: Comparison = {
    table,
    expectedRows: expected.length,
    actualRows: actual.length,
    missingColumns: actual.length === 0 ? [] : columns.filter(column => !shared.includes(column)),
    otherColumns:
      expected.length === 0 ? [] : actualColumns.filter(column => !columns.includes(column) && !ignored.has(column)),
    missingRows: [...wanted].filter(key => !found.has(key)),
    otherRows: [...found.keys()].filter(key => !wanted.has(key)),
    differingCells: 0,
    byColumn: {},
    examples: [],
  };
  for (const row of expected) {
    const other = found.get(keyOf(row));
    if (other === undefined) continue;
    for (const column of shared) {
      const [one, two] = [plain(column, row[column] ?? null), plain(column, other[column] ?? null)];
      if (one === two) continue;
      comparison.differingCells += 1;
      comparison.byColumn[column] = (comparison.byColumn[column] ?? 0) + 1;
      if (comparison.examples.length < (options.limit ?? 10))
        comparison.examples.push(`${keyOf(row)}: ${column} is ${two}, must be ${one}`);
    }
  }
  return comparison;
}

/** Equal for equal values: 63.10 and 63.1 where the column is NUMERIC, …:55.500Z and …:55.5Z. */
function plain(column: string, value: Value): string {
  if (typeof value !== 'string') return String(value);
  const number = NUMERICS.test(column) ? numericOf(value) : null;
  if (number !== null) return numericText(number);
  const instant = /^\d{4}-\d{2}-\d{2}T/.test(value) ? instantOf(value) : null;
  return instant === null ? JSON.stringify(value) : instantText(instant);
}
