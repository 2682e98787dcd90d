// Array functions against the reference implementation: NULL arrays and elements, and positions outside.

import { afterAll, describe, test } from 'vitest';
import { Bench, table } from '../agree.ts';
import { agreeOn } from './cases.ts';

const bench = new Bench();
afterAll(() => bench.close());

const PATIENCE_MS = 120_000;

test(
  'elements by position',
  async () => {
    await agreeOn(
      bench,
      `
      ⟨[1,NULL,3]¦['a','b','c']¦CAST([] AS ARRAY<INT64>)¦CAST(NULL AS ARRAY<STRING>)¦[STRUCT(1 AS a)]⟩[⟨OFFSET¦ORDINAL¦SAFE_OFFSET¦SAFE_ORDINAL⟩(⟨0¦1¦2¦3¦-1¦4¦CAST(NULL AS INT64)¦9223372036854775807¦-9223372036854775808⟩)]
      [1,2,3][⟨0¦2¦3⟩]
      GENERATE_ARRAY(⟨-9223372036854775808, 9223372036854775807, 3000000000000000000¦-9223372036854775808, 0, 4611686018427387904¦9223372036854775807, -9223372036854775808, -5000000000000000000¦-1, 9223372036854775807, 9223372036854775807¦0, -9223372036854775808, -9223372036854775808¦1, 5, 2⟩)
      [[1,2][OFFSET(0)], [3][OFFSET(0)]][OFFSET(1)]
      (ARRAY_⟨FIRST¦LAST⟩(⟨[1,NULL,3]¦[NULL,2]¦[2,NULL]¦CAST([] AS ARRAY<INT64>)¦CAST(NULL AS ARRAY<STRING>)⟩))
      (ARRAY_SLICE(⟨['a','b','c','d','e']¦['a',NULL]¦CAST([] AS ARRAY<STRING>)¦CAST(NULL AS ARRAY<STRING>)⟩, ⟨0¦1¦3¦-2¦-5¦-9¦9¦NULL⟩, ⟨0¦2¦4¦-1¦-5¦-7¦9¦NULL⟩))
      (⟨ARRAY_FIRST_N¦ARRAY_LAST_N¦ARRAY_REMOVE_FIRST_N¦ARRAY_REMOVE_LAST_N⟩(⟨[1,2,NULL,4]¦CAST([] AS ARRAY<INT64>)¦CAST(NULL AS ARRAY<INT64>)⟩, ⟨0¦1¦3¦4¦5¦-1¦NULL¦9223372036854775807⟩))
    `,
    );
  },
  PATIENCE_MS,
);

test(
  'whole arrays',
  async () => {
    await agreeOn(
      bench,
      `
      ARRAY_LENGTH(⟨[1,NULL,3]¦CAST([] AS ARRAY<INT64>)¦CAST(NULL AS ARRAY<INT64>)¦[STRUCT(1 AS a, 'x' AS b)]⟩)
      ARRAY_REVERSE(⟨[1,NULL,3]¦CAST([] AS ARRAY<INT64>)¦CAST(NULL AS ARRAY<INT64>)¦['a']¦[STRUCT(1 AS a),STRUCT(2 AS a)]⟩)
      ARRAY_CONCAT(⟨[1,NULL]¦CAST([] AS ARRAY<INT64>)¦CAST(NULL AS ARRAY<INT64>)⟩, ⟨[3]¦CAST([] AS ARRAY<INT64>)¦CAST(NULL AS ARRAY<INT64>)⟩, ⟨[5,6]¦CAST(NULL AS ARRAY<INT64>)⟩)
      ARRAY_CONCAT([1])
      [1,2] || ⟨[3]¦CAST(NULL AS ARRAY<INT64>)⟩
      ARRAY_TO_STRING(⟨['a',NULL,'','c']¦[CAST(NULL AS STRING)]¦CAST([] AS ARRAY<STRING>)¦CAST(NULL AS ARRAY<STRING>)⟩, ⟨','¦''¦'--'¦NULL⟩⟨¦, '*'¦, ''¦, CAST(NULL AS STRING)⟩)
      (ARRAY_IS_DISTINCT(⟨[1,2]¦[1,1]¦[1,NULL]¦[1,NULL,NULL]¦CAST([] AS ARRAY<INT64>)¦CAST(NULL AS ARRAY<INT64>)¦['a','A']¦[TRUE,TRUE]⟩))
      RANGE_BUCKET(⟨0¦1¦2¦3¦5¦NULL⟩, ⟨[1,2,2,4]¦CAST([] AS ARRAY<INT64>)¦CAST(NULL AS ARRAY<INT64>)⟩)
      RANGE_BUCKET(⟨'a'¦'b'¦'z'⟩, ['b','c'])
      RANGE_BUCKET(1, [1,NULL])
      1 IN UNNEST(⟨[1,2]¦[2,NULL]¦[2]¦CAST([] AS ARRAY<INT64>)¦CAST(NULL AS ARRAY<INT64>)⟩)
      EXISTS(SELECT x FROM UNNEST([1,NULL]) AS x WHERE x IS NULL)
      ARRAY(SELECT x * 2 FROM UNNEST([3,NULL,1]) AS x WITH OFFSET o ORDER BY o DESC)
    `,
    );
  },
  PATIENCE_MS,
);

