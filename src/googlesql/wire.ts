// Types and values between our own form and the GoogleSQL server's messages. Pure.
// Encodings follow the server's: type.proto, value.proto, NumericValue, IntervalValue and civil_time.h of GoogleSQL.

import { PulseError } from '../errors.ts';
import { decimalText } from './bignumeric.ts';
import { rangeOf, type ScalarKind, type SqlType } from './type.ts';
import { uniqueNames, type Value } from './value.ts';

export interface TypeMessage {
  readonly type_kind?: string;
  readonly array_type?: { readonly element_type?: TypeMessage };
  readonly struct_type?: {
    readonly field?: readonly { readonly field_name?: string; readonly field_type?: TypeMessage }[];
  };
  readonly enum_type?: { readonly enum_name?: string };
  readonly range_type?: { readonly element_type?: TypeMessage };
}

export type ValueMessage = { readonly [field: string]: unknown };

export function typeMessage(type: SqlType): TypeMessage {
  if (type.kind === 'ARRAY') {
    return { type_kind: 'TYPE_ARRAY', array_type: { element_type: typeMessage(type.element) } };
  }
  if (type.kind === 'STRUCT') {
    const field = type.fields.map(f => ({ field_name: f.name, field_type: typeMessage(f.type) }));
    return { type_kind: 'TYPE_STRUCT', struct_type: { field } };
  }
  const [, element] = /^RANGE<(\w+)>$/.exec(type.kind) ?? [];
  if (element !== undefined) {
    return { type_kind: 'TYPE_RANGE', range_type: { element_type: { type_kind: `TYPE_${element}` } } };
  }
  return { type_kind: `TYPE_${type.kind === 'FLOAT64' ? 'DOUBLE' : type.kind}` };
}

/** An enum, which only ever is a literal argument such as a date part, reads as STRING. */
export function typeOf(message: TypeMessage): SqlType {
  const kind = (message.type_kind ?? '').replace('TYPE_', '');
  if (kind === 'ARRAY') return { kind, element: typeOf(message.array_type?.element_type ?? {}) };
  if (kind === 'STRUCT') {
    const fields = (message.struct_type?.field ?? []).map(f => ({
      name: f.field_name ?? '',
      type: typeOf(f.field_type ?? {}),
    }));
    return { kind, fields };
  }
  if (kind === 'DOUBLE') return { kind: 'FLOAT64' };
  if (kind === 'ENUM') return { kind: 'STRING' };
  const range = kind === 'RANGE' ? rangeOf(typeOf(message.range_type?.element_type ?? {}).kind) : undefined;
  if (range !== undefined) return { kind: range };
  if (!SCALARS.has(kind)) {
    throw new PulseError('SQL_NOT_TRANSLATED', `pulse has no values of type ${kind || 'UNKNOWN'}.`, {
      hint: 'Use a type that BigQuery tables have.',
    });
  }
  return { kind: kind as ScalarKind };
}

const SCALARS = new Set(
  'BOOL INT64 NUMERIC BIGNUMERIC STRING BYTES DATE TIME DATETIME TIMESTAMP INTERVAL JSON GEOGRAPHY'.split(' '),
);

/** Reads a value in the form value.ts describes. */
export function readValue(message: ValueMessage | undefined, type: SqlType): Value {
  const field = message && Object.keys(message).find(key => key.endsWith('_value'));
  if (!message || !field) return null;
  const raw = message[field];
  switch (type.kind) {
    case 'ARRAY':
      return ((raw as { element?: ValueMessage[] }).element ?? []).map(e => readValue(e, type.element));
    case 'STRUCT': {
      const values = (raw as { field?: ValueMessage[] }).field ?? [];
      return Object.fromEntries(
        fieldKeys(type).map((key, i) => [key, readValue(values[i], type.fields[i]?.type ?? type)]),
      );
    }
    default:
      return readScalar(raw, type.kind);
  }
}

/** The keys of a STRUCT's object: its field names, an unnamed field's `_field_N`; those that came before get _1, _2, …. */
export function fieldKeys(type: SqlType & { kind: 'STRUCT' }): readonly string[] {
  return uniqueNames(type.fields.map(({ name }, i) => (name === '' ? `_field_${i + 1}` : name)));
}

