// FLOAT64 as the reference implementation computes it: rounding in the 80-bit numbers of x86, series, printf.

import type { ScalarFunction } from '../scalar.ts';

/** mantissa × 2^exponent, the mantissa of 64 bits. */
interface Extended {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const BITS = 64;
const lengthOf = (n: bigint): number => (n === 0n ? 0 : n.toString(2).length);

/** Rounds to 64 bits, halves to even. `isInexact` where the value is a little more than `mantissa`. */
function extended(mantissa: bigint, exponent: number, isInexact = false): Extended {
  const surplus = lengthOf(mantissa) - BITS;
  if (surplus <= 0) return { mantissa: mantissa << BigInt(-surplus), exponent: exponent + surplus };
  const kept = mantissa >> BigInt(surplus);
  const rest = mantissa - (kept << BigInt(surplus));
  const half = 1n << BigInt(surplus - 1);
  const isUp = rest > half || (rest === half && (isInexact || (kept & 1n) === 1n));
  const rounded = isUp ? kept + 1n : kept;
  return rounded >> BigInt(BITS) === 0n
    ? { mantissa: rounded, exponent: exponent + surplus }
    : { mantissa: rounded >> 1n, exponent: exponent + surplus + 1 };
}

const multiply = (a: Extended, b: Extended): Extended => extended(a.mantissa * b.mantissa, a.exponent + b.exponent);

function divide(a: Extended, b: Extended): Extended {
  const shifted = a.mantissa << 130n;
  return extended(shifted / b.mantissa, a.exponent - b.exponent - 130, shifted % b.mantissa !== 0n);
}

/** A finite number above 0 as mantissa × 2^exponent, exactly. */
function exactly(value: number): Extended {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const power = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return power === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: power - 1075 };
}

/** To the nearest FLOAT64, halves to even; Infinity where it is too large. */
function toNumber({ mantissa, exponent }: Extended): number {
  if (mantissa === 0n) return 0;
  const surplus = Math.max(lengthOf(mantissa) - 53, -1074 - exponent, 0);
  const kept = mantissa >> BigInt(surplus);
  const rest = mantissa - (kept << BigInt(surplus));
  const half = surplus === 0 ? 1n : 1n << BigInt(surplus - 1);
  const isUp = surplus > 0 && (rest > half || (rest === half && (kept & 1n) === 1n));
  const significand = Number(isUp ? kept + 1n : kept);
  const power = exponent + surplus;
  return power < -1000
    ? significand * 2 ** (power + 100) * 2 ** -100
    : power > 900
      ? significand * 2 ** 900 * 2 ** (power - 900)
      : significand * 2 ** power;
}

/** The whole part, or the nearest whole number with halves away from zero. */
function whole({ mantissa, exponent }: Extended, isRounded: boolean): Extended {
  if (exponent >= 0) return { mantissa, exponent };
  const shift = BigInt(-exponent);
  const floor = mantissa >> shift;
  const isUp = isRounded && shift <= BigInt(BITS) && ((mantissa >> (shift - 1n)) & 1n) === 1n;
  return extended(isUp ? floor + 1n : floor, 0);
}

const ONE = extended(1n, 0);
const TEN = extended(10n, 0);

/** 10^n as repeated multiplication or division in 80 bits leaves it. */
function powersOfTen(): (n: number) => Extended {
  const known = new Map<number, Extended>([[0, ONE]]);
  return n => {
    const step = n < 0 ? -1 : 1;
    let at = n;
    while (!known.has(at)) at -= step;
    let power = known.get(at) ?? ONE;
    for (; at !== n; ) {
      power = step > 0 ? multiply(power, TEN) : divide(power, TEN);
      at += step;
      known.set(at, power);
    }
    return power;
  };
}

/** Beyond the largest FLOAT64, even by less than would round. */
function isTooLarge({ mantissa, exponent }: Extended): boolean {
  const top = exponent + lengthOf(mantissa);
  return top > 1024 || (top === 1024 && mantissa > ((1n << 53n) - 1n) << BigInt(lengthOf(mantissa) - 53));
}

const [MOST_DIGITS, LEAST_DIGITS] = [323, -308];

/** ROUND and TRUNC of FLOAT64 to `digits` after the point; null where the result is too large. */
function roundTo(power: (n: number) => Extended, isRounded: boolean): (value: number, digits: bigint) => number | null {
  return (value, digits) => {
    if (digits < LEAST_DIGITS) return 0;
    if (digits > MOST_DIGITS + 14 || !Number.isFinite(value) || value === 0) return value;
    const scale = power(-Number(digits));
    const scaled = whole(divide(exactlyNormal(Math.abs(value)), scale), isRounded);
    const product = multiply(scaled, scale);
    if (isRounded && scaled.mantissa !== 0n && isTooLarge(product)) return null;
    const result = scaled.mantissa === 0n ? 0 : toNumber(product);
    return value < 0 ? -result : result;
  };
}

const exactlyNormal = (value: number): Extended => {
  const { mantissa, exponent } = exactly(value);
  return extended(mantissa, exponent);
};

/** BigQuery makes no longer array of numbers or points in time. */
export const ELEMENTS_MAX = 1_048_575;

/** From `from` by `step` up to `to`; null for a step that leads nowhere, and for more elements than there may be. */
function series(from: number, to: number, step: number): number[] | null {
  if (step === 0 || !Number.isFinite(step) || Number.isNaN(from) || Number.isNaN(to)) return null;
  if (from === to) return [from];
  const items: number[] = [];
  for (let i = 0; i <= ELEMENTS_MAX; i++) {
    const item = from + i * step;
    if (step > 0 ? item > to : item < to) return items;
    items.push(item);
  }
  return null;
}

export function floatScalars(): readonly ScalarFunction[] {
  const power = powersOfTen();
  const rounding = (name: string, isRounded: boolean): ScalarFunction => {
    const round = roundTo(power, isRounded);
    return {
      name,
      parameters: ['DOUBLE', 'BIGINT'],
      returns: 'DOUBLE',
      call: (value, digits) => round(value as number, digits as bigint),
    };
  };
  return [
    rounding('g_round_float', true),
    rounding('g_trunc_float', false),
    {
      name: 'g_float_series',
      parameters: ['DOUBLE', 'DOUBLE', 'DOUBLE'],
      returns: 'DOUBLE[]',
      call: (from, to, step) => series(from as number, to as number, step as number),
    },
  ];
}
