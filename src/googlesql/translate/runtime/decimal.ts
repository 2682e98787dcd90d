// Decimals of any scale on whole numbers of their last digit: what NUMERIC (9 digits) and BIGNUMERIC (38) share. Pure.

export const abs = (n: bigint): bigint => (n < 0n ? -n : n);

/** n / d, rounded half away from zero. */
export function divideRounded(n: bigint, d: bigint): bigint {
  const quotient = n / d;
  const twice = 2n * abs(n % d);
  if (twice < abs(d)) return quotient;
  return n < 0n === d < 0n ? quotient + 1n : quotient - 1n;
}

/** How a decimal rounds at a digit: `unit` is the weight of the last digit that is kept, undefined where none is lost. */
export interface Rounding {
  readonly scale: number;
  readonly digits: bigint;
}

function weight({ scale, digits }: Rounding): bigint | undefined {
  if (digits >= BigInt(scale)) return undefined;
  return 10n ** (BigInt(scale) - (digits < -80n ? -80n : digits));
}

export function rounded(n: bigint, rounding: Rounding): bigint {
  const unit = weight(rounding);
  return unit === undefined ? n : divideRounded(n, unit) * unit;
}

/** Halves to the even neighbour. */
export function roundedToEven(n: bigint, rounding: Rounding): bigint {
  const unit = weight(rounding);
  if (unit === undefined) return n;
  const quotient = divideRounded(n, unit);
  const isHalf = 2n * abs(n % unit) === unit;
  return (isHalf ? quotient - (quotient % 2n) : quotient) * unit;
}

export function truncated(n: bigint, rounding: Rounding): bigint {
  const unit = weight(rounding);
  return unit === undefined ? n : n - (n % unit);
}

/** The greatest whole number that is not above n; of a decimal whose 1 is `one`. */
export function floored(n: bigint, one: bigint): bigint {
  const rest = n % one;
  return rest < 0n ? n - rest - one : n - rest;
}

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

/** Rounded to the last digit. */
export function squareRoot(n: bigint, one: bigint): bigint {
  const root = wholeSqrt(n * one);
  return n * one - root * root > root ? root + 1n : root;
}

/** The parts of a number in digits, of a form that was checked. */
interface Written {
  readonly isNegative: boolean;
  readonly whole: string;
  readonly fraction: string;
  readonly exponent: number;
}

/** Rounds half away from zero; null for what is beyond every decimal. */
export function scaledFrom({ isNegative, whole, fraction, exponent }: Written, scale: number): bigint | null {
  const significant = `${whole}${fraction}`.replace(/^0+/, '');
  const places = exponent - fraction.length + scale;
  if (significant === '') return 0n;
  if (significant.length + places > 80) return null;
  if (significant.length + places < 0) return 0n;
  const unit = 10n ** BigInt(Math.abs(places));
  const scaled = places >= 0 ? BigInt(significant) * unit : divideRounded(BigInt(significant), unit);
  return isNegative ? -scaled : scaled;
}

const CAST_FORM = /^\s*([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,6}))?\s*$/;

/** As CAST reads a STRING. */
export function castDecimal(text: string, scale: number): bigint | null {
  const match = CAST_FORM.exec(text);
  if (!match) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  return scaledFrom({ isNegative: sign === '-', whole, fraction, exponent: Number(exponent) }, scale);
}

const SIGNED = /^\s*(?:([+-])\s*)?([\d,]*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?\s*$/;
const TRAILING = /^\s*([\d,]*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?\s*([+-])\s*$/;

/** As PARSE_NUMERIC reads it: commas between the digits, the sign before or behind, spaces around it. */
export function parseDecimal(text: string, scale: number): bigint | null {
  const behind = TRAILING.exec(text);
  const [sign, whole = '', fraction = '', exponent = '0'] = behind
    ? [behind[4], behind[1], behind[2], behind[3]]
    : (SIGNED.exec(text)?.slice(1) ?? []);
  if (!/\d/.test(whole) && fraction === '') return null;
  const isNegative = sign === '-';
  return scaledFrom({ isNegative, whole: whole.replaceAll(',', ''), fraction, exponent: Number(exponent) }, scale);
}

/** A finite FLOAT64 exactly as it is, rounded to the scale. */
export function scaledOfFloat(value: number, scale: number): bigint | null {
  if (!Number.isFinite(value)) return null;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const power = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = (power === 0 ? fraction : fraction | (1n << 52n)) * 10n ** BigInt(scale);
  const exponent = BigInt((power === 0 ? 1 : power) - 1075);
  const scaled = exponent >= 0n ? mantissa << exponent : divideRounded(mantissa, 1n << -exponent);
  return value < 0 ? -scaled : scaled;
}
