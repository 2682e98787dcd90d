// REGEXP functions by RE2's own rules, where DuckDB's have no place for them: computed patterns, positions, BYTES, empty matches.
// BYTES are matched as Latin-1 texts: a character a byte. The engine is loaded at the first call.

import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import type { ScalarFunction, ScalarType, ScalarValue } from '../scalar.ts';

type Pattern = ReturnType<(typeof RE2JS)['compile']>;

/** Compiled patterns; undefined for what is none. */
function patterns(): (text: string) => Pattern | undefined {
  const known = new Map<string, Pattern | undefined>();
  const load = createRequire(import.meta.url);
  return text => {
    if (!known.has(text)) known.set(text, compiled(load('re2js') as { readonly RE2JS: typeof RE2JS }, text));
    return known.get(text);
  };
}

/** What hides a bracket (quoted, escaped, in a class), or a group named as in Perl, which re2js takes and GoogleSQL's RE2 does not. */
const PERL_NAMES = /\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|(\(\?<)/gs;
const hasPerlName = (text: string): boolean => [...text.matchAll(PERL_NAMES)].some(([, name]) => name !== undefined);

function compiled(library: { readonly RE2JS: typeof RE2JS }, text: string): Pattern | undefined {
  if (hasPerlName(text)) return undefined;
  try {
    return library.RE2JS.compile(text);
  } catch {
    // No pattern: the caller makes it the query's error.
    return undefined;
  }
}

interface Found {
  /** The only group, or the whole; undefined where the group took no part. */
  readonly text: string | undefined;
  readonly textStart: number;
  readonly textEnd: number;
  /** Where the search goes on. */
  readonly next: number;
}

/** The matches, one after the other; an empty one is followed by the next character. */
function* matches(pattern: Pattern, text: string): Generator<Found> {
  const group = pattern.groupCount() === 1 ? 1 : 0;
  let at = 0;
  while (at < text.length || at === 0) {
    const matcher = pattern.matcher(text);
    if (!matcher.find(at)) return;
    const [start, end] = [matcher.start(0), matcher.end(0)];
    at = end > start ? end : end + charLength(text, end);
    yield {
      text: matcher.group(group) ?? undefined,
      textStart: matcher.start(group),
      textEnd: matcher.end(group),
      next: Math.min(at, text.length),
    };
  }
}

const charLength = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/** UTF-16 offset of the `position`th character, counted from 1; undefined behind the end. */
function offsetOf(text: string, position: bigint): number | undefined {
  let at = 0;
  for (let n = 1n; n < position; n++) {
    if (at >= text.length) return undefined;
    at += charLength(text, at);
  }
  return at;
}

const positionOf = (text: string, offset: number): bigint => BigInt([...text.slice(0, offset)].length + 1);

const shifted = ({ text, textStart, textEnd, next }: Found, by: number): Found => ({
  text,
  textStart: textStart + by,
  textEnd: textEnd + by,
  next: next + by,
});

function nth(pattern: Pattern, text: string, position: bigint, occurrence: bigint): Found | undefined {
  const from = offsetOf(text, position);
  if (from === undefined || (from >= text.length && text.length > 0)) return undefined;
  let rest = occurrence;
  // What stands before the position is out of sight: ^ and \b hold there.
  for (const found of matches(pattern, text.slice(from))) {
    rest -= 1n;
    if (rest === 0n) return shifted(found, from);
  }
  return undefined;
}

/** What is wrong with a pattern, a position, an occurrence; null where nothing is. */
function faultOf(pattern: Pattern | undefined, groupsMax: bigint, places: readonly bigint[]): string | null {
  const [position = 1n, occurrence = 1n, end = 0n] = places;
  if (pattern === undefined) return 'Cannot parse regular expression';
  if (BigInt(pattern.groupCount()) > groupsMax) return 'Regular expression has more than 1 capturing group';
  if (end !== 0n && end !== 1n) return 'Invalid return_position_after_match.';
  return position < 1n || occurrence < 1n ? 'Position and occurrence must be positive' : null;
}

/** The text with each match replaced; undefined where the replacement names a group that is not there. */
function replaced(pattern: Pattern, text: string, rewrite: string): string | undefined {
  const pieces = rewrite.match(/\\.?|[^\\]+/gs) ?? [];
  const isBad = pieces.some(
    piece =>
      piece.startsWith('\\') &&
      piece !== '\\\\' &&
      !(/^\\\d$/.test(piece) && Number(piece.slice(1)) <= pattern.groupCount()),
  );
  if (isBad) return undefined;
  let answer = '';
  let at = 0;
  let last = -1;
  while (at <= text.length) {
    const matcher = pattern.matcher(text);
    if (!matcher.find(at)) break;
    const [start, end] = [matcher.start(0), matcher.end(0)];
    answer += text.slice(at, start);
    // No empty match right behind a match.
    if (start === end && start === last) {
      answer += text.slice(start, start + charLength(text, start));
      at = start + charLength(text, start);
      continue;
    }
    for (const piece of pieces) {
      if (piece === '\\\\') answer += '\\';
      else answer += piece.startsWith('\\') ? (matcher.group(Number(piece.slice(1))) ?? '') : piece;
    }
    at = end;
    last = end;
  }
  return answer + text.slice(at);
}

const fromLatin = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const toLatin = (bytes: ScalarValue): string => Buffer.from(bytes as Uint8Array).toString('latin1');

/** The functions over texts and, as `g_bytes_…`, over bytes. */
export function regexpScalars(): readonly ScalarFunction[] {
  const patternOf = patterns();
  return [...scalarsOf('g_', 'VARCHAR', patternOf), ...scalarsOf('g_bytes_', 'BLOB', patternOf)];
}

function scalarsOf(
  prefix: string,
  kind: 'VARCHAR' | 'BLOB',
  patternOf: (text: string) => Pattern | undefined,
): readonly ScalarFunction[] {
  const isText = kind === 'VARCHAR';
  const read = (value: ScalarValue | undefined): string => (isText ? (value as string) : toLatin(value ?? null));
  const write = (text: string | undefined): ScalarValue =>
    text === undefined ? null : isText ? text : fromLatin(text);
  const make = (
    name: string,
    { takes, returns }: { readonly takes: readonly ScalarType[]; readonly returns: ScalarType },
    call: (pattern: Pattern, text: string, rest: readonly ScalarValue[]) => ScalarValue,
  ): ScalarFunction => ({
    name: `${prefix}regexp_${name}`,
    parameters: [kind, kind, ...takes],
    returns,
    call: (value, patternText, ...rest) => {
      const pattern = patternOf(read(patternText));
      return pattern === undefined ? null : call(pattern, read(value), rest);
    },
  });
  const two: readonly ScalarType[] = ['BIGINT', 'BIGINT'];
  return [
    {
      name: `${prefix}regexp_fault`,
      parameters: [kind, 'BIGINT', 'BIGINT', 'BIGINT', 'BIGINT'],
      returns: 'VARCHAR',
      call: (pattern, groups, ...places) => faultOf(patternOf(read(pattern)), groups as bigint, places as bigint[]),
    },
    make('contains', { takes: [], returns: 'BOOLEAN' }, (pattern, text) => pattern.matcher(text).find()),
    make('extract', { takes: two, returns: kind }, (pattern, text, [position, occurrence]) =>
      write(nth(pattern, text, position as bigint, occurrence as bigint)?.text),
    ),
    make('extract_all', { takes: [], returns: `${kind}[]` }, (pattern, text) =>
      [...matches(pattern, text)].map(found => write(found.text ?? '')),
    ),
    make('instr', { takes: [...two, 'BIGINT'], returns: 'BIGINT' }, (pattern, text, [position, occurrence, end]) => {
      const found = nth(pattern, text, position as bigint, occurrence as bigint);
      if (found?.text === undefined || pattern.pattern() === '' || text === '') return 0n;
      // GoogleSQL tells of an empty match, but of a group's, where it goes on behind it.
      if (found.text === '' && pattern.groupCount() === 0) return positionOf(text, found.next);
      return positionOf(text, end === 1n ? found.textEnd : found.textStart);
    }),
    make('replace', { takes: [kind], returns: kind }, (pattern, text, [rewrite]) =>
      write(replaced(pattern, text, read(rewrite))),
    ),
  ];
}
