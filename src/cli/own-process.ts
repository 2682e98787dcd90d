// Makes the process the command's own: a project's files run in it too, and must not print into what the command prints, nor let a
// command that never did its work end green. Knows no verb of pulse.

import { writeSync } from 'node:fs';
import { EXIT, PulseError } from '../errors.ts';
import type { Io } from './io.ts';

export interface OwnProcess {
  /** Ends the process once all that is written has gone out. */
  end(code: number): Promise<never>;
}

export interface Owner {
  readonly io: Pick<Io, 'out' | 'err'>;
  /** Says what nobody caught and gives the exit code of it. */
  readonly onUncaught: (error: unknown) => number;
  /** Whether a library may end the process at its client's word. */
  readonly mayEndEarly: boolean;
}

/** From here on only `io` writes on standard output; whatever else is printed in this process goes to standard error. */
export function ownProcess({ io, onUncaught, mayEndEarly }: Owner): OwnProcess {
  let isDone = false;
  Object.defineProperty(process, 'stdout', { get: () => process.stderr, configurable: true, enumerable: true });
  const end = async (code: number): Promise<never> => {
    isDone = true;
    // What is written to a pipe goes out later; after that nothing keeps the process, whatever a library left open.
    await Promise.all(
      [io.out, io.err].map(({ stream }) => new Promise(done => stream.write('', () => done(undefined)))),
    );
    process.exit(code);
  };
  process.on('uncaughtException', error => {
    if (!isDone) void end(onUncaught(placed(error)));
  });
  process.on('exit', code => {
    if (isDone || mayEndEarly || code !== EXIT.done) return;
    writeSync(process.stderr.fd, SILENT);
    process.exitCode = EXIT.failed;
  });
  return { end };
}

const SILENT =
  'error: The command ended before it was done: what it waited for never came, or process.exit() was called.\n';

/** The frame of a stack that is a file of the project. */
const OWN_FRAME = /[\\/](pulse\.config\.ts|assets[\\/][^\s:()]+\.ts):(\d+):(\d+)/;

/** What a project's file throws after it has been loaded is that file's, not a bug of pulse. */
function placed(error: unknown): unknown {
  const [, path, line, column] = OWN_FRAME.exec(error instanceof Error ? (error.stack ?? '') : '') ?? [];
  if (error instanceof PulseError || path === undefined) return error;
  const file = path.replaceAll('\\', '/');
  const said = error instanceof Error ? error.message.split('\n')[0] : '';
  return new PulseError(
    file === 'pulse.config.ts' ? 'CONFIG_INVALID' : 'ASSET_INVALID',
    `${file} fails after it has been loaded: ${said}`,
    {
      hint: 'A declaration waits for nothing: await what it starts, or take it out.',
      place: { file, line: Number(line), column: Number(column) },
      cause: error,
    },
  );
}
