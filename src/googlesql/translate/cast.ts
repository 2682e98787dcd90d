// The table of casts between scalar types: each exact, or refused. Arrays and structs are cast by their parts.

import { duckDbType } from '../duckdb-type.ts';
import { type SqlType, sameType, typeText } from '../type.ts';
import { areWhole } from './functions/match.ts';
import { bound } from './functions/sql.ts';
import { structOf } from './literal.ts';
import { type Arg, Refusal } from './rule.ts';

/** Writes the cast; `isSafe` gives NULL where it fails. */
type CastRule = (sql: string, isSafe: boolean) => string;

const to =
  (type: string): CastRule =>
  sql =>
    `CAST(${sql} AS ${type})`;

const same: CastRule = sql => sql;
const macro =
  (name: string): CastRule =>
  sql =>
    `${name}(${sql})`;

/** A macro that has a twin for SAFE_CAST. */
const paired =
  (name: string): CastRule =>
  (sql, isSafe) =>
    `${name}${isSafe ? '_or_null' : ''}(${sql})`;

const CASTS: Readonly<Record<string, CastRule>> = {
  'BOOL>INT64': to('BIGINT'),
  'BOOL>STRING': to('VARCHAR'),
  'INT64>BOOL': sql => `(${sql} <> 0)`,
  'INT64>FLOAT64': to('DOUBLE'),
  'INT64>NUMERIC': to('DECIMAL(38, 9)'),
  'INT64>STRING': to('VARCHAR'),
  'FLOAT64>INT64': paired('cast_float_int'),
  'FLOAT64>NUMERIC': paired('cast_float_numeric'),
  'FLOAT64>STRING': macro('cast_float_string'),
  'NUMERIC>INT64': paired('cast_numeric_int'),
  'NUMERIC>FLOAT64': sql => `CAST(CAST(${sql} AS VARCHAR) AS DOUBLE)`,
  'NUMERIC>STRING': macro('cast_numeric_string'),
  'INT64>BIGNUMERIC': macro('g_big_of_int'),
  'NUMERIC>BIGNUMERIC': macro('g_big_of_numeric'),
  'FLOAT64>BIGNUMERIC': paired('cast_float_bignumeric'),
  'STRING>BIGNUMERIC': paired('cast_string_bignumeric'),
  'BIGNUMERIC>INT64': paired('cast_bignumeric_int'),
  'BIGNUMERIC>NUMERIC': paired('cast_bignumeric_numeric'),
  'BIGNUMERIC>FLOAT64': macro('g_big_to_float'),
  'BIGNUMERIC>STRING': macro('g_big_text'),
  'STRING>INT64': paired('cast_string_int'),
  'STRING>FLOAT64': paired('cast_string_float'),
  'STRING>NUMERIC': paired('cast_string_numeric'),
  'STRING>BOOL': paired('cast_string_bool'),
  'STRING>DATE': paired('cast_string_date'),
  'STRING>DATETIME': paired('cast_string_datetime'),
  'STRING>TIME': paired('cast_string_time'),
  'STRING>TIMESTAMP': paired('cast_string_timestamp'),
  'STRING>BYTES': sql => `encode(${sql})`,
  'STRING>INTERVAL': paired('cast_string_interval'),
  'INTERVAL>STRING': macro('interval_text'),
  'BYTES>STRING': paired('cast_bytes_string'),
  'DATE>STRING': to('VARCHAR'),
  'DATE>DATETIME': to('TIMESTAMP'),
  'DATE>TIMESTAMP': to('TIMESTAMP'),
  'DATETIME>DATE': to('DATE'),
  'DATETIME>STRING': macro('cast_moment_string'),
  'DATETIME>TIME': to('TIME'),
  'DATETIME>TIMESTAMP': same,
  'TIMESTAMP>DATE': to('DATE'),
  'TIME>STRING': macro('cast_time_string'),
  'TIMESTAMP>STRING': sql => `(cast_moment_string(${sql}) || '+00')`,
  'TIMESTAMP>TIME': to('TIME'),
  'TIMESTAMP>DATETIME': same,
};

/** SAFE_CASTs that name what they cast once, however long it takes. */
const ONCE: Readonly<Record<string, (sql: string) => string>> = {
  'FLOAT64>INT64': sql => `TRY_CAST(round(${sql}) AS BIGINT)`,
  'NUMERIC>INT64': sql => `TRY_CAST(${sql} AS BIGINT)`,
};

/** @throws {Refusal} where the pair is not in the table. */
export function cast(arg: Arg, type: SqlType, isSafe: boolean): string {
  if (arg.literal === null) return `NULL::${duckDbType(type)}`;
  if (sameType(arg.type, type)) return arg.sql;
  if (arg.type.kind === 'ARRAY' && type.kind === 'ARRAY')
    return castArray(arg.sql, [arg.type.element, type.element], isSafe);
  if (arg.type.kind === 'STRUCT' && type.kind === 'STRUCT') return castStruct(arg.sql, [arg.type, type], isSafe);
  const once = isSafe ? ONCE[`${arg.type.kind}>${type.kind}`] : undefined;
  if (once) return once(arg.sql);
  const rule = CASTS[`${arg.type.kind}>${type.kind}`];
  if (!rule) throw new Refusal(`CAST from ${typeText(arg.type)} to ${typeText(type)}`);
  if (isSafe && type.kind === 'INT64' && areWhole(arg.texts)) return `TRY_CAST(${arg.sql} AS BIGINT)`;
  // A macro repeats its argument: one that takes long is computed before.
  return TAKES_LONG.test(arg.sql) ? bound([arg], value => rule(value, isSafe)) : rule(arg.sql, isSafe);
}

const TAKES_LONG = /\b(?:regexp_|json_|list_|g_)|_or_null\(/;

function castArray(sql: string, [from, into]: readonly [SqlType, SqlType], isSafe: boolean): string {
  const element = cast({ sql: '_e', type: from, literal: undefined }, into, false);
  if (element === '_e') return sql;
  const all = `list_transform(${sql}, lambda _e: ${element})`;
  // SAFE_CAST of an array is NULL as a whole where one element fails.
  return isSafe ? tried(all, 'SAFE_CAST to ARRAY') : all;
}

type Struct = SqlType & { kind: 'STRUCT' };

/** By position: DuckDB's own cast goes by the fields' names. */
function castStruct(sql: string, [from, into]: readonly [Struct, Struct], isSafe: boolean): string {
  const fields = into.fields.map((field, i) =>
    cast(
      { sql: `struct_extract_at(_s, ${i + 1})`, type: from.fields[i]?.type ?? field.type, literal: undefined },
      field.type,
      isSafe,
    ),
  );
  return `list_transform([${sql}], lambda _s: CASE WHEN _s IS NOT NULL THEN ${structOf(fields, into)} END)[1]`;
}

/** NULL where `sql` fails. @throws {Refusal} over a subquery, which DuckDB's TRY() does not take. */
function tried(sql: string, what: string): string {
  if (/\bSELECT\b/.test(sql)) throw new Refusal(`${what} over a subquery`);
  return `TRY(${sql})`;
}
