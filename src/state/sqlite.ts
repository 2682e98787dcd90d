// SQLite under the state store: one file, several processes at once. Knows no tables.
// knex's client, unchanged but for BEGIN.

import type { Knex } from 'knex';
import { type ErrorCode, PulseError } from '../errors.ts';
import { openSqlite, type SqliteFailure, sqliteFailure } from '../sqlite.ts';
import type { StateDialect } from './dialect.ts';

/** How long a writer waits for another process's transaction. The longest of ours takes a second (100,000 cells). */
const BUSY_TIMEOUT_MS = 10_000;

/** `path` may be ':memory:'. Nothing is opened before the first query. */
export function sqliteDialect(path: string): StateDialect {
  const db = openSqlite(path, { busyTimeoutMs: BUSY_TIMEOUT_MS });
  beginImmediate(db);
  return {
    db,
    // JSON's own types are SQLite's.
    rowsOfJson: columns => `SELECT ${columns.map((_, n) => `value ->> ${n}`).join(', ')} FROM json_each(?)`,
    textsOfJson: () => 'SELECT value FROM json_each(?)',
    trouble: error => troubleOf(error, path),
  };
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
  const failure = sqliteFailure(error);
  if (failure === undefined) return undefined;
  const { code, hint } = TROUBLE[failure.kind];
  return new PulseError(code, `The state in ${path} cannot be used: ${failure.what}.`, {
    hint: hint ?? `See that the folder of ${path} is there and may be written to.`,
    transient: failure.kind === 'busy',
    cause: error,
  });
}

const TROUBLE: Readonly<Record<SqliteFailure['kind'], { readonly code: ErrorCode; readonly hint?: string }>> = {
  busy: { code: 'STATE_BUSY', hint: 'Another pulse is writing to it. Try again when that one is done.' },
  full: { code: 'DISK_FULL', hint: 'Make room on the disk, then run it again.' },
  broken: {
    code: 'STATE_FAILED',
    hint: 'Move the file away: the next run makes a new one and takes over what the warehouse says is published.',
  },
  other: { code: 'STATE_FAILED' },
};
