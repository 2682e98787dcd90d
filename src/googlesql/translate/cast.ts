// The table of casts between scalar types: each exact, or refused. Arrays and structs are cast by their parts.

import { duckDbType } from '../duckdb-type.ts';
import { type SqlType, sameType, typeText } from '../type.ts';
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

const trying =
  (type: string): CastRule =>
  (sql, isSafe) =>
    `${isSafe ? 'TRY_CAST' : 'CAST'}(${sql} AS ${type})`;

export const CASTS: Readonly<Record<string, CastRule>> = {
  'BOOL>INT64': to('BIGINT'),
  'BOOL>STRING': to('VARCHAR'),
  'INT64>BOOL': sql => `(${sql} <> 0)`,
  'INT64>FLOAT64': to('DOUBLE'),
  'INT64>NUMERIC': to('DECIMAL(38, 9)'),
  'INT64>STRING': to('VARCHAR'),
  'FLOAT64>INT64': paired('cast_float_int'),
  'FLOAT64>NUMERIC': paired('cast_float_numeric'),
  'FLOAT64>STRING': macro('cast_float_string'),
  'NUMERIC>INT64': trying('BIGINT'),
  'NUMERIC>FLOAT64': sql => `CAST(CAST(${sql} AS VARCHAR) AS DOUBLE)`,
  'NUMERIC>STRING': macro('cast_numeric_string'),
  'STRING>INT64': paired('cast_string_int'),
  'STRING>FLOAT64': paired('cast_string_float'),
  'STRING>NUMERIC': paired('cast_string_numeric'),
  'STRING>BOOL': paired('cast_string_bool'),
  'STRING>BYTES': sql => `encode(${sql})`,
  'BYTES>STRING': (sql, isSafe) => (isSafe ? `TRY(decode(${sql}))` : `decode(${sql})`),
  'DATE>STRING': to('VARCHAR'),
  'DATE>DATETIME': to('TIMESTAMP'),
  'DATE>TIMESTAMP': to('TIMESTAMP'),
  'DATETIME>DATE': to('DATE'),
  'DATETIME>TIME': to('TIME'),
  'DATETIME>TIMESTAMP': same,
  'TIMESTAMP>DATE': to('DATE'),
  'TIMESTAMP>TIME': to('TIME'),
  'TIMESTAMP>DATETIME': same,
};

/** @throws {Refusal} where the pair is not in the table. */
export function cast(arg: Arg, type: SqlType, isSafe: boolean): string {
  if (arg.literal === null) return `NULL::${duckDbType(type)}`;
  if (sameType(arg.type, type)) return arg.sql;
  if (arg.type.kind === 'ARRAY' && type.kind === 'ARRAY')
    return castArray(arg.sql, [arg.type.element, type.element], isSafe);
  if (arg.type.kind === 'STRUCT' && type.kind === 'STRUCT') return castStruct(arg.sql, [arg.type, type], isSafe);
  const rule = CASTS[`${arg.type.kind}>${type.kind}`];
  if (!rule) throw new Refusal(`CAST from ${typeText(arg.type)} to ${typeText(type)}`);
  return rule(arg.sql, isSafe);
}

function castArray(sql: string, [from, into]: readonly [SqlType, SqlType], isSafe: boolean): string {
  // SAFE_CAST of an array is NULL as a whole where one element fails.
  if (isSafe) throw new Refusal(`SAFE_CAST to ${typeText({ kind: 'ARRAY', element: into })}`);
  const element = cast({ sql: '_e', type: from, literal: undefined }, into, false);
  return element === '_e' ? sql : `list_transform(${sql}, lambda _e: ${element})`;
}

type Struct = SqlType & { kind: 'STRUCT' };

/** By position: DuckDB's own cast goes by the fields' names. */
function castStruct(sql: string, [from, into]: readonly [Struct, Struct], isSafe: boolean): string {
  if (isSafe) throw new Refusal(`SAFE_CAST to ${typeText(into)}`);
  const fields = into.fields.map((field, i) =>
    cast(
      { sql: `struct_extract_at(_s, ${i + 1})`, type: from.fields[i]?.type ?? field.type, literal: undefined },
      field.type,
      false,
    ),
  );
  return `list_transform([${sql}], lambda _s: CASE WHEN _s IS NOT NULL THEN ${structOf(fields, into)} END)[1]`;
}
