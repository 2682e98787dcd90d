// The local socket between the process that has the DuckDB file and those that read beside it: its path and its messages.
// Whoever may read the file may use the socket, nobody else: it has the owner's rights only. Nothing that passes is logged.

import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { PulseError, type PulseErrorOptions } from '../../errors.ts';
import type { ResultSet } from '../../googlesql/value.ts';

/** Of the messages below. Processes of different versions do not talk. */
const PROTOCOL = `pulse-reader-1/v8-${process.versions.v8}`;

/** A Unix socket's path has 104 bytes on macOS, 108 on Linux, the end sign included. */
const PATH_BYTES_MAX = 100;

/** The socket of the warehouse in `home`; in a folder of the user's own below the temporary one where the path is too long. */
export function socketPath(home: string): string {
  const name = createHash('sha256').update(resolve(home)).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\pulse-${name}`;
  const path = join(resolve(home), 'warehouse.sock');
  return Buffer.byteLength(path) <= PATH_BYTES_MAX ? path : join(shortFolder(), `${name}.sock`);
}

const shortFolder = (): string => join(tmpdir(), `pulse-${userInfo().uid}`);

/** Makes the folder of `path` where it is the short one. @throws {PulseError} WAREHOUSE_UNREACHABLE where another user made it. */
export async function prepareFolder(path: string): Promise<void> {
  const folder = shortFolder();
  if (!path.startsWith(folder)) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid } = await stat(folder);
  if (uid === userInfo().uid) return;
  throw new PulseError('WAREHOUSE_UNREACHABLE', `${folder} belongs to another user.`, {
    hint: 'Set TMPDIR to a folder of your own, or PULSE_HOME to a shorter path.',
  });
}

/** What a reader asks. */
export interface Asked {
  readonly verb: 'query' | 'hasTable' | 'auditPublished' | 'journal';
  readonly args: readonly unknown[];
}

/** What comes back: a value, or rows in parts and then their columns; or an error; or that the file is not open there. */
export type Message =
  | { readonly kind: 'asked'; readonly asked: Asked }
  | { readonly kind: 'rows'; readonly rows: ResultSet['rows'] }
  | { readonly kind: 'columns'; readonly columns: ResultSet['columns'] }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'not-open' }
  | { readonly kind: 'error'; readonly error: SentError };

export interface SentError extends Omit<PulseErrorOptions, 'cause'> {
  /** Absent for a bug. */
  readonly code?: PulseError['code'];
  readonly message: string;
}

export function sentError(error: unknown): SentError {
  if (!(error instanceof PulseError)) return { message: error instanceof Error ? error.message : String(error) };
  const { code, message, hint, transient, place } = error;
  return {
    code,
    message,
    transient,
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
  };
}

export function receivedError({ code, message, ...options }: SentError): Error {
  return code === undefined ? new Error(message) : new PulseError(code, message, options);
}

/** Writes one message; resolves when there is room for the next. Once the other side has gone it is lost, as everything is. */
export async function send(socket: Socket, message: Message): Promise<void> {
  await sendBytes(socket, serialize(message));
}

export const sendHello = (socket: Socket): Promise<void> => sendBytes(socket, Buffer.from(PROTOCOL));

async function sendBytes(socket: Socket, body: Buffer): Promise<void> {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(body.length);
  socket.cork();
  socket.write(head);
  const hasRoom = socket.write(body);
  socket.uncork();
  if (hasRoom || socket.destroyed) return;
  await new Promise<void>(done => {
    const end = (): void => {
      socket.off('drain', end).off('close', end);
      done();
    };
    socket.on('drain', end).on('close', end);
  });
}

/** The messages that come, until the other side ends or goes. */
export async function* receive(socket: Socket): AsyncGenerator<Message> {
  for await (const body of bodies(socket)) yield deserialize(body) as Message;
}

/** The same on the reader's side: the first is the greeting. @throws {PulseError} WAREHOUSE_BUSY where another version answers. */
export async function* receiveGreeted(socket: Socket): AsyncGenerator<Message> {
  let isGreeted = false;
  for await (const body of bodies(socket)) {
    if (isGreeted) {
      yield deserialize(body) as Message;
    } else if (body.toString() === PROTOCOL) {
      isGreeted = true;
    } else {
      throw new PulseError('WAREHOUSE_BUSY', 'The warehouse is in use by a run of another version of pulse or Node.', {
        hint: 'Wait for the run to end, or read with the same version.',
        transient: true,
      });
    }
  }
}

async function* bodies(socket: Socket): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  let wanted: number | undefined;
  const take = (bytes: number): Buffer => {
    const all = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held, size);
    held = [all.subarray(bytes)];
    size -= bytes;
    return all.subarray(0, bytes);
  };
  for await (const part of socket as AsyncIterable<Buffer>) {
    held.push(part);
    size += part.length;
    for (;;) {
      if (wanted === undefined && size >= 4) wanted = take(4).readUInt32LE();
      if (wanted === undefined || size < wanted) break;
      yield take(wanted);
      wanted = undefined;
    }
  }
}

/** Connects; undefined where nobody listens. */
export function dial(path: string): Promise<Socket | undefined> {
  return new Promise((done, fail) => {
    const socket = connect(path);
    socket.once('connect', () => {
      // Whoever reads or waits learns of an end; nobody must die of it.
      socket.removeAllListeners('error').on('error', () => undefined);
      done(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (NOBODY.has(error.code ?? '')) done(undefined);
      else fail(error);
    });
  });
}

/** No socket, one without a process, one whose process is ending (EAGAIN: its queue is full and nobody takes). */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ECONNRESET', 'EPIPE', 'EAGAIN']);
