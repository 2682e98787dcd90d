// The part of the warehouse port that gives tables back as they were: what publications replaced is kept for some of them.
// What is kept, and for how long, is the publisher's and the runner's word; a version that is not kept whole is none.

import type { Partition } from '../asset/partition.ts';
import type { Staged, StageOptions, TableSpec } from './table.ts';

/** A published table whose columns are for the warehouse to say: they may have been others then. */
export type PastTable = Pick<TableSpec, 'name' | 'description' | 'partition' | 'clusterBy'>;

export interface AsOfOptions extends StageOptions {
  /** All of the table, and not only the cells that have changed since. */
  readonly isWhole: boolean;
}

/** What is forgotten of the past. */
export interface PastLimits {
  /** Previous versions of a cell that are kept, by table; with the partition that says what a cell is. */
  readonly tables: ReadonlyMap<string, { readonly versions: number; readonly partition: Partition }>;
  /** UTC text: what was published before it is not given back. */
  readonly before: string;
  /** Tables of which nothing but what is published now is left: what their checks refused goes too. */
  readonly whole?: ReadonlySet<string>;
}

export interface Past {
  /** Of the sequences of a table's publications, the least as of which it can be given back; undefined where it can not at all. */
  reach(table: string): Promise<number | undefined>;
  /**
   * Builds a published table aside as the publication `sequence` left it: with regions where only some cells differ from now.
   * Undefined where that is not kept.
   */
  stageAsOf(table: PastTable, sequence: number, options: AsOfOptions): Promise<Staged | undefined>;
  forget(limits: PastLimits): Promise<void>;
}
