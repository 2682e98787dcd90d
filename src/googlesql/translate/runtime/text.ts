// Text functions by code points, as GoogleSQL defines them. NULL stands for GoogleSQL's error.

import { createHash } from 'node:crypto';
import type { ScalarFunction, ScalarType, ScalarValue } from '../scalar.ts';

/** All characters that Unicode calls white space: what TRIM takes away. */
export const WHITE_SPACE =
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

/** GoogleSQL makes no text or bytes larger than this. */
const LARGEST = 1 << 20;
const bytesOf = (text: string): Buffer => Buffer.from(text, 'utf8');
const size = (value: string | Uint8Array): number =>
  typeof value === 'string' ? Buffer.byteLength(value) : value.length;

type Side = 'trim' | 'ltrim' | 'rtrim';

function trimmed<T>(items: readonly T[], unwanted: ReadonlySet<T>, side: Side): readonly T[] {
  let [from, to] = [0, items.length];
  const isUnwanted = (at: number): boolean => unwanted.has(items[at] as T);
  if (side !== 'rtrim') while (from < to && isUnwanted(from)) from += 1;
  if (side !== 'ltrim') while (to > from && isUnwanted(to - 1)) to -= 1;
  return items.slice(from, to);
}

/** `value` without what is unwanted at its ends. */
export const trimText = (value: string, unwanted: string, side: Side): string =>
  trimmed([...value], new Set(unwanted), side).join('');

const trimBytes = (value: Uint8Array, unwanted: Uint8Array, side: Side): Uint8Array =>
  Uint8Array.from(trimmed([...value], new Set(unwanted), side));

function pad<T>(
  items: readonly T[],
  length: bigint,
  pattern: readonly T[],
  side: 'lpad' | 'rpad',
): readonly T[] | null {
  if (length < 0n || length > LARGEST || pattern.length === 0) return null;
  const wanted = Number(length);
  if (items.length >= wanted) return items.slice(0, wanted);
  const filling = Array.from({ length: wanted - items.length }, (_, i) => pattern[i % pattern.length] as T);
  return side === 'lpad' ? [...filling, ...items] : [...items, ...filling];
}

function padText(value: string, length: bigint, pattern: string, side: 'lpad' | 'rpad'): string | null {
  const padded = pad([...value], length, [...pattern], side)?.join('') ?? null;
  return padded !== null && size(padded) > LARGEST ? null : padded;
}

function padBytes(value: Uint8Array, length: bigint, pattern: Uint8Array, side: 'lpad' | 'rpad'): Uint8Array | null {
  const padded = pad([...value], length, [...pattern], side);
  return padded === null ? null : Uint8Array.from(padded);
}

/** Where `wanted` starts in `items`, counted from 1; 0 where it does not. A negative position looks from the end. */
function instr<T>(items: readonly T[], wanted: readonly T[], position: bigint, occurrence: bigint): bigint | null {
  if (position === 0n || occurrence <= 0n) return null;
  const isAt = (at: number): boolean => wanted.every((item, i) => items[at + i] === item);
  const last = items.length - wanted.length;
  const step = position > 0n ? 1 : -1;
  let rest = occurrence;
  const end = items.length + Number(position);
  let at = position > 0n ? Number(position) - 1 : wanted.length === 0 ? end + 1 : Math.min(last, end);
  for (; at >= 0 && at <= last; at += step) {
    if (!isAt(at)) continue;
    rest -= 1n;
    if (rest === 0n) return BigInt(at + 1);
  }
  return 0n;
}

function repeat(value: string, count: bigint): string | null {
  if (count < 0n || BigInt(size(value)) * count > BigInt(LARGEST)) return null;
  return value.repeat(Number(count));
}

function repeatBytes(value: Uint8Array, count: bigint): Uint8Array | null {
  if (count < 0n || BigInt(value.length) * count > BigInt(LARGEST)) return null;
  return Buffer.concat(Array.from({ length: Number(count) }, () => value));
}