function readScalar(raw: unknown, kind: ScalarKind): Value {
  switch (kind) {
    case 'INT64':
      return integerValue(BigInt(raw as string));
    case 'FLOAT64':
      return floatValue(Number(raw));
    case 'NUMERIC':
      return decimalText(readInteger(Buffer.from(raw as string, 'base64')), 9);
    case 'BIGNUMERIC':
      return decimalText(readInteger(Buffer.from(raw as string, 'base64')), 38);
    case 'DATE':
      return dayText(Number(raw));
    case 'TIME':
      return timeText(BigInt(raw as string));
    case 'DATETIME':
      return datetimeText(raw as { bit_field_datetime_seconds?: string; nanos?: number });
    case 'TIMESTAMP':
      return timestampText(raw as { seconds?: string; nanos?: number });
    case 'INTERVAL':
      return intervalText(Buffer.from(raw as string, 'base64'));
    case 'GEOGRAPHY':
    case 'RANGE<DATE>':
    case 'RANGE<DATETIME>':
    case 'RANGE<TIMESTAMP>':
      throw new PulseError('SQL_NOT_TRANSLATED', `Values of ${kind} are not read from the reference implementation.`);
    default:
      return raw as Value;
  }
}

/** A number where it is exact, else its digits. */
const integerValue = (n: bigint): number | string => (n >= -(2n ** 53n) && n <= 2n ** 53n ? Number(n) : n.toString());

const floatValue = (n: number): number | string => (Number.isFinite(n) ? n : String(n));

/** Little-endian two's complement, as NumericValue writes it. */
function readInteger(bytes: Buffer): bigint {
  let n = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) n = (n << 8n) | BigInt(bytes[i] ?? 0);
  return BigInt.asIntN(8 * bytes.length || 1, n);
}

function writeInteger(n: bigint): Buffer {
  const bytes: number[] = [];
  let rest = n;
  do {
    bytes.push(Number(rest & 255n));
    rest >>= 8n;
  } while (!((rest === 0n && (bytes.at(-1) ?? 0) < 128) || (rest === -1n && (bytes.at(-1) ?? 0) >= 128)));
  return Buffer.from(bytes);
}

function scaledInteger(text: string, scale: number): bigint {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (!match) throw new Error(`"${text}" is no decimal number`);
  const fraction = (match[3] ?? '').padEnd(scale, '0');
  if (fraction.length > scale) throw new Error(`"${text}" has more than ${scale} digits after the point`);
  const n = BigInt(`${match[2] || '0'}${fraction}`);
  return match[1] === '-' ? -n : n;
}

const DAY_MS = 86_400_000;
const pad = (n: number | bigint, width = 2): string => n.toString().padStart(width, '0');

const dayText = (days: number): string => civilDay(new Date(days * DAY_MS));
const civilDay = (at: Date): string =>
  `${pad(at.getUTCFullYear(), 4)}-${pad(at.getUTCMonth() + 1)}-${pad(at.getUTCDate())}`;
const dayNumber = (day: string): number => Math.floor(Date.parse(`${day}T00:00:00Z`) / DAY_MS);

/** `.5`, `.000123`; nothing for whole seconds. */
const fractionText = (nanos: number): string => (nanos === 0 ? '' : `.${pad(nanos, 9).replace(/0+$/, '')}`);

const clockText = (bits: bigint): string => `${pad((bits >> 12n) & 31n)}:${pad((bits >> 6n) & 63n)}:${pad(bits & 63n)}`;
const timeText = (bits: bigint): string => clockText(bits >> 30n) + fractionText(Number(bits & 0x3fff_ffffn));

function datetimeText(value: { bit_field_datetime_seconds?: string; nanos?: number }): string {
  const bits = BigInt(value.bit_field_datetime_seconds ?? '0');
  const day = `${pad(bits >> 26n, 4)}-${pad((bits >> 22n) & 15n)}-${pad((bits >> 17n) & 31n)}`;
  return `${day}T${clockText(bits)}${fractionText(value.nanos ?? 0)}`;
}

