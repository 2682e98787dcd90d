// The lines of a file around a place, with a caret below it. Pure.

import type { Place } from '../errors.ts';

/**
 * Three lines, the one of the place in the middle, numbered, and a caret below its column; '' where the place has no line.
 *
 *     11 |   SELECT
 *     12 |     event_idd,
 *        |     ^
 *     13 |   FROM x
 */
export function codeFrame(text: string, { line, column }: Place): string {
  if (line === undefined) return '';
  const lines = text.split(/\r\n|\n|\r/);
  const last = Math.min(line + 1, lines.length);
  const width = String(last).length;
  const framed: string[] = [];
  for (let at = Math.max(1, line - 1); at <= last; at++) {
    const shown = lines[at - 1] ?? '';
    framed.push(`${String(at).padStart(width)} | ${shown}`.trimEnd());
    if (at !== line || column === undefined) continue;
    // Tabs stay tabs, so that the caret stands where the terminal puts the sign above it.
    const before = shown.slice(0, column - 1).replace(/[^\t]/g, ' ');
    framed.push(`${' '.repeat(width)} | ${before}^`);
  }
  return framed.join('\n');
}
