// What the client lends to the parts of the warehouse that stand beside it: connections, its way of staging, its order of publications.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { Staged, StageOptions, TableSpec } from '../table.ts';
import type { Catalog } from './catalog.ts';

/** What the client lends: connections, its way of staging, and its order of publications. */
export interface Lender {
  readonly catalog: Catalog;
  /** Tables in memory of what was compared, with how many published rows go. */
  readonly compared: Map<string, number>;
  use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  transaction<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** Fills a table of `spec` in memory. */
  stageAside(
    spec: TableSpec,
    options: StageOptions,
    fill: (connection: DuckDBConnection, table: string) => Promise<number>,
  ): Promise<Staged>;
  /** Fills a table of `spec` in the file. */
  stageSelect(spec: TableSpec, sql: string, options: StageOptions): Promise<Staged>;
  oneAtATime<T>(work: () => Promise<T>): Promise<T>;
}
