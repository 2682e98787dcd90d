// CAST of a number AS STRING FORMAT: 9, 0 and X for digits, signs, currencies, EEEE. Follows GoogleSQL's format elements for numbers. Pure.

import { bigScaled } from '../../bignumeric.ts';

const TOKEN = /EEEE|TM9|TME|TM|MI|PR|FM|RN|[SB$CLX09.D,GV]/iy;

interface Format {
  readonly sign: '' | 'S' | 'endS' | 'MI' | 'PR';
  readonly isTight: boolean;
  readonly blanksZero: boolean;
  readonly currency: string;
  /** Slots before and behind the point, commas among them. */
  readonly whole: string;
  readonly fraction: string;
  readonly point: '' | '.' | 'V';
  /** `E` or `e` */
  readonly exponent: string;
  readonly hexadecimal: '' | 'lower' | 'upper';
}

interface Draft {
  tokens: string[];
  sign: Format['sign'];
  isTight: boolean;
  blanksZero: boolean;
  currency: string;
  whole: string;
  fraction: string;
  point: Format['point'];
  exponent: string;
}

/** Undefined where GoogleSQL refuses the format. */
export function numberFormat(text: string): Format | undefined {
  const draft: Draft = {
    tokens: [],
    sign: '',
    isTight: false,
    blanksZero: false,
    currency: '',
    whole: '',
    fraction: '',
    point: '',
    exponent: '',
  };
  for (let at = 0; at < text.length; ) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined || !take(draft, token)) return undefined;
    at += token.length;
  }
  const { tokens, ...format } = draft;
  const xs = tokens.filter(token => token.toUpperCase() === 'X');
  if (draft.whole === '' && draft.fraction === '') return undefined;
  if (xs.length > 0) {
    if (xs.length > 16 || tokens.some(token => !/^(?:X|0|S|MI|PR|FM)$/i.test(token))) return undefined;
    return { ...format, hexadecimal: xs.every(x => x === 'x') ? 'lower' : 'upper' };
  }
  if (draft.exponent !== '' && draft.whole.includes(',')) return undefined;
  return { ...format, hexadecimal: '' };
}

/** Adds a token to the draft; false where it may not stand there. */
function take(draft: Draft, token: string): boolean {
  const upper = token.toUpperCase();
  const hasDigits = draft.whole !== '' || draft.fraction !== '' || draft.point !== '';
  draft.tokens.push(token);
  if (upper === 'MI' || upper === 'PR' || upper === 'S') return takeSign(draft, upper, hasDigits);
  // Behind a sign that stands at the end there are no digits any more.
  const isClosed = draft.sign === 'MI' || draft.sign === 'PR' || draft.sign === 'endS';
  if (/^[09X.D,GV]$|^EEEE$/.test(upper) && (isClosed || draft.exponent !== '')) return false;
  switch (upper) {
    case 'FM':
      if (draft.isTight) return false;
      draft.isTight = true;
      return true;
    case 'B':
      if (draft.blanksZero) return false;
      draft.blanksZero = true;
      return true;
    case '$':
    case 'C':
    case 'L':
      if (draft.currency !== '') return false;
      draft.currency = upper === 'C' ? (token === 'c' ? 'usd' : 'USD') : '$';
      return true;
    case 'EEEE':
      if (!hasDigits) return false;
      draft.exponent = token.startsWith('e') ? 'e' : 'E';
      return true;
    case '.':
    case 'D':
    case 'V':
      if (draft.point !== '') return false;
      draft.point = upper === 'V' ? 'V' : '.';
      return true;
    case ',':
    case 'G':
      if (draft.point !== '' || draft.whole === '') return false;
      draft.whole += ',';
      return true;
    default:
      if (upper !== '9' && upper !== '0' && upper !== 'X') return false;
      if (draft.point === '') draft.whole += upper;
      else draft.fraction += upper;
      return true;
  }
}

