// What comes out of DuckDB is GoogleSQL's value, exactly; what goes into its SQL is quoted.

import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { bigKey } from '../../src/googlesql/bignumeric.ts';
import { parseType } from '../../src/googlesql/type.ts';
import type { Value } from '../../src/googlesql/value.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/client.ts';
import { quoteName, quoteText } from '../../src/warehouse/duckdb/quote.ts';

const warehouse = await openDuckDb(':memory:', { prelude: [], scalars: [] });
afterAll(() => warehouse.close());

/** The value of one expression, read as `type`. */
async function read(sql: string, type: string): Promise<Value | undefined> {
  const { rows } = await warehouse.query(`SELECT ${sql}`, [{ name: 'v', type: parseType(type) }]);
  return rows[0]?.[0];
}

describe('a value is read by its GoogleSQL type', () => {
  test.each<[sql: string, type: string, value: Value]>([
    ['true', 'BOOL', true],
    ['NULL', 'BOOL', null],
    ['9007199254740992', 'INT64', 9007199254740992],
    ['9007199254740993', 'INT64', '9007199254740993'],
    ['-9007199254740992', 'INT64', -9007199254740992],
    ['-9007199254740993', 'INT64', '-9007199254740993'],
    ['row(1, 2)', 'STRUCT<a INT64, a INT64>', { a: 1, a_1: 2 }],
    ['CAST(-9223372036854775808 AS BIGINT)', 'INT64', '-9223372036854775808'],
    ['CAST(5 AS INTEGER)', 'INT64', 5],
    ['CAST(5 AS HUGEINT)', 'INT64', 5],
    ['CAST(5 AS DECIMAL(38, 0))', 'INT64', 5],
    ["CAST('1.5' AS DOUBLE)", 'FLOAT64', 1.5],
    ["CAST('nan' AS DOUBLE)", 'FLOAT64', 'NaN'],
    ["CAST('inf' AS DOUBLE)", 'FLOAT64', 'Infinity'],
    ["CAST('-inf' AS DOUBLE)", 'FLOAT64', '-Infinity'],
    ['CAST(63.10 AS DECIMAL(38, 9))', 'NUMERIC', '63.1'],
    ['CAST(-0.5 AS DECIMAL(38, 9))', 'NUMERIC', '-0.5'],
    ['CAST(100 AS DECIMAL(38, 9))', 'NUMERIC', '100'],
    ['CAST(0 AS DECIMAL(38, 9))', 'NUMERIC', '0'],
    ["CAST('-0.000000001' AS DECIMAL(38, 9))", 'NUMERIC', '-0.000000001'],
    [
      "CAST('99999999999999999999999999999.999999999' AS DECIMAL(38, 9))",
      'NUMERIC',
      '99999999999999999999999999999.999999999',
    ],
    [`'${bigKey(125n * 10n ** 36n)}'`, 'BIGNUMERIC', '1.25'],
    ["''", 'STRING', ''],
    ["chr(65279) || 'x' || chr(0)", 'STRING', '\ufeffx\0'],
    ["from_hex('00ff10')", 'BYTES', 'AP8Q'],
    ["DATE '2023-03-31'", 'DATE', '2023-03-31'],
    ["DATE '0001-01-01'", 'DATE', '0001-01-01'],
    ["DATE '9999-12-31'", 'DATE', '9999-12-31'],
    ["TIME '19:30:00.5'", 'TIME', '19:30:00.5'],
    ["TIME '00:00:00'", 'TIME', '00:00:00'],
    ["TIMESTAMP '2023-03-31 19:30:00'", 'DATETIME', '2023-03-31T19:30:00'],
    ["TIMESTAMP '2023-03-31 19:30:00'", 'TIMESTAMP', '2023-03-31T19:30:00Z'],
    ["TIMESTAMP '2023-03-31 19:30:00.120'", 'TIMESTAMP', '2023-03-31T19:30:00.12Z'],
    ["TIMESTAMP '1969-12-31 23:59:59.999999'", 'TIMESTAMP', '1969-12-31T23:59:59.999999Z'],
    ["TIMESTAMP '0001-01-01 00:00:00.000001'", 'TIMESTAMP', '0001-01-01T00:00:00.000001Z'],
    ["TIMESTAMP '9999-12-31 23:59:59.999999'", 'TIMESTAMP', '9999-12-31T23:59:59.999999Z'],
    ["TIMESTAMPTZ '2023-03-31 19:30:00+01'", 'TIMESTAMP', '2023-03-31T18:30:00Z'],
    ["INTERVAL '0 days'", 'INTERVAL', '0-0 0 0:0:0'],
    ["INTERVAL '14 months 3 days 04:05:06.789'", 'INTERVAL', '1-2 3 4:5:6.789'],
    ["-INTERVAL '14 months 3 days 04:05:06.000789'", 'INTERVAL', '-1-2 -3 -4:5:6.000789'],
    [`'{"a" : [1, 63.10, "x y\\" z"]}'`, 'JSON', '{"a":[1,63.10,"x y\\" z"]}'],
    ["['a', NULL, chr(65279)]", 'ARRAY<STRING>', ['a', null, '\ufeff']],
    ['[]', 'ARRAY<INT64>', []],
    ['NULL', 'ARRAY<INT64>', null],
    ['NULL', 'STRUCT<a INT64>', null],
    ["{'a': 1, 'b': [{'c': 1.50}]}", 'STRUCT<a INT64, b ARRAY<STRUCT<c NUMERIC>>>', { a: 1, b: [{ c: '1.5' }] }],
    ["row(1, 'x')", 'STRUCT<INT64, STRING>', { _field_1: 1, _field_2: 'x' }],
    ["{'2': 1, '1': 2}", 'STRUCT<b INT64, a INT64>', { b: 1, a: 2 }],
    ['[[1, 2], [], NULL]', 'ARRAY<ARRAY<INT64>>', [[1, 2], [], null]],
    ["[{'a': NULL}, NULL]", 'ARRAY<STRUCT<a INT64>>', [{ a: null }, null]],
  ])('%s as %s', async (sql, type, value) => {
    expect(await read(sql, type)).toEqual(value);
  });

  test('rows of many chunks come in full', async () => {
    const { rows } = await warehouse.query('SELECT i, [i, -i] FROM range(10000) AS t(i) ORDER BY i', [
      { name: 'i', type: parseType('INT64') },
      { name: 'l', type: parseType('ARRAY<INT64>') },
    ]);
    expect(rows).toHaveLength(10_000);
    expect(rows.every(([i, list], at) => i === at && Array.isArray(list) && list[0] === at && list.length === 2)).toBe(
      true,
    );
  });

  test('a value of another type is an error, never a guess', async () => {
    await expect(read("'5'", 'INT64')).rejects.toThrow('for a value of type INT64');
    await expect(read('1.5', 'INT64')).rejects.toThrow('for a value of type INT64');
    await expect(read('5', 'STRING')).rejects.toThrow('for a value of type STRING');
    await expect(warehouse.query('SELECT 1, 2', [{ name: 'a', type: parseType('INT64') }])).rejects.toThrow(
      'gives 2 columns',
    );
  });
});

