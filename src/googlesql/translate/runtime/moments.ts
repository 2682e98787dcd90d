// Sums, averages and variances of FLOAT64 as the reference implementation adds them up, value by value: sums exactly, the others in
// the 80-bit numbers of x86, so that what cancels leaves the same rest. For few values: each step is one of long numbers. Pure.

import type { ScalarFunction } from '../scalar.ts';

/** mantissa × 2^exponent. */
interface Long {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const BITS = 64;
const lengthOf = (n: bigint): number => (n === 0n ? 0 : (n < 0n ? -n : n).toString(2).length);

/** The mantissa shortened to so many bits, halves to even. */
function shortened({ mantissa, exponent }: Long, surplus: number): Long {
  if (surplus <= 0) return { mantissa, exponent };
  const size = mantissa < 0n ? -mantissa : mantissa;
  const by = BigInt(surplus);
  const kept = size >> by;
  const rest = size - (kept << by);
  const half = 1n << (by - 1n);
  const rounded = rest > half || (rest === half && (kept & 1n) === 1n) ? kept + 1n : kept;
  return { mantissa: mantissa < 0n ? -rounded : rounded, exponent: exponent + surplus };
}

const rounded = (value: Long): Long => shortened(value, lengthOf(value.mantissa) - BITS);

/** A finite number, exactly. */
function exactly(value: number): Long {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const power = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  const size = power === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: value < 0 ? -size : size, exponent: Math.max(power, 1) - 1075 };
}

/** To the nearest FLOAT64; infinite where it is too large. */
function toNumber(value: Long): number {
  const length = lengthOf(value.mantissa);
  const { mantissa, exponent } = shortened(value, Math.max(length - 53, -1074 - value.exponent));
  if (mantissa === 0n) return value.mantissa < 0n ? -0 : 0;
  // In two steps, of which only a last one beyond the normal numbers could round: there nothing is left to round.
  const first = Math.max(-900, Math.min(900, exponent));
  return Number(mantissa) * 2 ** first * 2 ** (exponent - first);
}

function exactSum(a: Long, b: Long): Long {
  const exponent = Math.min(a.exponent, b.exponent);
  const at = (x: Long): bigint => x.mantissa << BigInt(x.exponent - exponent);
  return { mantissa: at(a) + at(b), exponent };
}

const ZERO: Long = { mantissa: 0n, exponent: 0 };
const count = (n: number): Long => ({ mantissa: BigInt(n), exponent: 0 });
const add = (a: Long, b: Long): Long => (a.mantissa === 0n ? b : b.mantissa === 0n ? a : rounded(exactSum(a, b)));
const subtract = (a: Long, b: Long): Long => add(a, { mantissa: -b.mantissa, exponent: b.exponent });
const multiply = (a: Long, b: Long): Long =>
  rounded({ mantissa: a.mantissa * b.mantissa, exponent: a.exponent + b.exponent });

/** The last bit tells whether something is left: the quotient has more than it needs. */
const SPARE = 140;

function divide(a: Long, b: Long): Long {
  const shifted = a.mantissa << BigInt(SPARE);
  const [whole, rest] = [shifted / b.mantissa, shifted % b.mantissa];
  const sign = whole < 0n ? -1n : 1n;
  const sticky = rest === 0n ? 0n : sign;
  return rounded({ mantissa: whole * 2n + sticky, exponent: a.exponent - b.exponent - SPARE - 1 });
}

/** Of no negative number. */
function squareRoot({ mantissa, exponent }: Long): Long {
  if (mantissa === 0n) return ZERO;
  const shift = (exponent - SPARE) % 2 === 0 ? SPARE : SPARE + 1;
  const square = mantissa << BigInt(shift);
  let root = 1n << BigInt(Math.ceil(lengthOf(square) / 2) + 1);
  for (let next = (root + square / root) >> 1n; next < root; next = (root + square / root) >> 1n) root = next;
  const sticky = root * root === square ? 0n : 1n;
  return rounded({ mantissa: root * 2n + sticky, exponent: (exponent - shift) / 2 - 1 });
}

