// NUMERIC arithmetic on integers of billionths: rounds half away from zero at nine digits, and overflows, as GoogleSQL does.

import type { ScalarFunction, ScalarValue } from '../scalar.ts';

const UNIT = 1_000_000_000n;
/** 29 digits before the point, nine after. */
const LIMIT = 10n ** 38n;

const abs = (n: bigint): bigint => (n < 0n ? -n : n);

/** NULL stands for an error: the SQL around it fails then, and never ahead of its turn. */
type Answer = bigint | null;

const inRange = (n: bigint): Answer => (abs(n) >= LIMIT ? null : n);

/** n / d, rounded half away from zero. */
export function divideRounded(n: bigint, d: bigint): bigint {
  const quotient = n / d;
  const twice = 2n * abs(n % d);
  if (twice < abs(d)) return quotient;
  return n < 0n === d < 0n ? quotient + 1n : quotient - 1n;
}

const multiply = (a: bigint, b: bigint): Answer => inRange(divideRounded(a * b, UNIT));

const divide = (a: bigint, b: bigint): Answer => (b === 0n ? null : inRange(divideRounded(a * UNIT, b)));

/** The weight of the last digit that `digits` keeps; undefined where no digit is lost. */
function weight(digits: bigint): bigint | undefined {
  if (digits >= 9n) return undefined;
  return 10n ** (9n - (digits < -30n ? -30n : digits));
}

function round(n: bigint, digits: bigint): Answer {
  const unit = weight(digits);
  return unit === undefined ? n : inRange(divideRounded(n, unit) * unit);
}

/** Halves to the even neighbour. */
function roundToEven(n: bigint, digits: bigint): Answer {
  const unit = weight(digits);
  if (unit === undefined) return n;
  const quotient = divideRounded(n, unit);
  const isHalf = 2n * abs(n % unit) === unit;
  return inRange((isHalf ? quotient - (quotient % 2n) : quotient) * unit);
}

function trunc(n: bigint, digits: bigint): bigint {
  const unit = weight(digits);
  return unit === undefined ? n : n - (n % unit);
}

const floor = (n: bigint): Answer => {
  const rest = n % UNIT;
  return inRange(rest < 0n ? n - rest - UNIT : n - rest);
};

const ceil = (n: bigint): Answer => {
  const low = floor(-n);
  return low === null ? null : -low;
};

const mod = (a: bigint, b: bigint): Answer => (b === 0n ? null : a % b);

const div = (a: bigint, b: bigint): Answer => (b === 0n ? null : inRange((a / b) * UNIT));

/** The whole square root, rounded down. */
function wholeSqrt(n: bigint): bigint {
  if (n < 2n) return n;
  let guess = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + n / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

function sqrt(n: bigint): Answer {
  if (n < 0n) return null;
  const root = wholeSqrt(n * UNIT);
  return n * UNIT - root * root > root ? root + 1n : root;
}

const SIGNED = /^\s*(?:([+-])\s*)?([\d,]*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?\s*$/;
const TRAILING = /^\s*([\d,]*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?\s*([+-])\s*$/;

/** As PARSE_NUMERIC reads it: commas between the digits, the sign before or behind, spaces around it. */
function parse(text: string): Answer {
  const behind = TRAILING.exec(text);
  const [sign, whole = '', fraction = '', exponent = '0'] = behind
    ? [behind[4], behind[1], behind[2], behind[3]]
    : (SIGNED.exec(text)?.slice(1) ?? []);
  const digits = `${whole.replaceAll(',', '')}${fraction}`;
  if (!/\d/.test(whole) && fraction === '') return null;
  const places = Number(exponent) - fraction.length + 9;
  const significant = digits.replace(/^0+/, '');
  if (significant === '') return 0n;
  if (significant.length + places > 39) return null;
  if (significant.length + places < 0) return 0n;
  const unit = 10n ** BigInt(Math.abs(places));
  const scaled = places >= 0 ? BigInt(significant) * unit : divideRounded(BigInt(significant), unit);
  return inRange(sign === '-' ? -scaled : scaled);
}

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
  numeric('floor', 1, floor as Numbers),
  numeric('ceil', 1, ceil as Numbers),
  numeric('sqrt', 1, sqrt as Numbers),
  { name: 'g_parse_numeric', parameters: ['VARCHAR'], returns: D, call: text => parse(text as string) },
  toDigits('round', round),
  toDigits('round_even', roundToEven),
  toDigits('trunc', trunc),
];
