// BigQuery's rows as the REST API gives them ({f: [{v}]}, every scalar a text) -> values. Never through the client's own
// parsing, which rounds INT64 and drops digits of NUMERIC.

import type { SqlType, TypedColumn } from '../../googlesql/type.ts';
import { uniqueNames, type Value } from '../../googlesql/value.ts';

/** A row as the API gives it. */
export interface RawRow {
  readonly f?: readonly { readonly v?: unknown }[];
}

/** @param row asked for with useInt64Timestamp. */
export function decodeRow(row: RawRow, columns: readonly TypedColumn[]): Value[] {
  return columns.map(({ type }, i) => decode(row.f?.[i]?.v, type));
}

function decode(value: unknown, type: SqlType): Value {
  if (type.kind === 'ARRAY') {
    const items = Array.isArray(value) ? value : [];
    return items.map(item => decode((item as { v?: unknown }).v, type.element));
  }
  if (value === null || value === undefined) return null;
  if (type.kind === 'STRUCT') {
    const names = uniqueNames(type.fields.map(({ name }, i) => (name === '' ? `_field_${i + 1}` : name)));
    const parts = (value as RawRow).f ?? [];
    return Object.fromEntries(type.fields.map((field, i) => [names[i], decode(parts[i]?.v, field.type)]));
  }
  return scalar(String(value), type.kind);
}

function scalar(text: string, kind: string): Value {
  switch (kind) {
    case 'BOOL':
      return text === 'true';
    case 'INT64':
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case 'FLOAT64':
      return float(text);
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return plainDecimal(text);
    case 'TIMESTAMP':
      return instant(text);
    case 'DATETIME':
    case 'TIME':
      return withoutZeros(text.replace(' ', 'T'));
    default:
      return text;
  }
}

function float(text: string): Value {
  const number = Number(text);
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? '-Infinity' : 'Infinity';
  return Number.isNaN(number) ? 'NaN' : number;
}

/** `63.10` -> `63.1`, `1E+3` -> `1000`. */
function plainDecimal(text: string): string {
  const [, sign = '', whole = '0', fraction = '', power = '0'] =
    /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const shift = Number(power);
  const digits = whole + fraction.padEnd(Math.max(shift, fraction.length), '0');
  const point = whole.length + shift;
  const before = point > 0 ? digits.slice(0, point) : '0';
  const after = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  const shortest = `${before.replace(/^0+(?=\d)/, '')}.${after}`.replace(/0+$/, '').replace(/\.$/, '');
  return shortest === '0' || shortest === '' ? '0' : `${sign}${shortest}`;
}

const withoutZeros = (text: string): string => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');

/** Microseconds since 1970; some servers give seconds with a fraction, or text. */
function instant(text: string): string {
  if (/^\d{4}-/.test(text)) return `${withoutZeros(text.replace(' ', 'T').replace(/(Z| ?UTC|\+00:?00?)$/, ''))}Z`;
  const micros = /^-?\d+$/.test(text) ? BigInt(text) : BigInt(Math.round(Number(text) * 1e6));
  const second = micros >= 0n ? micros / 1_000_000n : -((-micros + 999_999n) / 1_000_000n);
  const rest = (micros - second * 1_000_000n).toString().padStart(6, '0');
  const whole = new Date(Number(second) * 1000).toISOString().slice(0, 19);
  return `${withoutZeros(`${whole}.${rest}`)}Z`;
}
