// The outside of a command, kept in memory: what went out, what comes in, what the terminal is like.

import { PassThrough, Readable, Writable } from 'node:stream';
import type { Io, Outlet } from '../../src/cli/io.ts';
import { runProgram } from '../../src/cli/program.ts';

export interface FakeOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly isTty?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly signal?: AbortSignal;
}

class Sink extends Writable {
  text = '';
  readonly columns: number;
  readonly rows: number;
  readonly isTTY: boolean;

  constructor({ columns = 80, rows = 24, isTty = false }: FakeOptions) {
    super();
    this.columns = columns;
    this.rows = rows;
    this.isTTY = isTty;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

const outletOf = (sink: Sink): Outlet => ({
  write: text => sink.write(text),
  stream: sink,
  isTty: sink.isTTY,
  columns: () => sink.columns,
  rows: () => sink.rows,
});

export interface FakeIo extends Io {
  /** All that was written to standard output and standard error so far. */
  readonly printed: () => { readonly out: string; readonly err: string };
}

export function fakeIo(options: FakeOptions = {}): FakeIo {
  const out = new Sink(options);
  const err = new Sink({ ...options, isTty: false });
  const input =
    options.input === undefined ? new PassThrough().end() : Readable.from([options.input], { objectMode: false });
  const signal = options.signal ?? new AbortController().signal;
  return {
    out: outletOf(out),
    err: outletOf(err),
    in: Object.assign(input, { isTTY: options.isTty ?? false }),
    cwd: options.cwd ?? '/nowhere',
    env: options.env ?? {},
    now: () => new Date('2025-01-20T12:00:00Z'),
    interruption: () => signal,
    printed: () => ({ out: out.text, err: err.text }),
  };
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process. */
export async function run(argv: readonly string[], options: FakeOptions = {}): Promise<Ran> {
  const io = fakeIo(options);
  const code = await runProgram(argv, io);
  return { code, ...io.printed() };
}
