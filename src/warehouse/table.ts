// What all of the warehouse port speaks of: tables, their cells, and parts of them built aside. Types only.

import type { Partition } from '../asset/partition.ts';
import type { SqlType } from '../googlesql/type.ts';

/** A table to be made: what the port needs to know of an asset. */
export interface TableSpec {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: SqlType;
    readonly required: boolean;
    readonly description: string;
  }[];
  readonly partition: Partition;
  readonly clusterBy: readonly string[];
}

/** Key of a cell: the partition's key (2023-03-31, 2023-03, …), '' for an unpartitioned table, `__NULL__` for rows whose partition column is NULL. */
export type CellKey = string;

export interface CellContent {
  readonly cell: CellKey;
  /** Order-independent content hash that counts duplicates, prefixed with its algorithm's name: `duckdb-1.5.5:<hex>`. */
  readonly dataVersion: string;
  readonly rows: number;
}

/** A table built aside: not visible to readers, owned by one run. */
export interface Staged {
  readonly spec: TableSpec;
  readonly runId: string;
  /** The engine's name of the staging table. */
  readonly table: string;
  readonly rows: number;
  /** Columns of JSON texts beside which the engine keeps how they are read (stageColumns). Absent: none. */
  readonly json?: readonly string[];
  /** What of the published table the rows stand for; absent: all of it (or, appended, none). A row is in the first that has it. */
  readonly regions?: readonly Region[];
}

export interface StageOptions {
  readonly runId: string;
  /** What the rows are made from, as a text: of equal inputs and SQL the rows are the same. Absent: not known. */
  readonly inputs?: string;
  /** How many rows there are at most, of rows that are handed over. Absent: not known. */
  readonly rows?: number;
  /** Ends the statement that is under way: RUN_INTERRUPTED, and nothing is left of what was staged. */
  readonly signal?: AbortSignal;
}

/** By table: the sequence of the last publication that was read; 0 for none. */
export type Position = Readonly<Record<string, number>>;

/** Distinct keys, in a staging table. */
export interface ChangedKeys {
  readonly columns: readonly string[];
  readonly table: string;
  readonly count: number;
  /** The upstream tables that brought any, with the sequence after which. */
  readonly from: readonly { readonly upstream: string; readonly since: number }[];
  /** No row of the table that they are for has one of them. False where that is not known. */
  readonly isNew: boolean;
  /** Worth to be looked into whether any row has: each came with a row of its own. */
  readonly mayBeNew: boolean;
  /**
   * The rows that came bring rows of their own, and change no other: then `count` is theirs, and there is no table of keys.
   * Absent: that is not so, or not known.
   */
  readonly added?: Added;
}

/** Rows of an upstream table that only came. */
export interface Added {
  readonly upstream: string;
  /** With publications after this one, up to that one. */
  readonly after: number;
  readonly upTo: number;
  /** Columns in which none of what they bring is as a row that is there. */
  readonly newBy: readonly string[];
}

/** Rows of a table: those of some cells, those that have one of some keys, or none of it: what is staged comes beside them. */
export type Region =
  | { readonly kind: 'cells'; readonly cells: readonly CellKey[] }
  | { readonly kind: 'keys'; readonly keys: ChangedKeys }
  | { readonly kind: 'added'; readonly added: Added };
