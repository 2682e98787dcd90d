// The part of the warehouse port that keeps builds as small as what changed: a log of changed rows beside each table, how
// far each reader has read it, and tables made anew only for the keys in it. Adapters as of warehouse.ts.

import type { Partition, Through } from '../asset/partition.ts';
import type { CellChange } from './content.ts';
import type { CellContent, CellKey, ChangedKeys, Position, Region, Staged, StageOptions, TableSpec } from './table.ts';

/** An edge by key: a row of the reader depends, through it, only on rows of the upstream with the same key. */
export interface KeyedEdge {
  readonly upstream: string;
  /** Columns of both. NULL is a key like any other. */
  readonly columns: readonly string[];
  /** The keys are those that this table has beside what changed; absent: those of what changed. */
  readonly through?: Through;
  /** Columns that the reader needs at all: rows that differ in others only are no change to it. Absent: all. */
  readonly uses?: readonly string[];
  /** Whether a key has one row of the upstream at most. Absent: false. */
  readonly isUnique?: boolean;
  /** Whether a row of the reader comes from no other table. Absent: false. */
  readonly isOnly?: boolean;
  /** Whether each row of the upstream gives rows of the reader of its own, whatever else is in it. Absent: false. */
  readonly isLinear?: boolean;
}

/** A table that a part's SQL sees only the rows of that have one of the keys. */
export interface Restriction {
  readonly table: string;
  /** Whether a key has one row at most: what changed since is then all there is of it, and the log is read in place of the table. */
  readonly isUnique: boolean;
}

/** One SELECT, and which rows of the table it makes. */
export interface Part {
  /** In the engine's dialect; gives the table's columns in order. Rows outside the region are left out. Absent: no rows. */
  readonly sql?: string;
  readonly region: Region;
  /** By the keys of the region; tables that are not named are read whole. */
  readonly restrict: readonly Restriction[];
  /** Tables of which nothing but the region's cells is needed. */
  readonly sameCells?: readonly { readonly table: string; readonly partition: Partition }[];
}

export interface Changes {
  /** The sequence of each table's last publication, for what is to be staged from them next. */
  position(tables: readonly string[]): Promise<Position>;
  /**
   * The keys of all rows that changed, in the upstream tables of `edges` (of the same columns), after what `spec` has read and up
   * to `upTo`: rows that came and went meanwhile do not count. Undefined where that is not known of one of them. Where rows only
   * came to one linear upstream, that is said instead (`added`).
   */
  keysSince(
    spec: TableSpec,
    edges: readonly KeyedEdge[],
    options: StageOptions & { readonly upTo: Position; readonly name: string },
  ): Promise<ChangedKeys | undefined>;
  /** The keys with these values of a STRING column, each once. */
  keysFrom(spec: TableSpec, column: string, values: readonly string[], options: StageOptions): Promise<ChangedKeys>;
  /** Builds parts of `spec` aside. A row belongs to the first part whose region it is in. */
  stageParts(spec: TableSpec, parts: readonly Part[], options: StageOptions): Promise<Staged>;
  /**
   * What publishing `staged` would change, row by row: its rows against the published ones of its regions (or of `cells`, where it
   * is a whole table; no cells: against none). Kept with the staged table, for `publish` to log. Cells in order; undefined where
   * the published table has other columns.
   */
  compare(
    staged: Staged,
    options?: { readonly cells?: readonly CellKey[] },
  ): Promise<readonly CellChange[] | undefined>;
  /** The content of a published table as it is, by today's algorithm. */
  contentOfPublished(spec: TableSpec): Promise<readonly CellContent[]>;
  /** Says that `reader` has read its upstream tables so far, without a publication: it came out the same. */
  confirm(reader: string, position: Position): Promise<void>;
  /** Forgets what every reader has read; `readers` are those by key, by table. A table that is not named has no log afterwards. */
  prune(readers: ReadonlyMap<string, readonly string[]>): Promise<void>;
}
