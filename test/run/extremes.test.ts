// Events at the edges of what a value may be: what can be made of them is made, and nothing else suffers.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SampleProject, sampleProject } from './sample-project.ts';

let project: SampleProject;
beforeEach(() => {
  project = sampleProject();
  project.write('data/fx_rates.csv', 'date,USDNGN\n2023-01-01,460.5\n');
});
afterEach(() => project.remove());

const order = (id: string, payload: object): string =>
  JSON.stringify({
    event_id: id,
    event_type: 'order_created',
    event_time: '2025-01-15T10:00:00Z',
    vendor: 'vendor_a',
    payload,
    ingested_at: '2025-01-15T11:00:00Z',
  });

const give = (...lines: string[]): void =>
  project.write('data/live_events/2025-01-15/a.jsonl', `${lines.join('\n')}\n`);

test('one mistaken date makes a long calendar, not a failed one', async () => {
  give(
    order('a', { orderRef: 'A', created: '2025-01-15 10:00' }),
    order('b', { orderRef: 'B', created: '5000-01-15 10:00' }),
  );
  expect((await project.materialize({ selection: ['tag:staging'] })).status).toBe('done');
  // Counted as a query: publishing a million days takes long.
  const model = readFileSync(join(project.root, 'models/marts/dim_date.sql'), 'utf8');
  const days = model.replaceAll(/\{\{ref "(\w+)"\}\}/g, '$1');
  expect(await project.rows(`SELECT COUNT(*), MIN(date), MAX(date) FROM (${days})`)).toEqual([
    [1_086_597, '2025-01-15', '5000-01-15'],
  ]);
});

test('a NUL in an id, a key and a name goes all the way', async () => {
  give(order('a\u0000b', { orderRef: 'A\u0000B', created: '2025-01-15 10:00', total: 63.1, currency: 'NGN' }));
  expect((await project.materialize({ selection: ['fact_orders'] })).status).toBe('done');
  expect(await project.rows('SELECT event_id, order_id, order_total FROM fact_orders')).toEqual([
    ['a\u0000b', 'A\u0000B', '63.1'],
  ]);
});
