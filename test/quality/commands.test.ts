// pulse check and pulse analyze as people and programs call them; and every query below sql/ is right.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { run as runCli } from '../cli/fake-io.ts';
import { analyzerFiles } from '../googlesql/installed.ts';
import { SAMPLE_DATA, type SampleProject, sampleProject } from '../run/sample-project.ts';

let project: SampleProject;
const pulse = (...argv: string[]) => runCli(argv, { cwd: project.root });
beforeAll(async () => {
  project = sampleProject(SAMPLE_DATA);
});
afterAll(() => project.remove());

test('before anything is made, that is said', async () => {
  const { code, out } = await pulse('check', 'late_arriving_share', '--json');
  const { checks } = JSON.parse(out);
  expect([code, checks[0].verdict, checks[0].note]).toEqual([1, 'fail', 'raw_events was never made']);
  expect(await pulse('analyze', '1')).toMatchObject({ code: 2, err: expect.stringContaining('was never made') });
});

test.skipIf(!analyzerFiles)('every query below sql/ is typed and translated', async () => {
  const result = await project.run(async open => open.compileQueries(await open.compile(open.graph.order)));
  expect([...result.errors]).toEqual([]);
  expect([...result.notChecked]).toEqual([]);
  expect(result.checked.length).toBeGreaterThan(30);
});

test('a daily check by name: its measures, what broke a bound, some of its rows, and all of them on demand', async () => {
  await project.materialize();
  const { code, out } = await pulse('check', 'payment_without_order');
  expect(code).toBe(0);
  expect(out).toMatch(/warn\s+payment_without_order\s+without_order_share [\d.]+ % \(above 0\)/);
  expect(out).toContain('all of them: pulse check payment_without_order --date 2025-01-15 --rows');
  const rows = await pulse('check', 'payment_without_order', '--rows', '--format', 'csv');
  const [[count]] = (await project.rows(
    `SELECT COUNT(*) FROM fact_payments WHERE payment_date = '2025-01-15' AND order_id NOT IN (SELECT order_id FROM fact_orders)`,
  )) as [[number]];
  expect(rows.out.trim().split('\n')).toHaveLength(count + 1);
});

test('a threshold in pulse.config.ts that is broken fails the command; results are kept', async () => {
  const { readFileSync, writeFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const file = join(project.root, 'pulse.config.ts');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('late_share: { warnAbove: 0.15, failAbove: 0.5 }', 'late_share: { failAbove: 0 }'));
  const { code, out } = await pulse('check', 'late_arriving_share', '--date', '2025-01-15');
  writeFileSync(file, text);
  expect([code, /fail\s+late_arriving_share/.test(out)]).toEqual([1, true]);
  const kept = await project.run(async open => (await open.state()).checkRecords('2025-01-15', '2025-01-15'));
  expect(kept.find(one => one.name === 'late_arriving_share')).toMatchObject({ verdict: 'fail', scope: 'day' });
});

test('rules of pulse.config.ts for checks and measures that there are not are errors, of compile and check', async () => {
  const { readFileSync, writeFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const file = join(project.root, 'pulse.config.ts');
  const text = readFileSync(file, 'utf8');
  const wrong = text
    .replace('duplicate_event_rate: {', 'duplicate_event_rat: {')
    .replace('late_share: { warnAbove', 'late_shre: { warnAbove')
    .replace('minimum: { live_events', 'minimum: { live_event')
    .replace(
      'checks: {',
      "checks: {\n      'fact_orders.unique(order_id)': { thresholds: { failed_row: { failAbove: 9 } } },",
    );
  const lineOf = (word: string) => wrong.slice(0, wrong.indexOf(word)).split('\n').length;
  const expected = [
    [lineOf('failed_row:'), 'Did you mean "failed_rows"?'],
    [lineOf('duplicate_event_rat:'), 'Did you mean "duplicate_event_rate"?'],
    [lineOf('late_shre:'), 'Did you mean "late_share"?'],
    [lineOf('live_event:'), 'Did you mean "live_events"?'],
  ];
  interface Told {
    readonly hint: string;
    readonly place: { readonly file: string; readonly line: number };
  }
  const told = (errors: readonly Told[]) => errors.map(({ hint, place }) => [place.line, hint]);
  writeFileSync(file, wrong);
  try {
    const compiled = await pulse('compile', '--json');
    expect([compiled.code, told(JSON.parse(compiled.out).errors)]).toEqual([1, expected]);
    const checked = await pulse('check', '--json');
    expect([checked.code, told(JSON.parse(checked.out).error.errors)]).toEqual([2, expected]);
  } finally {
    writeFileSync(file, text);
  }
});

test('questions by number, name and span, as table, JSON and CSV', async () => {
  const all = JSON.parse((await pulse('analyze', '--json')).out);
  expect(Object.keys(all)).toHaveLength(6);
  const one = JSON.parse((await pulse('analyze', '2', '--json')).out);
  expect(one).toEqual(all['2_payment_success_rate']);
  const csv = (await pulse('analyze', 'top_products', '--format', 'csv', '--limit', '2')).out.trim().split('\n');
  expect([csv[0], csv.length]).toEqual(['revenue_rank,sku,revenue_ngn,units_sold,orders_count', 3]);
  const none = JSON.parse((await pulse('analyze', 'daily_revenue', '--from', '2030-01-01', '--json')).out);
  expect(none).toEqual([]);
  expect(await pulse('analyze', 'top_product')).toMatchObject({
    code: 2,
    err: expect.stringContaining('6_top_products'),
  });
  expect(await pulse('analyze', '--from', 'now')).toMatchObject({ code: 2 });
});
