// The part of a warehouse that says what a query would read and give, without running it. Only of warehouses that can.

import type { TypedColumn } from '../googlesql/type.ts';

export interface Estimate {
  /** What it would bill, at most. */
  readonly bytes: number;
  readonly columns: readonly TypedColumn[];
}

export interface DryRun {
  /**
   * Judges a SELECT of the engine's dialect. Of the tables in `planned` only the columns are asked for: they need not be there.
   *
   * @throws {PulseError} WAREHOUSE_QUERY_FAILED with the engine's own words, WAREHOUSE_TABLE_MISSING
   */
  dryRun(
    sql: string,
    planned: ReadonlyMap<string, readonly TypedColumn[]>,
    owner: { readonly asset: string },
  ): Promise<Estimate>;
  /** Name and type of each column of a table; undefined where there is none. */
  columnsOf(table: string): Promise<readonly TypedColumn[] | undefined>;
}
