// FORMAT's elements: printf's for integers, FLOAT64 and NUMERIC, digit by digit from exact integers, and text to a width. Pure.

import { bigScaled } from '../../bignumeric.ts';
import type { ScalarFunction } from '../scalar.ts';

interface Spec {
  readonly isLeft: boolean;
  readonly sign: '' | '+' | ' ';
  readonly isZeroFilled: boolean;
  readonly isAlternate: boolean;
  readonly isGrouped: boolean;
  readonly width: number;
  readonly precision: number | undefined;
  readonly kind: string;
}

/** `-10.2f`, as it stands after the percent sign. A precision that is an argument may be negative: then it is none. */
function specOf(text: string): Spec {
  const [, flags = '', width = '', precision, kind = ''] =
    /^([-+ #0']*)(\d*)(?:\.(-?\d*))?([a-zA-Z])$/.exec(text) ?? [];
  return {
    isLeft: flags.includes('-'),
    sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '',
    isZeroFilled: flags.includes('0'),
    isAlternate: flags.includes('#'),
    isGrouped: flags.includes("'"),
    width: Number(width),
    precision: precision === undefined || precision.startsWith('-') ? undefined : Number(precision),
    kind,
  };
}

function specReader(): (text: string) => Spec {
  const known = new Map<string, Spec>();
  return text => {
    const spec = known.get(text) ?? specOf(text);
    known.set(text, spec);
    return spec;
  };
}

/** To the width, counted in code points. */
function padded(text: string, { isLeft, width }: Spec): string {
  const missing = ' '.repeat(Math.max(0, width - [...text].length));
  return isLeft ? text + missing : missing + text;
}

/** Sign and digits to the width, with zeros in between where asked for. */
function paddedNumber(sign: string, digits: string, spec: Spec, mayFill: boolean): string {
  const missing = spec.width - sign.length - digits.length;
  const zeros = spec.isZeroFilled && !spec.isLeft && mayFill && missing > 0 ? '0'.repeat(missing) : '';
  return padded(sign + zeros + digits, spec);
}

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

function integer(value: bigint, spec: Spec): string {
  const isNegative = value < 0n;
  const magnitude = isNegative ? -value : value;
  const sign = isNegative ? '-' : spec.sign;
  const radix = RADIX[spec.kind];
  if (radix !== undefined) return inRadix(magnitude, radix, sign, spec);
  const plain = magnitude === 0n && spec.precision === 0 ? '' : magnitude.toString();
  const digits = plain.padStart(spec.precision ?? 1, '0');
  return paddedNumber(sign, spec.isGrouped ? grouped(digits) : digits, spec, spec.precision === undefined);
}

const RADIX: Readonly<Record<string, number>> = { x: 16, X: 16, o: 8 };

/** Unlike printf's: 0 has the prefix too, a precision doesn't keep zeros from filling, and groups are of four digits. */
function inRadix(magnitude: bigint, radix: number, sign: string, spec: Spec): string {
  const { kind, isAlternate, isGrouped, precision = 1 } = spec;
  const plain = magnitude.toString(radix);
  const octal = radix === 8 && isAlternate ? `0${plain}` : plain;
  const whole = octal.padStart(precision, '0');
  const cased = kind === 'X' ? whole.toUpperCase() : whole;
  const prefix = isAlternate && radix === 16 ? `0${kind}` : '';
  const digits = isGrouped ? cased.replace(/\B(?=(.{4})+$)/g, radix === 8 ? ',' : ':') : cased;
  return paddedNumber(sign + prefix, digits, spec, true);
}

/** numerator / denominator, not negative, and how halves are rounded. */
interface Exact {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly toEven: boolean;
}

function rounded({ numerator, denominator, toEven }: Exact): bigint {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  if (twice < denominator) return quotient;
  return twice > denominator || !toEven || (quotient & 1n) === 1n ? quotient + 1n : quotient;
}

const scaled = (value: Exact, power: number): Exact =>
  power >= 0
    ? { ...value, numerator: value.numerator * 10n ** BigInt(power) }
    : { ...value, denominator: value.denominator * 10n ** BigInt(-power) };

function fixed(value: Exact, precision: number, { isAlternate, isGrouped }: Spec): string {
  const digits = rounded(scaled(value, precision))
    .toString()
    .padStart(precision + 1, '0');
  const whole = digits.slice(0, digits.length - precision);
  const fraction = digits.slice(digits.length - precision);
  return `${isGrouped ? grouped(whole) : whole}${precision > 0 || isAlternate ? '.' : ''}${fraction}`;
}

/** `count` significant digits and the power of ten of the first. */
function significant(value: Exact, count: number): { readonly digits: string; readonly exponent: number } {
  if (value.numerator === 0n) return { digits: '0'.repeat(count), exponent: 0 };
  let exponent = value.numerator.toString().length - value.denominator.toString().length;
  if (scaled(value, -exponent).numerator < scaled(value, -exponent).denominator) exponent -= 1;
  const digits = rounded(scaled(value, count - 1 - exponent)).toString();
  return digits.length > count ? { digits: digits.slice(0, count), exponent: exponent + 1 } : { digits, exponent };
}

const power = (exponent: number): string =>
  `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;

function exponential(value: Exact, precision: number, { isAlternate }: Spec): string {
  const { digits, exponent } = significant(value, precision + 1);
  return `${digits[0]}${precision > 0 || isAlternate ? '.' : ''}${digits.slice(1)}${power(exponent)}`;
}

function shortest(value: Exact, precision: number, spec: Spec): string {
  const count = precision || 1;
  const { exponent } = significant(value, count);
  const isExponential = exponent < -4 || exponent >= count;
  const text = isExponential ? exponential(value, count - 1, spec) : fixed(value, count - 1 - exponent, spec);
  if (spec.isAlternate) return text;
  const [mantissa = '', tail = ''] = text.split(/(?=e)/);
  return (mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa) + tail;
}

function decimal(value: Exact, isNegative: boolean, spec: Spec): string {
  const precision = spec.precision ?? 6;
  const write = { f: fixed, e: exponential }[spec.kind.toLowerCase()] ?? shortest;
  const text = write(value, precision, spec);
  const cased = spec.kind === spec.kind.toUpperCase() ? text.toUpperCase() : text;
  return paddedNumber(isNegative ? '-' : spec.sign, cased, spec, true);
}

/** -0 is written without its sign. */
function float(value: number, spec: Spec): string {
  const isNegative = value < 0;
  if (!Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'nan' : 'inf';
    const cased = spec.kind === spec.kind.toUpperCase() ? name.toUpperCase() : name;
    return paddedNumber(isNegative ? '-' : spec.sign, cased, spec, false);
  }
  return decimal(exactly(Math.abs(value)), isNegative, spec);
}

function exactly(value: number): Exact {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number(bits >> 52n);
  const mantissa = exponent === 0 ? bits : (bits & 0xfffffffffffffn) | (1n << 52n);
  const shift = (exponent === 0 ? 1 : exponent) - 1075;
  return shift >= 0
    ? { numerator: mantissa << BigInt(shift), denominator: 1n, toEven: true }
    : { numerator: mantissa, denominator: 1n << BigInt(-shift), toEven: true };
}

function numeric(value: bigint, spec: Spec, denominator: bigint): string {
  const magnitude = value < 0n ? -value : value;
  return decimal({ numerator: magnitude, denominator, toEven: false }, value < 0n, spec);
}

/** `precision` is how many characters at most. */
function text(value: string, spec: Spec): string {
  return padded(spec.precision === undefined ? value : [...value].slice(0, spec.precision).join(''), spec);
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/** A literal of GoogleSQL, in the quotation marks that need least escaping. */
function literal(value: string): string {
  const quote = value.includes('"') && !value.includes("'") ? "'" : '"';
  const escaped = value.replace(/[\p{Cc}\\"']/gu, char => {
    if (char === '"' || char === "'") return char === quote ? `\\${char}` : char;
    const code = char.charCodeAt(0);
    return NAMED[char] ?? (code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : char);
  });
  return quote + escaped + quote;
}

/** Bytes as text: those that do not print by their numbers, a newline too. Without quotation marks around it every kind of them is escaped. */
function bytesText(bytes: Uint8Array, quote: '' | '"' | "'"): string {
  const escaped = `\\${quote === '' ? `"'\`` : quote}`;
  let answer = '';
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    if (escaped.includes(char)) answer += `\\${char}`;
    else answer += byte >= 0x20 && byte < 0x7f ? char : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return answer;
}

function bytesLiteral(bytes: Uint8Array): string {
  const quote = bytes.includes(34) && !bytes.includes(39) ? "'" : '"';
  return `b${quote}${bytesText(bytes, quote)}${quote}`;
}

export function formatScalars(): readonly ScalarFunction[] {
  const spec = specReader();
  return [
    {
      name: 'g_format_integer',
      parameters: ['BIGINT', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (value, element) => integer(value as bigint, spec(element as string)),
    },
    {
      name: 'g_format_float',
      parameters: ['DOUBLE', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (value, element) => float(value as number, spec(element as string)),
    },
    {
      name: 'g_format_numeric',
      parameters: ['DECIMAL(38,9)', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (value, element) => numeric(value as bigint, spec(element as string), 10n ** 9n),
    },
    {
      name: 'g_format_bignumeric',
      parameters: ['VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (value, element) => numeric(bigScaled(value as string), spec(element as string), 10n ** 38n),
    },
    {
      name: 'g_format_text',
      parameters: ['VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (value, element) => text(value as string, spec(element as string)),
    },
    { name: 'g_literal', parameters: ['VARCHAR'], returns: 'VARCHAR', call: value => literal(value as string) },
    {
      name: 'g_bytes_text',
      parameters: ['BLOB'],
      returns: 'VARCHAR',
      call: value => bytesText(value as Uint8Array, ''),
    },
    {
      name: 'g_bytes_literal',
      parameters: ['BLOB'],
      returns: 'VARCHAR',
      call: value => bytesLiteral(value as Uint8Array),
    },
  ];
}
