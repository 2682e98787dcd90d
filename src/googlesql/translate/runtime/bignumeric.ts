// BIGNUMERIC arithmetic on the texts of bignumeric.ts: rounds half away from zero at 38 digits, and overflows, as GoogleSQL does.
// NULL stands for an error: the SQL around it fails then, and never ahead of its turn.

import { BIG_SCALE, bigKey, bigScaled, bigText } from '../../bignumeric.ts';
import type { ScalarFunction, ScalarType, ScalarValue } from '../scalar.ts';
import {
  castDecimal,
  divideRounded,
  floored,
  parseDecimal,
  rounded,
  roundedToEven,
  scaledOfFloat,
  squareRoot,
  truncated,
} from './decimal.ts';

const ONE = 10n ** BigInt(BIG_SCALE);
const NUMERIC_UNIT = 10n ** 29n;
const NUMERIC_LIMIT = 10n ** 38n;

type Answer = bigint | null;
type Numbers = (...values: bigint[]) => Answer;

const keyed = (n: Answer): string | null => (n === null ? null : bigKey(n));
const named = (name: string, parameters: readonly ScalarType[], call: ScalarFunction['call']): ScalarFunction => ({
  name: `g_big_${name}`,
  parameters,
  returns: 'VARCHAR',
  call,
});

const over = (name: string, count: 1 | 2, call: Numbers): ScalarFunction =>
  named(name, count === 1 ? ['VARCHAR'] : ['VARCHAR', 'VARCHAR'], (...keys) =>
    keyed(call(...keys.map(key => bigScaled(key as string)))),
  );

const toDigits = (name: string, call: typeof rounded): ScalarFunction =>
  named(name, ['VARCHAR', 'BIGINT'], (key, digits) =>
    keyed(call(bigScaled(key as string), { scale: BIG_SCALE, digits: digits as bigint })),
  );

const ofText = (name: string, call: (text: string, scale: number) => Answer): ScalarFunction =>
  named(name, ['VARCHAR'], text => keyed(call(text as string, BIG_SCALE)));

function toInteger(key: string): Answer {
  const n = divideRounded(bigScaled(key), ONE);
  return BigInt.asIntN(64, n) === n ? n : null;
}

function toNumeric(key: string): Answer {
  const n = divideRounded(bigScaled(key), NUMERIC_UNIT);
  return n > -NUMERIC_LIMIT && n < NUMERIC_LIMIT ? n : null;
}

const total = (keys: ScalarValue): bigint => (keys as readonly string[]).reduce((sum, key) => sum + bigScaled(key), 0n);

export const BIGNUMERIC_SCALARS: readonly ScalarFunction[] = [
  over('add', 2, ((a: bigint, b: bigint) => a + b) as Numbers),
  over('subtract', 2, ((a: bigint, b: bigint) => a - b) as Numbers),
  over('multiply', 2, ((a: bigint, b: bigint) => divideRounded(a * b, ONE)) as Numbers),
  over('divide', 2, ((a: bigint, b: bigint) => (b === 0n ? null : divideRounded(a * ONE, b))) as Numbers),
  over('mod', 2, ((a: bigint, b: bigint) => (b === 0n ? null : a % b)) as Numbers),
  over('div', 2, ((a: bigint, b: bigint) => (b === 0n ? null : (a / b) * ONE)) as Numbers),
  over('negate', 1, ((a: bigint) => -a) as Numbers),
  over('abs', 1, ((a: bigint) => (a < 0n ? -a : a)) as Numbers),
  over('sign', 1, ((a: bigint) => (a < 0n ? -ONE : a > 0n ? ONE : 0n)) as Numbers),
  over('floor', 1, ((a: bigint) => floored(a, ONE)) as Numbers),
  over('ceil', 1, ((a: bigint) => -floored(-a, ONE)) as Numbers),
  over('sqrt', 1, ((a: bigint) => (a < 0n ? null : squareRoot(a, ONE))) as Numbers),
  toDigits('round', rounded),
  toDigits('round_even', roundedToEven),
  toDigits('trunc', truncated),
  ofText('of_string', castDecimal),
  ofText('parse', parseDecimal),
  named('of_int', ['BIGINT'], n => bigKey((n as bigint) * ONE)),
  named('of_numeric', ['DECIMAL(38,9)'], n => bigKey((n as bigint) * NUMERIC_UNIT)),
  named('of_float', ['DOUBLE'], x => keyed(scaledOfFloat(x as number, BIG_SCALE))),
  named('text', ['VARCHAR'], key => bigText(key as string)),
  { ...named('to_int', ['VARCHAR'], key => toInteger(key as string)), returns: 'BIGINT' },
  { ...named('to_numeric', ['VARCHAR'], key => toNumeric(key as string)), returns: 'DECIMAL(38,9)' },
  { ...named('to_float', ['VARCHAR'], key => Number(bigText(key as string))), returns: 'DOUBLE' },
  // Rounded to so many digits after the point; NULL where it has more before it than are left.
  named('fit', ['VARCHAR', 'BIGINT', 'BIGINT'], (key, digits, places) => {
    const n = rounded(bigScaled(key as string), { scale: BIG_SCALE, digits: places as bigint });
    const limit = 10n ** ((digits as bigint) - (places as bigint)) * ONE;
    return n > -limit && n < limit ? bigKey(n) : null;
  }),
  // An empty text for an overflow: NULL is the sum of nothing.
  named('sum', ['VARCHAR[]'], keys => bigKey(total(keys ?? [])) ?? ''),
  named('avg', ['VARCHAR[]'], keys => {
    const count = BigInt((keys as readonly string[]).length);
    return count === 0n ? null : (bigKey(divideRounded(total(keys), count)) ?? '');
  }),
];