test(
  'generated arrays',
  async () => {
    await agreeOn(
      bench,
      `
      GENERATE_ARRAY(⟨1¦5¦-3¦NULL⟩, ⟨5¦1¦-3¦NULL⟩⟨¦, 2¦, -2¦, 0¦, 100¦, NULL⟩)
      GENERATE_ARRAY(9223372036854775800, 9223372036854775807, ⟨3¦7¦9223372036854775807⟩)
      GENERATE_ARRAY(-9223372036854775808, -9223372036854775800, 5)
      GENERATE_ARRAY(⟨1.0¦0.1¦CAST('nan' AS FLOAT64)⟩, ⟨2.0¦0.5¦-1.0¦CAST('inf' AS FLOAT64)⟩, ⟨0.25¦0.1¦-0.5¦0.0¦CAST('nan' AS FLOAT64)⟩)
      GENERATE_DATE_ARRAY(⟨DATE '2023-01-31'¦DATE '2023-04-01'¦CAST(NULL AS DATE)⟩, ⟨DATE '2023-04-01'¦DATE '2023-01-31'⟩⟨¦, INTERVAL 1 MONTH¦, INTERVAL 2 WEEK¦, INTERVAL -1 MONTH¦, INTERVAL 1 QUARTER¦, INTERVAL 1 YEAR¦, INTERVAL 0 DAY¦, INTERVAL 20 DAY⟩)
      GENERATE_DATE_ARRAY(DATE '9999-12-30', DATE '9999-12-31', INTERVAL 1 DAY)
      GENERATE_DATE_ARRAY(DATE '0001-01-02', DATE '0001-01-01', INTERVAL -1 DAY)
      GENERATE_TIMESTAMP_ARRAY(⟨TIMESTAMP '2023-01-01 00:00:00+00'¦TIMESTAMP '2023-01-02 00:00:00.5+00'¦CAST(NULL AS TIMESTAMP)⟩, TIMESTAMP '2023-01-02 00:00:00+00', INTERVAL ⟨1 DAY¦6 HOUR¦-6 HOUR¦1000 MINUTE¦0 SECOND¦43200000000 MICROSECOND⟩)
    `,
    );
  },
  PATIENCE_MS,
);

test('an array without an end fails, and takes no memory first', async () => {
  for (const call of ["GENERATE_ARRAY(1.0, CAST('inf' AS FLOAT64), 1.0)", 'GENERATE_ARRAY(1, 9223372036854775807)']) {
    await bench.agree(`SELECT ${call}`);
  }
  await bench.agree(
    "SELECT GENERATE_TIMESTAMP_ARRAY(TIMESTAMP '0001-01-01', TIMESTAMP '9999-12-31', INTERVAL 1 MICROSECOND)",
  );
});

describe('arrays in a column', () => {
  const rows = [
    [1, ['a', null, 'b'], 1],
    [2, [], 0],
    [3, null, 0],
    [4, ['x'], 5],
    [5, ['y', 'z'], null],
  ] as const;
  const tables = [table('t', { i: 'INT64', a: 'ARRAY<STRING>', n: 'INT64' }, rows)];

  test('are read by a column of positions', async () => {
    await bench.agree(
      'SELECT i, a[SAFE_OFFSET(n)] AS x, ARRAY_LENGTH(a) AS l, ARRAY_TO_STRING(a, "-", "*") AS s FROM t',
      tables,
    );
    await bench.agree('SELECT i, a[OFFSET(n)] AS x FROM t WHERE n < ARRAY_LENGTH(a)', tables);
    await bench.agree('SELECT i, a[ORDINAL(n)] AS x FROM t', tables);
  });

  test('a position outside is no error where it is not asked for', async () => {
    await bench.agree('SELECT i, IF(n < ARRAY_LENGTH(a), a[OFFSET(n)], "none") AS x FROM t', tables);
  });

  test('are put together from columns', async () => {
    await bench.agree(
      'SELECT i, ARRAY_CONCAT(a, [CAST(i AS STRING)]) AS x, ARRAY_REVERSE(a) AS r, GENERATE_ARRAY(0, n) AS g FROM t WHERE i <> 1',
      tables,
    );
    await bench.agree('SELECT i, x, o FROM t, UNNEST(a) AS x WITH OFFSET AS o ORDER BY i, o', tables);
    await bench.agree('SELECT i, x FROM t LEFT JOIN UNNEST(a) AS x ORDER BY i, x', tables);
  });
});
