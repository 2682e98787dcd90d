// NUMERIC arithmetic on integers of billionths: rounds half away from zero at nine digits, and overflows, as GoogleSQL does.

import type { ScalarFunction, ScalarValue } from '../scalar.ts';
import { abs, divideRounded, parseDecimal, rounded, roundedToEven, squareRoot, truncated } from './decimal.ts';

const SCALE = 9;
const UNIT = 1_000_000_000n;
/** 29 digits before the point, nine after. */
const LIMIT = 10n ** 38n;

/** NULL stands for an error: the SQL around it fails then, and never ahead of its turn. */
type Answer = bigint | null;

const inRange = (n: bigint | null): Answer => (n === null || abs(n) >= LIMIT ? null : n);

const multiply = (a: bigint, b: bigint): Answer => inRange(divideRounded(a * b, UNIT));
const divide = (a: bigint, b: bigint): Answer => (b === 0n ? null : inRange(divideRounded(a * UNIT, b)));
const mod = (a: bigint, b: bigint): Answer => (b === 0n ? null : a % b);
const div = (a: bigint, b: bigint): Answer => (b === 0n ? null : inRange((a / b) * UNIT));
const sqrt = (n: bigint): Answer => (n < 0n ? null : squareRoot(n, UNIT));
const toScale =
  (round: typeof rounded) =>
  (n: bigint, digits: bigint): Answer =>
    inRange(round(n, { scale: SCALE, digits }));

const D = 'DECIMAL(38,9)' as const;
type Numbers = (...values: bigint[]) => Answer;

const numeric = (name: string, count: 1 | 2, call: Numbers): ScalarFunction => ({
  name: `g_numeric_${name}`,
  parameters: count === 1 ? [D] : [D, D],
  returns: D,
  call: (...values: ScalarValue[]) => call(...(values as bigint[])),
});

const toDigits = (name: string, call: (n: bigint, digits: bigint) => Answer): ScalarFunction => ({
  name: `g_numeric_${name}`,
  parameters: [D, 'BIGINT'],
  returns: D,
  call: (n, digits) => call(n as bigint, digits as bigint),
});

export const NUMERIC_SCALARS: readonly ScalarFunction[] = [
  numeric('multiply', 2, multiply as Numbers),
  numeric('divide', 2, divide as Numbers),
  numeric('mod', 2, mod as Numbers),
  numeric('div', 2, div as Numbers),
  numeric('sqrt', 1, sqrt as Numbers),
  {
    name: 'g_parse_numeric',
    parameters: ['VARCHAR'],
    returns: D,
    call: text => inRange(parseDecimal(text as string, SCALE)),
  },
  toDigits('round', toScale(rounded)),
  toDigits('round_even', toScale(roundedToEven)),
  toDigits('trunc', toScale(truncated)),
];
