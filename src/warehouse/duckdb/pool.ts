// A few connections to one DuckDB file, each set up alike. Lends one at a time to a piece of work; knows no SQL of pulse's own.

import { renameSync, statSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { PulseError } from '../../errors.ts';
import type { ScalarFunction } from '../../googlesql/translate/scalar.ts';
import { scalarFunction } from './scalar.ts';
import { isNoDatabase, isOtherwiseOpen, toPulseError } from './trouble.ts';

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
  /** Interrupts what is under way, waits for it to end, and closes the file. */
  close(): Promise<void>;
}

/**
 * Opens the file (`:memory:` for none).
 *
 * @throws {PulseError} WAREHOUSE_BUSY where another process has it, WAREHOUSE_UNREACHABLE where it can't be read.
 */
export async function openPool(path: string, options: PoolOptions): Promise<Pool> {
  try {
    const instance = await openInstance(path, options.settings);
    const pool = new ConnectionPool(instance, options);
    await pool.setUp();
    return pool;
  } catch (error) {
    throw toPulseError(error);
  }
}

async function openInstance(path: string, settings: PoolOptions['settings']): Promise<DuckDBInstance> {
  if (path === ':memory:') return DuckDBInstance.create(path, { ...settings });
  try {
    // Files go through the cache: a file opened twice in one process would lose its lock, and then its content.
    return await DuckDBInstance.fromCache(path, { ...settings });
  } catch (error) {
    const { access_mode, ...asWriter } = settings;
    if (access_mode === undefined && isCutOff(path, error)) {
      setAside(path);
      return DuckDBInstance.fromCache(path, { ...settings });
    }
    // A reader in the process that writes shares the writer's instance.
    if (access_mode === undefined || !isOtherwiseOpen(error)) throw error;
    return DuckDBInstance.fromCache(path, asWriter);
  }
}

/** A database begins with three headers of 4 KiB each; what is published comes after them. */
const HEADERS_BYTES = 3 * 4096;

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/**
 * Whether making the file was cut off, by a full disk or a kill, before anything was in it: neither in the file nor in the log
 * of what is to be written to it.
 */
const isCutOff = (path: string, error: unknown): boolean =>
  isNoDatabase(error) && sizeOf(path) < HEADERS_BYTES && sizeOf(`${path}.wal`) === 0;

/** Nothing is removed that has a byte in it: the newest such beginning is kept beside the file. */
const setAside = (path: string): void => renameSync(path, `${path}.cut-off`);

/** How often work that was told to end is told again: DuckDB forgets an interrupt that comes before it has begun. */
const INTERRUPT_EVERY_MS = 20;

/** Ends what the connection does, until the answer is called. */
export function interruptUntil(connection: DuckDBConnection): () => void {
  connection.interrupt();
  const again = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
  return () => clearInterval(again);
}

class ConnectionPool implements Pool {
  readonly #instance: DuckDBInstance;
  readonly #options: PoolOptions;
  readonly #idle: DuckDBConnection[] = [];
  readonly #lent = new Set<DuckDBConnection>();
  readonly #waiting: (() => void)[] = [];
  #opened = 0;
  #closing: Promise<void> | undefined;

  constructor(instance: DuckDBInstance, options: PoolOptions) {
    this.#instance = instance;
    this.#options = options;
  }

  /** Opens the first connection, and gives the file its functions. */
  async setUp(): Promise<void> {
    // Before the first prelude, whose macros call them.
    const registrar = await this.#instance.connect();
    for (const scalar of this.#options.scalars) registrar.registerScalarFunction(scalarFunction(scalar));
    registrar.closeSync();
    this.#idle.push(await this.#connect());
  }

  async #connect(): Promise<DuckDBConnection> {
    this.#opened++;
    try {
      const connection = await this.#instance.connect();
      await connection.run(["SET TimeZone = 'UTC'", ...this.#options.prelude].join(';\n'));
      return connection;
    } catch (error) {
      this.#opened--;
      this.#waiting.shift()?.();
      throw error;
    }
  }

  async #take(): Promise<DuckDBConnection> {
    while (this.#closing === undefined) {
      const connection = this.#idle.pop() ?? (this.#opened < CONNECTIONS_MAX ? await this.#connect() : undefined);
      if (connection === undefined) {
        await this.#change();
      } else if (this.#closing === undefined) {
        this.#lent.add(connection);
        return connection;
      } else {
        this.#give(connection);
      }
    }
    throw new PulseError('RUN_INTERRUPTED', 'The warehouse is closed.');
  }

  /** Until a connection is given back. */
  #change(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  #give(connection: DuckDBConnection): void {
    this.#lent.delete(connection);
    this.#idle.push(connection);
    this.#waiting.shift()?.();
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

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    for (const wake of this.#waiting.splice(0)) wake();
    const stops = [...this.#lent].map(interruptUntil);
    while (this.#idle.length < this.#opened) await this.#change();
    for (const stop of stops) stop();
    for (const connection of this.#idle) connection.closeSync();
    this.#instance.closeSync();
  }
}
