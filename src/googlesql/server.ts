// One GoogleSQL server process: found, started on a free loopback port, called, stopped. Knows nothing of SQL.
// It dies with this process, even a killed one: a watcher beside it ends it when our end of its standard input closes.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { PulseError } from '../errors.ts';
import { loadProtocol, type Message, type MethodName } from './protocol.ts';
import { CallError, connect, STATUS } from './unary.ts';

export { CallError, STATUS };

export interface Server {
  readonly pid: number | undefined;
  /** @throws {CallError} with gRPC's status; `unavailable` where the process has died. */
  call(method: MethodName, message: object, options: { readonly timeoutMs: number }): Promise<Message>;
  readonly isAlive: boolean;
  stop(): void;
}

const PACKAGE = '@fivetrandevelopers/zetasql';
const START_TIMEOUT_MS = 10_000;
const BINARIES: Readonly<Record<string, string>> = {
  'linux-x64': 'remote_server.so',
  'linux-arm64': 'remote_server_arm.so',
  'darwin-x64': 'remote_server',
  'darwin-arm64': 'remote_server_arm',
};
// The shell becomes the server (exec), the watcher waits for the end of standard input and then ends it.
const WATCHED = 'exec 3<&0; (cat <&3 >/dev/null; kill -9 $$) 2>/dev/null & exec "$0" "$@" 3<&- </dev/null';

/** @throws {PulseError} ANALYZER_MISSING where the package or a build for this platform isn't there. */
export function findBinary(platform = `${process.platform}-${process.arch}`): string {
  const name = BINARIES[platform];
  if (!name) {
    throw new PulseError('ANALYZER_MISSING', `The GoogleSQL analyzer has no build for ${platform}.`, {
      hint: 'Use Linux or macOS (x64 or arm64), or run what is already translated: models/.translated is enough for unchanged models.',
    });
  }
  const file = path.join(packageFolder(), 'lib', 'zetasql', name);
  if (existsSync(file)) return file;
  throw missing(`${PACKAGE} has no file ${name}.`);
}

function packageFolder(): string {
  try {
    return path.dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch (cause) {
    throw missing(`The optional package ${PACKAGE} is not installed.`, cause);
  }
}

const missing = (message: string, cause?: unknown): PulseError =>
  new PulseError('ANALYZER_MISSING', message, {
    hint: 'Run `npm ci` without --omit=optional. Unchanged models run without it, from models/.translated.',
    cause,
  });

/** @throws {PulseError} ANALYZER_MISSING, or ANALYZER_FAILED where it does not come up. */
export async function startServer(binary = findBinary()): Promise<Server> {
  const port = await freePort();
  const child = spawn('/bin/sh', ['-c', WATCHED, binary, 'localhost', String(port)], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const end = watchEnd(child);
  try {
    const giveUp = new AbortController();
    end.failure.catch(() => giveUp.abort());
    const connecting = connect(port, { timeoutMs: START_TIMEOUT_MS, signal: giveUp.signal });
    connecting.catch(() => undefined);
    const protocol = await loadProtocol();
    // Where it has ended, that is why it did not listen.
    const client = await connecting.catch(error => (giveUp.signal.aborted ? end.failure : Promise.reject(error)));
    letGo(child);
    return {
      pid: child.pid,
      get isAlive() {
        return end.isAlive;
      },
      call: async (name, message, { timeoutMs }) => {
        if (!end.isAlive) throw lost('the server has ended', end.how);
        const method = protocol(name);
        const bytes = await client.call(method.path, method.serialize(message), { timeoutMs }).catch(async error => {
          if (!(error instanceof CallError) || error.status !== STATUS.unavailable) throw error;
          throw lost(error.message, await end.told());
        });
        return method.deserialize(bytes);
      },
      stop: () => {
        client.close();
        end.stop();
      },
    };
  } catch (error) {
    end.stop();
    throw error instanceof CallError ? failedToStart(error.message, error) : error;
  }
}

const failedToStart = (why: string, cause?: unknown): PulseError =>
  new PulseError('ANALYZER_FAILED', `The GoogleSQL analyzer did not start: ${why}.`, {
    hint: 'Run the command again; if it stays, check free memory and that node_modules/@fivetrandevelopers may be executed.',
    transient: true,
    cause,
  });

const lost = (details: string, ending: string | undefined): CallError =>
  new CallError({ status: STATUS.unavailable, details, ending });

/** A broken connection is seen before the end of the process that broke it. */
const END_TOLD_MS = 1_000;

/** Follows the process to its end and keeps the last of what it said. */
function watchEnd(child: ChildProcess) {
  let said = '';
  let isAlive = true;
  let isStopped = false;
  let how: string | undefined;
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000);
  });
  child.stdin?.on('error', () => {
    // The watcher's end of the pipe may close first when both are ended together.
  });
  const stop = (): void => {
    process.off('exit', stop);
    child.stdin?.end();
    if (isAlive) {
      isStopped = true;
      child.kill('SIGKILL');
    }
    isAlive = false;
  };
  process.on('exit', stop);
  const failure = new Promise<never>((_resolve, reject) => {
    child.once('error', error => reject(failedToStart(error.message, error)));
    child.once('exit', (code, signal) => {
      // What is stopped here says nothing of the questions that it had.
      how = isStopped ? undefined : (signal ?? `exit code ${code}`);
      isAlive = false;
      stop();
      reject(failedToStart(`it ended with ${signal ?? `exit code ${code}`}${said === '' ? '' : `: ${said.trim()}`}`));
    });
  });
  // Once it has started, nobody waits for this any more: later ends are seen by the calls they break.
  failure.catch(() => undefined);
  return {
    failure,
    stop,
    get isAlive() {
      return isAlive;
    },
    get how() {
      return how;
    },
    /** How it ended, once that is known; undefined where it has not, or was stopped. */
    told: async (): Promise<string | undefined> => {
      if (child.exitCode === null && child.signalCode === null)
        await once(child, 'exit', { signal: AbortSignal.timeout(END_TOLD_MS) }).catch(() => undefined);
      return how;
    },
  };
}

/** Lets this process end while the server is idle. */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stderr]) (stream as net.Socket | null)?.unref();
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
