// Where in the text of pulse.config.ts a key stands that a fault names, as `rules.select-star`. Pure.

import { lineAndColumn } from '../errors.ts';
import { withoutComments } from '../graph/code-text.ts';

/** The place of the key that a sentence names first, in back quotes; of the last of its parts that is written there; else nothing. */
export function keyPlace(written: string, sentence: string): { readonly line?: number; readonly column?: number } {
  const text = withoutComments(written);
  const path = /`([^`]+)`/.exec(sentence)?.[1]?.split('.') ?? [];
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
