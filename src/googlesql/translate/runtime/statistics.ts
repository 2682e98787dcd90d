// Variances, covariances and percentiles over lists: of decimals exactly, of FLOAT64 with NaN and infinities as GoogleSQL has them. Pure.

import { BIG_SCALE, bigKey, bigScaled, decimalText } from '../../bignumeric.ts';
import type { ScalarFunction } from '../scalar.ts';
import { castDecimal, divideRounded } from './decimal.ts';

const BITS = 120n;

/** The quotient, to the nearest double or the one beside it; of numbers of any length. */
function quotient(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0;
  const lengthOf = (n: bigint): number => (n < 0n ? -n : n).toString(2).length;
  const shift = BITS - BigInt(lengthOf(numerator) - lengthOf(denominator));
  const scaled = shift >= 0n ? (numerator << shift) / denominator : numerator / (denominator << -shift);
  return Number(scaled) * 2 ** -Number(shift);
}

const UNIT = 10n ** BigInt(BIG_SCALE);

/** Over pairs `x y` of decimals as text; of one column both are the same. NULL for too few. */
function spread(pairs: readonly string[], kind: string): number | null {
  const rows = pairs.map(pair => {
    const [x = '0', y = x] = pair.split(' ');
    return [castDecimal(x, BIG_SCALE) ?? 0n, castDecimal(y, BIG_SCALE) ?? 0n] as const;
  });
  const n = BigInt(rows.length);
  const isSample = kind.endsWith('_samp');
  if (n < (isSample || kind === 'corr' ? 2n : 1n)) return null;
  const sum = (of: (row: readonly [bigint, bigint]) => bigint): bigint => rows.reduce((all, row) => all + of(row), 0n);
  const [x, y] = [sum(row => row[0]), sum(row => row[1])];
  const xy = n * sum(row => row[0] * row[1]) - x * y;
  const divisor = n * (isSample ? n - 1n : n) * UNIT * UNIT;
  if (kind.startsWith('covar') || kind.startsWith('var')) return quotient(xy, divisor);
  if (kind.startsWith('stddev')) return Math.sqrt(quotient(xy, divisor));
  const xx = n * sum(row => row[0] ** 2n) - x * x;
  const yy = n * sum(row => row[1] ** 2n) - y * y;
  if (xx === 0n || yy === 0n) return Number.NaN;
  return quotient(xy, divisor) / (Math.sqrt(quotient(xx, divisor)) * Math.sqrt(quotient(yy, divisor)));
}

/** Of NUMERICs as text, as text, rounded once: their sum may be none. */
function numericAverage(values: readonly string[]): string {
  const sum = values.reduce((all, value) => all + (castDecimal(value, NUMERIC_SCALE) ?? 0n), 0n);
  return decimalText(divideRounded(sum, BigInt(values.length)), NUMERIC_SCALE);
}

const NUMERIC_SCALE = 9;

/** The neighbours of a place in a sorted list, and the weight of the second. */
function placeOf(count: number, fraction: bigint, one: bigint): { readonly at: number; readonly weight: bigint } {
  const place = BigInt(count - 1) * fraction;
  return { at: Number(place / one), weight: place % one };
}

const isNull = (value: unknown): boolean => value === null || value === undefined;

/** NULL first, NaN before every number. */
function floatOrder(a: number | null, b: number | null): number {
  if (a === null || b === null) return (a === null ? 0 : 1) - (b === null ? 0 : 1);
  const rank = (x: number): number => (Number.isNaN(x) ? 0 : 1);
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function floatPercentile(values: readonly (number | null)[], fraction: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort(floatOrder);
  const place = (sorted.length - 1) * fraction;
  const at = Math.floor(place);
  const weight = place - at;
  const [left = null, right = null] = [sorted[at], sorted[at + 1]];
  if (weight === 0 || isNull(right)) return left;
  return left === null ? right : left * (1 - weight) + (right ?? 0) * weight;
}

/** Over BIGNUMERIC's texts; rounded once, at `scale` digits. */
function decimalPercentile(keys: readonly (string | null)[], fraction: string, scale: number): string | null {
  if (keys.length === 0) return null;
  const sorted = [...keys].sort((a, b) => (a === b ? 0 : a === null || (b !== null && a < b) ? -1 : 1));
  const { at, weight } = placeOf(sorted.length, bigScaled(fraction), UNIT);
  const [left = null, right = null] = [sorted[at], sorted[at + 1]];
  if (weight === 0n || isNull(right)) return left;
  if (left === null) return right;
  const whole = bigScaled(left) * (UNIT - weight) + bigScaled(right ?? left) * weight;
  const unit = UNIT * 10n ** BigInt(BIG_SCALE - scale);
  return bigKey(divideRounded(whole, unit) * 10n ** BigInt(BIG_SCALE - scale));
}

/** From `from` by `step` up to `to`, as texts; null where there is no end or too many. */
function series(from: bigint, to: bigint, step: bigint): string[] | null {
  if (step === 0n || (to - from) / step >= MOST) return null;
  const items: string[] = [];
  for (let at = from; step > 0n ? at <= to : at >= to; at += step) items.push(decimalText(at, BIG_SCALE));
  return items;
}

/** BigQuery makes no longer array. */
const MOST = 1_048_575n;

export const STATISTICS_SCALARS: readonly ScalarFunction[] = [
  {
    name: 'g_exact_spread',
    parameters: ['VARCHAR[]', 'VARCHAR'],
    returns: 'DOUBLE',
    call: (pairs, kind) => spread(pairs as readonly string[], kind as string),
  },
  {
    name: 'g_numeric_average',
    parameters: ['VARCHAR[]'],
    returns: 'VARCHAR',
    call: values => ((values as readonly string[]).length === 0 ? null : numericAverage(values as readonly string[])),
  },
  {
    name: 'g_float_percentile',
    parameters: ['DOUBLE[]', 'DOUBLE'],
    returns: 'DOUBLE',
    call: (values, fraction) => floatPercentile(values as readonly (number | null)[], fraction as number),
  },
  {
    name: 'g_decimal_percentile',
    parameters: ['VARCHAR[]', 'VARCHAR', 'BIGINT'],
    returns: 'VARCHAR',
    call: (keys, fraction, scale) =>
      decimalPercentile(keys as readonly (string | null)[], fraction as string, Number(scale)),
  },
  {
    name: 'g_decimal_series',
    parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
    returns: 'VARCHAR[]',
    call: (from, to, step) => series(bigScaled(from as string), bigScaled(to as string), bigScaled(step as string)),
  },
];
