// Rows of queries without a table come in the order of the reference implementation, also where GoogleSQL leaves it open:
// an array of a join without ORDER BY is one answer, not any.

import { afterAll, expect, test } from 'vitest';
import { withTables } from '../certify/shapes.ts';
import { Bench } from './agree.ts';

const bench = new Bench();
afterAll(() => bench.close());

test.each([
  'SELECT ARRAY(SELECT a.k * 10 + b.k FROM Few a, Few b)',
  'SELECT ARRAY(SELECT a.s FROM Few a FULL JOIN Few b ON a.k < b.k)',
  'SELECT ARRAY(SELECT x * y FROM UNNEST([1, 2, 3]) x, UNNEST([10, 20]) y)',
  'SELECT ARRAY(SELECT x + y FROM UNNEST([1, 2, 3]) x, UNNEST([x * 10, x * 20]) y)',
  'SELECT id, ARRAY(SELECT s FROM UNNEST(xs) x, UNNEST(ss) s) FROM Lists',
  'SELECT id, ARRAY(SELECT x FROM UNNEST(xs) x UNION ALL SELECT id UNION ALL SELECT 7) FROM Lists',
  'SELECT id, ARRAY(SELECT x FROM UNNEST(xs) x LEFT JOIN UNNEST([3, 1]) y ON x = y) FROM Lists',
  'SELECT ARRAY_AGG(a.k), STRING_AGG(b.s) FROM Few a LEFT JOIN Few b ON a.k = b.k',
  'SELECT a.k, STRING_AGG(b.s) FROM Few a JOIN Few b ON a.k <= b.k GROUP BY a.k',
  'WITH j AS (SELECT a.k, b.s FROM Few a JOIN Few b ON a.b = b.b) SELECT ARRAY_AGG(s), ANY_VALUE(k) FROM j',
  'SELECT a.k, b.s FROM Few a JOIN Few b ON a.k = b.k LIMIT 4',
  'SELECT a.k, b.k FROM Few a LEFT JOIN Few b ON a.k = b.k AND EXISTS (SELECT 1 FROM Few c WHERE c.k = a.k)',
  'SELECT id, x FROM Lists l, l.xs x, l.ss s',
  'SELECT id, x, s FROM Lists l LEFT JOIN l.xs x LEFT JOIN l.ss s',
  'SELECT id FROM Lists WHERE EXISTS (SELECT 1 FROM Few WHERE k = id)',
  'SELECT id, (SELECT MAX(s) FROM Few WHERE k = id) FROM Lists',
  'SELECT s, k FROM Few ORDER BY b',
  'SELECT k, b FROM Few GROUP BY k, b ORDER BY b LIMIT 3',
  'SELECT s FROM (SELECT DISTINCT s, b FROM Few) ORDER BY b',
  'SELECT id, i FROM Many ORDER BY i DESC LIMIT 6',
  'SELECT ARRAY(SELECT id FROM Many ORDER BY i LIMIT 5)',
  'SELECT id, ROW_NUMBER() OVER (PARTITION BY b ORDER BY id DESC), RANK() OVER (ORDER BY i) FROM Many',
  'SELECT ARRAY(SELECT COUNT(*) OVER (PARTITION BY b) FROM Many)',
  'SELECT SUM(SUM(id)) OVER (), COUNT(*) FROM Many GROUP BY b',
  'SELECT a.c, ROW_NUMBER() OVER () FROM (SELECT b, COUNT(*) c FROM Many GROUP BY b) a, Few',
  'SELECT p, COUNT(*) FROM Nested GROUP BY p',
  'SELECT DISTINCT STRUCT(b, f) FROM Many',
  'SELECT DISTINCT items FROM Nested',
  'SELECT k, (SELECT COUNT(t.k) FROM Few b LEFT JOIN Few t ON b.k = t.k AND t.k <> a.k) FROM Few a',
  'SELECT k, ARRAY(SELECT CONCAT(b.s, t.s) FROM Few b LEFT JOIN Few t ON b.k = t.k AND a.b) FROM Few a',
  'SELECT k, ARRAY(SELECT t.s FROM Few b RIGHT JOIN Few t ON b.k = t.k AND t.k < a.k) FROM Few a',
  'SELECT id, (SELECT COUNT(*) FROM UNNEST([NULL, id, 1]) a, UNNEST([NULL, 1, id]) b WHERE a = b) FROM Lists',
  'SELECT id, (SELECT COUNT(*) FROM UNNEST(xs) a JOIN UNNEST(xs) b ON a = b) FROM Lists',
  'SELECT id, ARRAY(SELECT j.val FROM UNNEST(items) i JOIN UNNEST(items) j ON i.key = j.key) FROM Nested',
  'SELECT id, a FROM Lists l, l.xs a JOIN l.xs b ON a = b',
  'SELECT id, a FROM Lists l, l.xs a, l.xs b WHERE a = b AND id > 1',
  'SELECT k FROM Few UNION ALL SELECT a.k FROM Few a JOIN Few b ON a.k > b.k',
  'SELECT x, -x FROM (SELECT 5 AS x, 2 AS y) ORDER BY y * 2, x LIMIT 1',
  'SELECT s.x + 1 AS x, z FROM (SELECT STRUCT(1 AS x, 2 AS y) AS s) JOIN (SELECT 4 AS z) ON TRUE ORDER BY x DESC, z + 1',
])('%s', async sql => {
  const { reference, duckdb } = await bench.compare(withTables(sql));
  expect(reference.kind).toBe('rows');
  expect(duckdb).toEqual(reference);
});

