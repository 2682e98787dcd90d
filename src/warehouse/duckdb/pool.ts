// A few connections to one DuckDB file, each set up alike. Lends one at a time to a piece of work; knows no SQL of pulse's own.

import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { ScalarFunction } from '../../googlesql/translate/scalar.ts';
import { scalarFunction } from './scalar.ts';
import { toPulseError } from './trouble.ts';

export interface PoolOptions {
  /** Statements that every connection begins with: TEMP MACROs. */
  readonly prelude: readonly string[];
  readonly scalars: readonly ScalarFunction[];
  /** DuckDB's settings for the file. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Each running query holds a thread of Node's pool of four; one is left for files. */
const CONNECTIONS_MAX = 3;

export interface Pool {
  /** Does `work` with a connection of its own; waits where all are lent. DuckDB's errors come out as PulseErrors. */
  use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** The same in a transaction, which is rolled back where `work` fails. */
  transaction<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Opens the file (`:memory:` for none).
 *
 * @throws {PulseError} WAREHOUSE_BUSY where another process has it, WAREHOUSE_UNREACHABLE where it can't be read.
 */
export async function openPool(path: string, options: PoolOptions): Promise<Pool> {
  try {
    // Files go through the cache: a file opened twice in one process would lose its lock, and then its content.
    const open = path === ':memory:' ? DuckDBInstance.create : DuckDBInstance.fromCache.bind(DuckDBInstance);
    const instance = await open(path, { ...options.settings });
    const pool = new ConnectionPool(instance, options);
    await pool.setUp();
    return pool;
  } catch (error) {
    throw toPulseError(error);
  }
}

class ConnectionPool implements Pool {
  readonly #instance: DuckDBInstance;
  readonly #options: PoolOptions;
  readonly #idle: DuckDBConnection[] = [];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];
  #opened = 0;

  constructor(instance: DuckDBInstance, options: PoolOptions) {
    this.#instance = instance;
    this.#options = options;
  }

  /** Opens the first connection, and gives the file its functions. */
  async setUp(): Promise<void> {
    const connection = await this.#instance.connect();
    for (const scalar of this.#options.scalars) connection.registerScalarFunction(scalarFunction(scalar));
    await this.#begin(connection);
    this.#idle.push(connection);
  }

  async #connect(): Promise<DuckDBConnection> {
    return this.#begin(await this.#instance.connect());
  }

  /** The prelude comes after the functions: its macros call them. */
  async #begin(connection: DuckDBConnection): Promise<DuckDBConnection> {
    this.#opened++;
    await connection.run(["SET TimeZone = 'UTC'", ...this.#options.prelude].join(';\n'));
    return connection;
  }

  async #take(): Promise<DuckDBConnection> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#opened < CONNECTIONS_MAX) return this.#connect();
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  #give(connection: DuckDBConnection): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else next(connection);
  }

  async use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#take();
    try {
      return await work(connection);
    } catch (error) {
      throw toPulseError(error);
    } finally {
      this.#give(connection);
    }
  }

  transaction<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.use(async connection => {
      await connection.run('BEGIN');
      try {
        const result = await work(connection);
        await connection.run('COMMIT');
        return result;
      } catch (error) {
        // A failed COMMIT has ended the transaction already; the error that counts is the first.
        await connection.run('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    for (const connection of this.#idle.splice(0)) connection.closeSync();
    this.#instance.closeSync();
  }
}
