// What a command may touch of the outside: streams, environment, clock, Ctrl-C. Tests pass their own.
// The one place of the command line that knows `process`.

import type { Readable } from 'node:stream';
import pc from 'picocolors';
import { EXIT } from '../errors.ts';
import type { ReadingThread } from '../raw/reading-thread.ts';

export type Colors = ReturnType<typeof pc.createColors>;

/** A stream that text goes out to. */
export interface Outlet {
  write(text: string): void;
  /** What is written to, for who draws on it. */
  readonly stream: NodeJS.WritableStream;
  readonly isTty: boolean;
  /** Characters across; 80 where nobody can say. */
  readonly columns: () => number;
  /** Lines of the terminal; 24 where nobody can say. */
  readonly rows: () => number;
}

export interface Io {
  readonly out: Outlet;
  readonly err: Outlet;
  readonly in: Readable & { readonly isTTY?: boolean };
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  /** From the first call on, Ctrl-C aborts this signal (and only the second one kills). Before it, Ctrl-C kills. */
  readonly interruption: () => AbortSignal;
  /** That reads what is to be ingested, started before anything else. */
  readonly thread?: ReadingThread | undefined;
}

const truthy = (text: string | undefined): boolean => text !== undefined && text !== '';

/** --color and --no-color win over NO_COLOR (no-color.org), that over FORCE_COLOR, that over what the stream is. */
export function colorsFor(outlet: Outlet, io: Pick<Io, 'env'>, isWanted?: boolean): Colors {
  const { NO_COLOR, FORCE_COLOR, TERM } = io.env;
  const forced = truthy(FORCE_COLOR) && FORCE_COLOR !== '0';
  const isOn = !truthy(NO_COLOR) && (forced || (outlet.isTty && TERM !== 'dumb'));
  return pc.createColors(isWanted ?? isOn);
}

function outletOf(stream: NodeJS.WriteStream): Outlet {
  // A reader that has gone (`pulse list | head -1`) is no trouble of ours: what is left to say goes nowhere.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    // `pulse query … > FILE` on a full disk. Whatever runs may be killed at any time; nobody would read on.
    process.stderr.write(`error: What this prints cannot be written (${error.code ?? error.message}).\n`);
    process.exit(EXIT.failed);
  });
  return {
    write: text => {
      if (stream.writable) stream.write(text);
    },
    stream,
    isTty: stream.isTTY === true,
    columns: () => stream.columns || 80,
    rows: () => stream.rows || 24,
  };
}

function interruptionOf(): () => AbortSignal {
  const controller = new AbortController();
  let isListening = false;
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  return () => {
    if (!isListening) {
      isListening = true;
      process.on('SIGINT', stop);
      process.on('SIGTERM', stop);
    }
    return controller.signal;
  };
}

/** The real outside. */
export function processIo(thread?: ReadingThread): Io {
  return {
    thread,
    out: outletOf(process.stdout),
    err: outletOf(process.stderr),
    in: process.stdin,
    cwd: process.cwd(),
    env: process.env,
    now: () => new Date(),
    interruption: interruptionOf(),
  };
}
