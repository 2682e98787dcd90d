// Small tables that the differential tests share: NULLs, duplicates, empty arrays, edge values.

import { table } from './agree.ts';

/** The tables with scalar columns only, for random queries. */
export const CATALOG = {
  t: { id: 'INT64', k: 'STRING', v: 'INT64', f: 'FLOAT64', n: 'NUMERIC' },
  u: { id: 'INT64', t_id: 'INT64', k: 'STRING', w: 'INT64' },
  empty: { id: 'INT64', v: 'INT64', k: 'STRING' },
} as const;

export const TABLES = [
  table('t', CATALOG.t, [
    [1, 'a', 10, 1.5, '1.1'],
    [2, 'a', null, 'NaN', '2.25'],
    [3, 'b', 30, '-Infinity', null],
    [4, 'b', 30, null, '-3.000000005'],
    [5, null, -5, -0, '0'],
    [6, 'é', 7, 'Infinity', '100'],
    [7, '', null, 'NaN', null],
    [8, 'B', 10, 0, '1.1'],
  ]),
  table('u', CATALOG.u, [
    [1, 1, 'a', 100],
    [2, 1, 'b', 200],
    [3, 3, null, 300],
    [4, 9, 'a', 400],
    [5, null, '', 500],
  ]),
  table(
    'nested',
    {
      id: 'INT64',
      tags: 'ARRAY<STRING>',
      items: 'ARRAY<STRUCT<sku STRING, qty INT64>>',
      s: 'STRUCT<a INT64, b STRING>',
    },
    [
      [
        1,
        ['x', 'y', null],
        [
          { sku: 'p', qty: 1 },
          { sku: 'q', qty: 2 },
        ],
        { a: 1, b: 'one' },
      ],
      [2, [], [], { a: null, b: null }],
      [3, null, null, null],
      [4, ['z'], [{ sku: null, qty: null }, null], { a: 4, b: null }],
    ],
  ),
  table('times', { d: 'DATE', ts: 'TIMESTAMP', dt: 'DATETIME', ti: 'TIME', b: 'BYTES', ok: 'BOOL' }, [
    ['2020-02-29', '2020-02-29T23:59:59.999999Z', '2020-02-29T12:00:00', '12:00:00', 'YWI=', true],
    ['0001-01-01', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00', '00:00:00', '', false],
    ['9999-12-31', '9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999', '23:59:59.999999', '/w==', null],
    [null, null, null, null, null, null],
  ]),
  table('empty', CATALOG.empty, []),
];

/** The tables that the query names. */
export const tablesOf = (sql: string) => TABLES.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(sql));