function takeSign(draft: Draft, sign: 'S' | 'MI' | 'PR', hasDigits: boolean): boolean {
  if (draft.sign !== '' || (sign !== 'S' && !hasDigits)) return false;
  draft.sign = sign === 'S' ? (hasDigits ? 'endS' : 'S') : sign;
  return true;
}

/** A number without its sign, and how halves are rounded. */
interface Exact {
  readonly isNegative: boolean;
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly toEven: boolean;
  /** `INF` or `NAN` */
  readonly word: string;
}

const magnitude = (n: bigint): bigint => (n < 0n ? -n : n);

export function exactNumber(kind: string, text: string): Exact {
  const of = (numerator: bigint, denominator: bigint): Exact => ({
    isNegative: numerator < 0n,
    numerator: magnitude(numerator),
    denominator,
    toEven: false,
    word: '',
  });
  if (kind === 'INT64') return of(BigInt(text), 1n);
  if (kind === 'BIGNUMERIC') return of(bigScaled(text), 10n ** 38n);
  if (kind === 'NUMERIC') {
    const [whole = '', fraction = ''] = text.split('.');
    return of(BigInt(`${whole}${fraction}`), 10n ** BigInt(fraction.length));
  }
  return exactFloat(Number(text.replace(/^(-?)inf$/, '$1Infinity').replace('nan', 'NaN')));
}

function exactFloat(value: number): Exact {
  const isNegative = value < 0;
  const plain = { isNegative, numerator: 0n, denominator: 1n, toEven: true };
  if (!Number.isFinite(value)) return { ...plain, word: Number.isNaN(value) ? 'NAN' : 'INF' };
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const power = Number(bits >> 52n);
  const mantissa = power === 0 ? bits : (bits & 0xfffffffffffffn) | (1n << 52n);
  const shift = (power === 0 ? 1 : power) - 1075;
  return shift >= 0
    ? { ...plain, numerator: mantissa << BigInt(shift), word: '' }
    : { ...plain, numerator: mantissa, denominator: 1n << BigInt(-shift), word: '' };
}

function rounded(numerator: bigint, denominator: bigint, toEven: boolean): bigint {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  if (twice < denominator) return quotient;
  return twice > denominator || !toEven || (quotient & 1n) === 1n ? quotient + 1n : quotient;
}

const TEN = 10n;

/** The number in the format. */
export function formattedNumber(value: Exact, format: Format): string {
  const { text, isZero } = digitsOf(value, format);
  const width =
    (format.exponent === '' ? format.whole.length + format.fraction.length : 5 + format.fraction.length) +
    (format.point === '.' ? 1 : 0) +
    format.currency.length +
    (format.sign === 'PR' ? 2 : 1);
  if (format.blanksZero && isZero) return format.isTight ? '' : ' '.repeat(width);
  return signed(`${format.currency}${text}`, value, { format, width });
}

function signed(
  body: string,
  { isNegative, word }: Exact,
  { format, width }: { readonly format: Format; readonly width: number },
): string {
  const blank = format.isTight ? '' : ' ';
  const plus = isNegative ? '-' : word === 'NAN' ? blank : '+';
  const whole = {
    '': `${isNegative ? '-' : blank}${body}`,
    S: `${plus}${body}`,
    endS: `${body}${plus}`,
    MI: `${body}${isNegative ? '-' : blank}`,
    PR: isNegative ? `<${body}>` : `${blank}${body}${blank}`,
  }[format.sign];
  return format.isTight ? whole : whole.padStart(width);
}

interface Digits {
  readonly text: string;
  readonly isZero: boolean;
}

function digitsOf(value: Exact, format: Format): Digits {
  if (value.word !== '') return { text: wordIn(value.word, format), isZero: false };
  if (format.hexadecimal !== '') return hexadecimal(value, format);
  return format.exponent === '' ? decimal(value, format) : scientific(value, format);
}

