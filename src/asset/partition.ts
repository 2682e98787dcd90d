// How a table is cut into cells, and which cells of a reader a changed cell touches. Values only.

export type Grain = 'hourly' | 'daily' | 'weekly' | 'monthly';

export type Partition =
  | { readonly kind: 'none' }
  | { readonly kind: 'time'; readonly grain: Grain; readonly column: string }
  | { readonly kind: 'static'; readonly column: string; readonly keys: readonly string[] };

export type Mapping =
  | { readonly kind: 'same-partition' }
  | { readonly kind: 'all-partitions' }
  | { readonly kind: 'by-key'; readonly columns: readonly string[]; readonly through?: Through }
  | { readonly kind: 'window'; readonly before: number; readonly after: number };

/** The table that leads from a changed row to the reader's keys: rows of it have the same in `on`, and the key. */
export interface Through {
  readonly asset: string;
  readonly on: readonly string[];
}

/** One cell an hour (UTC) of `column`, a TIMESTAMP. Keys: 2023-03-31T19. */
export const hourly = (column: string): Partition => ({ kind: 'time', grain: 'hourly', column });
/** One cell a day of `column`, a DATE. Keys: 2023-03-31. */
export const daily = (column: string): Partition => ({ kind: 'time', grain: 'daily', column });
/** One cell an ISO week of `column`, a DATE. Keys: the Monday, 2023-03-27. */
export const weekly = (column: string): Partition => ({ kind: 'time', grain: 'weekly', column });
/** One cell a month of `column`, a DATE. Keys: 2023-03. */
export const monthly = (column: string): Partition => ({ kind: 'time', grain: 'monthly', column });
/** One cell a listed key of `column`, a STRING. */
export const staticKeys = (column: string, keys: readonly string[]): Partition => ({ kind: 'static', column, keys });

/** The cell of rows whose partition column is NULL. */
export const NULL_CELL = '__NULL__';
/** In a mark: all cells of the reader. */
export const ALL_CELLS = '*';
/** In a mark: the reader's cells that hold, or will hold, a row with a changed key; the warehouse's log of changes knows which. */
export const KEYED_CELLS = '?';
/** Values of a static column that mean something else where cells are named. */
export const RESERVED_KEYS = [ALL_CELLS, KEYED_CELLS, NULL_CELL] as const;
/** What stands before a value that would be taken for another thing as the key of a cell. */
export const KEY_ESCAPE = '=';

/** The key of the cell of a value of a static column: the value itself, but for reserved ones and those that begin with =. */
export const staticCell = (value: string): string =>
  RESERVED_KEYS.some(reserved => reserved === value) || value.startsWith(KEY_ESCAPE) ? `${KEY_ESCAPE}${value}` : value;
/** The value that `staticCell` gave the key of. */
export const staticValue = (cell: string): string => (cell.startsWith(KEY_ESCAPE) ? cell.slice(1) : cell);

/** A changed cell touches the reader's cell of the same key. */
export const samePartition = (): Mapping => ({ kind: 'same-partition' });
/** A changed cell touches every cell of the reader: the safe one. */
export const allPartitions = (): Mapping => ({ kind: 'all-partitions' });
/** A changed row touches the reader's cells that hold, or will hold, a row with the same key. */
export const byKey = (...columns: string[]): Mapping => ({ kind: 'by-key', columns });
/**
 * A changed row touches the reader's rows with a key that rows of another upstream table have, those that are as it is in `on`. The
 * reader reads that table too, by the same key: a SKU's row reads its order lines by SKU, and orders through the lines on order_id.
 */
export const byKeyThrough = (
  asset: string,
  { key, on }: { readonly key: readonly string[]; readonly on: readonly string[] },
): Mapping => ({ kind: 'by-key', columns: key, through: { asset, on } });
/** A changed cell touches the reader's cells from `before` cells earlier to `after` cells later. */
export const window = (span: { readonly before: number; readonly after: number }): Mapping => ({
  kind: 'window',
  ...span,
});