/** Each item of `from` becomes the one at its place in `to`, or goes where `to` is shorter. */
function translate<T>(items: readonly T[], from: readonly T[], to: readonly T[]): readonly T[] | null {
  if (new Set(from).size < from.length) return null;
  const map = new Map(from.map((item, i) => [item, to[i]]));
  return items.flatMap(item => (map.has(item) ? (map.get(item) ?? []) : item)) as T[];
}

/** Unicode's simple mapping, one character to one: 'ß' has none, 'ᾳ' becomes 'ᾼ', whose lower case it is. */
function upperLetter(char: string): string {
  const upper = char.toUpperCase();
  if (isOne(upper)) return upper;
  return (
    [8, 9].map(step => String.fromCodePoint((char.codePointAt(0) ?? 0) + step)).find(c => lowerLetter(c) === char) ??
    char
  );
}

/** İ alone has two letters for its lower case, the first of which is the simple one. */
const lowerLetter = (char: string): string => [...char.toLowerCase()][0] ?? '';
const isOne = (text: string): boolean => [...text].length === 1;

/** Upper case after a delimiter or at the start, lower case elsewhere: each letter stays one. */
function initcap(value: string, delimiters: string): string {
  const marks = new Set(delimiters);
  let isStart = true;
  let answer = '';
  for (const char of value) {
    const isMark = marks.has(char);
    answer += isMark ? char : isStart ? upperLetter(char) : lowerLetter(char);
    isStart = isMark;
  }
  return answer;
}

const SOUNDEX: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({ 1: 'BFPV', 2: 'CGJKQSXZ', 3: 'DT', 4: 'L', 5: 'MN', 6: 'R' }).flatMap(([digit, letters]) =>
    [...letters].map(letter => [letter, digit]),
  ),
);

/** Letters of one group count once, also with letters of no group between them. */
function soundex(value: string): string {
  let code = '';
  let last = '';
  for (const char of value) {
    if (!/[A-Za-z]/.test(char)) continue;
    const digit = SOUNDEX[char.toUpperCase()] ?? '';
    if (code === '') code = char;
    else if (digit !== '' && digit !== last) code += digit;
    if (code.length === 4) break;
    if (digit !== '') last = digit;
  }
  return code === '' ? '' : code.padEnd(4, '0');
}

type Form = 'NFC' | 'NFKC' | 'NFD' | 'NFKD';

/** JavaScript has no case folding: lower case of upper case is it, for all but the letters named here. */
function fold(value: string): string {
  const folded = [...value].map(char => {
    if (CHEROKEE.test(char)) return char.toUpperCase();
    return FOLDS[char] ?? char.toUpperCase().toLowerCase();
  });
  return folded.join('').replaceAll('ς', 'σ');
}

/** The one script that folds to its upper case. */
const CHEROKEE = /[\u13a0-\u13fd\uab70-\uabbf]/;

const FOLDS: Readonly<Record<string, string>> = { ẞ: 'ss', ß: 'ss', İ: 'i̇', ı: 'ı' };

const isCodePoint = (n: bigint): boolean => (n >= 0n && n < 0xd800n) || (n > 0xdfffn && n <= 0x10ffffn);

const codePointsToString = (points: readonly (bigint | null)[]): string | null => {
  if (points.includes(null)) return null;
  return (points as bigint[]).every(isCodePoint) ? String.fromCodePoint(...(points as bigint[]).map(Number)) : null;
};

function substrBytes(bytes: Uint8Array, position: bigint, length: bigint): Uint8Array | null {
  if (length < 0n) return null;
  const count = BigInt(bytes.length);
  const from = position > 0n ? position - 1n : position === 0n ? 0n : position + count < 0n ? 0n : position + count;
  const start = from > count ? count : from;
  const end = start + length > count ? count : start + length;
  return bytes.slice(Number(start), Number(end));
}

