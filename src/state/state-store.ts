// The port of the state store: runs, cells, marks, observed files. Adapter: knex.ts (SQLite by default, Postgres by URL).
// The warehouse's journal is the truth of what is published; the state is brought up to it by `apply` (design: adopt or abort).
// One contract suite: test/state/state-store-contract.ts.

import type { CellKey, JournalRow } from '../warehouse/warehouse.ts';
import type { StateRow } from './move.ts';

/** A published cell as the state knows it. */
export interface Cell {
  readonly asset: string;
  readonly cell: CellKey;
  readonly codeVersion: string;
  readonly dataVersion: string;
  readonly runId: string;
  /** UTC text. */
  readonly madeAt: string;
  readonly rows: number;
}

/** The last publication of an asset: what `missing` and `code changed` are judged by. */
export interface Build {
  readonly asset: string;
  readonly codeVersion: string;
  readonly runId: string;
  readonly madeAt: string;
  readonly note: string;
  /** Of the whole asset after that publication. */
  readonly cells: number;
  readonly rows: number;
}

/** A cell that must be made again, and why. `cell` '*' is all of the asset's cells. */
export interface Mark {
  readonly asset: string;
  readonly cell: CellKey | '*';
  /** The upstream asset whose change is the cause. */
  readonly cause: string;
  readonly runId: string;
}

export type RunStatus = 'running' | 'done' | 'failed' | 'interrupted' | 'aborted';

export interface Run {
  readonly runId: string;
  readonly command: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly pid: number;
  readonly host: string;
}

export type StepStatus = 'done' | 'unchanged' | 'failed' | 'skipped';

/** What became of one asset in one run. */
export interface StepRecord {
  readonly runId: string;
  readonly asset: string;
  readonly status: StepStatus;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly cells: number;
  readonly rows: number;
  readonly message: string | null;
}

/** A source file as it was last seen. Size, time and inode only say whether the hash must be taken again. */
export interface ObservedFile {
  readonly source: string;
  /** Relative to the data directory, with /. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
  /** SHA-256 of the content, hex. */
  readonly hash: string;
  /** The hash that was last ingested (or loaded as a seed) completely; null where none was. */
  readonly takenHash: string | null;
}

/** Who wants a lease. */
export interface LeaseHolder {
  readonly runId: string;
  /** What it was asked to do, for who waits: `materialize fact_orders`. */
  readonly command: string;
  readonly pid: number;
  readonly host: string;
}

/** The right to make something, held by one run at a time. */
export interface Lease extends LeaseHolder {
  /** `warehouse`, or `asset/fact_orders`. */
  readonly resource: string;
  /** A fencing token: greater than that of every lease and publication before. The holder's publications carry it. */
  readonly token: number;
  /** UTC text. */
  readonly since: string;
  /** UTC text: what is not renewed until then may be taken to be dead by who cannot ask its process. */
  readonly expiresAt: string;
}

/** What was said in a run. */
export interface LoggedEvent {
  /** From 1, in the order in which it was said. */
  readonly number: number;
  /** UTC text. */
  readonly loggedAt: string;
  /** JSON text. */
  readonly body: string;
}

export type BackfillStatus = 'running' | 'done' | 'failed' | 'cancelled';

