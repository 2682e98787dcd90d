// Checks that assets declare, run by `pulse check`: every kind, by partition, of a day or of all, with rows and a query to see them.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { run as runCli } from '../cli/fake-io.ts';
import { SAMPLE_DATA, type SampleProject, sampleProject } from '../run/sample-project.ts';

let project: SampleProject;
const ASSET = (
  checks: string,
): string => `import { expression, freshness, model, notNull, range, refersTo, rowCount, unique, daily, acceptedValues } from 'pulse';
export default model({
  name: 'numbers',
  description: 'Made-up numbers.',
  deps: ['fact_orders'],
  model: 'numbers.sql',
  partition: daily('day'),
  freshness: { within: '1h' },
  checks: [${checks}],
});
`;
const CHECKS = `unique('k'), notNull('n', { severity: 'warn' }), range('n', { min: 0, max: 5 }), acceptedValues('word', ['a', 'b', '{{c']),
  rowCount({ min: 3 }), rowCount({ max: 2, of: 'partition' }), refersTo('k', 'fact_orders', { key: 'order_id' }),
  freshness('day', { within: '2d' }), expression('n is even', 'MOD(n, 2) = 0')`;

beforeAll(async () => {
  project = sampleProject(SAMPLE_DATA);
  project.write('assets/marts/numbers.ts', ASSET(`rowCount({ min: 1 }), range('n', { max: 99 })`));
  project.write(
    'models/numbers.sql',
    `SELECT * FROM UNNEST([
  STRUCT('x' AS k, 2 AS n, 'a' AS word, DATE '2025-01-14' AS day),
  STRUCT('x', 6, "it's", DATE '2025-01-15'), STRUCT('y', NULL, 'b', DATE '2025-01-15'), STRUCT('z', 3, NULL, DATE '2025-01-15')])
WHERE (SELECT COUNT(*) FROM {{ref "fact_orders"}}) >= 0`,
  );
  const made = await project.materialize({ selection: ['numbers'] });
  expect(made.steps.filter(step => step.error !== undefined).map(step => step.error?.message)).toEqual([]);
});
afterAll(() => project.remove());

interface Found {
  name: string;
  verdict: string;
  failedRows: number;
  cells: { cell: string; failedRows: number }[];
  sample: unknown[][];
  query: string | null;
  trend: unknown[];
}
const check = async (...argv: string[]): Promise<{ code: number; found: Map<string, Found> }> => {
  const { code, out } = await runCli(['check', 'numbers', ...argv, '--json'], { cwd: project.root });
  const { checks }: { checks: Found[] } = JSON.parse(out);
  return { code, found: new Map(checks.map(one => [one.name.replace(/^numbers\./, ''), one])) };
};

test('every kind counts its rows by partition; the query shows exactly them', async () => {
  project.write('assets/marts/numbers.ts', ASSET(CHECKS));
  const { code, found } = await check();
  const told = [...found.values()].filter(one => !/volume|drift|\.freshness$/.test(one.name));
  expect(told.map(one => [one.name.replace('numbers.', ''), one.verdict, one.failedRows])).toEqual([
    ['freshness policy', 'pass', 0],
    ['unique(k)', 'fail', 2],
    ['notNull(n)', 'warn', 1],
    ['range(n, 0..5)', 'fail', 1],
    ['acceptedValues(word)', 'fail', 1],
    ['rowCount', 'pass', 0],
    ['rowCount(partition)', 'fail', 1],
    ['refersTo(k, fact_orders.order_id)', 'fail', 4],
    ['freshness(day)', 'fail', 1],
    ['n is even', 'fail', 1],
  ]);
  expect(code).toBe(1);
  expect(told[1]).toMatchObject({
    cells: [
      { cell: '2025-01-14', failedRows: 1 },
      { cell: '2025-01-15', failedRows: 1 },
    ],
    sample: [['x'], ['x']],
  });
  for (const { query, failedRows, name } of told) {
    if (query !== null) expect([name, (await project.rows(query)).length]).toEqual([name, failedRows]);
  }
});

test('of one day only its rows fail, and what was found before is its trend', async () => {
  const { found } = await check('--date', '2025-01-14');
  const failed = [...found.values()]
    .filter(one => one.failedRows > 0)
    .map(one => [one.name.replace('numbers.', ''), one.failedRows]);
  expect(failed).toEqual([
    ['unique(k)', 1],
    ['refersTo(k, fact_orders.order_id)', 1],
    ['freshness(day)', 1],
  ]);
  const again = await check();
  expect(again.found.get('unique(k)')?.trend.length).toBe(1);
});

test('a blocking range or row count keeps a table from being published', async () => {
  project.write(
    'assets/marts/numbers.ts',
    ASSET(`unique('k', { severity: 'warn' }), range('n', { max: 5 }), rowCount({ min: 9 })`),
  );
  const run = await project.materialize({ selection: ['numbers'], fullRefresh: true });
  const said = run.steps.find(step => step.asset === 'numbers')?.error?.message ?? run.status;
  expect(said).toMatch(/range\(n, \.\.5\) fails for 1 row; rowCount fails for 1 row/);
});

test('bounds, spans and zones that are none are refused where they are declared', async () => {
  project.write(
    'assets/marts/numbers.ts',
    ASSET(`range('n', {}), freshness('day', { within: 'soon' })`).replace(
      "{ within: '1h' }",
      "{ by: '9', timeZone: 'Lagos' }",
    ),
  );
  const { code, err } = await runCli(['list'], { cwd: project.root });
  expect(code).toBe(2);
  for (const part of ['has a range without min and max', 'within "soon"', 'by "9"', '"Lagos"'])
    expect(err).toContain(part);
});
