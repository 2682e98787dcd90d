// What a batch brings is added to what is there: its receipt, what it had turned away, and the rows of models that look at one event each.

import { afterAll, expect, test } from 'vitest';
import { prove } from '../../src/run/prove.ts';
import { SAMPLE_DATA, sampleProject } from './sample-project.ts';

const project = sampleProject(SAMPLE_DATA);
afterAll(() => project.remove());

const refund = (id: string, order: string): string =>
  JSON.stringify({
    event_id: id,
    event_type: 'refund_issued',
    event_time: '2025-01-15T10:00:00Z',
    vendor: 'vendor_b',
    payload: { order_id: order, refunded_at: '2025-01-15T10:00:00Z', amount: 5, currency: 'NGN', reason: 'late' },
    ingested_at: '2025-01-18T00:00:00Z',
  });

test('a late file is one receipt, one row turned away and its refunds; all is as if it were made whole', async () => {
  await project.materialize();
  const [[order] = []] = await project.rows('SELECT MIN(order_id) FROM fact_orders');
  project.write(
    'data/live_events/2025-01-15/later.jsonl',
    `${refund('late-1', String(order))}\nno event\n${refund('late-2', 'of no order')}\n`,
  );
  const { steps } = await project.materialize();
  const rows = new Map(steps.map(step => [step.asset, [step.status, step.rows]]));
  expect(Object.fromEntries(rows)).toMatchObject({
    ingest_batches: ['done', 1],
    events_quarantine: ['done', 1],
    raw_events: ['done', 2],
    stg_refunds: ['done', 2],
    fact_refunds: ['done', 2],
    fact_orders: ['done', 2],
  });
  const silent = (): void => undefined;
  const compared = await project.run(opened =>
    prove(opened, opened.graph.order, { options: { limit: 1 }, emit: silent, onCompared: silent }),
  );
  expect(compared.length).toBeGreaterThan(15);
  expect(compared.filter(table => table.differing.length > 0)).toEqual([]);
});
