// What the tables of the file look like, read once: asking DuckDB for one table's columns costs as much as for all.
// Only for the process that writes, which tells it of every change.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { allColumns, columnsOf } from './dialect.ts';

/** Of each column: name, type, whether NULL is allowed, comment; and the table's comment. No rows: no such table. */
export type ColumnRows = readonly (readonly DuckDBValue[])[];

export class Catalog {
  #known: Promise<Map<string, ColumnRows>> | undefined;
  readonly #changed = new Set<string>();
  #changes = 0;

  async columns(connection: DuckDBConnection, name: string): Promise<ColumnRows> {
    this.#known ??= readAll(connection);
    const known = await this.#known;
    if (!this.#changed.has(name)) return known.get(name) ?? [];
    const changes = this.#changes;
    const rows = await connection.run(columnsOf(), [name]).then(result => result.getRows());
    // What changed while it was read may be in it or not.
    if (changes === this.#changes) {
      known.set(name, rows);
      this.#changed.delete(name);
    }
    return rows;
  }

  /** Whether there is such a table. */
  async has(connection: DuckDBConnection, name: string): Promise<boolean> {
    return (await this.columns(connection, name)).length > 0;
  }

  /** To be told after a transaction that changed them, whether it went well or not. */
  changed(...names: readonly string[]): void {
    this.#changes++;
    for (const name of names) this.#changed.add(name);
  }
}

async function readAll(connection: DuckDBConnection): Promise<Map<string, ColumnRows>> {
  const known = new Map<string, DuckDBValue[][]>();
  const result = await connection.run(allColumns());
  for (const [table, ...column] of await result.getRows()) {
    const rows = known.get(String(table)) ?? [];
    rows.push(column);
    known.set(String(table), rows);
  }
  return known;
}
