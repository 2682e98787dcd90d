// Unary gRPC calls over one HTTP/2 connection to a server on this machine: frames, statuses, deadlines. Knows no message.
// Own and small: the general client costs more than the analysis it carries (docs/decisions/grpc-by-hand.md).

import http2 from 'node:http2';

/** How a call failed, as gRPC's status says it. */
export class CallError extends Error {
  readonly status: number;
  /** Of a server that ended under the call, where that is known: `SIGKILL`, `exit code 1`. */
  readonly ending: string | undefined;

  constructor({ status, details, ending }: CallErrorParts) {
    super(details);
    this.name = 'CallError';
    this.status = status;
    this.ending = ending;
  }
}

interface CallErrorParts {
  readonly status: number;
  readonly details: string;
  readonly ending?: string | undefined;
}

export const STATUS = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  resourceExhausted: 8,
  outOfRange: 11,
  internal: 13,
  unavailable: 14,
} as const;

export interface UnaryClient {
  /** Sends one message and gives the answer's bytes. @throws {CallError} */
  call(path: string, message: Uint8Array, options: { readonly timeoutMs: number }): Promise<Buffer>;
  close(): void;
}

const WINDOW_BYTES = 1 << 24;
const RETRY_MS = 5;

/**
 * Connects to a server that may still be starting: tries until it listens, and takes the connection.
 *
 * @throws {CallError} unavailable, after `timeoutMs`.
 */
export async function connect(
  port: number,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<UnaryClient> {
  const { setTimeout: wait } = await import('node:timers/promises');
  const giveUp = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  while (!giveUp.aborted) {
    const session = await connected(port, giveUp);
    if (session !== undefined) return clientOf(session);
    // Nothing tells when a process begins to listen: it is asked again, until it does or has ended.
    await wait(RETRY_MS, undefined, { signal: giveUp }).catch(() => undefined);
  }
  throw new CallError({ status: STATUS.unavailable, details: `it did not listen within ${timeoutMs / 1000} s` });
}

const connected = (port: number, giveUp: AbortSignal): Promise<http2.ClientHttp2Session | undefined> =>
  new Promise(resolve => {
    const session = http2.connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: WINDOW_BYTES } });
    // A process that stands still has its connections taken by the system, and answers none.
    const leave = (): void => session.destroy();
    giveUp.addEventListener('abort', leave);
    session.once('close', () => {
      giveUp.removeEventListener('abort', leave);
      resolve(undefined);
    });
    session.once('error', () => resolve(undefined));
    // The server's own settings come when it has taken the connection.
    session.once('remoteSettings', () => {
      giveUp.removeEventListener('abort', leave);
      session.removeAllListeners('error');
      session.setLocalWindowSize(WINDOW_BYTES * 4);
      resolve(session);
    });
  });

function clientOf(session: http2.ClientHttp2Session): UnaryClient {
  // A connection that breaks breaks its calls, each of which says so.
  session.on('error', () => undefined);
  session.unref();
  let calls = 0;
  const begin = (): void => {
    if (calls++ === 0) session.ref();
  };
  const end = (): void => {
    if (--calls === 0) session.unref();
  };
  return {
    call: (path, message, { timeoutMs }) => {
      begin();
      return unary(session, { path, message, timeoutMs }).finally(end);
    },
    close: () => session.destroy(),
  };
}

interface Call {
  readonly path: string;
  readonly message: Uint8Array;
  readonly timeoutMs: number;
}

function unary(session: http2.ClientHttp2Session, { path, message, timeoutMs }: Call): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const fail = (status: number, details: string): void => reject(new CallError({ status, details }));
    if (session.closed || session.destroyed) return fail(STATUS.unavailable, 'the connection is closed');
    const request = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const deadline = setTimeout(() => {
      fail(STATUS.deadlineExceeded, `no answer within ${timeoutMs} ms`);
      request.close(http2.constants.NGHTTP2_CANCEL);
    }, timeoutMs);
    const chunks: Buffer[] = [];
    let trailers: http2.IncomingHttpHeaders = {};
    request.on('response', headers => {
      // Without a body the status comes with the headers.
      if (headers['grpc-status'] !== undefined) trailers = headers;
    });
    request.on('trailers', given => {
      trailers = given;
    });
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', error => fail(STATUS.unavailable, error.message));
    request.on('close', () => {
      clearTimeout(deadline);
      const status = trailers['grpc-status'];
      if (status === undefined) return fail(STATUS.unavailable, 'the connection broke');
      if (status !== '0') return fail(Number(status), decodeURIComponent(String(trailers['grpc-message'] ?? '')));
      const answer = Buffer.concat(chunks);
      return resolve(answer.subarray(FRAME_BYTES));
    });
    request.end(framed(message));
  });
}

/** One byte says that it is not compressed, four how long it is. */
const FRAME_BYTES = 5;

function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, FRAME_BYTES);
  return frame;
}
