// The one question of the command line: whether to go on with what cannot be undone. Decides nothing itself.

import { PulseError } from '../errors.ts';
import type { Io } from './io.ts';

/**
 * Whether a person says yes to `what`, lines that end in one; no answer (Ctrl-D) is a no.
 *
 * @throws {PulseError} USAGE where nobody can be asked, RUN_INTERRUPTED where Ctrl-C is the answer.
 */
export async function isAgreed(
  what: string,
  { verb, io }: { readonly verb: string; readonly io: Io },
): Promise<boolean> {
  if (io.in.isTTY !== true || !io.out.isTty) {
    throw new PulseError('USAGE', `pulse ${verb} asks before it removes anything, and there is nobody to ask.`, {
      hint: 'Say --yes.',
    });
  }
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: io.in, output: io.out.stream });
  return new Promise<boolean>((answer, fail) => {
    lines.once('SIGINT', () => {
      io.out.write('\n');
      fail(new PulseError('RUN_INTERRUPTED', 'Interrupted; nothing was removed.'));
    });
    // After an answer this settles nothing any more.
    lines.once('close', () => answer(false));
    lines.question(`${what}Remove? [y/N] `, text => answer(/^y(?:es)?$/i.test(text.trim())));
  }).finally(() => lines.close());
}
