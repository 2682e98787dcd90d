// Two builds of one table, compared: which cells differ, and the first rows that do, by key and column.
// Reads hashes of cells, then of slices of the differing cells, then the rows of a few slices: never a whole table.

import type { TableAsset } from '../asset/asset.ts';
import type { Value } from '../googlesql/value.ts';
import type { Inspection, Slicing } from '../warehouse/inspection.ts';
import type { CellContent, CellKey, TableSpec } from '../warehouse/warehouse.ts';

export interface RowDifference {
  /** Values of the key's columns; of all columns where no check says what the key is. */
  readonly key: Readonly<Record<string, Value>>;
  readonly kind: 'only-published' | 'only-rebuilt' | 'changed';
  /** Of a changed row, the columns that differ. */
  readonly columns: readonly { readonly name: string; readonly published: Value; readonly rebuilt: Value }[];
}

export interface CellDifference {
  readonly cell: CellKey;
  /** 0 where there is no such cell. */
  readonly publishedRows: number;
  readonly rebuiltRows: number;
}

export interface TableComparison {
  readonly asset: string;
  readonly cells: number;
  readonly rows: number;
  readonly differing: readonly CellDifference[];
  /** The first ones of the first differing cells. */
  readonly samples: readonly RowDifference[];
}

export interface Compared {
  readonly spec: TableSpec;
  /** Columns that tell rows apart; none: all of them together. */
  readonly keys: readonly string[];
  /** How many differing rows are shown, at most. */
  readonly limit: number;
}

const CELLS_LOOKED_INTO = 3;
const ROWS_PER_SLICE = 200;
const SLICES_MAX = 65_536;
const SLICES_READ = 5;

/** What tells an asset's rows apart: the columns of its first `unique` check. */
export function keyOf(asset: TableAsset): readonly string[] {
  const check = asset.checks.find(one => one.kind === 'unique');
  return check?.kind === 'unique' ? check.columns : [];
}

export async function compareTables(
  published: Inspection,
  rebuilt: Inspection,
  { spec, keys, limit }: Compared,
): Promise<TableComparison> {
  const [mine, other] = [await published.cells(spec), await rebuilt.cells(spec)];
  const differing = differingCells(mine, other);
  const compared = { spec, keys: keys.length > 0 ? keys : spec.columns.map(column => column.name), limit };
  return {
    asset: spec.name,
    cells: new Set([...mine, ...other].map(one => one.cell)).size,
    rows: other.reduce((sum, one) => sum + one.rows, 0),
    differing,
    samples: differing.length === 0 ? [] : await differingRows(published, rebuilt, { ...compared, differing }),
  };
}

function differingCells(published: readonly CellContent[], rebuilt: readonly CellContent[]): CellDifference[] {
  const before = new Map(published.map(one => [one.cell, one]));
  const after = new Map(rebuilt.map(one => [one.cell, one]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter(cell => before.get(cell)?.dataVersion !== after.get(cell)?.dataVersion)
    .sort()
    .map(cell => ({
      cell,
      publishedRows: before.get(cell)?.rows ?? 0,
      rebuiltRows: after.get(cell)?.rows ?? 0,
    }));
}

async function differingRows(
  published: Inspection,
  rebuilt: Inspection,
  { spec, keys, limit, differing }: Compared & { readonly differing: readonly CellDifference[] },
): Promise<readonly RowDifference[]> {
  const some = differing.slice(0, CELLS_LOOKED_INTO);
  const most = some.reduce((sum, one) => sum + Math.max(one.publishedRows, one.rebuiltRows), 0);
  const of = Math.min(SLICES_MAX, Math.max(1, Math.ceil(most / ROWS_PER_SLICE)));
  const slicing: Slicing = { cells: some.map(one => one.cell), keys, of };
  const [mine, other] = [await published.slices(spec, slicing), await rebuilt.slices(spec, slicing)];
  const slices = [...new Set([...mine.keys(), ...other.keys()])]
    .filter(slice => mine.get(slice) !== other.get(slice))
    .sort((a, b) => a - b)
    .slice(0, SLICES_READ);
  if (slices.length === 0) return [];
  const before = await published.rows(spec, { ...slicing, slices });
  const after = await rebuilt.rows(spec, { ...slicing, slices });
  const names = spec.columns.map(column => column.name);
  return pairRows({ names, keys, before: before.rows, after: after.rows }).slice(0, limit);
}

type Row = readonly Value[];

interface Pairing {
  readonly names: readonly string[];
  readonly keys: readonly string[];
  readonly before: readonly Row[];
  readonly after: readonly Row[];
}

/** Rows that are on one side only, or differ, in the order of their keys. Rows that are there several times are paired off. */
export function pairRows({ names, keys, before, after }: Pairing): readonly RowDifference[] {
  const at = keys.map(key => names.indexOf(key));
  const textOf = (row: Row): string => JSON.stringify(at.map(index => row[index] ?? null));
  const left = groupBy(before, textOf);
  const right = groupBy(after, textOf);
  return [...new Set([...left.keys(), ...right.keys()])].sort().flatMap(text => {
    const [mine, others] = withoutEqual(left.get(text) ?? [], right.get(text) ?? []);
    const count = Math.max(mine.length, others.length);
    return Array.from({ length: count }, (_, n) => differenceOf(mine[n], others[n], { names, keys }));
  });
}

function groupBy(rows: readonly Row[], textOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const text = textOf(row);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [row]);
    else group.push(row);
  }
  return groups;
}

/** -0 is not 0, which JSON would not tell. */
const rowText = (row: Row): string => JSON.stringify(row, (_, value) => (Object.is(value, -0) ? '-0.0' : value));

function withoutEqual(mine: readonly Row[], others: readonly Row[]): [Row[], Row[]] {
  const left = groupBy(others, rowText);
  const only = mine.filter(row => left.get(rowText(row))?.pop() === undefined);
  return [only, [...left.values()].flat()];
}

function differenceOf(
  mine: Row | undefined,
  other: Row | undefined,
  { names, keys }: Pick<Pairing, 'names' | 'keys'>,
): RowDifference {
  const row = mine ?? other ?? [];
  const key = Object.fromEntries(keys.map(name => [name, row[names.indexOf(name)] ?? null]));
  if (mine === undefined) return { key, kind: 'only-rebuilt', columns: [] };
  if (other === undefined) return { key, kind: 'only-published', columns: [] };
  const columns = names.flatMap((name, index) => {
    const [published, rebuilt] = [mine[index] ?? null, other[index] ?? null];
    return rowText([published]) === rowText([rebuilt]) ? [] : [{ name, published, rebuilt }];
  });
  return { key, kind: 'changed', columns };
}
