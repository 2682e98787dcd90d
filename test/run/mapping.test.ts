// A mapping that was declared anew makes the table stale, with its cause, and once made it is right again; one that is spelled
// otherwise and means the same does not.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Analyzer, startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { prepare } from '../../src/run/materialize.ts';
import { planCosts } from '../../src/run/plan-costs.ts';
import { judged, statusOf } from '../../src/run/status.ts';
import { LateWorld } from './late-world.ts';
import { type SmallProject, smallProject } from './small-project.ts';

let project: SmallProject;
let analyzer: Analyzer;
let world: LateWorld;
const days = [1, 2, 3, 4, 5, 6, 7, 8];
beforeAll(async () => {
  project = smallProject();
  analyzer = startAnalyzer();
  world = new LateWorld(project, { analyzer });
  world.write('fx_rates_2023.csv', 'date,USDNGN\n2023-01-20,900\n');
  world.arrive(days.map(day => order(`o${day}`, day)));
  await world.make();
});
afterAll(() => {
  world.remove();
  analyzer.close();
  project.remove();
});

const order = (id: string, day: number): string =>
  JSON.stringify({
    event_id: `e-${id}`,
    event_type: 'order_created',
    event_time: `2023-03-0${day}T10:00:00Z`,
    schema_version: '1',
    vendor: 'vendor_a',
    payload: { orderRef: id, total: 10, customer: { email: 'a@b.c' } },
  });

const TRAILING = 'assets/orders_trailing.ts';
const declared = 'window({ before: 4, after: 2 })';

/** Declares the mapping of orders_trailing anew. */
let mapping = declared;
function declare(next: string): void {
  const text = readFileSync(join(project.root, TRAILING), 'utf8');
  expect(text).toContain(mapping);
  project.write(TRAILING, text.replace(mapping, next));
  mapping = next;
}

const planned = () =>
  world.open(async opened => {
    const prepared = await prepare(opened, { selection: [] });
    const costs = await planCosts(opened, prepared);
    return prepared.plan.steps.map(({ asset, causes, isCertain }) => ({
      asset,
      causes,
      isCertain,
      cells: costs.get(asset)?.expected?.cells,
    }));
  });

test('another mapping makes the table stale with its cause, and right', async () => {
  declare('samePartition()');
  await world.make();
  world.arrive([order('late1', 4)]);
  await world.make();
  // So it is: with this mapping the days around were left alone.
  expect(await world.wrong()).toEqual([expect.stringContaining('orders_trailing')]);

  declare(declared);
  const cause = {
    kind: 'mapping-changed',
    asset: 'orders_daily',
    text: 'its mapping of orders_daily changed: 4 before to 2 after (daily by order_date), made with same partition (daily by order_date)',
  };
  expect(await planned()).toEqual([{ asset: 'orders_trailing', causes: [cause], isCertain: true, cells: days.length }]);
  expect(
    await world.open(async opened => statusOf(opened, await judged(opened)).get('orders_trailing')?.freshness),
  ).toEqual({
    status: 'stale',
    causes: [cause],
  });
  await world.make();
  expect(await world.wrongAfterAll()).toEqual([]);
});

test('a mapping of the same meaning rebuilds nothing', async () => {
  for (const same of ['window({ after: 2, before: 4 })', declared]) {
    declare(same);
    expect(await planned()).toEqual([]);
  }
  declare('allPartitions()');
  await world.make();
  // Its cells are not those of raw_fx_rates or of a table without partitions: each of these is all of them.
  project.write(TRAILING, readFileSync(join(project.root, TRAILING), 'utf8').replace(', mapping: allPartitions()', ''));
  expect(await planned()).toEqual([]);
  project.write(
    TRAILING,
    readFileSync(join(project.root, TRAILING), 'utf8').replace(
      "{ asset: 'orders_daily' }",
      `{ asset: 'orders_daily', mapping: ${declared} }`,
    ),
  );
  mapping = declared;
  await world.make();
  expect(await world.wrongAfterAll()).toEqual([]);
});

test('a mapping that was another one while its upstream changed is not forgotten when it is put back', async () => {
  declare('samePartition()');
  world.arrive([order('late2', 5)]);
  // Its reader is left as it is.
  await world.make({ selection: ['orders_daily'] });
  declare(declared);
  await world.make();
  expect(await world.wrongAfterAll()).toEqual([]);
});

test('other partitions upstream are another meaning', async () => {
  const path = 'assets/orders_daily.ts';
  const text = readFileSync(join(project.root, path), 'utf8');
  project.write(path, text.replace("daily('order_date')", "monthly('order_date')"));
  const steps = await planned();
  expect(steps.map(step => [step.asset, step.causes.map(({ kind }) => kind), step.isCertain])).toEqual(
    expect.arrayContaining([
      ['orders_daily', ['code-changed'], true],
      ['orders_trailing', ['mapping-changed'], true],
    ]),
  );
  await world.make();
  expect(await world.wrongAfterAll()).toEqual([]);
  project.write(path, text);
  await world.make();
  expect(await world.wrongAfterAll()).toEqual([]);
});

test('cells that are asked for by name leave the others stale', async () => {
  declare('samePartition()');
  await world.make({ selection: ['orders_trailing'], partitions: '2023-03-02' });
  expect((await planned()).map(({ asset, causes }) => [asset, causes.map(({ text }) => text)])).toEqual([
    ['orders_trailing', ['only some of its cells were made']],
  ]);
  declare(declared);
  await world.make();
  expect(await world.wrongAfterAll()).toEqual([]);
});
