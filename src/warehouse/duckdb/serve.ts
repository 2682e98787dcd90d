// The writer's side of reading beside a writer: answers the port's reading verbs over the local socket, from snapshots
// of its own. One at a time, so that readers leave the run its connections.

import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { ResultSet } from '../../googlesql/value.ts';
import type { QueryOptions, Warehouse } from '../warehouse.ts';
import type { Occupied, WriterPlace } from '../writer-place.ts';
import { type Asked, dial, prepareFolder, receive, send, sendHello, sentError, socketPath } from './socket.ts';

/** Rows of one message. */
const ROWS_PER_MESSAGE = 4_096;

/** The place beside the DuckDB file in `home`; `warehouse` is what this process writes to, once it has begun to open it. */
export function writerPlace(
  home: string,
  { warehouse }: { readonly warehouse: () => Promise<Warehouse> | undefined },
): WriterPlace {
  const path = socketPath(home);
  return {
    async occupy() {
      await prepareFolder(path);
      // The caller has the lease: what is there is a dead one's.
      if (process.platform !== 'win32') await rm(path, { force: true });
      const host = new Host(warehouse);
      await host.listen(path);
      return host;
    },
    async vacated(signal) {
      const socket = await dial(path);
      if (socket !== undefined) await untilClosed(socket, signal);
      signal.throwIfAborted();
      return socket !== undefined;
    },
    async isOccupied() {
      const socket = await dial(path);
      socket?.destroy();
      return socket !== undefined;
    },
  };
}

/** The end of the other side, or of the waiting. */
function untilClosed(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise(done => {
    const stop = (): void => void socket.destroy();
    signal.addEventListener('abort', stop, { once: true });
    socket.once('close', () => {
      signal.removeEventListener('abort', stop);
      done();
    });
    // What it says is not of interest, but only who reads sees the end.
    socket.resume();
    if (signal.aborted) stop();
  });
}

class Host implements Occupied {
  readonly #warehouse: () => Promise<Warehouse> | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #isLeaving = new AbortController();
  /** The answer before; the next one waits for it. */
  #answering: Promise<unknown> = Promise.resolve();

  constructor(warehouse: () => Promise<Warehouse> | undefined) {
    this.#warehouse = warehouse;
    this.#server = createServer(socket => this.#meet(socket));
    // Who is asked by nobody ends when its work does.
    this.#server.unref();
  }

  async listen(path: string): Promise<void> {
    await new Promise<void>((done, fail) => {
      this.#server.once('error', fail);
      this.#server.listen(path, done);
    });
    if (process.platform !== 'win32') await chmod(path, 0o600);
  }

  async leave(closing: () => Promise<void>): Promise<void> {
    this.#isLeaving.abort();
    await this.#answering;
    try {
      await closing();
    } finally {
      const closed = new Promise(done => this.#server.close(done));
      for (const socket of this.#sockets) socket.destroy();
      await closed;
    }
  }

  #meet(socket: Socket): void {
    this.#sockets.add(socket);
    const gone = new AbortController();
    // A reader that goes in the middle of its answer has no trouble that we could tell anybody.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      gone.abort();
    });
    socket.unref();
    this.#talk(socket, gone.signal).catch(error => socket.destroy(error));
  }

  async #talk(socket: Socket, gone: AbortSignal): Promise<void> {
    await sendHello(socket);
    for await (const message of receive(socket)) {
      if (message.kind !== 'asked') return;
      const mine = this.#answering.then(() => this.#answer(socket, message.asked, gone));
      this.#answering = mine.catch(() => undefined);
      await mine;
    }
  }

  /** Nothing where this process is about to close the file: the reader is put off until the socket ends. */
  async #answer(socket: Socket, asked: Asked, gone: AbortSignal): Promise<void> {
    if (gone.aborted || this.#isLeaving.signal.aborted) return;
    const signal = AbortSignal.any([gone, this.#isLeaving.signal]);
    try {
      const warehouse = await this.#warehouse();
      if (warehouse === undefined) return await send(socket, { kind: 'not-open' });
      const value = await perform(warehouse, asked, signal);
      if (asked.verb === 'query') await sendRows(socket, value as ResultSet);
      else await send(socket, { kind: 'value', value });
    } catch (error) {
      if (!signal.aborted) await send(socket, { kind: 'error', error: sentError(error) });
    }
  }
}

async function sendRows(socket: Socket, { columns, rows }: ResultSet): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_PER_MESSAGE) {
    await send(socket, { kind: 'rows', rows: rows.slice(from, from + ROWS_PER_MESSAGE) });
  }
  await send(socket, { kind: 'columns', columns });
}

function perform(warehouse: Warehouse, { verb, args }: Asked, signal: AbortSignal): Promise<unknown> {
  switch (verb) {
    case 'query': {
      const [sql, columns, options] = args as [string, ResultSet['columns'], QueryOptions];
      return warehouse.query(sql, columns, { ...options, signal });
    }
    case 'hasTable':
      return warehouse.hasTable(...(args as Parameters<Warehouse['hasTable']>));
    case 'auditPublished':
      return warehouse.auditPublished(...(args as Parameters<Warehouse['auditPublished']>));
    case 'journal':
      return warehouse.journal(...(args as Parameters<Warehouse['journal']>));
  }
}
