// The reader's side of reading beside a writer: takes the file where it is free, else asks the process that has it.
// Lets go of the file when it has nothing to read, so that a reader that waits for its user keeps no writer out.

import { setTimeout as pause } from 'node:timers/promises';
import { PulseError } from '../../errors.ts';
import type { ResultSet } from '../../googlesql/value.ts';
import type { QueryOptions, Warehouse, WarehouseReader } from '../warehouse.ts';
import { type Asked, dial, type Message, receivedError, receiveGreeted, send } from './socket.ts';

export interface ReaderOptions {
  /** Opens the file for reading. @throws {PulseError} WAREHOUSE_BUSY where another process has it. */
  readonly openFile: () => Promise<Warehouse>;
  /** The warehouse that this process writes to, where it does. */
  readonly writer: () => Promise<Warehouse> | undefined;
  /** Where a writer answers. */
  readonly socket: string;
}

/** How long the file stays open for the next call. */
const IDLE_MS = 200;
/** The operating system does not tell when a lock of a file goes: only where nobody answers either is it asked again. */
const RETRY_MS = 20;
/** A writer that is killed, or begins, is for some milliseconds neither there nor gone. */
const PATIENCE_MS = 5_000;

/** Reads the warehouse wherever it is open. Nothing is opened before the first call. */
export function openReader(options: ReaderOptions): WarehouseReader & { release(): Promise<void> } {
  return new DuckDbReader(options);
}

class DuckDbReader implements WarehouseReader {
  readonly engine = 'duckdb';
  readonly #options: ReaderOptions;
  #file: Promise<Warehouse> | undefined;
  #closing: Promise<void> = Promise.resolve();
  #users = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  query(sql: string, columns: ResultSet['columns'], options: QueryOptions = {}): Promise<ResultSet> {
    const { signal, ...rest } = options;
    return this.#call(
      { verb: 'query', args: [sql, columns, rest] },
      { limit: limitOf(options), read: warehouse => warehouse.query(sql, columns, options) },
    );
  }

  hasTable(name: string): Promise<boolean> {
    return this.#call({ verb: 'hasTable', args: [name] }, { read: warehouse => warehouse.hasTable(name) });
  }

  auditPublished(...args: Parameters<Warehouse['auditPublished']>): ReturnType<Warehouse['auditPublished']> {
    return this.#call({ verb: 'auditPublished', args }, { read: warehouse => warehouse.auditPublished(...args) });
  }

  journal(afterSequence: number): ReturnType<Warehouse['journal']> {
    return this.#call(
      { verb: 'journal', args: [afterSequence] },
      { read: warehouse => warehouse.journal(afterSequence) },
    );
  }

  /** Lets go of the file, whatever was read from it is read. */
  async release(): Promise<void> {
    clearTimeout(this.#idle);
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) {
      const closing = file.then(
        warehouse => warehouse.close(),
        () => undefined,
      );
      this.#closing = Promise.all([this.#closing, closing]).then(() => undefined);
    }
    await this.#closing;
  }

  close(): Promise<void> {
    return this.release();
  }

  async #call<T>(asked: Asked, { limit, read }: Call<T>): Promise<T> {
    const own = await this.#options.writer();
    if (own !== undefined) return read(own);
    for (let waitedMs = 0; ; ) {
      const answer = await this.#ask<T>(asked, limit);
      if (answer.kind === 'value') return answer.value;
      if (answer.kind === 'gone') continue;
      try {
        return await this.#withFile(read);
      } catch (error) {
        const isBusy = error instanceof PulseError && error.code === 'WAREHOUSE_BUSY';
        if (!isBusy || waitedMs >= PATIENCE_MS) throw error;
      }
      await pause(RETRY_MS);
      waitedMs += RETRY_MS;
    }
  }

  /** `gone` where the writer went before it had answered; what it was asked is asked again. */
  async #ask<T>(asked: Asked, limit: Limit | undefined): Promise<Answer<T>> {
    limit?.check();
    const socket = await dial(this.#options.socket);
    if (socket === undefined) return { kind: 'absent' };
    const stop = (): void => void socket.destroy();
    limit?.signal.addEventListener('abort', stop, { once: true });
    if (limit?.signal.aborted === true) stop();
    try {
      await send(socket, { kind: 'asked', asked });
      return await answerOf<T>(receiveGreeted(socket));
    } catch (error) {
      if (error instanceof PulseError || !isTornOff(error)) throw error;
      return { kind: 'gone' };
    } finally {
      limit?.signal.removeEventListener('abort', stop);
      socket.destroy();
    }
  }

  async #withFile<T>(read: (warehouse: Warehouse) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#users++;
    try {
      return await read(await this.#open());
    } finally {
      this.#users--;
      if (this.#users === 0) this.#idle = setTimeout(() => void this.release(), IDLE_MS).unref();
    }
  }

  /** What failed to open is tried anew at the next call. */
  async #open(): Promise<Warehouse> {
    if (this.#file === undefined) {
      const opening = this.#closing.then(() => this.#options.openFile());
      this.#file = opening;
      opening.catch(() => {
        if (this.#file === opening) this.#file = undefined;
      });
    }
    return this.#file;
  }
}

interface Call<T> {
  readonly limit?: Limit | undefined;
  readonly read: (warehouse: Warehouse) => Promise<T>;
}

/** How long an answer is waited for, the time in the queue of the writer's readers included. */
interface Limit {
  readonly signal: AbortSignal;
  /** @throws {PulseError} QUERY_TIMEOUT where it is reached. */
  check(): void;
}

function limitOf({ signal, timeoutMs }: QueryOptions): Limit | undefined {
  const end = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signals = [signal, end].filter(one => one !== undefined);
  if (signals.length === 0) return undefined;
  return {
    signal: AbortSignal.any(signals),
    check() {
      if (signal?.aborted === true) throw new PulseError('QUERY_TIMEOUT', 'The query was stopped.');
      if (end?.aborted === true) throw new PulseError('QUERY_TIMEOUT', `The query took longer than ${timeoutMs} ms.`);
    },
  };
}

type Answer<T> = { readonly kind: 'value'; readonly value: T } | { readonly kind: 'absent' | 'gone' | 'not-open' };

/** @throws what the writer says went wrong. */
async function answerOf<T>(messages: AsyncIterable<Message>): Promise<Answer<T>> {
  const rows: ResultSet['rows'][number][] = [];
  for await (const message of messages) {
    switch (message.kind) {
      case 'rows':
        for (const row of message.rows) rows.push(row);
        break;
      case 'columns':
        return { kind: 'value', value: { columns: message.columns, rows } satisfies ResultSet as T };
      case 'value':
        return { kind: 'value', value: message.value as T };
      case 'error':
        throw receivedError(message.error);
      case 'not-open':
        return { kind: 'not-open' };
      case 'asked':
        throw new Error('the writer asks');
    }
  }
  return { kind: 'gone' };
}

const TORN_OFF = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']);
const isTornOff = (error: unknown): boolean => TORN_OFF.has((error as NodeJS.ErrnoException).code ?? '');