test.each([
  'SELECT x FROM UNNEST([1.0, -0.0, NULL, -2.5, CAST("nan" AS FLOAT64)]) x ORDER BY x DESC',
  'SELECT x FROM UNNEST([-0.0, 0.0, -0.0]) x ORDER BY x',
  'SELECT x.a FROM UNNEST([STRUCT(-0.0 AS a)]) x ORDER BY x.a',
  'SELECT x, COUNT(*) FROM UNNEST([-0.0, 0.0, 1]) x GROUP BY x ORDER BY x',
  'SELECT x, COUNT(*) FROM UNNEST([0.0, -0.0, 1]) x GROUP BY x',
  'SELECT DISTINCT x FROM UNNEST([-0.0]) x',
  'SELECT x FROM UNNEST([-0.0]) x UNION DISTINCT SELECT 1.0',
  'SELECT x FROM UNNEST([-0.0]) x QUALIFY ROW_NUMBER() OVER (ORDER BY x) = 1',
  'SELECT LAG(x) OVER (ORDER BY x), FIRST_VALUE(x) OVER (ORDER BY x), MIN(x) OVER (ORDER BY x), x FROM UNNEST([-0.0, 1.0]) x',
  'SELECT COUNT(*) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW), x FROM UNNEST([-0.0, 1.0]) x',
  'SELECT ARRAY_AGG(DISTINCT x ORDER BY x) FROM UNNEST([-0.0]) x',
  'SELECT ARRAY_AGG(x ORDER BY x DESC LIMIT 2) FROM UNNEST([-0.0, 1]) x',
])('what rows are ordered by is given as it is, a zero with its sign: %s', async sql => {
  const { reference, duckdb } = await bench.compare(sql);
  expect(reference.kind).toBe('rows');
  expect(duckdb).toStrictEqual(reference);
});

test('only UNNESTs of columns are asked pair by pair: constants are joined by their hashes', async () => {
  expect(await bench.translation('SELECT COUNT(*) FROM UNNEST([1]) a JOIN UNNEST([2]) b ON a = b')).not.toContain(
    'coalesce',
  );
  const ofColumns = withTables('SELECT id, (SELECT COUNT(*) FROM UNNEST(xs) a JOIN UNNEST(xs) b ON a = b) FROM Lists');
  expect(await bench.translation(ofColumns)).toContain('coalesce');
});
