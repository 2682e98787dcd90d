// BIGNUMERIC as DuckDB holds it, which has no decimal of 76 digits: 64 hexadecimal digits of the value times 10^38 plus 2^255.
// Of one length and without a sign, so such texts compare, sort and group as the numbers do. Pure; computes nothing.

const BIAS = 1n << 255n;
/** Digits after the point. */
export const BIG_SCALE = 38;

/** The text of a whole number of 10^-38; null beyond the type's range. */
export function bigKey(scaled: bigint): string | null {
  if (scaled < -BIAS || scaled >= BIAS) return null;
  return (scaled + BIAS).toString(16).padStart(64, '0');
}

/** How many 10^-38 a text stands for. */
export const bigScaled = (key: string): bigint => BigInt(`0x${key}`) - BIAS;

/** `-0.5`, `100`: without needless zeros. */
export const bigText = (key: string): string => decimalText(bigScaled(key), BIG_SCALE);

/** `scaled` / 10^scale, without needless zeros. */
export function decimalText(scaled: bigint, scale: number): string {
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(scale + 1, '0');
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${scaled < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${fraction === '' ? '' : `.${fraction}`}`;
}