function replaceBytes(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  if (from.length === 0) return bytes;
  return joined(splitBytes(bytes, from), to);
}

const joined = (parts: readonly Uint8Array[], glue: Uint8Array): Uint8Array =>
  Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [glue, part])));

function splitBytes(bytes: Uint8Array, delimiter: Uint8Array): Uint8Array[] {
  const buffer = Buffer.from(bytes);
  if (delimiter.length === 0) return bytes.length === 0 ? [bytes] : [...bytes].map(byte => Uint8Array.of(byte));
  const parts: Uint8Array[] = [];
  let from = 0;
  for (;;) {
    const at = buffer.indexOf(delimiter, from);
    if (at < 0) return [...parts, buffer.subarray(from)];
    parts.push(buffer.subarray(from, at));
    from = at + delimiter.length;
  }
}

const upperByte = (byte: number): number => (byte >= 97 && byte <= 122 ? byte - 32 : byte);
const lowerByte = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);

function fromHex(value: string): Uint8Array | null {
  if (!/^[0-9a-fA-F]*$/.test(value)) return null;
  return Buffer.from(value.length % 2 === 1 ? `0${value}` : value, 'hex');
}

/** White space is skipped; padding may be left out. */
function fromBase64(value: string): Uint8Array | null {
  const digits = value.replace(/[ \t\n\v\f\r]/g, '');
  const bare = digits.replace(/={0,2}$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(bare) || bare.length % 4 === 1) return null;
  if (digits !== bare && digits.length % 4 !== 0) return null;
  return Buffer.from(bare, 'base64');
}

/** Each byte that belongs to no character becomes U+FFFD. */
function decoded(bytes: Uint8Array): string {
  let answer = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceAt(bytes, at);
    answer += length === 0 ? '\ufffd' : Buffer.from(bytes.subarray(at, at + length)).toString('utf8');
    at += length || 1;
  }
  return answer;
}

/** The length of the UTF-8 sequence at `at`, 0 where there is none. */
function sequenceAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + length > bytes.length) return 0;
  const second = bytes[at + 1] ?? 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

const sha512 = (data: Uint8Array | string): Uint8Array => createHash('sha512').update(data).digest();

type Call = (...args: never[]) => ScalarValue;

const scalar = (name: string, parameters: readonly ScalarType[], returns: ScalarType, call: Call): ScalarFunction => ({
  name: `g_${name}`,
  parameters,
  returns,
  call: call as ScalarFunction['call'],
});

const [S, B, N] = ['VARCHAR', 'BLOB', 'BIGINT'] as const;
const sides: readonly Side[] = ['trim', 'ltrim', 'rtrim'];
const pads = ['lpad', 'rpad'] as const;

/** What is NULL among the parts is left out. */
function joinBytes(parts: readonly ScalarValue[], separator: Uint8Array): Uint8Array {
  const given = parts.filter(part => part !== null) as Uint8Array[];
  return Uint8Array.from(given.flatMap((part, i) => (i === 0 ? [...part] : [...separator, ...part])));
}

