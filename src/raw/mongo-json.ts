// Payloads from JSON text to values for the driver, numbers exact (mongo-text.ts reads them back); stores nothing.
// int32 and int64 where they fit, a double only where it gives the same decimal value back, else Decimal128.

import { BSON, Decimal128, Double } from 'mongodb';
import { Arena } from './arena.ts';
import { canonicalNumber, plainDecimal } from './decimal.ts';
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
    if (canonicalNumber(plainDecimal(decimal.toString())) === value) return decimal;
  } catch (error) {
    if (!(error instanceof BSON.BSONError)) throw error;
  }
  throw new InexactNumber(text, 'is beyond the range of Decimal128');
}
