// Where in the text of pulse.config.ts a key stands that a fault names, as `rules.select-star`. Pure.

import { lineAndColumn } from '../errors.ts';
import { withoutComments } from '../graph/code-text.ts';

interface Found {
  readonly line?: number;
  readonly column?: number;
}

/** The place of the key that a sentence names first, in back quotes, as pathPlace finds it. */
export const keyPlace = (text: string, sentence: string): Found =>
  pathPlace(text, /`([^`]+)`/.exec(sentence)?.[1]?.split('.') ?? []);

/** The place of a key by all the keys that lead to it; of the last of them that is written there; else nothing. */
export function pathPlace(written: string, path: readonly string[]): Found {
  const text = withoutComments(written);
  let found: number | undefined;
  for (const key of path) {
    const from = found ?? 0;
    const word = key.replace(/[^\w]/g, found => `\\${found}`);
    const next = new RegExp(`(?<![\\w$'"-])(['"]?)${word}\\1\\s*[:,(]`).exec(text.slice(from));
    if (next === null) break;
    found = from + next.index + (next[1] ?? '').length;
  }
  return found === undefined ? {} : lineAndColumn(text, found);
}
