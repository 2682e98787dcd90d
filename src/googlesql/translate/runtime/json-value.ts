// JSON values of GoogleSQL's JSON type: strict parsing, the text they are normalized to, and their turning into SQL values.

import { type JsonNode, quotePlain, readJson } from './json-text.ts';

const INT64 = [-(2n ** 63n), 2n ** 63n - 1n] as const;
const UINT64_MAX = 2n ** 64n - 1n;

/** Shortest digits, with a point or an exponent always: 1.5, 100.0, 1e+20, 1e-07. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return '"NaN"';
  if (!Number.isFinite(value)) return value > 0 ? '"Infinity"' : '"-Infinity"';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0.0`;
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const point = Number(exponent) + 1;
  if (digits.length <= point && point <= 15) return `${sign}${digits.padEnd(point, '0')}.0`;
  if (point > 0 && point <= 15) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point > -4 && point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const power = Math.abs(point - 1)
    .toString()
    .padStart(2, '0');
  const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${sign}${digits[0]}${rest}e${point - 1 < 0 ? '-' : '+'}${power}`;
}

/** As CAST to STRING has it: 15 digits where they are the number, or else 17, laid out as C's %g does. */
export function floatText(value: number): string {
  if (value === 0) return '0';
  const short = value.toExponential(14);
  const [mantissa = '', power = '0'] = (Number(short) === value ? short : value.toExponential(16)).split('e');
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '').replace(/0+$/, '');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= (Number(short) === value ? 15 : 17)) {
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0]}${rest}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Digits without needless zeros, and the power of ten of the last one: what two texts of the same number share. */
function decimal(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${sign}${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}

/** The number's normalized text; undefined where a DOUBLE does not hold it, or not exactly if `isExact`. */
export function numberText(text: string, isExact: boolean): string | undefined {
  if (/^-?\d+$/.test(text)) {
    const n = BigInt(text);
    if (n >= INT64[0] && n <= UINT64_MAX) return n.toString();
  }
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  if (isExact && decimal(text) !== decimal(String(value))) return undefined;
  return doubleText(value);
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** JSON as GoogleSQL keeps it: fields in order of their names' bytes, of equal names the first. Undefined where it is not valid. */
export function normalizeJson(text: string, isExact: boolean): string | undefined {
  if (!isStrict(text)) return undefined;
  const root = readJson(text);
  return root && normalized(root, isExact);
}

/** As RFC 8259 has it, with surrogates in pairs. */
function isStrict(text: string): boolean {
  try {
    JSON.parse(text);
  } catch {
    // Not JSON: the caller makes it the query's error.
    return false;
  }
  return !/\\u[dD][89abAB]/.test(text) || !hasLoneSurrogate(JSON.stringify(JSON.parse(text)));
}

/** JSON.stringify writes lone surrogates as escapes. */
const hasLoneSurrogate = (written: string): boolean => /(?:^|[^\\])(?:\\\\)*\\ud[89a-f]/.test(written);

function normalized(node: JsonNode, isExact: boolean): string | undefined {
  switch (node.kind) {
    case 'null':
      return 'null';
    case 'string':
      return quotePlain(node.text);
    case 'number':
      return numberText(node.text, isExact);
    case 'boolean':
      return node.text;
    case 'array': {
      if (!node.isWhole) return undefined;
      const items = node.items.map(item => normalized(item, isExact));
      return items.includes(undefined) ? undefined : `[${items.join(',')}]`;
    }
    case 'object': {
      if (!node.isWhole) return undefined;
      const first = new Map<string, JsonNode>();
      for (const [key, value] of node.entries) if (!first.has(key)) first.set(key, value);
      const names = [...first.keys()].sort(byBytes);
      const values = names.map(name => normalized(first.get(name) ?? node, isExact));
      return values.includes(undefined)
        ? undefined
        : `{${names.map((name, i) => `${quotePlain(name)}:${values[i]}`).join(',')}}`;
    }
  }
}

const isInt64 = (value: number): boolean => value >= -(2 ** 63) && value < 2 ** 63;

export function int64Of(text: string): bigint | null {
  if (/^-?\d+$/.test(text)) {
    const n = BigInt(text);
    return n >= INT64[0] && n <= INT64[1] ? n : null;
  }
  const value = Number(text);
  return Number.isInteger(value) && isInt64(value) ? BigInt(value) : null;
}

const NUMERIC_TEXT = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** What an integer, number, text or BOOL comes to, halves away from zero; null where nothing does. */
export function laxInt64(node: JsonNode): bigint | null {
  if (node.kind === 'boolean') return node.text === 'true' ? 1n : 0n;
  if (node.kind !== 'number' && !(node.kind === 'string' && NUMERIC_TEXT.test(node.text))) return null;
  const text = node.text.trim();
  if (/^[+-]?\d+$/.test(text)) {
    const n = BigInt(text.replace('+', ''));
    return n >= INT64[0] && n <= INT64[1] ? n : null;
  }
  const value = Number(text);
  const rounded = value < 0 ? -Math.round(-value) : Math.round(value);
  return isInt64(rounded) ? BigInt(rounded) : null;
}

export function laxFloat64(node: JsonNode): number | null {
  const word = node.kind === 'string' ? /^\s*([+-]?)(nan|inf|infinity)\s*$/i.exec(node.text) : null;
  if (word) return word[2]?.toLowerCase() === 'nan' ? Number.NaN : word[1] === '-' ? -Infinity : Infinity;
  if (node.kind === 'string' && HEXADECIMAL.test(node.text)) return hexadecimal(node.text);
  if (node.kind !== 'number' && !(node.kind === 'string' && NUMERIC_TEXT.test(node.text))) return null;
  return Number(node.text);
}

const HEXADECIMAL = /^\s*([+-]?)0x(?:([0-9a-f]+)\.?([0-9a-f]*)|\.([0-9a-f]+))(?:p([+-]?\d+))?\s*$/i;

/** As C reads it: 0x1.8p3 is 12. */
function hexadecimal(text: string): number {
  const [, sign, whole = '', fraction = '', bare = '', power = '0'] = HEXADECIMAL.exec(text) ?? [];
  const digits = `${whole}${fraction}${bare}`;
  const value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(power) - 4 * (digits.length - whole.length));
  return sign === '-' ? -value : value;
}

export function laxBool(node: JsonNode): boolean | null {
  if (node.kind === 'number') return Number(node.text) !== 0;
  if (node.kind !== 'boolean' && node.kind !== 'string') return null;
  const text = node.text.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : null;
}

/** A NUMERIC or BIGNUMERIC, given as its digits. */
export function numericText(
  text: string,
  { quotesWide, isNormal }: { quotesWide: boolean; isNormal: boolean },
): string {
  if (!isNormal) {
    const isInteger = !text.includes('.') && Number.isSafeInteger(Number(text));
    return isInteger || text === '9007199254740992' || text === '-9007199254740992' ? text : `"${text}"`;
  }
  const exact = numberText(text, true);
  if (exact !== undefined) return exact;
  return quotesWide ? `"${text}"` : (numberText(text, false) ?? text);
}
