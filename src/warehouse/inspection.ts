// Looking into published tables to compare them: hashes first, so that only the rows that differ are ever read.
// A part of what a reader of the warehouse can do (warehouse.ts).

import type { TypedColumn } from '../googlesql/type.ts';
import type { ResultSet } from '../googlesql/value.ts';
import type { CellContent, CellKey, TableSpec } from './warehouse.ts';

/** Rows of some cells, cut by a hash of their key into `of` slices. */
export interface Slicing {
  readonly cells: readonly CellKey[];
  /** Names of columns: rows of one key are in one slice. */
  readonly keys: readonly string[];
  readonly of: number;
}

/** Tables as publications left them, for who only reads (past.ts writes them). */
export interface PastInspection {
  /** As of `Past`. */
  reach(table: string): Promise<number | undefined>;
  /** The columns that a published table has; undefined where there is none. */
  columns(table: string): Promise<readonly TypedColumn[] | undefined>;
  /** A table as the publication `sequence` left it, with its columns then; undefined where that is not kept. */
  asOf(
    spec: TableSpec,
    sequence: number,
  ): Promise<{ readonly inspection: Inspection; readonly columns: readonly TypedColumn[] } | undefined>;
}

/** How the columns of a table would change; types as GoogleSQL writes them. */
export interface ColumnChanges {
  readonly added: readonly { readonly name: string; readonly type: string }[];
  readonly removed: readonly { readonly name: string; readonly type: string }[];
  readonly retyped: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}

/** A staged table that was kept aside. */
export interface RefusedTable {
  /** Its name, for who queries and audits. */
  readonly table: string;
  /** The run that made it. */
  readonly runId: string;
  readonly columns: readonly string[];
  readonly cells: readonly CellContent[];
}

export interface Inspection {
  /** What publishing a table as `spec` says would change of the published one's columns; undefined where there is none. */
  columnChanges(spec: TableSpec): Promise<ColumnChanges | undefined>;
  /** Absent where the engine can't. */
  readonly past?: PastInspection;
  /** What its checks refused of a table; undefined where nothing is kept aside. */
  refused(spec: TableSpec): Promise<RefusedTable | undefined>;
  /** The cells of a published table as its rows say, whatever journal and state do. */
  cells(spec: TableSpec): Promise<readonly CellContent[]>;
  /** A content hash a slice that has rows, by its number from 0. Comparable where engine and version are the same. */
  slices(spec: TableSpec, slicing: Slicing): Promise<ReadonlyMap<number, string>>;
  /** The rows of some slices, in no order. */
  rows(spec: TableSpec, slicing: Slicing & { readonly slices: readonly number[] }): Promise<ResultSet>;
}

/** By names and the engine's own types; `write` gives the GoogleSQL of a type that only the engine knows. */
export function columnChangesOf(
  published: readonly { readonly name: string; readonly type: string }[],
  wanted: readonly { readonly name: string; readonly type: string; readonly googleSql: string }[],
  write: (type: string) => string,
): ColumnChanges {
  const before = new Map(published.map(column => [column.name, column.type]));
  const after = new Set(wanted.map(column => column.name));
  return {
    added: wanted.filter(({ name }) => !before.has(name)).map(({ name, googleSql }) => ({ name, type: googleSql })),
    removed: published.filter(({ name }) => !after.has(name)).map(({ name, type }) => ({ name, type: write(type) })),
    retyped: wanted.flatMap(({ name, type, googleSql }) => {
      const was = before.get(name);
      return was === undefined || was === type ? [] : [{ name, from: write(was), to: googleSql }];
    }),
  };
}
