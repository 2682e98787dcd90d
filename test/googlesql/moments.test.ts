// Sums, averages, variances and correlations of FLOAT64 are the reference's to the last bit, where a query reads no table.

import { afterAll, expect, test } from 'vitest';
import { Bench, table } from './agree.ts';

const bench = new Bench();
afterAll(() => bench.close());

const LISTS = [
  '0.1, 0.2, 0.3',
  '0.1, 0.2, -0.3',
  '1e20, 1, -1e20',
  '1e308, -1e308, 1e308',
  '100000000.1, 100000000.2, 100000000.35',
  '1e-300, 2e-300, 4e-300',
  '1e308, -1e308',
  '5e-324, 5e-324',
  '-0.0',
  '1.5, NULL, 1.5',
  "1, CAST('inf' AS FLOAT64)",
  "CAST('-inf' AS FLOAT64), 1, CAST('inf' AS FLOAT64)",
  "CAST('nan' AS FLOAT64), 2",
  'CAST(NULL AS FLOAT64)',
  '3, 1, 4, 1, 5, 9, 2, 6',
];

const CALLS = ['SUM', 'AVG', 'VAR_SAMP', 'VAR_POP', 'STDDEV_SAMP', 'STDDEV_POP'];
const selected = (over: string): string =>
  [...CALLS.map(name => `${name}(x)`), 'CORR(x, x + 1)', 'COVAR_POP(x, -x)', 'COVAR_SAMP(x / 3, x)']
    .map(call => `${call}${over}`)
    .join(', ');

/** Without the tolerance that the comparison has for FLOAT64. */
async function same(sql: string): Promise<void> {
  const { reference, duckdb } = await bench.compare(sql);
  expect(reference.kind, sql).toBe('rows');
  expect(duckdb, sql).toEqual(reference);
}

test.each(LISTS)('of %s', async list => {
  await same(`SELECT ${selected('')} FROM UNNEST([${list}]) x`);
  await same(`SELECT ${CALLS.map(name => `${name}(DISTINCT x)`).join(', ')} FROM UNNEST([${list}]) x`);
  await same(`SELECT ${selected(' OVER (ORDER BY o)')} FROM UNNEST([${list}]) x WITH OFFSET o ORDER BY o`);
  await same(
    `SELECT ${selected(' OVER (ORDER BY o ROWS 1 PRECEDING)')} FROM UNNEST([${list}]) x WITH OFFSET o ORDER BY o`,
  );
});

test('of INT64, of groups, of none', async () => {
  await same(`SELECT ${selected('')} FROM UNNEST([9007199254740993, 1, 3]) x`);
  await same(`SELECT x > 1, ${selected('')} FROM UNNEST([0.1, 0.7, 1.1, 2.3, 4.7]) x GROUP BY 1 ORDER BY 1`);
  await same(`SELECT ${selected('')} FROM UNNEST([0.5]) x WHERE x > 1`);
  await same('SELECT SUM(x HAVING MAX y) FROM UNNEST([STRUCT(0.1 AS x, 1 AS y), (0.2, 1), (-0.3, 1), (9.5, 0)])');
});

test('of NUMERIC whose sum is none', async () => {
  const most = "NUMERIC '99999999999999999999999999999.999999999'";
  const calls = ['AVG(x)', 'AVG(DISTINCT x)'];
  await same(`SELECT ${calls.join(', ')} FROM UNNEST([${most}, ${most}, NULL, NUMERIC '1']) x`);
  await same(`SELECT AVG(x) OVER (ORDER BY o ROWS 1 PRECEDING) FROM UNNEST([-${most}, -${most}, 2.5]) x WITH OFFSET o`);
  await same(`SELECT AVG(x) FROM UNNEST([NUMERIC '-0.000000001', 0]) x`);
});

test('a sum beyond FLOAT64 is an error, rows of tables are added up by DuckDB', async () => {
  await bench.agree('SELECT SUM(x) FROM UNNEST([1e308, 1e308]) x');
  await same('SELECT SUM(x), AVG(x) FROM UNNEST([1e308, 1e308, -1e308]) x');
  const rows = [table('t', { x: 'FLOAT64' }, [[0.5], [1.5]])];
  expect(await bench.translation('SELECT SUM(x), AVG(x), STDDEV(x) FROM t', rows)).not.toContain('g_float_moment');
  await bench.agree('SELECT SUM(x), AVG(x), STDDEV(x), CORR(x, x) FROM t', rows);
});
