// A SQLite file under the raw store and under the state: its connection, and what its errors mean. Knows no tables.
// The driver is whatever is installed as better-sqlite3 (libsql, prebuilt): knex's client for it, unchanged.

import { statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import createKnex, { type Knex } from 'knex';

/** What is used of the driver directly. */
export interface SqliteDriver {
  pragma(text: string): unknown;
}

export interface SqliteOptions {
  /** How long a statement waits for another process's transaction. */
  readonly busyTimeoutMs: number;
  /** Set before the switch to the write-ahead log: only a new file takes it. */
  readonly pageSize?: number;
  /** Set at each opening, after that switch: texts as 'cache_size = -1024'. */
  readonly pragmas?: readonly string[];
  /** Whether closing empties a long write-ahead log, where nobody else reads: for files that are written little. */
  readonly emptiesLog?: boolean;
}

/**
 * A pool of one connection to `path`, which may be ':memory:'. Nothing is opened before the first query. NORMAL loses
 * nothing to a killed process, and at most the last transactions to a power cut.
 */
export function openSqlite(path: string, options: SqliteOptions): Knex {
  const db = createKnex.knex({
    client: 'better-sqlite3',
    connection: { filename: path },
    useNullAsDefault: true,
    // Else a failing statement's message holds all of its bindings: megabytes of events.
    compileSqlOnError: false,
    log: SILENT,
    pool: { min: 1, max: 1, afterCreate: preparing(options) },
  });
  if (options.emptiesLog === true) emptyLogAtClose(db, path, options.busyTimeoutMs);
  return db;
}

/** A log that is read faster than it is emptied, which waits for the disk. */
const LOG_KEPT_BYTES = 256 << 10;

function emptyLogAtClose(db: Knex, path: string, busyTimeoutMs: number): void {
  const client: { destroyRawConnection(connection: SqliteDriver): Promise<void> } = db.client;
  const close = client.destroyRawConnection.bind(client);
  client.destroyRawConnection = async connection => {
    const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
    if (log !== undefined && log.size > LOG_KEPT_BYTES) emptyLog(connection, busyTimeoutMs);
    await close(connection);
  };
}

/**
 * Copies the write-ahead log into the file and cuts it, without waiting for others: where one reads, it is left for the next time.
 * SQLite does so when the last connection closes, but the driver's statements keep it from closing; and whoever opens a file with a
 * log reads all of the log first (230 MB after 300,000 events).
 */
export function emptyLog(connection: SqliteDriver, busyTimeoutMs: number): void {
  connection.pragma('busy_timeout = 0');
  try {
    connection.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    // Another process copies it, or there is no room for it in the file: both are told by whoever writes next.
    if (sqliteFailure(error) === undefined) throw error;
  } finally {
    connection.pragma(`busy_timeout = ${busyTimeoutMs}`);
  }
}

/** knex prints on standard output what it throws all the same. */
const SILENT = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore };
function ignore(): void {}

type Done = (error: unknown, connection: SqliteDriver) => void;

function preparing(options: SqliteOptions): (connection: SqliteDriver, done: Done) => void {
  return (connection, done) => {
    prepare(connection, options).then(
      () => done(null, connection),
      error => done(error, connection),
    );
  };
}

async function prepare(
  connection: SqliteDriver,
  { busyTimeoutMs, pageSize, pragmas = [] }: SqliteOptions,
): Promise<void> {
  connection.pragma(`busy_timeout = ${busyTimeoutMs}`);
  if (pageSize !== undefined) connection.pragma(`page_size = ${pageSize}`);
  await switchToLog(connection, busyTimeoutMs);
  for (const pragma of ['synchronous = NORMAL', ...pragmas]) connection.pragma(pragma);
}

const RETRY_MS = 5;

/**
 * Of several processes that make a file at the same moment, SQLite refuses this switch to all but one, at once and without
 * regard to the busy time-out: each holds a read lock that the others would have to wait for. So it is tried again.
 */
async function switchToLog(connection: SqliteDriver, busyTimeoutMs: number): Promise<void> {
  for (let waited = 0; ; waited += RETRY_MS) {
    try {
      connection.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if (sqliteFailure(error)?.kind !== 'busy' || waited >= busyTimeoutMs) throw error;
      await setTimeout(RETRY_MS);
    }
  }
}

export interface SqliteFailure {
  /** `busy` passes; `full` is the disk; `broken` is a file that is no database or no longer one. */
  readonly kind: 'busy' | 'full' | 'broken' | 'other';
  /** SQLite's words. */
  readonly what: string;
}

/** What an error of the driver means; undefined for any other error. */
export function sqliteFailure(error: unknown): SqliteFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  // An open that fails has no code in this driver.
  if (!code.startsWith('SQLITE_') && !error.message.startsWith('ConnectionFailed')) return undefined;
  const what = error.message.split(' - ').at(-1) ?? error.message;
  const [kind = 'other'] = KINDS.find(([, ...starts]) => starts.some(start => code.startsWith(start))) ?? [];
  return { kind, what };
}

const KINDS = [
  ['busy', 'SQLITE_BUSY', 'SQLITE_LOCKED'],
  ['full', 'SQLITE_FULL'],
  ['broken', 'SQLITE_NOTADB', 'SQLITE_CORRUPT'],
] as const;
