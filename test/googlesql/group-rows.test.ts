// WITH GROUP_ROWS: each query is held to one without it that means the same, asked of the reference implementation
// (with BigQuery's options it does not run the first).

import { afterAll, expect, test } from 'vitest';
import { withTables } from '../certify/shapes.ts';
import { Bench } from './agree.ts';

const bench = new Bench();
afterAll(() => bench.close());

test.each([
  [
    'SELECT b, SUM(k) WITH GROUP_ROWS (SELECT k FROM GROUP_ROWS() WHERE k > 1) AS s FROM Few GROUP BY b',
    'SELECT b, SUM(IF(k > 1, k, NULL)) AS s FROM Few GROUP BY b',
  ],
  [
    'SELECT SUM(k) WITH GROUP_ROWS (SELECT DISTINCT k FROM GROUP_ROWS()) AS s, COUNT(*) AS c FROM Few',
    'SELECT SUM(DISTINCT k) AS s, COUNT(*) AS c FROM Few',
  ],
  [
    'SELECT b, ARRAY_AGG(x) WITH GROUP_ROWS (SELECT k AS x FROM GROUP_ROWS() ORDER BY k DESC LIMIT 2) AS a FROM Few GROUP BY b',
    'SELECT b, ARRAY_AGG(k ORDER BY k DESC LIMIT 2) AS a FROM Few GROUP BY b',
  ],
  [
    'SELECT b, COUNT(*) WITH GROUP_ROWS (SELECT 1 FROM GROUP_ROWS() x JOIN GROUP_ROWS() y ON x.k = y.k) AS c FROM Few GROUP BY b',
    'SELECT b, (SELECT COUNT(*) FROM Few x JOIN Few y ON x.k = y.k WHERE x.b IS NOT DISTINCT FROM f.b AND y.b IS NOT DISTINCT FROM f.b) AS c FROM Few f GROUP BY b',
  ],
  [
    'SELECT b, SUM(x) WITH GROUP_ROWS (SELECT MAX(y) WITH GROUP_ROWS (SELECT k AS y FROM GROUP_ROWS()) AS x FROM GROUP_ROWS() GROUP BY s) AS t FROM Few GROUP BY b',
    'SELECT b, SUM(x) AS t FROM (SELECT b, s, MAX(k) AS x FROM Few GROUP BY b, s) GROUP BY b',
  ],
  [
    'SELECT k, (SELECT SUM(id) WITH GROUP_ROWS (SELECT id FROM GROUP_ROWS() WHERE id <= k) FROM Many) AS s FROM Few',
    'SELECT k, (SELECT SUM(id) FROM Many WHERE id <= k) AS s FROM Few',
  ],
  [
    'SELECT COUNT(*) WITH GROUP_ROWS (SELECT 1 FROM GROUP_ROWS()) AS c, SUM(k) WITH GROUP_ROWS (SELECT k FROM GROUP_ROWS()) AS s FROM Empty',
    'SELECT COUNT(*) AS c, SUM(k) AS s FROM Empty',
  ],
])('%s', async (sql, meant) => {
  const { reference, duckdb, agrees } = await bench.compareWith(withTables(sql), withTables(meant));
  expect(reference.kind).toBe('rows');
  expect(agrees ? reference : duckdb).toEqual(reference);
});
