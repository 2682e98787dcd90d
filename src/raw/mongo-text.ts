// Raw BSON as JSON text, written straight into bytes: an extraction makes no object and no string a value. Numbers are exact.
// Knows BSON (bsonspec.org, version 1.1), and neither events nor a connection.

import { BSON, Decimal128 } from 'mongodb';
import { Arena } from './arena.ts';
import { plainDecimal } from './decimal.ts';
import { writeNumber } from './digits.ts';

/** BSON's element types. */
export const BSON_TYPE = {
  double: 0x01,
  string: 0x02,
  document: 0x03,
  array: 0x04,
  binary: 0x05,
  undefined: 0x06,
  objectId: 0x07,
  boolean: 0x08,
  date: 0x09,
  null: 0x0a,
  int32: 0x10,
  timestamp: 0x11,
  int64: 0x12,
  decimal128: 0x13,
} as const;

/** Bytes of a value that begins at `at`. @throws {BSON.BSONError} for what no event of any vendor holds: regular expressions, code, … */
export function sizeOfValue(bytes: Buffer, type: number, at: number): number {
  switch (type) {
    case BSON_TYPE.double:
    case BSON_TYPE.date:
    case BSON_TYPE.timestamp:
    case BSON_TYPE.int64:
      return 8;
    case BSON_TYPE.string:
      return 4 + bytes.readInt32LE(at);
    case BSON_TYPE.document:
    case BSON_TYPE.array:
      return bytes.readInt32LE(at);
    case BSON_TYPE.binary:
      return 5 + bytes.readInt32LE(at);
    case BSON_TYPE.undefined:
    case BSON_TYPE.null:
      return 0;
    case BSON_TYPE.objectId:
      return 12;
    case BSON_TYPE.boolean:
      return 1;
    case BSON_TYPE.int32:
      return 4;
    case BSON_TYPE.decimal128:
      return 16;
    default:
      throw new BSON.BSONError(`a value of BSON type 0x${type.toString(16)} has no JSON form`);
  }
}

/** A field of a raw document. */
export interface RawField {
  readonly type: number;
  /** Where its value begins. */
  readonly at: number;
}

/** The top-level fields of a raw document, by name. */
export function fieldsOf(bytes: Buffer): Map<string, RawField> {
  const fields = new Map<string, RawField>();
  for (let at = 4; ; ) {
    const type = bytes[at] as number;
    if (type === 0) return fields;
    const end = bytes.indexOf(0, at + 1);
    const name = bytes.toString('utf8', at + 1, end);
    at = end + 1;
    fields.set(name, { type, at });
    at += sizeOfValue(bytes, type, at);
  }
}