const anyText = fc.string({ unit: 'binary' });

test('a quoted text is that text, whatever it holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyText, { minLength: 1, maxLength: 20 }), async texts => {
      const { rows } = await warehouse.query(
        `SELECT ${texts.map(quoteText).join(', ')}`,
        texts.map(() => ({ name: '', type: parseType('STRING') })),
      );
      expect(rows[0]).toEqual(texts);
    }),
    { numRuns: 100 },
  );
});

test('a quoted name is one name, whatever it holds', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyText.filter(text => text !== '' && !text.includes('\0')),
      async name => {
        expect(
          (
            await warehouse.query(`SELECT ${quoteName(name)} FROM (SELECT 7 AS ${quoteName(name)})`, [
              { name, type: parseType('INT64') },
            ])
          ).rows,
        ).toEqual([[7]]);
      },
    ),
    { numRuns: 100 },
  );
  expect(() => quoteName('')).toThrow();
  expect(() => quoteName('a\0b')).toThrow();
});

test('staged texts come back as they were, however they are cut into batches', async () => {
  const row = fc.tuple(
    fc.option(anyText, { freq: 3 }),
    fc.option(fc.constantFrom('\u001e', '\u001f', 'a\u001fb', ''), { freq: 3 }),
  );
  const spec = {
    name: 'texts',
    description: '',
    columns: ['a', 'b'].map(name => ({ name, type: parseType('STRING'), required: false, description: '' })),
    partition: { kind: 'none' as const },
    clusterBy: [],
  };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(row, { maxLength: 30 }), { maxLength: 5 }), async chunks => {
      async function* source(): AsyncGenerator<(typeof chunks)[number]> {
        yield* chunks;
      }
      const staged = await warehouse.stageRows(spec, source(), { runId: 'law' });
      const { rows } = await warehouse.query(`SELECT a, b FROM ${quoteName(staged.table)}`, spec.columns);
      const sorted = (all: readonly (readonly Value[])[]): string[] => all.map(one => JSON.stringify(one)).sort();
      expect(sorted(rows)).toEqual(sorted(chunks.flat()));
      expect(staged.rows).toBe(chunks.flat().length);
    }),
    { numRuns: 100 },
  );
});
