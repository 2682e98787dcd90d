// One asset fails: its readers are skipped and named, the rest is made, what was published stays, and mending is enough.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SAMPLE_DATA, type SampleProject, sampleProject } from './sample-project.ts';

let project: SampleProject;
beforeEach(() => {
  project = sampleProject(SAMPLE_DATA);
});
afterEach(() => project.remove());

const byStatus = (result: { steps: readonly { asset: string; status: string }[] }, status: string) =>
  result.steps
    .filter(step => step.status === status)
    .map(step => step.asset)
    .sort();

test('a model that does not compile fails by itself', async () => {
  const path = 'models/marts/fact_refunds.sql';
  const model = readFileSync(join(project.root, path), 'utf8');
  project.write(path, model.replace('SELECT', 'SELECT no_such_column,'));
  const result = await project.materialize();
  expect(result.status).toBe('failed');
  expect(byStatus(result, 'failed')).toEqual(['fact_refunds']);
  expect(byStatus(result, 'skipped')).toEqual([
    'dim_customer',
    'dim_product',
    'fact_order_daily',
    'fact_order_items',
    'fact_orders',
  ]);
  const skipped = result.steps.find(step => step.asset === 'fact_orders');
  expect(skipped).toMatchObject({ status: 'skipped', because: ['fact_refunds'] });
  expect(byStatus(result, 'done')).toContain('fact_payments');
  const error = result.steps.find(step => step.asset === 'fact_refunds')?.error;
  expect(error).toMatchObject({ code: 'SQL_INVALID', place: { file: path } });

  const later = await project.materialize({ selection: ['fact_orders'] });
  expect(later.status).toBe('failed');

  project.write(path, model);
  const mended = await project.materialize();
  expect(mended.status).toBe('done');
  expect(mended.steps.map(step => step.asset)).not.toContain('fact_payments');
  expect(byStatus(mended, 'done')).toContain('fact_orders');
});

test('a model that was made and then broken is not called fresh', async () => {
  const path = 'models/marts/dim_date.sql';
  expect((await project.materialize({ selection: ['dim_date'] })).status).toBe('done');
  project.write(path, `${readFileSync(join(project.root, path), 'utf8')} WHERE no_such_column`);
  const result = await project.materialize({ selection: ['dim_date'] });
  expect(byStatus(result, 'failed')).toEqual(['dim_date']);
});

test('a blocking check keeps what was published', async () => {
  await project.materialize({ selection: ['dim_date'] });
  const before = await project.rows('SELECT COUNT(*), MAX(date) FROM dim_date');
  const path = 'models/marts/dim_date.sql';
  const model = readFileSync(join(project.root, path), 'utf8');
  project.write(path, model.replace('FROM days', 'FROM days CROSS JOIN UNNEST([1, 2])'));
  const result = await project.materialize({ selection: ['dim_date'] });
  expect(result.status).toBe('failed');
  expect(result.steps.find(step => step.asset === 'dim_date')?.error).toMatchObject({ code: 'CHECK_FAILED' });
  expect(
    result.events.filter(event => event.kind === 'check-failed' && event.severity === 'block').length,
  ).toBeGreaterThan(0);
  expect(await project.rows('SELECT COUNT(*), MAX(date) FROM dim_date')).toEqual(before);
});

test('--fail-fast stops at the first failure', async () => {
  project.write('data/fx_rates_bad.csv', 'date,USDNGN\n2025-01-01,abc\n');
  const result = await project.materialize({ failFast: true, concurrency: 1 });
  expect(byStatus(result, 'failed')).toEqual(['raw_fx_rates']);
  const error = result.steps.find(step => step.status === 'failed')?.error;
  expect(error).toMatchObject({ code: 'SOURCE_INVALID', place: { file: 'data/fx_rates_bad.csv', line: 2 } });
  expect(byStatus(result, 'done').filter(name => name.startsWith('stg_'))).toEqual([]);
});
