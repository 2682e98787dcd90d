// The SQLite file under the raw store: its connection, its transactions, its errors. Knows nothing of events' meaning.

import type { Knex } from 'knex';
import { type ErrorCode, PulseError } from '../errors.ts';
import { emptyLog, openSqlite, type SqliteDriver, type SqliteFailure, sqliteFailure } from '../sqlite.ts';
import { DigitWriter } from './digit-writer.ts';

/** What is used of the driver directly, where knex's query building would cost more than the query. */
interface Driver extends SqliteDriver {
  prepare(sql: string): Statement;
  exec(sql: string): unknown;
  readonly inTransaction: boolean;
}

export interface Statement {
  run(bindings: readonly unknown[]): { readonly changes: number };
  all(bindings: readonly unknown[]): unknown[];
  raw(): Statement;
}

/** A connection that prepares each statement once: one that is dropped keeps what was bound to it, megabytes, until the garbage collector comes. */
export class Connection {
  /** For one binding at a time: a new buffer each would have the garbage collector come more often. */
  readonly digits = new DigitWriter(0);
  private readonly driver: Driver;
  private readonly statements = new Map<string, Statement>();

  constructor(driver: Driver) {
    this.driver = driver;
  }

  get inTransaction(): boolean {
    return this.driver.inTransaction;
  }

  exec(sql: string): void {
    this.driver.exec(sql);
  }

  run(sql: string, bindings: readonly unknown[]): number {
    return this.statement(sql).run(bindings).changes;
  }

  /** Rows as objects; `rows` gives them as arrays. One text is asked for in one of the two ways only. */
  objects(sql: string, bindings: readonly unknown[]): unknown[] {
    return this.statement(sql).all(bindings);
  }

  rows(sql: string, bindings: readonly unknown[]): unknown[] {
    return this.statement(sql).raw().all(bindings);
  }

  private statement(sql: string): Statement {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.driver.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}

const BUSY_TIMEOUT_MS = 30_000;

/** An open file: for queries by knex, and for work on its one connection. */
export class SqliteFile {
  readonly db: Knex;
  private readonly busyTimeoutMs: number;
  private readonly connections = new WeakMap<Driver, Connection>();

  /** `path` may be ':memory:'. Nothing is opened before the first query. */
  constructor(path: string, { busyTimeoutMs = BUSY_TIMEOUT_MS }: { readonly busyTimeoutMs?: number } = {}) {
    this.busyTimeoutMs = busyTimeoutMs;
    this.db = openSqlite(path, {
      busyTimeoutMs,
      // Events are long rows: larger pages hold more of them and fewer are rewritten.
      pageSize: 32_768,
      // The checkpoint in pages: a short log would be copied into the file again and again while events stream in.
      pragmas: ['cache_size = -32768', 'temp_store = MEMORY', 'wal_autocheckpoint = 8192'],
    });
  }

  /** Lends the connection to `work`, which must be done with it when it returns. */
  async withConnection<T>(work: (connection: Connection) => T): Promise<T> {
    const driver: Driver = await this.db.client.acquireConnection();
    try {
      return work(this.connectionOf(driver));
    } finally {
      await this.db.client.releaseConnection(driver);
    }
  }

  /**
   * One transaction that waits for nothing but SQLite: so it holds the lock for no longer than it works, and two stores
   * of one process cannot wait for each other. It takes the lock before it reads, because SQLite fails a reader that
   * another process overtook and that then writes (knex only knows BEGIN).
   */
  inTransaction<T>(work: (connection: Connection) => T): Promise<T> {
    return this.withConnection(connection => {
      connection.exec('BEGIN IMMEDIATE');
      try {
        const result = work(connection);
        connection.exec('COMMIT');
        return result;
      } catch (error) {
        // Some errors end the transaction by themselves; then there is nothing to take back.
        if (connection.inTransaction) connection.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** Moves what was written from the log into the file, as far as no other process reads it. */
  async emptyLog(): Promise<void> {
    const driver: Driver = await this.db.client.acquireConnection();
    try {
      emptyLog(driver, this.busyTimeoutMs);
    } finally {
      await this.db.client.releaseConnection(driver);
    }
  }

  async close(): Promise<void> {
    await this.db.destroy();
  }

  private connectionOf(driver: Driver): Connection {
    const connection = this.connections.get(driver) ?? new Connection(driver);
    this.connections.set(driver, connection);
    return connection;
  }
}

/** What the driver throws, as an error that a person can act on; everything else as it is. */
export function sqliteTrouble(error: unknown, path: string): unknown {
  const failure = sqliteFailure(error);
  if (failure === undefined) return error;
  const { code, hint } = TROUBLE[failure.kind];
  return new PulseError(code, `The raw store in ${path} cannot be used: ${failure.what}.`, {
    hint: hint ?? `See that the folder of ${path} is there and may be written to.`,
    transient: failure.kind === 'busy',
    cause: error,
  });
}

const TROUBLE: Readonly<Record<SqliteFailure['kind'], { readonly code: ErrorCode; readonly hint?: string }>> = {
  busy: { code: 'RAW_STORE_UNREACHABLE', hint: 'Another pulse is writing to it. Try again when that one is done.' },
  full: { code: 'DISK_FULL', hint: 'Make room on the disk, then run it again.' },
  broken: {
    code: 'RAW_STORE_FAILED',
    hint: 'Move the file away: the next run makes a new one from the files in data/.',
  },
  other: { code: 'RAW_STORE_FAILED' },
};
