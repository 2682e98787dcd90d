// A column is the same behind BigQuery's REST API as before it.

import { expect, test } from 'vitest';
import { parseType, typeText } from '../../src/googlesql/type.ts';
import { fieldOf, typeOfField } from '../../src/warehouse/bigquery/schema.ts';

test.each([
  'INT64',
  'ARRAY<STRING>',
  'STRUCT<a FLOAT64, b ARRAY<STRUCT<c BOOL>>>',
  'RANGE<DATE>',
  'ARRAY<RANGE<TIMESTAMP>>',
  'STRUCT<period RANGE<DATETIME>>',
])('%s', text => {
  const type = parseType(text);
  expect(typeText(type)).toBe(text);
  expect(typeText(typeOfField(fieldOf({ name: 'x', type })))).toBe(text);
});

test('a range is one as the API writes it, and of what has no order of days there is none', () => {
  expect(fieldOf({ name: 'x', type: parseType('range < date >') })).toEqual({
    name: 'x',
    mode: 'NULLABLE',
    type: 'RANGE',
    rangeElementType: { type: 'DATE' },
  });
  expect(() => parseType('RANGE<INT64>')).toThrow(expect.objectContaining({ code: 'ASSET_INVALID' }));
});