/** The JSON text of one value of a BSON document: its type byte, and where its bytes begin. */
export function jsonOfValue(bytes: Buffer, type: number, at: number): string {
  const writer = new JsonWriter(64 + 2 * sizeOfValue(bytes, type, at));
  writer.value(bytes, type, at);
  return writer.arena.bytes.toString('utf8', 0, writer.arena.end);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
/** No value's text is longer than so many times its bytes with their type and name, but for characters that need an escape. */
const LONGER = 4;
const ROOM = 64;
/** Hundredths that a double holds so exactly that their digits are the shortest that give it back (DBL_DIG of IEEE 754). */
const MOST_HUNDREDTHS = 1e15;

/** Appends values to an arena as JSON text. */
export class JsonWriter {
  readonly arena: Arena;
  /** Where the value under way ends in the BSON. */
  private to = 0;

  constructor(size: number) {
    this.arena = new Arena(size);
  }

  /** One loop with its own stack, as in the scanner. Gives where the value ends. */
  value(bytes: Buffer, type: number, from: number): number {
    const size = sizeOfValue(bytes, type, from);
    this.to = from + size;
    const { arena } = this;
    arena.reserve(LONGER * size + ROOM);
    let out = arena.bytes;
    let w = arena.end;
    let at = from;
    let kind = type;
    const open: number[] = [];
    for (;;) {
      let opens = false;
      switch (kind) {
        case BSON_TYPE.string: {
          const end = at + 3 + bytes.readInt32LE(at);
          w = this.quoted(bytes, { from: at + 4, to: end, end: w });
          out = arena.bytes;
          at = end + 1;
          break;
        }
        case BSON_TYPE.document:
        case BSON_TYPE.array:
          out[w++] = kind === BSON_TYPE.document ? 0x7b : 0x5b;
          open.push(kind);
          at += 4;
          opens = true;
          break;
        case BSON_TYPE.int32: {
          const int = bytes.readInt32LE(at);
          if (int < 0) out[w++] = MINUS;
          w = writeNumber(out, w, Math.abs(int));
          at += 4;
          break;
        }
        case BSON_TYPE.double:
          w = writeDouble(out, w, bytes.readDoubleLE(at));
          at += 8;
          break;
        default:
          w = writeAscii(out, w, scalar(bytes, kind, at));
          at += sizeOfValue(bytes, kind, at);
      }
      // Behind a value: what it is in goes on or ends, and with it perhaps what that is in.
      for (;;) {
        if (open.length === 0) {
          arena.end = w;
          return at;
        }
        kind = bytes[at++] as number;
        if (kind !== 0) break;
        out[w++] = open.pop() === BSON_TYPE.document ? 0x7d : 0x5d;
        opens = false;
      }
      if (!opens) out[w++] = COMMA;
      if (open.at(-1) === BSON_TYPE.array) {
        while (bytes[at++] !== 0);
        continue;
      }
      let end = at;
      while (bytes[end] !== 0) end++;
      w = this.quoted(bytes, { from: at, to: end, end: w });
      out = arena.bytes;
      out[w++] = COLON;
      at = end + 1;
    }
  }

  byte(byte: number): void {
    this.arena.reserve(1);
    this.arena.bytes[this.arena.end++] = byte;
  }

  /** The UTF-8 text of bytes [from, to) as a JSON string behind `end`; gives where it ends. */
  private quoted(bytes: Buffer, { from, to, end }: Text): number {
    const out = this.arena.bytes;
    let w = end;
    out[w++] = QUOTE;
    for (let at = from; at < to; at++) {
      const c = bytes[at] as number;
      if (c < 0x20 || c === QUOTE || c === BACKSLASH) return this.escaped(bytes, { from, to, end });
      out[w++] = c;
    }
    out[w++] = QUOTE;
    return w;
  }

  private escaped(bytes: Buffer, { from, to, end }: Text): number {
    const { arena } = this;
    const text = JSON.stringify(bytes.toString('utf8', from, to));
    arena.reserve(text.length * 3 + LONGER * (this.to - to) + ROOM, end);
    return end + arena.bytes.write(text, end, 'utf8');
  }
}

interface Text {
  readonly from: number;
  readonly to: number;
  readonly end: number;
}

/** Text as it is; gives where it ends. */
export function writeAscii(out: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** As JSON.stringify writes it; gives where it ends. */
function writeDouble(out: Uint8Array, at: number, double: number): number {
  const size = Math.abs(double);
  const hundredths = Math.round(size * 100);
  // By far the most are amounts of money, and a string each would take as long as all the rest of their event.
  if (hundredths === 0 || hundredths >= MOST_HUNDREDTHS || hundredths / 100 !== size) {
    return writeAscii(out, at, doubleText(double));
  }
  let w = at;
  if (double < 0) out[w++] = MINUS;
  const whole = Math.floor(hundredths / 100);
  w = writeNumber(out, w, whole);
  const rest = hundredths - whole * 100;
  if (rest === 0) return w;
  const tenths = Math.floor(rest / 10);
  out[w++] = POINT;
  out[w++] = ZERO + tenths;
  if (rest > tenths * 10) out[w++] = ZERO + rest - tenths * 10;
  return w;
}

/** What the writer's loop leaves to others: ASCII. */
function scalar(bytes: Buffer, type: number, at: number): string {
  switch (type) {
    case BSON_TYPE.int64:
      return bytes.readBigInt64LE(at).toString();
    case BSON_TYPE.decimal128:
      return decimalText(new Decimal128(bytes.subarray(at, at + 16)).toString());
    case BSON_TYPE.boolean:
      return bytes[at] === 1 ? 'true' : 'false';
    case BSON_TYPE.date:
      return JSON.stringify(dateText(bytes, at));
    case BSON_TYPE.objectId:
      return JSON.stringify(bytes.toString('hex', at, at + 12));
    case BSON_TYPE.binary:
      return JSON.stringify(bytes.toString('base64', at + 5, at + 5 + bytes.readInt32LE(at)));
    case BSON_TYPE.timestamp:
      return bytes.readBigUInt64LE(at).toString();
    default:
      return 'null';
  }
}

/** The text of a string that begins at `at` with its length. */
export function textAt(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at + 4, at + 3 + bytes.readInt32LE(at));
}

/** A date as ISO text, with milliseconds; beyond what Date can say, its number. */
export function dateText(bytes: Buffer, at: number): string {
  const date = new Date(Number(bytes.readBigInt64LE(at)));
  return Number.isNaN(date.getTime()) ? bytes.readBigInt64LE(at).toString() : date.toISOString();
}

function doubleText(double: number): string {
  if (Object.is(double, -0)) return '-0';
  return Number.isFinite(double) ? String(double) : JSON.stringify(String(double));
}

/** NaN and infinities are no JSON numbers. */
const decimalText = (text: string): string => (/\d/.test(text) ? plainDecimal(text) : JSON.stringify(text));