function sum(values: readonly number[]): number {
  const wild = values.filter(value => !Number.isFinite(value));
  if (wild.length > 0) return wild.reduce((a, b) => a + b);
  return toNumber(values.map(exactly).reduce(exactSum, ZERO));
}

/** It moves on from value to value: of an infinity there is no way but to NaN, unless it is the last. */
function average(values: readonly number[]): number {
  let mean = ZERO;
  let wild: number | undefined;
  values.forEach((value, i) => {
    if (wild !== undefined) wild = Number.NaN;
    else if (!Number.isFinite(value)) wild = value;
    else mean = add(mean, divide(subtract(exactly(value), mean), count(i + 1)));
  });
  return wild ?? toNumber(mean);
}

/** The variance of all the values. */
function variance(values: readonly Long[]): Long {
  let [mean, spread] = [ZERO, ZERO];
  values.forEach((value, i) => {
    const ahead = subtract(value, mean);
    const step = divide(ahead, count(i + 1));
    mean = add(mean, step);
    spread = divide(multiply(add(spread, multiply(step, ahead)), count(i)), count(i + 1));
  });
  return spread;
}

/** What the columns' deviations have in common, summed up. */
function together(xs: readonly Long[], ys: readonly Long[]): Long {
  let [meanX, meanY, spread] = [ZERO, ZERO, ZERO];
  xs.forEach((x, i) => {
    const [aheadX, aheadY] = [subtract(x, meanX), subtract(ys[i] ?? ZERO, meanY)];
    meanX = add(meanX, divide(aheadX, count(i + 1)));
    meanY = add(meanY, divide(aheadY, count(i + 1)));
    spread = add(spread, divide(multiply(multiply(aheadX, aheadY), count(i)), count(i + 1)));
  });
  return spread;
}

/** By the names of DuckDB's functions. NULL for too few values. */
function spreadOf(values: readonly number[], name: string): number | null {
  const n = values.length;
  const isSample = name.endsWith('_samp');
  if (n < (isSample ? 2 : 1)) return null;
  if (!values.every(Number.isFinite)) return Number.NaN;
  const ofAll = variance(values.map(exactly));
  const spread = isSample ? divide(multiply(ofAll, count(n)), count(n - 1)) : ofAll;
  return toNumber(name.startsWith('stddev') ? squareRoot(spread) : spread);
}

function commonOf(ys: readonly number[], xs: readonly number[], name: string): number | null {
  const n = xs.length;
  if (n < (name === 'covar_pop' ? 1 : 2)) return null;
  if (![...xs, ...ys].every(Number.isFinite)) return Number.NaN;
  const [x, y] = [xs.map(exactly), ys.map(exactly)];
  const common = together(x, y);
  if (name !== 'corr') return toNumber(divide(common, count(name === 'covar_pop' ? n : n - 1)));
  const [ofX, ofY] = [together(x, x), together(y, y)];
  const isFlat = ofX.mantissa === 0n || ofY.mantissa === 0n;
  return isFlat ? Number.NaN : toNumber(divide(common, squareRoot(multiply(ofX, ofY))));
}

export const MOMENT_SCALARS: readonly ScalarFunction[] = [
  {
    name: 'g_float_moment',
    parameters: ['DOUBLE[]', 'VARCHAR'],
    returns: 'DOUBLE',
    call: (list, name) => {
      const values = list as readonly number[];
      return name === 'sum' ? sum(values) : name === 'avg' ? average(values) : spreadOf(values, name as string);
    },
  },
  {
    name: 'g_float_common',
    parameters: ['DOUBLE[]', 'DOUBLE[]', 'VARCHAR'],
    returns: 'DOUBLE',
    call: (ys, xs, name) => commonOf(ys as readonly number[], xs as readonly number[], name as string),
  },
];
