// Where each stretch of a rendered text came from: from compiled SQL back to the template or partial. Pure.

import type { Place } from '../errors.ts';

/** From `offset` in the rendered text on, the text is that of `file` from `line`, `column` (both from 1) on. */
interface Stretch {
  readonly offset: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Text that a helper wrote: every offset in it is the helper's own place. */
  readonly isWritten: boolean;
}

export interface SourceMap {
  readonly text: string;
  readonly stretches: readonly Stretch[];
}

const OPEN = '\uE000';
const CLOSE = '\uE001';

/** A mark to be put into a text before it is rendered; readMarks takes it out again. */
export function mark(place: { file: number; line: number; column: number; isWritten: boolean }): string {
  return `${OPEN}${place.file},${place.line},${place.column},${place.isWritten ? 1 : 0}${CLOSE}`;
}

/** True where a text already holds the characters that marks are made of. */
export function holdsMarks(text: string): boolean {
  return text.includes(OPEN) || text.includes(CLOSE);
}

/** Takes the marks out of a rendered text. `files` are the names that the marks number. */
export function readMarks(marked: string, files: readonly string[]): SourceMap {
  const stretches: Stretch[] = [];
  let text = '';
  for (const piece of marked.split(OPEN)) {
    const end = piece.indexOf(CLOSE);
    if (end >= 0) {
      const [file, line, column, isWritten] = piece.slice(0, end).split(',').map(Number);
      stretches.push({
        offset: text.length,
        file: files[file ?? 0] ?? '',
        line: line ?? 1,
        column: column ?? 1,
        isWritten: isWritten === 1,
      });
    }
    text += piece.slice(end + 1);
  }
  return { text, stretches };
}

/** The place in the template of a line and column (both from 1) of the rendered text. */
export function locate(map: SourceMap, line: number, column: number): Place | undefined {
  const offset = offsetOf(map.text, line, column);
  const found = map.stretches.findLast(stretch => stretch.offset <= offset);
  if (found === undefined) return undefined;
  if (found.isWritten) return { file: found.file, line: found.line, column: found.column };
  const between = map.text.slice(found.offset, offset).split('\n');
  const last = between.at(-1) ?? '';
  return {
    file: found.file,
    line: found.line + between.length - 1,
    column: between.length === 1 ? found.column + last.length : last.length + 1,
  };
}

function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const next = text.indexOf('\n', start);
    if (next < 0) return text.length;
    start = next + 1;
  }
  return Math.min(start + column - 1, text.length);
}
