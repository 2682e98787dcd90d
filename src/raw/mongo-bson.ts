// JSON text straight to BSON (bsonspec.org, version 1.1), byte by byte: an ingestion makes neither objects nor strings of payloads.
// Numbers keep their exact value (mongo-number.ts), members their order. Takes what the scanner has found right, and checks nothing
// that it has checked; knows no event and no connection.

import type { Arena } from './arena.ts';
import { writeNumber } from './digits.ts';
import { bsonNumber } from './mongo-number.ts';
import { BSON_TYPE } from './mongo-text.ts';

/** What BSON cannot hold for another reason than a number. */
export class BsonFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'BsonFault';
  }
}

/** More than the scanner lets anything have. */
const LEVELS = 128;
/** In place of the next item's index: what is open is an object. */
const OBJECT = -1;
/** More than a member has beside its text: type, index, length, a value of fixed size. */
const ROOM = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const EXPONENT = 0x65;

/** A number of so many digits comes back from the nearest double as it was (DBL_DIG of IEEE 754). */
const SAFE_DIGITS = 15;
/** Powers of ten: with them the quotient of two exact doubles is the nearest one. */
const POWER = Float64Array.from({ length: SAFE_DIGITS + 1 }, (_, n) => 10 ** n);

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Appends values to an arena as elements of a document. */
export class BsonWriter {
  readonly arena: Arena;
  private readonly hasDecimal128: boolean;
  /** By level: where what is open there begins, and the index of its next item. */
  private readonly starts = new Int32Array(LEVELS);
  private readonly nexts = new Int32Array(LEVELS);
  private readonly double = new DataView(new ArrayBuffer(8));
  /** Where what a method took ends in the JSON, and where what it wrote ends in the arena. */
  private at = 0;
  private end = 0;

  constructor(arena: Arena, { hasDecimal128 }: { readonly hasDecimal128: boolean }) {
    this.arena = arena;
    this.hasDecimal128 = hasDecimal128;
  }

  /**
   * Appends an element: its name (UTF-8 and a 0), and the JSON value in bytes [from, to), without white space between its tokens.
   * One loop with its own stack, as in the scanner. Where it throws the arena's end is where it was.
   *
   * @throws {InexactNumber} for a number that has no exact form here
   * @throws {BsonFault} for what is nested too deep, and a key with a NUL
   */
  element(name: Uint8Array, bytes: Uint8Array, { from, to }: Range): void {
    const { arena, starts, nexts } = this;
    let w = arena.end;
    let out = this.room(w, name.length + to - from);
    let typeAt = w++;
    for (let i = 0; i < name.length; i++) out[w++] = name[i] as number;
    let at = from;
    let level = 0;
    for (;;) {
      // A value: its type belongs at `typeAt`, its bytes at `w`.
      const c = bytes[at] as number;
      let opens = false;
      if (c === QUOTE) {
        out[typeAt] = BSON_TYPE.string;
        const start = w;
        this.text(bytes, at + 1, w + 4);
        at = this.at + 1;
        w = this.end;
        out[w++] = 0;
        setInt32(out, start, w - start - 4);
      } else if (c === 0x7b || c === 0x5b) {
        if (level === LEVELS) throw new BsonFault(`nested deeper than ${LEVELS} levels`);
        out[typeAt] = c === 0x7b ? BSON_TYPE.document : BSON_TYPE.array;
        starts[level] = w;
        nexts[level] = c === 0x7b ? OBJECT : 0;
        level++;
        w += 4;
        at++;
        opens = bytes[at] !== c + 2;
      } else if (c === MINUS || (c >= ZERO && c <= NINE)) {
        let r = c === MINUS ? at + 1 : at;
        const first = r;
        let point = -1;
        let digits = 0;
        let b = bytes[r] as number;
        while ((b >= ZERO && b <= NINE) || b === POINT) {
          if (b === POINT) point = r;
          else digits = digits * 10 + b - ZERO;
          // Behind a payload that is a number, the pack goes on with digits.
          b = ++r < to ? (bytes[r] as number) : 0;
        }
        const count = r - first - (point < 0 ? 0 : 1);
        if (count > SAFE_DIGITS || (b | 0x20) === EXPONENT) {
          this.number(bytes, at, { to, typeAt, end: w });
          r = this.at;
          w = this.end;
        } else {
          const size = point < 0 ? digits : digits / (POWER[r - point - 1] as number);
          const value = c === MINUS ? -size : size;
          const int = value | 0;
          if (int === value && (int !== 0 || c !== MINUS)) {
            out[typeAt] = BSON_TYPE.int32;
            setInt32(out, w, int);
            w += 4;
          } else if (Number.isInteger(value) && value !== 0) {
            out[typeAt] = BSON_TYPE.int64;
            setInt64(out, w, value);
            w += 8;
          } else {
            out[typeAt] = BSON_TYPE.double;
            this.double.setFloat64(0, value, true);
            for (let i = 0; i < 8; i++) out[w++] = this.double.getUint8(i);
          }
        }
        at = r;
      } else if (c === 0x6e) {
        out[typeAt] = BSON_TYPE.null;
        at += 4;
      } else {
        out[typeAt] = BSON_TYPE.boolean;
        out[w++] = c === 0x74 ? 1 : 0;
        at += c === 0x74 ? 4 : 5;
      }
      // Behind a value: what it is in goes on or ends, and with it perhaps what that is in.
      while (!opens) {
        if (level === 0) {
          arena.end = w;
          return;
        }
        if (bytes[at++] === COMMA) break;
        out[w++] = 0;
        const start = starts[--level] as number;
        setInt32(out, start, w - start);
      }
      // The next member or item. The rest of the text is longer than what it becomes, but for what ROOM is for.
      if (w + to - at + ROOM > out.length) out = this.room(w, to - at);
      typeAt = w++;
      const index = nexts[level - 1] as number;
      if (index === OBJECT) {
        const start = w;
        const isEscaped = this.text(bytes, at + 1, w);
        w = this.end;
        if (isEscaped && out.subarray(start, w).includes(0)) throw new BsonFault('a key must not contain null bytes');
        // Past the quote and the colon.
        at = this.at + 2;
      } else {
        nexts[level - 1] = index + 1;
        w = writeNumber(out, w, index);
      }
      out[w++] = 0;
    }
  }

