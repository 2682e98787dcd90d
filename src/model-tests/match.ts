// Expected rows against the rows of a table: which are missing, which are there besides, which differ and in what. Pure.
// Rows are told apart by the table's key where both sides name it; else by what they have in common.

import type { TypedColumn } from '../googlesql/type.ts';
import type { ResultSet, Value } from '../googlesql/value.ts';
import type { ExpectedRow } from './case.ts';

export interface CellOff {
  readonly column: string;
  readonly expected: Value;
  readonly actual: Value;
}

export type RowOff =
  | { readonly kind: 'missing'; readonly row: Named; readonly key: Named; readonly expected: ExpectedRow }
  | { readonly kind: 'extra'; readonly row: Named; readonly key: Named }
  | {
      readonly kind: 'differs';
      readonly key: Named;
      readonly cells: readonly CellOff[];
      readonly expected: ExpectedRow;
    };

/** Values by column. */
export type Named = ReadonlyMap<string, Value>;

export interface MatchOptions {
  /** Columns that tell rows apart; none: nothing does. */
  readonly keys: readonly string[];
  readonly tolerance: number;
}

/** What is off; none where each row is an expected one. */
export function matchRows(
  expected: readonly ExpectedRow[],
  table: ResultSet,
  { keys, tolerance }: MatchOptions,
): readonly RowOff[] {
  const actual = table.rows.map(row => new Map(table.columns.map((column, i) => [column.name, row[i] ?? null])));
  const fits = (one: ExpectedRow, row: Named): boolean =>
    [...one.values].every(([column, value]) => isSame(value, row.get(column) ?? null, tolerance));
  const pairs = pairUp(expected, actual, fits);
  const open = expected.filter(one => !pairs.has(one));
  const taken = new Set(pairs.values());
  const left = actual.filter(row => !taken.has(row));
  return describeOff(open, left, { keys, tolerance, columns: table.columns });
}

/** A greatest matching (Kuhn): each expected row with an actual one that fits, as far as they go. */
function pairUp(
  expected: readonly ExpectedRow[],
  actual: readonly Named[],
  fits: (one: ExpectedRow, row: Named) => boolean,
): ReadonlyMap<ExpectedRow, Named> {
  const options = expected.map(one => actual.flatMap((row, at) => (fits(one, row) ? [at] : [])));
  const owner = new Map<number, number>();
  const assign = (one: number, tried: Set<number>): boolean => {
    for (const at of options[one] ?? []) {
      if (tried.has(at)) continue;
      tried.add(at);
      const holder = owner.get(at);
      if (holder !== undefined && !assign(holder, tried)) continue;
      owner.set(at, one);
      return true;
    }
    return false;
  };
  for (const one of expected.keys()) assign(one, new Set());
  const pairs = new Map<ExpectedRow, Named>();
  for (const [at, one] of owner) {
    const [left, right] = [expected[one], actual[at]];
    if (left !== undefined && right !== undefined) pairs.set(left, right);
  }
  return pairs;
}

interface Describing extends MatchOptions {
  readonly columns: readonly TypedColumn[];
}

function describeOff(open: readonly ExpectedRow[], left: readonly Named[], how: Describing): readonly RowOff[] {
  const rest = [...left];
  const off: RowOff[] = [];
  for (const expected of open) {
    const at = counterpart(expected, rest, how);
    const row = at === undefined ? undefined : rest[at];
    if (at === undefined || row === undefined) {
      off.push({ kind: 'missing', row: expected.values, key: keyOfRow(expected.values, how.keys), expected });
      continue;
    }
    rest.splice(at, 1);
    const cells = [...expected.values]
      .filter(([column, value]) => !isSame(value, row.get(column) ?? null, how.tolerance))
      .map(([column, value]) => ({ column, expected: value, actual: row.get(column) ?? null }));
    off.push({ kind: 'differs', key: keyOfRow(row, how.keys), cells, expected });
  }
  const named = new Set(open.flatMap(one => [...one.values.keys()]));
  const shown = named.size === 0 ? how.columns.map(column => column.name) : [...new Set([...how.keys, ...named])];
  return [
    ...off,
    ...rest.map(row => ({
      kind: 'extra' as const,
      key: keyOfRow(row, how.keys),
      row: new Map(shown.map(name => [name, row.get(name) ?? null])),
    })),
  ];
}

const keyOfRow = (row: Named, keys: readonly string[]): Named =>
  new Map(keys.filter(key => row.has(key)).map(key => [key, row.get(key) ?? null]));

/** The row that was meant: of the same key, or, where the key is not named, the one that has most in common. */
function counterpart(
  expected: ExpectedRow,
  rows: readonly Named[],
  { keys, tolerance }: MatchOptions,
): number | undefined {
  const same = (row: Named, column: string): boolean =>
    isSame(expected.values.get(column) ?? null, row.get(column) ?? null, tolerance);
  if (keys.length > 0 && keys.every(key => expected.values.has(key))) {
    const at = rows.findIndex(row => keys.every(key => same(row, key)));
    return at < 0 ? undefined : at;
  }
  let best: { readonly at: number; readonly common: number } | undefined;
  for (const [at, row] of rows.entries()) {
    const common = [...expected.values.keys()].filter(column => same(row, column)).length;
    if (common > (best?.common ?? -1)) best = { at, common };
  }
  return best?.at;
}

/** Equal in value; of FLOAT64 as near as `tolerance` says. NaN is NaN. */
export function isSame(a: Value, b: Value, tolerance: number): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    if (a === b) return true;
    // Whole numbers may be INT64: those are exact.
    if (tolerance === 0 || (Number.isInteger(a) && Number.isInteger(b))) return false;
    return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  const others = new Map(right);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    left.length === right.length &&
    left.every(([key, value]) => others.has(key) && isSame(value, others.get(key) ?? null, tolerance))
  );
}
