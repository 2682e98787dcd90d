// The differential harness (both.ts) as tests use it: a query whose sides differ fails the test.

import { expect } from 'vitest';
import type { CatalogTableWithRows } from '../../src/googlesql/analyzer.ts';
import { Both, shown } from './both.ts';

export { type Comparison, table } from './both.ts';

export class Bench extends Both {
  /** @throws where the sides differ, or DuckDB refuses. */
  async agree(sql: string, tables: readonly CatalogTableWithRows[] = []): Promise<void> {
    const { reference, duckdb, sql: translated, agrees } = await this.compare(sql, tables);
    if (agrees) return;
    expect.fail(`${sql}\nreference: ${shown(reference)}\nduckdb:    ${shown(duckdb)}\n${translated ?? ''}`);
  }
}
