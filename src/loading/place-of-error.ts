// Where in a file of TypeScript it is wrong, told from what loading it threw. Pure.

import { lineAndColumn } from '../errors.ts';
import { withoutComments } from '../graph/code-text.ts';
import type { DeclaringFile } from '../graph/declared-place.ts';
import { EXITS, NEVER_ENDS } from './load-to-end.ts';

interface Found {
  readonly line?: number;
  readonly column?: number;
}

/** Nothing where neither the error nor its stack says. */
export const placeOfError = (error: unknown, { file, text }: DeclaringFile): Found =>
  namedPlace(error, text) ?? lineOf(error, file);

/** Where a name stands that is not defined or no function: the stack counts in what the transpiler made of the file. */
function namedPlace(error: unknown, text: string): Found | undefined {
  const name = nameSaid(error instanceof Error ? error.message : '');
  const at = name === undefined ? -1 : withoutComments(text).search(new RegExp(String.raw`\b${name}\b`));
  return at < 0 ? undefined : lineAndColumn(text, at);
}

function nameSaid(message: string): string | undefined {
  if (message === NEVER_ENDS) return 'await';
  if (message === EXITS) return String.raw`process\.exit`;
  return /(\w+)\)? is not (?:defined|a function)/.exec(message)?.[1];
}

/** Where the transpiler, or else the stack, says that it is. */
function lineOf(error: unknown, file: string): Found {
  if (!(error instanceof Error)) return {};
  const found =
    /\((\d+):(\d+)\)/.exec(error.message.split('\n')[0] ?? '') ??
    new RegExp(String.raw`${file.replace(/[^\w/]/g, String.raw`\$&`)}:(\d+):(\d+)`).exec(error.stack ?? '');
  return found === null
    ? {}
    : { line: Number(found[1]), column: Number(found[2]) + (found[0].startsWith('(') ? 1 : 0) };
}
