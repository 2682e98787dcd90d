// JSON numbers by their exact decimal value, however large, small or long. Never goes through a double.

export interface Decimal {
  readonly isNegative: boolean;
  /** Significant digits without leading and trailing zeros; '' is zero. */
  readonly digits: string;
  /** Value = digits × 10^exponent. */
  readonly exponent: bigint;
}

/** Takes a JSON number apart; 63.10, 63.1 and 6.31e1 give the same. */
export function decimalOf(text: string): Decimal {
  const [, sign, whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return { isNegative: false, digits: '', exponent: 0n };
  const exponent = BigInt(power) - BigInt(fraction.length) + BigInt(all.length - digits.length);
  return { isNegative: sign === '-', digits, exponent };
}

/** One text for all spellings of a number: -631e-1. */
export function canonicalNumber(text: string): string {
  const { isNegative, digits, exponent } = decimalOf(text);
  return digits === '' ? '0' : `${isNegative ? '-' : ''}${digits}e${exponent}`;
}

/** `1E+3` as JSON writes it. */
export const plainDecimal = (decimal: string): string => decimal.replace('E+', 'e').replace('E', 'e');
