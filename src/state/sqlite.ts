// SQLite under the state store: one file, write-ahead log, several processes at once. Knows no tables.
// The driver is whatever is installed as better-sqlite3 (libsql, prebuilt): knex's client for it, unchanged but for BEGIN.

import createKnex, { type Knex } from 'knex';
import { PulseError } from '../errors.ts';
import type { StateDialect } from './dialect.ts';

/** How long a writer waits for another process's transaction. The longest of ours takes a second (100,000 cells). */
const BUSY_TIMEOUT_MS = 10_000;

/** `path` may be ':memory:'. Nothing is opened before the first query. */
export function sqliteDialect(path: string): StateDialect {
  const db = createKnex.knex({
    client: 'better-sqlite3',
    connection: { filename: path },
    useNullAsDefault: true,
    // Else a failing statement's message holds all of its bindings: megabytes of JSON.
    compileSqlOnError: false,
    log: SILENT,
    pool: { min: 1, max: 1, afterCreate: prepare },
  });
  beginImmediate(db);
  return {
    db,
    // JSON's own types are SQLite's.
    rowsOfJson: columns => `SELECT ${columns.map((_, n) => `value ->> ${n}`).join(', ')} FROM json_each(?)`,
    textsOfJson: () => 'SELECT value FROM json_each(?)',
    trouble: error => troubleOf(error, path),
  };
}

/** knex prints on standard output what it throws all the same. */
const SILENT = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore };
function ignore(): void {}

interface Connection {
  pragma(text: string): unknown;
}

/** The time-out comes first: switching to the write-ahead log takes a lock itself. NORMAL loses no transaction to a killed process. */
function prepare(connection: Connection, done: (error: unknown, connection: Connection) => void): void {
  try {
    connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = NORMAL');
    done(null, connection);
  } catch (error) {
    done(error, connection);
  }
}

interface Transaction {
  begin(connection: unknown): unknown;
  query(connection: unknown, sql: string): unknown;
}

interface Client {
  transaction(container: unknown, config?: { readonly readOnly?: boolean }, outer?: unknown): Transaction;
}

/**
 * A transaction that reads and then writes must have the lock before it reads: SQLite fails one that another process
 * overtook, without waiting. knex only knows BEGIN.
 */
function beginImmediate(db: Knex): void {
  const client: Client = db.client;
  const start = client.transaction.bind(client);
  client.transaction = (container, config, outer) => {
    const transaction = start(container, config, outer);
    const words = config?.readOnly === true ? 'BEGIN;' : 'BEGIN IMMEDIATE;';
    transaction.begin = connection => transaction.query(connection, words);
    return transaction;
  };
}

function troubleOf(error: unknown, path: string): PulseError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  // An open that fails has no code in this driver.
  if (!code.startsWith('SQLITE_') && !error.message.startsWith('ConnectionFailed')) return undefined;
  const what = error.message.split(' - ').at(-1) ?? error.message;
  const kind = KINDS.find(({ starts }) => starts.some(start => code.startsWith(start)));
  const { errorCode = 'STATE_FAILED', hint, isTransient = false } = kind ?? {};
  return new PulseError(errorCode, `The state in ${path} cannot be used: ${what}.`, {
    hint: hint ?? `See that the folder of ${path} is there and may be written to.`,
    transient: isTransient,
    cause: error,
  });
}

const KINDS = [
  {
    starts: ['SQLITE_BUSY', 'SQLITE_LOCKED'],
    errorCode: 'STATE_BUSY',
    isTransient: true,
    hint: 'Another pulse is writing to it. Try again when that one is done.',
  },
  {
    starts: ['SQLITE_FULL'],
    errorCode: 'DISK_FULL',
    isTransient: false,
    hint: 'Make room on the disk, then run it again.',
  },
  {
    starts: ['SQLITE_NOTADB', 'SQLITE_CORRUPT'],
    errorCode: 'STATE_FAILED',
    isTransient: false,
    hint: 'Move the file away: the next run makes a new one and takes over what the warehouse says is published.',
  },
] as const;
