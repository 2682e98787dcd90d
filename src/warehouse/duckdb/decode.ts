// DuckDB's values -> GoogleSQL's (googlesql/value.ts), by the type the analyzer gave. Reads vectors, not the client's
// struct objects: those lose unnamed fields.

import {
  DuckDBBlobValue,
  type DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListType,
  DuckDBListVector,
  DuckDBStructType,
  DuckDBStructVector,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  type DuckDBVector,
  VARCHAR,
} from '@duckdb/node-api';
import { bigText, decimalText } from '../../googlesql/bignumeric.ts';
import type { ScalarKind, SqlType } from '../../googlesql/type.ts';
import { type ResultSet, uniqueNames, type Value } from '../../googlesql/value.ts';
import { columnVector, textOfBytes, withBytes } from './vector.ts';

type Decoder = (vector: DuckDBVector, index: number) => Value;

const MICROS = 1_000_000n;
/** The largest integer up to which every one is a number of JavaScript: 2^53. */
const SAFE = 2n ** 53n;

const unexpected = (kind: string, value: unknown): Error =>
  new Error(`DuckDB gave ${String(value)} (${typeof value}) for a value of type ${kind}`);

const wholeNumber = (value: bigint): Value => (value <= SAFE && value >= -SAFE ? Number(value) : String(value));

/** `.5` of 500000 microseconds, '' of none: as many digits as there are. */
const fractionText = (micros: number): string =>
  micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;

/** `2023-03-31T19:30:00.5`, of microseconds since 1970. */
function instantText(micros: bigint): string {
  const rest = ((micros % MICROS) + MICROS) % MICROS;
  const seconds = Number((micros - rest) / MICROS);
  return new Date(seconds * 1000).toISOString().slice(0, 19) + fractionText(Number(rest));
}

function timeText(micros: bigint): string {
  const seconds = Number(micros / MICROS);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map(part => String(part).padStart(2, '0')).join(':') + fractionText(Number(micros % MICROS));
}

/** `[-]Y-M [-]D [-]H:M:S[.F]`, fraction digits in threes: as BigQuery prints an INTERVAL. */
function intervalText({ months, days, micros }: DuckDBIntervalValue): string {
  const size = micros < 0n ? -micros : micros;
  const seconds = Number(size / MICROS);
  const fraction = String(size % MICROS).padStart(6, '0');
  const digits = fraction === '000000' ? '' : `.${fraction.endsWith('000') ? fraction.slice(0, 3) : fraction}`;
  const time = `${Math.floor(seconds / 3600)}:${Math.floor(seconds / 60) % 60}:${seconds % 60}${digits}`;
  const years = `${Math.floor(Math.abs(months) / 12)}-${Math.abs(months) % 12}`;
  return `${months < 0 ? '-' : ''}${years} ${days} ${micros < 0n ? '-' : ''}${time}`;
}

/** JSON text without the white space between its tokens. */
const compactJson = (text: string): string =>
  /\s/.test(text) ? text.replace(/"(?:[^"\\]|\\.)*"|\s+/g, token => (token.startsWith('"') ? token : '')) : text;

function floatValue(value: DuckDBValue): Value {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'number') throw unexpected('FLOAT64', value);
  return Number.isFinite(value) ? value : String(value);
}

function numericValue(value: DuckDBValue): Value {
  if (value instanceof DuckDBDecimalValue) return decimalText(value.value, value.scale);
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))) return String(value);
  throw unexpected('NUMERIC', value);
}

function instantOf(kind: string, value: DuckDBValue): string {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return instantText(value.micros);
  throw unexpected(kind, value);
}

function textOf(kind: string, value: DuckDBValue): string {
  if (value instanceof DuckDBBlobValue) return textOfBytes(value.bytes);
  if (typeof value === 'string') return value;
  throw unexpected(kind, value);
}

