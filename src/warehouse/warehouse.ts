// The port of the warehouse: where tables are built aside, audited and published. Adapters: duckdb/, bigquery/.
// SQL that comes in is the engine's own dialect already; nothing here knows models or templates.
// One contract suite for all adapters: test/warehouse/warehouse-contract.ts.

import type { Check } from '../asset/check.ts';
import type { ResultSet, Value } from '../googlesql/value.ts';
import type { TextColumns, TextRow } from '../text-columns.ts';
import type { Changes } from './changes.ts';
import type { Past } from './past.ts';
import type { CellContent, CellKey, Position, Staged, StageOptions, TableSpec } from './table.ts';

export type { CellContent, CellKey, Position, Region, Staged, StageOptions, TableSpec } from './table.ts';

/** What the SQL of an expression check reads: the engine puts the table that is judged in its place. */
export const CHECKED_TABLE = '__pulse_checked__';

/** One row of the warehouse's own journal `_pulse_publishes`: written in the transaction that publishes. */
export interface Publication {
  readonly asset: string;
  readonly runId: string;
  readonly fencingToken: number;
  readonly codeVersion: string;
  /** What the asset's cells were made from, free for the caller (batches extracted, hash of a seed's files): JSON text. */
  readonly note: string;
  /** Cells written, with their new content. */
  readonly written: readonly CellContent[];
  /** Cells that no longer exist. */
  readonly removed: readonly CellKey[];
  /** Whether `written` is the whole table. */
  readonly isWhole: boolean;
  /** The marks of the asset itself that it settles: keys of cells, KEYED_CELLS or ALL_CELLS of asset/partition.ts. */
  readonly settles: readonly string[];
  /** Whether the rows that changed are in the table's log, for readers by key. */
  readonly isLogged: boolean;
}

/** How `publish` puts the staged rows in: in place of the written cells (or the table), beside all others, or in place of its regions' rows. */
export type PublishMode = 'replace' | 'append' | 'regions';

export interface PublishOptions {
  readonly mode: PublishMode;
  /** What the staged rows were made from: how far the asset has read its upstream tables then. Absent: as before. */
  readonly position?: Position;
  /** Previous versions of a cell that are kept for `past`; absent: none, and what was kept is forgotten. */
  readonly versions?: number;
}

export interface JournalRow extends Publication {
  readonly sequence: number;
  /** UTC text. */
  readonly publishedAt: string;
}

export interface CheckResult {
  readonly check: Check;
  /** `unique(order_id)`: how it is named in messages. */
  readonly name: string;
  readonly failedRows: number;
  /** Names of the sample's columns: the table's key, where a `unique` check says it, and the columns the check names. */
  readonly sampleColumns: readonly string[];
  /** Up to 5 failing rows. */
  readonly sample: readonly (readonly Value[])[];
}

/** What will stand beside the staged rows once they are published. */
export interface AuditOptions {
  readonly isWhole: boolean;
  /** As `publish` will be told; 'replace' by default. Appended rows have all published rows beside them. */
  readonly mode?: PublishMode;
  /** Cells that the publication removes, or that it replaces by no rows. */
  readonly removed?: readonly CellKey[];
  /** Columns in which no staged row is as a published one: where they come from says so. */
  readonly newBy?: readonly string[];
}

export interface QueryOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ColumnsOptions extends StageOptions {
  /** Columns of JSON texts with no name twice in any object: the engine may keep beside them how they are read. Absent: none. */
  readonly json?: readonly string[];
}

export interface Warehouse {
  readonly engine: 'duckdb' | 'bigquery';
  readonly changes: Changes;
  readonly past: Past;
  /** Runs one SELECT of the engine's dialect. `columns` gives GoogleSQL names and types to decode by. @throws {PulseError} WAREHOUSE_QUERY_FAILED, QUERY_TIMEOUT */
  query(sql: string, columns: ResultSet['columns'], options?: QueryOptions): Promise<ResultSet>;
  /** Whether a published table exists under this name. */
  hasTable(name: string): Promise<boolean>;
  /** Builds `spec` aside from a SELECT of the engine's dialect giving its columns in order. `cells` keeps only those partitions; absent keeps all. */
  stageSelect(
    spec: TableSpec,
    sql: string,
    options: StageOptions & { readonly cells?: readonly CellKey[] },
  ): Promise<Staged>;
  /** Builds `spec` aside from rows of text, one array a row with one text (or null) a column, parsed by the column's type. */
  stageRows(spec: TableSpec, rows: AsyncIterable<readonly TextRow[]>, options: StageOptions): Promise<Staged>;
  /** The same from batches of joined texts, a column of the spec each: for millions of rows. */
  stageColumns(spec: TableSpec, batches: AsyncIterable<TextColumns>, options: ColumnsOptions): Promise<Staged>;
  /** The content of the staged cells, for early cutoff and the journal. */
  contentOf(staged: Staged): Promise<readonly CellContent[]>;
  /**
   * Runs the checks on what is about to be published: staged rows, plus, where the staged part is not the whole, the published
   * rows that stay beside it (for `unique`, and a `refers-to` of the asset itself). An expression's `sql` is, here, a SELECT in the
   * engine's dialect that gives the rows of CHECKED_TABLE that fail.
   *
   * @throws {PulseError} WAREHOUSE_TABLE_MISSING where a check refers to a table that is not published.
   */
  audit(staged: Staged, checks: readonly Check[], options: AuditOptions): Promise<readonly CheckResult[]>;
  /** Runs checks on a published table. */
  auditPublished(name: string, checks: readonly Check[]): Promise<readonly CheckResult[]>;
  /**
   * In one transaction: replaces the written cells (the whole table where `isWhole`), drops the removed ones, writes the journal row.
   * `append` adds the staged rows to those there and replaces nothing; `regions` changes what `changes.compare` found. Where it is
   * logged, that (or what was appended) goes into the table's log; else the log ends here. The staging table is gone afterwards.
   */
  publish(staged: Staged, publication: Publication, options: PublishOptions): Promise<JournalRow>;
  /** Keeps a staged table that its checks refused, for a look, in place of an earlier one of the asset: until the asset is published. */
  setAside(staged: Staged): Promise<void>;
  /** Removes a staging table; nothing happens where it is gone. */
  discard(staged: Staged): Promise<void>;
  /** Removes every staging table that no run in `aliveRuns` owns; says which. */
  sweep(aliveRuns: readonly string[]): Promise<readonly string[]>;
  /** Refuses publications of runs with a lower token from now on; what they have under way has ended, or is refused, when this returns. */
  fence(fencingToken: number): Promise<void>;
  /** Journal rows after `sequence`, in order. */
  journal(afterSequence: number): Promise<readonly JournalRow[]>;
  /**
   * Forgets journal rows from before `before` (UTC text) that nothing published is of any more: sequences other than `living`.
   * Rows that removed cells stay: whoever reads the journal from its beginning must not see them come back. @returns how many.
   */
  compactJournal(living: readonly number[], before: string): Promise<number>;
  /** Drops a published table, with its journal row. */
  drop(name: string): Promise<void>;
  close(): Promise<void>;
}

/** What may be asked of a warehouse that another process writes to. Each call sees what was published when it began. */
export type WarehouseReader = Pick<Warehouse, 'engine' | 'query' | 'hasTable' | 'auditPublished' | 'journal' | 'close'>;
