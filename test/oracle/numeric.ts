// NUMERIC as BigQuery has it: 38 digits, 9 of them after the point, as a BigInt of billionths. Everything that does not fit
// nine digits is rounded half away from zero.

export type Numeric = bigint;

const ONE = 1_000_000_000n;
const LIMIT = 10n ** 38n;

/** n ÷ d, half away from zero. */
function divide(n: bigint, d: bigint): bigint {
  const negative = n < 0n !== d < 0n;
  const [a, b] = [n < 0n ? -n : n, d < 0n ? -d : d];
  const quotient = (a * 2n + b) / (b * 2n);
  return negative ? -quotient : quotient;
}

/** NULL where the text is no number, or too large for NUMERIC. */
export function numericOf(text: string): Numeric | null {
  const found = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim());
  if (found === null) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = found;
  if (whole === '' && fraction === '') return null;
  const shift = Number(exponent) - fraction.length + 9;
  if (Math.abs(shift) > 400) return null;
  const digits = BigInt(`${whole}${fraction}`);
  const value = shift >= 0 ? digits * 10n ** BigInt(shift) : divide(digits, 10n ** BigInt(-shift));
  if (value >= LIMIT) return null;
  return sign === '-' ? -value : value;
}

export const numeric = (whole: number): Numeric => BigInt(whole) * ONE;
export const times = (a: Numeric, b: Numeric): Numeric => divide(a * b, ONE);
export const over = (a: Numeric, b: Numeric): Numeric => divide(a * ONE, b);
/** To two digits after the point. */
export const round2 = (a: Numeric): Numeric => divide(a, 10_000_000n) * 10_000_000n;

/** 63.1, 40000, -0.05: no zeros at the end, as BigQuery writes NUMERIC. */
export function numericText(value: Numeric): string {
  const sign = value < 0n ? '-' : '';
  const digits = (value < 0n ? -value : value).toString().padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}`;
}