/** INF and NAN take the place of the whole digits. */
function wordIn(word: string, format: Format): string {
  const behind = format.fraction.length + (format.point === '.' ? 1 : 0);
  if (format.exponent !== '') return word;
  if (format.hexadecimal !== '' || format.whole.replaceAll(',', '').length < 3) return overflown(format);
  return format.isTight ? word : word + ' '.repeat(behind);
}

const overflown = ({ whole, fraction, point }: Format): string =>
  `${whole.replace(/[^,]/g, '#')}${point === '.' ? '.' : ''}${fraction.replace(/./g, '#')}`;

function hexadecimal(value: Exact, format: Format): Digits {
  const number = rounded(value.numerator, value.denominator, false);
  const digits = number.toString(16);
  if (digits.length > format.whole.length) return { text: overflown(format), isZero: false };
  const text = inSlots(format.hexadecimal === 'lower' ? digits : digits.toUpperCase(), format.whole, true);
  return { text, isZero: number === 0n };
}

function decimal(value: Exact, format: Format): Digits {
  const places = format.fraction.length;
  const isShifted = format.point === 'V';
  const scaled = rounded(value.numerator * TEN ** BigInt(places), value.denominator, value.toEven);
  const digits = scaled.toString().padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places).replace(/^0+(?=\d)/, '');
  const fraction = digits.slice(digits.length - places);
  const kept = format.isTight ? fraction.replace(/0+$/, '') : fraction;
  const slots = format.whole.replaceAll(',', '').length;
  if ((whole === '0' ? 0 : whole.length) > slots) return { text: overflown(format), isZero: false };
  const shown = inSlots(whole === '0' && (kept !== '' || slots === 0) ? '' : whole, format.whole, false);
  return { text: `${shown}${format.point === '.' && !isShifted ? '.' : ''}${kept}`, isZero: scaled === 0n };
}

/** Digits from the right into 9, 0 and commas; what stays empty on the left is left out, from the first 0 on it is filled. */
function inSlots(digits: string, slots: string, isFilled: boolean): string {
  const isHexadecimal = isFilled && slots.includes('0');
  const firstZero = slots.indexOf('0');
  let text = '';
  let at = digits.length - 1;
  for (let i = slots.length - 1; i >= 0; i--) {
    const isKept = at >= 0 || ((isHexadecimal || !isFilled) && firstZero >= 0 && i >= firstZero);
    if (!isKept) break;
    if (slots[i] === ',') text = `,${text}`;
    else {
      text = `${at >= 0 ? digits[at] : '0'}${text}`;
      at -= 1;
    }
  }
  return text.replace(/^,+/, '');
}

function scientific(value: Exact, format: Format): Digits {
  const places = format.fraction.length;
  const { digits, exponent } = significant(value, places + 1);
  const fraction = digits.slice(1);
  const kept = format.isTight ? fraction.replace(/0+$/, '') : fraction;
  const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  const point = format.point === '.' ? '.' : '';
  return { text: `${digits[0]}${point}${kept}${format.exponent}${power}`, isZero: /^0*$/.test(digits) };
}

function significant(value: Exact, count: number): { readonly digits: string; readonly exponent: number } {
  if (value.numerator === 0n) return { digits: '0'.repeat(count), exponent: 0 };
  const at = (power: number): readonly [bigint, bigint] =>
    power >= 0
      ? [value.numerator * TEN ** BigInt(power), value.denominator]
      : [value.numerator, value.denominator * TEN ** BigInt(-power)];
  let exponent = value.numerator.toString().length - value.denominator.toString().length;
  const [numerator, denominator] = at(-exponent);
  if (numerator < denominator) exponent -= 1;
  const digits = rounded(...at(count - 1 - exponent), value.toEven).toString();
  return digits.length > count ? { digits: digits.slice(0, count), exponent: exponent + 1 } : { digits, exponent };
}
