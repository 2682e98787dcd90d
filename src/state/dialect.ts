// What the state store must know of an engine beyond what knex hides. One object an engine: sqlite.ts, later postgres.ts.

import type { Knex } from 'knex';
import type { PulseError } from '../errors.ts';

/** How a column of a bulk write is to be read from JSON; a number is a double. */
export type ColumnType = 'text' | 'number';

export interface StateDialect {
  /**
   * A connection pool. `transaction(…)` takes the write lock at its beginning, so that what it reads still holds when it
   * writes; with `readOnly` it waits for nobody.
   */
  readonly db: Knex;
  /** A SELECT of these columns, one row an element, out of one binding: a JSON array of arrays. One statement for any number of rows. */
  rowsOfJson(columns: readonly ColumnType[]): string;
  /** A SELECT of one column out of one binding: a JSON array of texts. */
  textsOfJson(): string;
  /** Writes a file of the engine anew, without what was deleted; absent where a server sees to that. */
  readonly rewrite?: () => Promise<void>;
  /** What an engine's error is to a person; undefined for an error that is not the engine's. */
  trouble(error: unknown): PulseError | undefined;
}
