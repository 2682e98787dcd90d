// SQLite under the state store: one file, several processes at once. Knows no tables.
// knex's client, unchanged but for BEGIN.

import { type ErrorCode, PulseError } from '../errors.ts';
import { openSqlite, type SqliteFailure, sqliteFailure } from '../sqlite.ts';
import { beginWritesWith } from './begin.ts';
import type { StateDialect } from './dialect.ts';

/** How long a writer waits for another process's transaction. The longest of ours takes a second (100,000 cells). */
const BUSY_TIMEOUT_MS = 10_000;

/** `path` may be ':memory:'. Nothing is opened before the first query. */
export function sqliteDialect(path: string): StateDialect {
  const db = openSqlite(path, { busyTimeoutMs: BUSY_TIMEOUT_MS, emptiesLog: true });
  // SQLite fails a transaction that reads, is overtaken by another process and then writes, without waiting.
  beginWritesWith(db, 'BEGIN IMMEDIATE;');
  return {
    db,
    // JSON's own types are SQLite's.
    rowsOfJson: columns => `SELECT ${columns.map((_, n) => `value ->> ${n}`).join(', ')} FROM json_each(?)`,
    textsOfJson: () => 'SELECT value FROM json_each(?)',
    rewrite: async () => {
      await db.raw('VACUUM');
      const [found] = (await db.raw('PRAGMA wal_checkpoint(TRUNCATE)')) as readonly { readonly busy: number }[];
      if (found?.busy === 0) return;
      throw new PulseError(
        'STATE_BUSY',
        `Another process reads the state in ${path}: bytes of it are still in its log.`,
        {
          hint: 'The next run sees to it.',
          transient: true,
        },
      );
    },
    trouble: error => troubleOf(error, path),
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
