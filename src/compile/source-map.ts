// Where each stretch of a rendered text came from: from compiled SQL back to the template or partial. Pure.

import type { Place } from '../errors.ts';
import type { Replacement } from '../googlesql/group-by-all.ts';

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

/** A place as marks write it: `file` is a number that readMarks is given the name of. */
export interface Mark {
  readonly file: number;
  readonly line: number;
  readonly column: number;
  readonly isWritten: boolean;
}

/** A mark to be put into a text before it is rendered; readMarks takes it out again. */
export function mark(place: Mark): string {
  return `${OPEN}${place.file},${place.line},${place.column},${place.isWritten ? 1 : 0}${CLOSE}`;
}

/** The mark that a text starts with, if any. */
export function firstMark(text: string): Mark | undefined {
  return text.startsWith(OPEN) ? parseMark(text.slice(1, text.indexOf(CLOSE))) : undefined;
}

/** A text without its marks; anything else as it is. */
export function withoutMarks(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\uE000[^\uE001]*\uE001/g, '') : value;
}

function parseMark(text: string): Mark {
  const [file, line, column, isWritten] = text.split(',').map(Number);
  return { file: file ?? 0, line: line ?? 1, column: column ?? 1, isWritten: isWritten === 1 };
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
      const read = parseMark(piece.slice(0, end));
      stretches.push({ ...read, offset: text.length, file: files[read.file] ?? '' });
    }
    text += piece.slice(end + 1);
  }
  // A text without a mark is an empty file: it starts somewhere too.
  if (stretches.length === 0) stretches.push({ offset: 0, file: files[0] ?? '', line: 1, column: 1, isWritten: false });
  return { text, stretches };
}

/** The map of the text with stretches of it written otherwise: each is at the place of what stood there. */
export function withReplacements(map: SourceMap, replacements: readonly Replacement[]): SourceMap {
  return [...replacements].reverse().reduce((now, { start, end, text }) => {
    const [place, next] = [locateOffset(now, start)?.place, locateOffset(now, end)?.place];
    if (place === undefined || next === undefined) return now;
    const shift = text.length - (end - start);
    return {
      text: now.text.slice(0, start) + text + now.text.slice(end),
      stretches: [
        ...now.stretches.filter(({ offset }) => offset < start),
        { ...place, offset: start, isWritten: true },
        {
          ...next,
          offset: start + text.length,
          isWritten: now.stretches.findLast(one => one.offset <= end)?.isWritten ?? false,
        },
        ...now.stretches.filter(({ offset }) => offset > end).map(one => ({ ...one, offset: one.offset + shift })),
      ],
    };
  }, map);
}

/** Where something in a rendered text was written, and, where that is a partial, where the template includes it. */
export interface Located {
  readonly place: Required<Place>;
  readonly includedAt?: Required<Place>;
}

/** The place in the template of a line and column (both from 1) of the rendered text. */
export function locate(map: SourceMap, line: number, column: number): Required<Place> | undefined {
  return locateOffset(map, offsetOf(map.text, line, column))?.place;
}

/** The same of an offset of the rendered text, in UTF-16 units. */
export function locateOffset(map: SourceMap, offset: number): Located | undefined {
  const at = map.stretches.findLastIndex(stretch => stretch.offset <= offset);
  const found = map.stretches[at];
  if (found === undefined) return undefined;
  const place = placeIn(map, found, offset);
  const template = map.stretches[0]?.file;
  if (found.file === template) return { place };
  const caller = map.stretches.findLast((stretch, index) => index < at && stretch.file === template);
  return caller === undefined ? { place } : { place, includedAt: placeIn(map, caller, caller.offset) };
}

function placeIn(map: SourceMap, found: Stretch, offset: number): Required<Place> {
  if (found.isWritten) return { file: found.file, line: found.line, column: found.column };
  const between = map.text.slice(found.offset, offset).split('\n');
  const last = between.at(-1) ?? '';
  return {
    file: found.file,
    line: found.line + between.length - 1,
    column: between.length === 1 ? found.column + last.length : last.length + 1,
  };
}

/** The offset of a line and column, both from 1. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const next = text.indexOf('\n', start);
    if (next < 0) return text.length;
    start = next + 1;
  }
  return Math.min(start + column - 1, text.length);
}
