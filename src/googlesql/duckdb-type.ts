// DuckDB's type for each type of GoogleSQL: shared by the translator and the warehouse, which decodes by it.
// TIMESTAMP and DATETIME are one type in DuckDB (UTC): the static type tells them apart. JSON is its compact text.

import { PulseError } from '../errors.ts';
import type { ScalarKind, SqlType } from './type.ts';

export const DUCKDB_SCALARS: Readonly<Record<ScalarKind, string | undefined>> = {
  BOOL: 'BOOLEAN',
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  NUMERIC: 'DECIMAL(38, 9)',
  // 76 digits: nothing in DuckDB holds them exactly, so bignumeric.ts makes them texts. Tables have none (warehouse/duckdb/dialect.ts).
  BIGNUMERIC: 'VARCHAR',
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'TIMESTAMP',
  TIMESTAMP: 'TIMESTAMP',
  INTERVAL: 'INTERVAL',
  JSON: 'VARCHAR',
  GEOGRAPHY: undefined,
  'RANGE<DATE>': undefined,
  'RANGE<DATETIME>': undefined,
  'RANGE<TIMESTAMP>': undefined,
};

/** `DECIMAL(38, 9)`, `STRUCT("sku" VARCHAR, "quantity" BIGINT)[]`. @throws {PulseError} SQL_NOT_TRANSLATED for GEOGRAPHY and RANGE. */
export function duckDbType(type: SqlType): string {
  if (type.kind === 'ARRAY') return `${duckDbType(type.element)}[]`;
  if (type.kind === 'STRUCT') {
    if (type.fields.length === 0) {
      throw new PulseError('SQL_NOT_TRANSLATED', 'A STRUCT without fields has no type in DuckDB.', {
        hint: 'Give it a field.',
      });
    }
    const names = duckDbFieldNames(type);
    return `STRUCT(${type.fields.map((f, i) => `"${(names[i] ?? '').replaceAll('"', '""')}" ${duckDbType(f.type)}`).join(', ')})`;
  }
  const text = DUCKDB_SCALARS[type.kind];
  if (text !== undefined) return text;
  throw new PulseError('SQL_NOT_TRANSLATED', `${type.kind} has no type in DuckDB that holds it exactly.`, {
    hint: type.kind === 'GEOGRAPHY' ? 'Use STRING (as WKT).' : 'Use two columns, the start and the end.',
  });
}

/** Names of a STRUCT's fields in DuckDB, which wants them there and unique whatever their case: else `_field_N`. */
export function duckDbFieldNames(type: SqlType & { kind: 'STRUCT' }): readonly string[] {
  const seen = new Set<string>();
  return type.fields.map(({ name }, i) => {
    const key = name === '' || seen.has(name.toLowerCase()) ? `_field_${i + 1}` : name;
    seen.add(key.toLowerCase());
    return key;
  });
}