export const TEXT_SCALARS: readonly ScalarFunction[] = [
  {
    name: 'g_bytes_join',
    parameters: ['BLOB[]', 'BLOB'],
    returns: 'BLOB',
    call: (parts, separator) => joinBytes(parts as ScalarValue[], separator as Uint8Array),
  },
  scalar('upper', [S], S, (x: string) => x.toUpperCase()),
  scalar('lower', [S], S, (x: string) => x.toLowerCase()),
  ...sides.map(side => scalar(side, [S, S], S, (x: string, unwanted: string) => trimText(x, unwanted, side))),
  ...sides.map(side =>
    scalar(`bytes_${side}`, [B, B], B, (x: Uint8Array, unwanted: Uint8Array) => trimBytes(x, unwanted, side)),
  ),
  ...pads.map(side => scalar(side, [S, N, S], S, (x: string, n: bigint, p: string) => padText(x, n, p, side))),
  ...pads.map(side =>
    scalar(`bytes_${side}`, [B, N, B], B, (x: Uint8Array, n: bigint, p: Uint8Array) => padBytes(x, n, p, side)),
  ),
  scalar('instr', [S, S, N, N], N, (x: string, y: string, p: bigint, o: bigint) => instr([...x], [...y], p, o)),
  scalar('bytes_instr', [B, B, N, N], N, (x: Uint8Array, y: Uint8Array, p: bigint, o: bigint) =>
    instr([...x], [...y], p, o),
  ),
  scalar('repeat', [S, N], S, repeat),
  scalar('bytes_repeat', [B, N], B, repeatBytes),
  scalar('reverse', [S], S, (x: string) => [...x].reverse().join('')),
  scalar('bytes_reverse', [B], B, (x: Uint8Array) => Uint8Array.from(x).reverse()),
  scalar(
    'translate',
    [S, S, S],
    S,
    (x: string, from: string, to: string) => translate([...x], [...from], [...to])?.join('') ?? null,
  ),
  scalar('bytes_translate', [B, B, B], B, (x: Uint8Array, from: Uint8Array, to: Uint8Array) => {
    const answer = translate([...x], [...from], [...to]);
    return answer === null ? null : Uint8Array.from(answer);
  }),
  scalar('array_to_string', ['VARCHAR[]', S], S, (items: readonly string[], glue: string) => items.join(glue)),
  scalar('initcap', [S, S], S, initcap),
  scalar('soundex', [S], S, soundex),
  scalar('normalize', [S, S], S, (x: string, form: Form) => x.normalize(form)),
  scalar('normalize_and_casefold', [S, S], S, (x: string, form: Form) => fold(x.normalize(form)).normalize(form)),
  scalar('ascii', [S], N, (x: string) => (x === '' ? 0n : x.charCodeAt(0) < 128 ? BigInt(x.charCodeAt(0)) : null)),
  scalar('bytes_ascii', [B], N, (x: Uint8Array) => BigInt(x[0] ?? 0)),
  scalar('chr', [N], S, (n: bigint) => (isCodePoint(n) ? String.fromCodePoint(Number(n)) : null)),
  scalar('to_code_points', [S], 'BIGINT[]', (x: string) => [...x].map(char => BigInt(char.codePointAt(0) ?? 0))),
  scalar('bytes_to_code_points', [B], 'BIGINT[]', (x: Uint8Array) => [...x].map(BigInt)),
  scalar('code_points_to_string', ['BIGINT[]'], S, codePointsToString),
  scalar('code_points_to_bytes', ['BIGINT[]'], B, (points: readonly (bigint | null)[]) =>
    points.every(n => n !== null && n >= 0n && n < 256n) ? Uint8Array.from(points.map(Number)) : null,
  ),
  scalar('safe_convert_bytes_to_string', [B], S, decoded),
  scalar('from_hex', [S], B, fromHex),
  scalar('from_base64', [S], B, fromBase64),
  scalar('sha512', [S], B, (x: string) => sha512(bytesOf(x))),
  scalar('bytes_sha512', [B], B, sha512),
  scalar('bytes_upper', [B], B, (x: Uint8Array) => x.map(upperByte)),
  scalar('bytes_lower', [B], B, (x: Uint8Array) => x.map(lowerByte)),
  scalar('bytes_left', [B, N], B, (x: Uint8Array, n: bigint) => substrBytes(x, 1n, n)),
  scalar('bytes_right', [B, N], B, (x: Uint8Array, n: bigint) =>
    n < 0n ? null : n >= BigInt(x.length) ? x : x.slice(x.length - Number(n)),
  ),
  scalar('bytes_substr', [B, N, N], B, substrBytes),
  scalar('bytes_replace', [B, B, B], B, replaceBytes),
  scalar('bytes_split', [B, B], 'BLOB[]', splitBytes),
];
