// Payloads between JSON text and BSON, numbers exact. Text to values for the driver, raw BSON to text; stores nothing.
// int32 and int64 where they fit, a double only where it gives the same decimal value back, else Decimal128.

import { BSON, Decimal128, Double } from 'mongodb';
import { Arena } from './arena.ts';
import { canonicalNumber } from './decimal.ts';
import { KIND, NODE, Scanner } from './scan.ts';

/** A number that neither this server nor BSON can hold exactly. */
export class InexactNumber extends Error {
  constructor(number: string, why: string) {
    super(`the number ${number.length > 60 ? `${number.slice(0, 60)}…` : number} ${why}`);
    this.name = 'InexactNumber';
  }
}

/** Numbers that JSON.parse may change (16 digits or more, an exponent), or a key that the driver takes for a type of its own. */
const NEEDS_CARE = /(?:^|[:,[])-?\d(?:[\d.]{15,}|[\d.]*[eE])|"_bsontype"/;

/**
 * A payload as the driver is to store it.
 *
 * @param text JSON without white space between its tokens.
 * @throws {InexactNumber} where no exact form is left.
 */
export function valueOfJson(text: string, { hasDecimal128 }: { readonly hasDecimal128: boolean }): unknown {
  if (!NEEDS_CARE.test(text)) return JSON.parse(text);
  const bytes = Buffer.from(text);
  const scanner = new Scanner(new Arena(bytes.length));
  scanner.scan(bytes, 0, { to: bytes.length });
  return new Tree(scanner, hasDecimal128).value(0);
}

/** Reads a scanned value; objects become Maps, which keep the order of any keys. */
class Tree {
  private readonly scanner: Scanner;
  private readonly hasDecimal128: boolean;

  constructor(scanner: Scanner, hasDecimal128: boolean) {
    this.scanner = scanner;
    this.hasDecimal128 = hasDecimal128;
  }

  value(node: number): unknown {
    const { scanner } = this;
    switch (scanner.kind(node)) {
      case KIND.object:
        return this.object(node);
      case KIND.array:
        return this.array(node);
      case KIND.number:
        return exactNumber(scanner.text(node), this.hasDecimal128);
      case KIND.true:
        return true;
      case KIND.false:
        return false;
      case KIND.null:
        return null;
      default:
        return scanner.string(node);
    }
  }

  private object(node: number): Map<string, unknown> {
    const { tape } = this.scanner;
    const object = new Map<string, unknown>();
    const end = tape[node + 3] as number;
    for (let key = node + NODE; key < end; key = tape[key + NODE + 3] as number) {
      object.set(this.scanner.string(key), this.value(key + NODE));
    }
    return object;
  }

  private array(node: number): unknown[] {
    const { tape } = this.scanner;
    const items: unknown[] = [];
    const end = tape[node + 3] as number;
    for (let item = node + NODE; item < end; item = tape[item + 3] as number) items.push(this.value(item));
    return items;
  }
}

const INT64_MAX = 2n ** 63n - 1n;
/** What IEEE 754 decimal128 holds. */
const DECIMAL128_DIGITS = 34;

/** @throws {InexactNumber} */
function exactNumber(text: string, hasDecimal128: boolean): unknown {
  const double = Number(text);
  if (/^-?\d{1,20}$/.test(text) && !Object.is(double, -0)) {
    if (Number.isSafeInteger(double)) return double;
    const integer = BigInt(text);
    if (integer <= INT64_MAX && integer >= -INT64_MAX - 1n) return integer;
  }
  const value = canonicalNumber(text);
  const isDouble = Number.isFinite(double) && canonicalNumber(String(double).replace('e+', 'e')) === value;
  // Beyond int64 a double that is exact would still come back in another spelling: 1e+22.
  if (isDouble && (!hasDecimal128 || Math.abs(double) < 1e18)) return new Double(double);
  if (!hasDecimal128) throw new InexactNumber(text, 'needs Decimal128 to stay exact, which this server does not have');
  if (value.replace(/^-|e.*$/g, '').length > DECIMAL128_DIGITS) {
    throw new InexactNumber(text, `has more than ${DECIMAL128_DIGITS} digits: MongoDB has no type that keeps it exact`);
  }
  try {
    const decimal = Decimal128.fromString(text);
    if (canonicalNumber(plain(decimal.toString())) === value) return decimal;
  } catch (error) {
    if (!(error instanceof BSON.BSONError)) throw error;
  }
  throw new InexactNumber(text, 'is beyond the range of Decimal128');
}

/** `1E+3` as JSON writes it. */
const plain = (decimal: string): string => decimal.replace('E+', 'e').replace('E', 'e');

/** The JSON text of one value of a BSON document: its type byte, and where its bytes begin. */
export function jsonOfValue(bytes: Buffer, type: number, at: number): string {
  return new Reader(bytes).value(type, at);
}

/** A field of a raw document. */
export interface RawField {
  readonly type: number;
  /** Where its value begins. */
  readonly at: number;
}

/** The top-level fields of a raw document, by name. */
export function fieldsOf(bytes: Buffer): Map<string, RawField> {
  const reader = new Reader(bytes);
  const fields = new Map<string, RawField>();
  reader.at = 4;
  for (;;) {
    const type = bytes[reader.at] as number;
    if (type === 0) return fields;
    reader.at++;
    const name = reader.name();
    fields.set(name, { type, at: reader.at });
    reader.skip(type);
  }
}

/** BSON's element types (bsonspec.org, version 1.1). */
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

/** Walks raw BSON from `at` on. */
class Reader {
  private readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** The value that begins at `at`; leaves `this.at` behind it. */
  value(type: number, at: number): string {
    this.at = at;
    return this.next(type);
  }

  /** A document or array that begins at `at`, as JSON that opens with `open`. */
  members(at: number, open: '{' | '['): string {
    const parts: string[] = [];
    this.at = at + 4;
    for (;;) {
      const type = this.bytes[this.at] as number;
      this.at++;
      if (type === 0) break;
      const name = this.name();
      const value = this.next(type);
      parts.push(open === '{' ? `${JSON.stringify(name)}:${value}` : value);
    }
    return open + parts.join(',') + (open === '{' ? '}' : ']');
  }

  name(): string {
    const end = this.bytes.indexOf(0, this.at);
    const name = this.bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return name;
  }

  skip(type: number): void {
    const size = this.sizeOf(type);
    if (size === undefined) this.next(type);
    else this.at += size;
  }

  private sizeOf(type: number): number | undefined {
    const { bytes, at } = this;
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
        return undefined;
    }
  }

  private next(type: number): string {
    const { bytes, at } = this;
    switch (type) {
      case BSON_TYPE.document:
        return this.members(at, '{');
      case BSON_TYPE.array:
        return this.members(at, '[');
      default: {
        const size = this.sizeOf(type);
        // Regular expressions, code, minimum keys: nothing that an event of any vendor holds.
        if (size === undefined)
          throw new BSON.BSONError(`a value of BSON type 0x${type.toString(16)} has no JSON form`);
        this.at += size;
        return scalar(bytes, type, at);
      }
    }
  }
}

function scalar(bytes: Buffer, type: number, at: number): string {
  switch (type) {
    case BSON_TYPE.string:
      return JSON.stringify(textAt(bytes, at));
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
const decimalText = (text: string): string => (/\d/.test(text) ? plain(text) : JSON.stringify(text));
