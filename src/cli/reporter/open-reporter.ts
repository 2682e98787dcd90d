// Chooses who listens to a run: a board on a terminal, plain lines elsewhere, NDJSON for programs.

import type { Globals } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import type { Reporter } from './reporter.ts';

function isLive({ out, env: { TERM, CI } }: Io): boolean {
  return out.isTty && TERM !== 'dumb' && (CI === undefined || CI === '');
}

/** The reporter that fits the command line and the terminal; its module is loaded only then. */
export async function openReporter(args: Globals & { readonly json?: boolean | undefined }, io: Io): Promise<Reporter> {
  if (args.json === true) return (await import('./json.ts')).jsonReporter(io.out);
  const colors = colorsFor(io.out, io, args.color);
  if (isLive(io) && args.quiet !== true) {
    return (await import('./board.ts')).boardReporter(io, colors, { isVerbose: args.verbose === true });
  }
  const { plainReporter } = await import('./plain.ts');
  return plainReporter(io.out, { colors, isQuiet: args.quiet === true, isVerbose: args.verbose === true });
}

/** The signal that Ctrl-C aborts; the first Ctrl-C is told to who watches. */
export function interruptionTold(io: Io, reporter: Reporter): AbortSignal {
  const signal = io.interruption();
  const text = 'Stopping once the steps under way are safe; Ctrl-C again stops at once.';
  signal.addEventListener('abort', () => reporter.emit({ kind: 'notice', level: 'warn', text }), { once: true });
  return signal;
}
