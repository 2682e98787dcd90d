// Writes a value as a DuckDB literal of exactly its type. Pure.

import { BIG_SCALE, bigKey } from '../bignumeric.ts';
import { duckDbFieldNames, duckDbType } from '../duckdb-type.ts';
import type { SqlType } from '../type.ts';
import type { Value } from '../value.ts';
import { fieldKeys } from '../wire.ts';
import { quoteText } from './names.ts';
import { Refusal } from './rule.ts';
import { castDecimal } from './runtime/decimal.ts';

/** `value` in the form value.ts describes. */
export function literal(value: Value, type: SqlType): string {
  if (value === null) return `NULL::${duckDbType(type)}`;
  switch (type.kind) {
    case 'BOOL':
      return value === true ? 'TRUE' : 'FALSE';
    case 'INT64':
      return integer(String(value));
    case 'FLOAT64':
      return float(value);
    case 'NUMERIC':
      return `'${value}'::DECIMAL(38, 9)`;
    case 'BIGNUMERIC':
      return bignumeric(String(value));
    case 'STRING':
    case 'JSON':
      return quoteText(String(value));
    case 'BYTES':
      return bytes(Buffer.from(String(value), 'base64'));
    case 'DATE':
      return `DATE '${value}'`;
    case 'TIME':
      return `TIME '${value}'`;
    case 'DATETIME':
    case 'TIMESTAMP':
      return `TIMESTAMP '${String(value).replace('T', ' ').replace('Z', '')}'`;
    case 'INTERVAL':
      return interval(String(value));
    case 'ARRAY':
      return array(value as readonly Value[], type);
    case 'STRUCT':
      return struct(value as { readonly [name: string]: Value }, type);
    default:
      return `${quoteText(String(value))}::${duckDbType(type)}`;
  }
}

function bignumeric(text: string): string {
  const scaled = castDecimal(text, BIG_SCALE);
  const key = scaled === null ? null : bigKey(scaled);
  if (key === null) throw new Error(`not a BIGNUMERIC: ${text}`);
  return quoteText(key);
}

// A bare 1 is an INTEGER to DuckDB, and overflows as one.
const integer = (text: string): string => (text.startsWith('-') ? `'${text}'::BIGINT` : `${text}::BIGINT`);

/** With an exponent DuckDB reads the digits as DOUBLE; without it would go through DECIMAL, off by a bit. */
function float(value: Value): string {
  const text = Object.is(value, -0) ? '-0.0' : String(value);
  if (/^\d+(\.\d+)?$/.test(text)) return `${text}e0`;
  return /^\d/.test(text) ? text.replace('e+', 'e') : `'${text}'::DOUBLE`;
}

const bytes = (data: Buffer): string =>
  `'${[...data].map(b => `\\x${b.toString(16).padStart(2, '0').toUpperCase()}`).join('')}'::BLOB`;

/** From BigQuery's text: `1-2 3 -4:5:6.7`. */
function interval(text: string): string {
  const match = /^(-?)(\d+)-(\d+) (-?\d+) (-?)(\d+):(\d+):(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new Error(`not an interval: ${text}`);
  const [, yearSign = '', years, months, days = '0', clockSign = '', hours, minutes, seconds, fraction = ''] = match;
  if (/[1-9]/.test(fraction.slice(6))) throw new Refusal('an INTERVAL with digits below a microsecond');
  const micros =
    ((BigInt(hours ?? 0) * 60n + BigInt(minutes ?? 0)) * 60n + BigInt(seconds ?? 0)) * 1_000_000n +
    BigInt(fraction.padEnd(6, '0').slice(0, 6));
  const total = Number(years) * 12 + Number(months);
  return `(to_months(${yearSign}${total}) + to_days(${days}) + to_microseconds(${clockSign}${micros}))`;
}

function array(values: readonly Value[], type: SqlType & { kind: 'ARRAY' }): string {
  if (values.length === 0) return `CAST([] AS ${duckDbType(type)})`;
  return `[${values.map(value => literal(value, type.element)).join(', ')}]`;
}

function struct(value: { readonly [name: string]: Value }, type: SqlType & { kind: 'STRUCT' }): string {
  const keys = fieldKeys(type);
  const fields = type.fields.map((field, i) => literal(value[keys[i] ?? ''] ?? null, field.type));
  return structOf(fields, type);
}

/** A STRUCT of expressions already written, in the order of its fields. */
export function structOf(fields: readonly string[], type: SqlType & { kind: 'STRUCT' }): string {
  const names = duckDbFieldNames(type);
  if (fields.length === 0) return `NULL::${duckDbType(type)}`;
  return `{${fields.map((sql, i) => `${quoteText(names[i] ?? '')}: ${sql}`).join(', ')}}`;
}
