// Translations are committed beside the models: only `pulse compile` writes them, and --check knows when they are outdated.

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compileProject } from '../../src/run/compile.ts';
import { SAMPLE_DATA, type SampleProject, sampleProject } from './sample-project.ts';

let project: SampleProject;
beforeEach(() => {
  project = sampleProject(SAMPLE_DATA);
  rmSync(join(project.root, 'models/.translated'), { recursive: true, force: true });
});
afterEach(() => project.remove());

const compile = (options: { check?: boolean } = {}) =>
  project.run(one => compileProject(one, one.graph.order, options));
const kept = () => join(project.root, 'models/.translated');

test('what compile wrote is current, also for the checks, until a model changes', async () => {
  const { result } = await compile();
  expect([...result.errors]).toEqual([]);
  expect(readdirSync(kept())).toContain('fact_orders.checks.json');
  expect((await compile({ check: true })).outdated).toEqual([]);

  const path = join(project.root, 'models/marts/dim_date.sql');
  project.write('models/marts/dim_date.sql', readFileSync(path, 'utf8').replace("'%B'", "'%b'"));
  expect((await compile({ check: true })).outdated).toEqual(['dim_date']);
  await compile();
  expect((await compile({ check: true })).outdated).toEqual([]);
});

test('a model whose translation cannot be kept is red by its own name, its readers are checked', async () => {
  project.write(`models/.translated/fact_orders.json.${process.pid}.tmp/in-the-way`, '');
  const { result, written } = await compile();
  expect([...result.errors].map(([name, errors]) => [name, errors.map(({ code }) => code)])).toEqual([
    ['fact_orders', ['STATE_FAILED']],
  ]);
  expect(result.notChecked.size).toBe(0);
  expect(written.filter(path => /fact_order(?:s|_items)\.sql$/.test(path))).toEqual([
    'target/compiled/bigquery/marts/fact_order_items.sql',
    'target/compiled/duckdb/marts/fact_order_items.sql',
  ]);
});

test('a place for compiled SQL that cannot be written is no bug of pulse: it says which, and what writes nothing', async () => {
  project.write('target/compiled', 'a file in the way');
  const hint = expect.stringContaining('pulse compile --check');
  const { result, written, unwritten } = await compile();
  expect([[...result.errors], written, unwritten]).toMatchObject([[], [], { code: 'STATE_FAILED', hint }]);
});

test('a run keeps what it compiles to itself', async () => {
  const result = await project.materialize({ selection: ['dim_date'] });
  expect(result.status).toBe('done');
  expect(existsSync(kept())).toBe(false);
  expect(readdirSync(join(project.root, '.pulse/cache/translated'))).toContain('dim_date.json');
});