/** A durable plan of cells to be made again. */
export interface Backfill {
  readonly backfillId: string;
  /** As it was typed. */
  readonly command: string;
  /** How its chunks are made: JSON text. */
  readonly options: string;
  readonly status: BackfillStatus;
  /** UTC text, as the next. */
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

/** What became of one cell of a backfill. */
export interface BackfillCell {
  readonly asset: string;
  readonly cell: CellKey;
  /** The cells of one chunk are made together; chunks in order of their numbers. */
  readonly chunk: number;
  readonly status: 'pending' | 'done' | 'failed';
  /** The run that made it last. */
  readonly runId: string | null;
  /** Why it failed. */
  readonly message: string | null;
}

/** Everything a plan is judged by, read at once. */
export interface StateSnapshot {
  readonly builds: ReadonlyMap<string, Build>;
  readonly marks: readonly Mark[];
  readonly files: readonly ObservedFile[];
  /** The last step of each asset, for status:failed. */
  readonly lastSteps: ReadonlyMap<string, StepRecord>;
  /** Runs without an end: a process died, or another one is at work. */
  readonly openRuns: readonly Run[];
}

/** What a check came to, as it is kept: the last judgement of a check, a day and a scope. */
export interface CheckRecord {
  readonly name: string;
  /** The day that was judged (scope `day`); the day of the judgement (UTC) where a whole table was (scope `table`). */
  readonly day: string;
  readonly scope: 'day' | 'table';
  readonly asset: string | null;
  readonly kind: string;
  readonly severity: 'block' | 'warn';
  readonly verdict: 'pass' | 'warn' | 'fail';
  readonly failedRows: number;
  readonly note: string | null;
  /** JSON: values by measure. */
  readonly measures: string;
  /** JSON: { columns, rows } of a sample of the failing rows. */
  readonly sample: string;
  /** GoogleSQL that shows all failing rows. */
  readonly query: string | null;
  readonly checkedAt: string;
}

/** What one job of the warehouse billed. */
export interface CostRecord {
  readonly jobId: string;
  /** Null for what was asked outside of a run. */
  readonly runId: string | null;
  readonly asset: string | null;
  /** `build`, `checks`, `publish`, `query`, … */
  readonly purpose: string;
  readonly bytesBilled: number;
  readonly slotMs: number;
  /** By the price of that day. */
  readonly priceUsd: number;
  /** UTC text. */
  readonly endedAt: string;
}

export interface StateStore {
  /** Of what is kept, and how: only rows of the same version may be moved. */
  readonly version: number;
  snapshot(): Promise<StateSnapshot>;
  /** The cells of one asset. */
  cells(asset: string): Promise<ReadonlyMap<CellKey, Cell>>;
  startRun(run: Pick<Run, 'runId' | 'command' | 'pid' | 'host'>): Promise<Run>;
  finishRun(runId: string, status: RunStatus): Promise<void>;
  recordStep(step: StepRecord): Promise<void>;
  runs(limit: number): Promise<readonly Run[]>;
  steps(runId: string): Promise<readonly StepRecord[]>;
  /** Of each asset the kept step that made the most cells; the latest of those. */
  greatestSteps(): Promise<readonly StepRecord[]>;
  /** The sequence of the last journal row that was applied; 0 at first. */
  appliedSequence(): Promise<number>;
  /**
   * In one transaction: takes over a journal row (cells, build), clears the asset's own marks that `clears` names, adds `marks`.
   * '*' among `clears` clears every mark of the asset, as whoever made all cells made each.
   * Rows must come in the journal's order: what others published before is applied before. A row at or below the applied sequence changes nothing.
   */
  apply(
    row: JournalRow,
    effects: { readonly clears: readonly (CellKey | '*')[]; readonly marks: readonly Mark[] },
  ): Promise<void>;
  /** Forgets all that is published, with the marks, as if nothing had been: the warehouse is gone. Runs and files stay. */
  forgetPublished(): Promise<void>;
  /** Clears marks without a publication, as `apply` does: the cells were judged anew and found unchanged. */
  clearMarks(asset: string, cells: readonly (CellKey | '*')[]): Promise<void>;
  observe(files: readonly ObservedFile[]): Promise<void>;
  /** Forgets files that are gone. */
  forget(source: string, paths: readonly string[]): Promise<void>;
  /**
   * Takes the lease of `resource` where it is free, or where `takeFrom` is the token of the lease that stands in the way.
   * Who is dead is for the caller to judge. A token that is given is greater than `above`, too.
   *
   * @returns the lease that is in force now: the caller's own (`runId` says so), or that of who holds it.
   */
  acquireLease(
    resource: string,
    holder: LeaseHolder,
    options: { readonly ttlMs: number; readonly takeFrom?: number; readonly above?: number },
  ): Promise<Lease>;
  /** Says that the run lives. @returns what it holds still: what is missing was taken from it. */
  renewLeases(runId: string, ttlMs: number): Promise<readonly Lease[]>;
  /** Gives back the named leases of a run, or all of them; those of others stay. */
  releaseLeases(runId: string, resources?: readonly string[]): Promise<void>;
  leases(): Promise<readonly Lease[]>;
  /** Keeps what checks came to, in place of what was kept of the same check, day and scope; forgets what is older than 400 days. */
  recordChecks(records: readonly CheckRecord[]): Promise<void>;
  /** The records of days from `from` to `to`, by day and name. */
  checkRecords(from: string, to: string): Promise<readonly CheckRecord[]>;
  /** Keeps what a job billed, once: a job that is known stays as it is. Forgets what is older than 400 days. */
  recordCost(cost: CostRecord): Promise<void>;
  /** What ended at or after `since` (UTC text), in its order. */
  costs(since: string): Promise<readonly CostRecord[]>;
  /** Bytes that were billed since then. */
  bytesBilled(since: string): Promise<number>;
  /** Adds to the log of a run; a number that is there is written over. */
  logEvents(runId: string, events: readonly LoggedEvent[]): Promise<void>;
  events(runId: string): Promise<readonly LoggedEvent[]>;
  /**
   * Forgets runs that ended before `before` (UTC text) with their steps and logs, and backfills with their cells. What each
   * asset was last made of, its cells and its last step stay.
   */
  pruneHistory(before: string): Promise<{ readonly runs: number; readonly backfills: number }>;
  /**
   * Forgets what is kept of rows of tables: samples of checks, and what runs but `butOf` said of why something failed, which may
   * quote a value; and leaves no byte of it in a file of its own.
   *
   * @throws {PulseError} STATE_BUSY (transient) where another process keeps a file from being written anew
   */
  forgetRows(options: { readonly butOf: string }): Promise<void>;
  createBackfill(
    backfill: Pick<Backfill, 'backfillId' | 'command' | 'options'>,
    cells: readonly Pick<BackfillCell, 'asset' | 'cell' | 'chunk'>[],
  ): Promise<Backfill>;
  /** Newest first. */
  backfills(limit: number): Promise<readonly Backfill[]>;
  /** In the order of chunks, assets and cells. */
  backfillCells(backfillId: string): Promise<readonly BackfillCell[]>;
  /** Says what became of cells of a backfill. */
  recordBackfillCells(backfillId: string, cells: readonly BackfillCell[]): Promise<void>;
  setBackfillStatus(backfillId: string, status: BackfillStatus): Promise<void>;
  /** Sequences of the publications that a cell or an asset still is of: the rest of the journal is history. */
  livingSequences(): Promise<readonly number[]>;
  /** All that is kept but the leases, of one moment, for `replaceAll` of another store. */
  exportRows<T>(use: (rows: AsyncIterable<StateRow>) => Promise<T>): Promise<T>;
  /**
   * Puts the rows of another store in place of all that is here, or, where that fails, changes nothing. Gives how many.
   *
   * @throws {PulseError} STATE_FAILED for rows of another version, and where something is here and `overwrite` is not true
   */
  replaceAll(rows: AsyncIterable<StateRow>, options: { readonly overwrite: boolean }): Promise<number>;
  /** A number that grows with each call, and is greater than that of any applied row. */
  nextFencingToken(): Promise<number>;
  close(): Promise<void>;
}