  /** Makes room for a text of so many bytes, and what belongs to it, behind `end`. */
  private room(end: number, bytes: number): Buffer {
    const { arena } = this;
    arena.reserve(bytes + ROOM, end);
    return arena.bytes;
  }

  /** Writes a string, from behind the quote at its start to the one at its end, behind `end`; gives whether it has escapes. */
  private text(bytes: Uint8Array, from: number, end: number): boolean {
    const out = this.arena.bytes;
    let at = from;
    let w = end;
    for (let c = bytes[at] as number; c !== QUOTE; c = bytes[++at] as number) {
      if (c === BACKSLASH) {
        this.escaped(bytes, at, w);
        return true;
      }
      out[w++] = c;
    }
    this.at = at;
    this.end = w;
    return false;
  }

  /** Writes the rest of a string, from a backslash at `from` to its quote, behind `end`. */
  private escaped(bytes: Uint8Array, from: number, end: number): void {
    const out = this.arena.bytes;
    let at = from;
    let w = end;
    for (let c = bytes[at] as number; c !== QUOTE; c = bytes[at] as number) {
      if (c !== BACKSLASH) {
        out[w++] = c;
        at++;
        continue;
      }
      const letter = bytes[at + 1] as number;
      if (letter !== 0x75) {
        out[w++] = ESCAPED[letter] as number;
        at += 2;
        continue;
      }
      let point = hexAt(bytes, at + 2);
      at += 6;
      // The scanner lets no surrogate through without its other half.
      if (point >= 0xd800 && point <= 0xdbff) {
        point = 0x10000 + ((point - 0xd800) << 10) + hexAt(bytes, at + 2) - 0xdc00;
        at += 6;
      }
      w = writeUtf8(out, w, point);
    }
    this.at = at;
    this.end = w;
  }

  /** A number that the loop cannot judge. */
  private number(bytes: Uint8Array, from: number, { to, typeAt, end }: NumberPlace): void {
    let at = from;
    let text = '';
    for (; at < to && isOfNumber(bytes[at] as number); at++) text += String.fromCharCode(bytes[at] as number);
    const number = bsonNumber(text, { hasDecimal128: this.hasDecimal128 });
    const out = this.arena.bytes;
    out[typeAt] = number.type;
    out.set(number.bytes, end);
    this.at = at;
    this.end = end + number.bytes.length;
  }
}

interface NumberPlace {
  readonly to: number;
  readonly typeAt: number;
  readonly end: number;
}

/** By the byte behind a backslash: the byte that is meant. */
const ESCAPED = new Uint8Array(128);
for (const [letter, meant] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
})) {
  ESCAPED[letter.charCodeAt(0)] = meant.charCodeAt(0);
}

/** Digits, points, signs, exponents. */
function isOfNumber(c: number): boolean {
  return (c >= ZERO && c <= NINE) || c === POINT || c === MINUS || c === 0x2b || (c | 0x20) === EXPONENT;
}

export function setInt32(out: Uint8Array, at: number, int: number): void {
  out[at] = int;
  out[at + 1] = int >>> 8;
  out[at + 2] = int >>> 16;
  out[at + 3] = int >>> 24;
}

/** A whole number that a double holds exactly. */
export function setInt64(out: Uint8Array, at: number, int: number): void {
  setInt32(out, at, int | 0);
  setInt32(out, at + 4, Math.floor(int / 2 ** 32));
}

function hexAt(bytes: Uint8Array, at: number): number {
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    const c = bytes[i] as number;
    unit = unit * 16 + (c <= NINE ? c - ZERO : (c | 0x20) - 0x57);
  }
  return unit;
}

/** Gives where it ends. */
function writeUtf8(out: Uint8Array, at: number, point: number): number {
  let w = at;
  if (point < 0x80) {
    out[w++] = point;
    return w;
  }
  if (point < 0x800) out[w++] = 0xc0 | (point >> 6);
  else {
    if (point < 0x10000) out[w++] = 0xe0 | (point >> 12);
    else {
      out[w++] = 0xf0 | (point >> 18);
      out[w++] = 0x80 | ((point >> 12) & 0x3f);
    }
    out[w++] = 0x80 | ((point >> 6) & 0x3f);
  }
  out[w++] = 0x80 | (point & 0x3f);
  return w;
}