function timestampText(value: { seconds?: string; nanos?: number }): string {
  const at = new Date(Number(value.seconds ?? '0') * 1000);
  const clock = `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`;
  return `${civilDay(at)}T${clock}${fractionText(value.nanos ?? 0)}Z`;
}

/** As BigQuery prints it: `1-2 3 4:5:6.7`. Bytes: micros (8), days (4), months and nanos (4). */
function intervalText(bytes: Buffer): string {
  const micros = bytes.readBigInt64LE(0);
  const days = bytes.readInt32LE(8);
  const rest = bytes.readUInt32LE(12);
  const months = ((rest >>> 13) & 0x3ffff) * (rest >>> 31 ? -1 : 1);
  return intervalParts(months, days, micros * 1000n + BigInt(rest & 1023));
}

/** `Y-M D H:M:S[.F]`, each part with its own sign. */
function intervalParts(months: number, days: number, nanos: bigint): string {
  const m = Math.abs(months);
  const n = nanos < 0n ? -nanos : nanos;
  const seconds = n / 1_000_000_000n;
  const fraction = Number(n % 1_000_000_000n);
  const digits = fraction === 0 ? '' : `.${fraction % 1000 === 0 ? pad(fraction / 1000, 6) : pad(fraction, 9)}`;
  const clock = `${seconds / 3600n}:${(seconds / 60n) % 60n}:${seconds % 60n}${digits.replace(/^(\.\d{3})000$/, '$1')}`;
  return `${months < 0 ? '-' : ''}${Math.floor(m / 12)}-${m % 12} ${days} ${nanos < 0n ? '-' : ''}${clock}`;
}

/** Writes a value given in the form value.ts describes. */
export function writeValue(value: Value, type: SqlType): ValueMessage {
  if (value === null) return {};
  switch (type.kind) {
    case 'ARRAY':
      return { array_value: { element: (value as Value[]).map(e => writeValue(e, type.element)) } };
    case 'STRUCT': {
      const object = value as { readonly [name: string]: Value };
      const keys = fieldKeys(type);
      return {
        struct_value: { field: type.fields.map((f, i) => writeValue(object[keys[i] ?? ''] ?? null, f.type)) },
      };
    }
    default:
      return writeScalar(value, type.kind);
  }
}

function writeScalar(value: Value, kind: ScalarKind): ValueMessage {
  const text = String(value);
  switch (kind) {
    case 'BOOL':
      return { bool_value: value };
    case 'INT64':
      return { int64_value: text };
    case 'FLOAT64':
      return { double_value: Number(value) };
    case 'STRING':
      return { string_value: text };
    case 'BYTES':
      return { bytes_value: text };
    case 'JSON':
      return { json_value: text };
    case 'NUMERIC':
      return { numeric_value: writeInteger(scaledInteger(text, 9)).toString('base64') };
    case 'BIGNUMERIC':
      return { bignumeric_value: writeInteger(scaledInteger(text, 38)).toString('base64') };
    case 'DATE':
      return { date_value: dayNumber(text) };
    case 'TIME':
      return { time_value: ((clockBits(text) << 30n) | nanosOf(text)).toString() };
    case 'DATETIME':
      return {
        datetime_value: {
          bit_field_datetime_seconds: (dayBits(text) | clockBits(text.slice(11))).toString(),
          nanos: Number(nanosOf(text)),
        },
      };
    case 'TIMESTAMP':
      return {
        timestamp_value: {
          seconds: String(Math.floor(Date.parse(`${text.slice(0, 19)}Z`) / 1000)),
          nanos: Number(nanosOf(text)),
        },
      };
    default:
      throw new Error(`values of ${kind} are not sent to the reference implementation`);
  }
}

const clockBits = (text: string): bigint => {
  const [hour = 0n, minute = 0n, second = 0n] = text.slice(0, 8).split(':').map(BigInt);
  return (hour << 12n) | (minute << 6n) | second;
};
const dayBits = (text: string): bigint => {
  const [year = 0n, month = 0n, day = 0n] = text.slice(0, 10).split('-').map(BigInt);
  return (year << 26n) | (month << 22n) | (day << 17n);
};
const nanosOf = (text: string): bigint => BigInt((/\.(\d{1,9})/.exec(text)?.[1] ?? '').padEnd(9, '0'));
