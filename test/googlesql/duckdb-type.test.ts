// Types of GoogleSQL as DuckDB's.

import { expect, test } from 'vitest';
import { duckDbType } from '../../src/googlesql/duckdb-type.ts';
import { parseType } from '../../src/googlesql/type.ts';

test.each([
  ['NUMERIC', 'DECIMAL(38, 9)'],
  ['TIMESTAMP', 'TIMESTAMP'],
  ['DATETIME', 'TIMESTAMP'],
  ['JSON', 'VARCHAR'],
  ['ARRAY<INT64>', 'BIGINT[]'],
  ['ARRAY<STRUCT<sku STRING, quantity INT64>>', 'STRUCT("sku" VARCHAR, "quantity" BIGINT)[]'],
  ['STRUCT<INT64, a STRING, A BOOL>', 'STRUCT("_field_1" BIGINT, "a" VARCHAR, "_field_3" BOOLEAN)'],
])('%s is %s', (type, text) => {
  expect(duckDbType(parseType(type))).toBe(text);
});

test.each(['GEOGRAPHY', 'ARRAY<GEOGRAPHY>'])('%s is refused: DuckDB has no exact type for it', type => {
  expect(() => duckDbType(parseType(type))).toThrow(expect.objectContaining({ code: 'SQL_NOT_TRANSLATED' }));
});
