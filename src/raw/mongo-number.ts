// JSON numbers as BSON numbers with the same decimal value (docs/decisions/0015). Slow and right: the writer (mongo-bson.ts) asks only
// about what it cannot tell by itself. int32 or int64 where the value is one, a double only where it gives the same value back, else
// Decimal128.

import { BSON, Decimal128 } from 'mongodb';
import { canonicalNumber, decimalOf, plainDecimal } from './decimal.ts';
import { BSON_TYPE } from './mongo-text.ts';

/** A number that neither this server nor BSON can hold exactly. */
export class InexactNumber extends Error {
  constructor(number: string, why: string) {
    super(`the number ${number.length > 60 ? `${number.slice(0, 60)}…` : number} ${why}`);
    this.name = 'InexactNumber';
  }
}

/** A value as it stands in a document: its type, and its bytes. */
export interface BsonNumber {
  readonly type: number;
  readonly bytes: Uint8Array;
}

const INT32_MAX = 2n ** 31n - 1n;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_DIGITS = 19;
/** What IEEE 754 decimal128 holds. */
const DECIMAL128_DIGITS = 34;

/** @throws {InexactNumber} where no exact form is left */
export function bsonNumber(text: string, { hasDecimal128 }: { readonly hasDecimal128: boolean }): BsonNumber {
  const { isNegative, digits, exponent } = decimalOf(text);
  // BSON has a negative zero among its doubles only.
  if (digits === '') return text.startsWith('-') ? doubleOf(-0) : intOf(0n);
  if (exponent >= 0n && BigInt(digits.length) + exponent <= INT64_DIGITS) {
    const integer = BigInt(digits) * 10n ** exponent * (isNegative ? -1n : 1n);
    if (integer <= INT64_MAX && integer >= -INT64_MAX - 1n) return intOf(integer);
  }
  const value = canonicalNumber(text);
  const double = Number(text);
  const isDouble = Number.isFinite(double) && canonicalNumber(String(double).replace('e+', 'e')) === value;
  // Beyond int64 a double that is exact would still come back in another spelling: 1e+22.
  if (isDouble && (!hasDecimal128 || Math.abs(double) < 1e18)) return doubleOf(double);
  if (!hasDecimal128) throw new InexactNumber(text, 'needs Decimal128 to stay exact, which this server does not have');
  if (digits.length > DECIMAL128_DIGITS) {
    throw new InexactNumber(text, `has more than ${DECIMAL128_DIGITS} digits: MongoDB has no type that keeps it exact`);
  }
  try {
    const decimal = Decimal128.fromString(text);
    if (canonicalNumber(plainDecimal(decimal.toString())) === value) {
      return { type: BSON_TYPE.decimal128, bytes: decimal.bytes };
    }
  } catch (error) {
    if (!(error instanceof BSON.BSONError)) throw error;
  }
  throw new InexactNumber(text, 'is beyond the range of Decimal128');
}

function intOf(integer: bigint): BsonNumber {
  const isInt32 = integer <= INT32_MAX && integer >= -INT32_MAX - 1n;
  const bytes = Buffer.alloc(isInt32 ? 4 : 8);
  if (isInt32) bytes.writeInt32LE(Number(integer));
  else bytes.writeBigInt64LE(integer);
  return { type: isInt32 ? BSON_TYPE.int32 : BSON_TYPE.int64, bytes };
}

function doubleOf(double: number): BsonNumber {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(double);
  return { type: BSON_TYPE.double, bytes };
}
