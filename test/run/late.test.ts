// However events arrive, and whatever is made, left out, changed or killed in between: afterwards every table is what one full
// build of the same events gives. PULSE_LATE_CASES sets how many stories are tried (npm run
// test:soak: thousands); a failure prints the seed for PULSE_LATE_SEED, and with PULSE_LATE_SHRINK=1 the shortest story is sought.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FailpointName } from '../../src/failpoint.ts';
import { eventLine } from './late-events.ts';
import { LateWorld, type Make } from './late-world.ts';
import { SAMPLE_DATA, sampleProject } from './sample-project.ts';

const CASES = Number(process.env['PULSE_LATE_CASES'] ?? 60);
const SEED = process.env['PULSE_LATE_SEED'];

type Step =
  | { readonly kind: 'arrive'; readonly lines: readonly string[] }
  | { readonly kind: 'make'; readonly make: Make }
  | { readonly kind: 'rewrite'; readonly model: string; readonly isChanged: boolean }
  | { readonly kind: 'redact'; readonly ids: readonly string[] };

const MODELS = ['marts/fact_payments.sql', 'marts/fact_orders.sql', 'staging/stg_refunds.sql', 'marts/dim_product.sql'];
/** Changes of meaning, each of some rows. */
const CHANGES: Readonly<Record<string, (text: string) => string>> = {
  'marts/fact_payments.sql': text =>
    text.replace('  method,\n  txn_id,', "  COALESCE(method, 'unknown') AS method,\n  txn_id,"),
  'marts/fact_orders.sql': text =>
    text.replace('  region,\n  ship_line1,', '  COALESCE(region, vendor) AS region,\n  ship_line1,'),
  'staging/stg_refunds.sql': text =>
    text.replace('  reason,\n  items,', '  COALESCE(reason, event_id) AS reason,\n  items,'),
  'marts/dim_product.sql': text => text.replace('WHERE sku IS NOT NULL', "WHERE sku IS NOT NULL AND sku != 'S2'"),
};

const SELECTIONS = [
  'fact_orders',
  'stg_*',
  'fact_payments+',
  'raw_events',
  'dim_customer',
  'tag:marts',
  'fact_order_daily',
  '+fact_order_items',
];
const DEATHS: readonly FailpointName[] = [
  'after-ingest',
  'after-stage',
  'after-audit',
  'after-publish',
  'after-apply',
  'after-step',
  'before-finish',
];

const make: fc.Arbitrary<Make> = fc
  .record(
    {
      selection: fc.constantFrom<readonly string[]>([], [], ...SELECTIONS.map(one => [one])),
      only: fc.boolean(),
      fullRefresh: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      concurrency: fc.constantFrom(1, 2),
      // Every change by keys, none, or as it comes.
      deltas: fc.constantFrom({ floor: 1_000, share: 0.2 }, { floor: 0, share: 0 }, { floor: 6, share: 0.1 }),
      dies: fc.oneof(
        { weight: 2, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.record({ at: fc.constantFrom(...DEATHS), times: fc.integer({ min: 1, max: 12 }) }) },
      ),
    },
    { requiredKeys: ['selection'] },
  )
  .map(({ dies, ...rest }) => ({ ...rest, ...(dies === undefined ? {} : { dies }) }));

const cells: fc.Arbitrary<Make> = fc
  .tuple(
    fc.constantFrom('fact_orders', 'fact_payments', 'fact_order_daily', 'stg_orders'),
    fc.constantFrom('2023-01', '2023-02', '2023-01-20..2023-02-10', '2023-02-05'),
  )
  .map(([asset, partitions]) => ({ selection: [asset], partitions }));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(eventLine, { minLength: 1, maxLength: 12 }).map(lines => ({ kind: 'arrive', lines }) as const),
  },
  { weight: 3, arbitrary: make.map(make => ({ kind: 'make', make }) as const) },
  { weight: 1, arbitrary: cells.map(make => ({ kind: 'make', make }) as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('rewrite' as const),
      model: fc.constantFrom(...MODELS),
      isChanged: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 20 })
      .map(ids => ({ kind: 'redact', ids: ids.map(id => `e${id}`) }) as const),
  },
);

const sample = sampleProject();
let base: LateWorld;

beforeAll(async () => {
  base = new LateWorld(sample);
  base.write('fx_rates_2023.csv', readFileSync(join(SAMPLE_DATA, 'fx_rates_2023.csv'), 'utf8'));
  base.arrive(fc.sample(eventLine, { seed: 5, numRuns: 80 }));
  expect((await base.make())?.status).toBe('done');
  expect(await base.wrong()).toEqual([]);
}, 120_000);

afterAll(() => {
  base.remove();
  sample.remove();
});

async function take(world: LateWorld, one: Step): Promise<void> {
  switch (one.kind) {
    case 'arrive':
      return world.arrive(one.lines);
    case 'make':
      await world.make(one.make);
      return;
    case 'rewrite':
      return world.rewrite(one.model, one.isChanged ? CHANGES[one.model] : undefined);
    case 'redact':
      await world.redact(one.ids);
  }
}

async function endOf(story: readonly Step[]): Promise<string[]> {
  const world = new LateWorld(sample, base);
  try {
    for (const one of story) await take(world, one);
    const end = await world.make();
    const failed = end?.steps.filter(result => result.status === 'failed' || result.status === 'skipped') ?? [];
    const wrong = failed.map(result => `${result.asset} ${result.status}: ${result.error?.message ?? ''}`);
    const again = await world.make();
    const restless = again?.status === 'nothing' ? [] : [`a second run is ${again?.status}, not nothing`];
    return [...wrong, ...restless, ...(await world.wrong())];
  } finally {
    for (const model of MODELS) world.rewrite(model, undefined);
    world.remove();
  }
}

test('whatever happens, every table ends as one full build', { timeout: 3_600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async story => {
      expect(await endOf(story)).toEqual([]);
    }),
    {
      numRuns: CASES,
      ...(SEED === undefined ? {} : { seed: Number(SEED) }),
      endOnFailure: process.env['PULSE_LATE_SHRINK'] === undefined,
    },
  );
});