/** How a value that is not NULL is read, by its kind. */
const SCALARS: Readonly<Record<ScalarKind, (value: DuckDBValue) => Value>> = {
  BOOL: value => {
    if (typeof value === 'boolean') return value;
    throw unexpected('BOOL', value);
  },
  INT64: value => {
    if (typeof value === 'bigint') return wholeNumber(value);
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    if (value instanceof DuckDBDecimalValue && value.scale === 0) return wholeNumber(value.value);
    throw unexpected('INT64', value);
  },
  FLOAT64: floatValue,
  NUMERIC: numericValue,
  BIGNUMERIC: value => bigText(textOf('BIGNUMERIC', value)),
  STRING: value => textOf('STRING', value),
  BYTES: value => {
    if (!(value instanceof DuckDBBlobValue)) throw unexpected('BYTES', value);
    return Buffer.from(value.bytes).toString('base64');
  },
  DATE: value => {
    if (!(value instanceof DuckDBDateValue)) throw unexpected('DATE', value);
    return new Date(value.days * 86_400_000).toISOString().slice(0, 10);
  },
  TIME: value => {
    if (!(value instanceof DuckDBTimeValue)) throw unexpected('TIME', value);
    return timeText(value.micros);
  },
  DATETIME: value => instantOf('DATETIME', value),
  TIMESTAMP: value => `${instantOf('TIMESTAMP', value)}Z`,
  INTERVAL: value => {
    if (!(value instanceof DuckDBIntervalValue)) throw unexpected('INTERVAL', value);
    return intervalText(value);
  },
  JSON: value => compactJson(textOf('JSON', value)),
  GEOGRAPHY: value => textOf('GEOGRAPHY', value),
  'RANGE<DATE>': value => textOf('RANGE<DATE>', value),
  'RANGE<DATETIME>': value => textOf('RANGE<DATETIME>', value),
  'RANGE<TIMESTAMP>': value => textOf('RANGE<TIMESTAMP>', value),
};

function decoderOf(type: SqlType): Decoder {
  if (type.kind === 'ARRAY') {
    const element = decoderOf(type.element);
    return (vector, index) => {
      if (!(vector instanceof DuckDBListVector)) return nullOr(type.kind, vector, index);
      const items = vector.getItemVector(index);
      return items === null ? null : Array.from({ length: items.itemCount }, (_, i) => element(items, i));
    };
  }
  if (type.kind === 'STRUCT') {
    const names = uniqueNames(type.fields.map(({ name }, i) => (name === '' ? `_field_${i + 1}` : name)));
    const fields = type.fields.map((field, i) => ({ name: names[i] ?? field.name, decode: decoderOf(field.type) }));
    return (vector, index) => {
      if (!(vector instanceof DuckDBStructVector)) return nullOr(type.kind, vector, index);
      if (!vector.isItemValid(index)) return null;
      return Object.fromEntries(fields.map(({ name, decode }, i) => [name, decode(vector.entryVectorAt(i), index)]));
    };
  }
  const decode = SCALARS[type.kind];
  return (vector, index) => {
    const value = vector.getItem(index);
    return value === null ? null : decode(value);
  };
}

/** A NULL of the wrong type (`SELECT NULL` is an INTEGER to DuckDB) is still NULL. */
function nullOr(kind: string, vector: DuckDBVector, index: number): null {
  const value = vector.getItem(index);
  if (value !== null) throw unexpected(kind, value);
  return null;
}

/** Reads whole chunks of a result, whose columns are of `types`, by `columns`. */
export function rowsDecoder(
  columns: ResultSet['columns'],
  types: readonly DuckDBType[],
): (chunk: DuckDBDataChunk) => Value[][] {
  const decoders = columns.map((column, i) => ({
    decode: decoderOf(column.type),
    type: withBytes(types[i] ?? VARCHAR),
  }));
  return chunk => {
    const count = chunk.rowCount;
    const rows = Array.from({ length: count }, () => new Array<Value>(decoders.length).fill(null));
    decoders.forEach(({ decode, type }, column) => {
      const vector = columnVector(chunk, column, type);
      for (let i = 0; i < count; i++) {
        const row = rows[i];
        if (row !== undefined) row[column] = decode(vector, i);
      }
    });
    return rows;
  };
}

const KINDS: ReadonlyMap<DuckDBTypeId, ScalarKind> = new Map([
  [DuckDBTypeId.BOOLEAN, 'BOOL'],
  [DuckDBTypeId.BIGINT, 'INT64'],
  [DuckDBTypeId.DOUBLE, 'FLOAT64'],
  [DuckDBTypeId.DECIMAL, 'NUMERIC'],
  [DuckDBTypeId.BLOB, 'BYTES'],
  [DuckDBTypeId.DATE, 'DATE'],
  [DuckDBTypeId.TIME, 'TIME'],
  [DuckDBTypeId.TIMESTAMP, 'TIMESTAMP'],
  [DuckDBTypeId.TIMESTAMP_TZ, 'TIMESTAMP'],
  [DuckDBTypeId.INTERVAL, 'INTERVAL'],
]);

/** A type of GoogleSQL that a column of DuckDB can be read by, where only the table is known: DATETIME comes out as TIMESTAMP. */
export function readableType(type: DuckDBType): SqlType {
  if (type instanceof DuckDBListType) return { kind: 'ARRAY', element: readableType(type.valueType) };
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((name, i) => ({ name, type: readableType(type.entryTypes[i] ?? type) }));
    return { kind: 'STRUCT', fields };
  }
  return { kind: KINDS.get(type.typeId) ?? 'STRING' };
}
