// Raw BSON as JSON text, written straight into bytes: an extraction makes no object and no string a value. Numbers are exact.
// Knows BSON (bsonspec.org, version 1.1), and neither events nor a connection.

import { BSON, Decimal128 } from 'mongodb';
import { Arena } from './arena.ts';
import { plainDecimal } from './decimal.ts';

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
/** From here on a copy by the engine is faster than a loop. */
const LONG = 64;

/** Appends values to an arena as JSON text. */
export class JsonWriter {
  readonly arena: Arena;

  constructor(size: number) {
    this.arena = new Arena(size);
  }

  /** Gives where the value ends. */
  value(bytes: Buffer, type: number, at: number): number {
    switch (type) {
      case BSON_TYPE.document:
        return this.document(bytes, at);
      case BSON_TYPE.array:
        return this.array(bytes, at);
      case BSON_TYPE.string: {
        const end = at + 4 + bytes.readInt32LE(at);
        this.quoted(bytes, at + 4, end - 1);
        return end;
      }
      default:
        this.ascii(scalar(bytes, type, at));
        return at + sizeOfValue(bytes, type, at);
    }
  }

  /** Text as it is. */
  ascii(text: string): void {
    const { arena } = this;
    arena.reserve(text.length);
    const { bytes } = arena;
    let end = arena.end;
    for (let i = 0; i < text.length; i++) bytes[end++] = text.charCodeAt(i);
    arena.end = end;
  }

  byte(byte: number): void {
    this.arena.reserve(1);
    this.arena.bytes[this.arena.end++] = byte;
  }

  private document(bytes: Buffer, start: number): number {
    let at = start + 4;
    this.byte(0x7b);
    for (let isFirst = true; ; isFirst = false) {
      const type = bytes[at++] as number;
      if (type === 0) break;
      if (!isFirst) this.byte(COMMA);
      let end = at;
      while (bytes[end] !== 0) end++;
      this.quoted(bytes, at, end);
      this.byte(COLON);
      at = this.value(bytes, type, end + 1);
    }
    this.byte(0x7d);
    return at;
  }

  private array(bytes: Buffer, start: number): number {
    let at = start + 4;
    this.byte(0x5b);
    for (let isFirst = true; ; isFirst = false) {
      const type = bytes[at++] as number;
      if (type === 0) break;
      if (!isFirst) this.byte(COMMA);
      while (bytes[at] !== 0) at++;
      at = this.value(bytes, type, at + 1);
    }
    this.byte(0x5d);
    return at;
  }

  /** The UTF-8 text of bytes [from, to) as a JSON string. */
  private quoted(bytes: Buffer, from: number, to: number): void {
    if (hasEscapes(bytes, from, to)) {
      this.escaped(bytes, from, to);
      return;
    }
    const { arena } = this;
    arena.reserve(to - from + 2);
    const target = arena.bytes;
    let end = arena.end;
    target[end++] = QUOTE;
    if (to - from > LONG) end += bytes.copy(target, end, from, to);
    else for (let i = from; i < to; i++) target[end++] = bytes[i] as number;
    target[end++] = QUOTE;
    arena.end = end;
  }

  private escaped(bytes: Buffer, from: number, to: number): void {
    const { arena } = this;
    const text = JSON.stringify(bytes.toString('utf8', from, to));
    arena.reserve(text.length * 3);
    arena.end += arena.bytes.write(text, arena.end, 'utf8');
  }
}

/** Whether a JSON string spells some character otherwise. */
function hasEscapes(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const c = bytes[i] as number;
    if (c < 0x20 || c === QUOTE || c === BACKSLASH) return true;
  }
  return false;
}

/** What is no text, document or array: ASCII. */
function scalar(bytes: Buffer, type: number, at: number): string {
  switch (type) {
    case BSON_TYPE.int32:
      return String(bytes.readInt32LE(at));
    case BSON_TYPE.int64:
      return bytes.readBigInt64LE(at).toString();
    case BSON_TYPE.double:
      return doubleText(bytes.readDoubleLE(at));
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
