// A table that a blocking check refused: what was published stays and is said to be older, and what was refused can be looked at.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
  await shop.pulse(['materialize']);
});
afterAll(() => shop.remove());

function arrive(event: string, order: string): void {
  const line = {
    event_id: event,
    event_type: 'order_created',
    event_time: '2025-01-15T12:00:00Z',
    vendor: 'vendor_b',
    payload: { order_id: order, total: 5 },
    ingested_at: '2025-01-17T10:00:00Z',
  };
  appendFileSync(join(shop.root, 'data/live_events/2025-01-16/more.jsonl'), `${JSON.stringify(line)}\n`);
}

const json = async (...argv: string[]) => JSON.parse((await shop.pulse([...argv, '--json'])).out);

test('nothing is aside at first, and of what is no table nothing ever is', async () => {
  expect((await shop.pulse(['show', 'orders', '--failed'])).out).toBe(
    'Nothing of orders was refused since it was last published.\n',
  );
  const { code, err } = await shop.pulse(['show', 'events_raw', '--failed']);
  expect([code, err]).toEqual([2, expect.stringContaining('events_raw is ingest')]);
});

test('a cell that is refused is kept aside beside the published one', async () => {
  const [before] = await json('status', 'orders');
  arrive('e-20', 'o-1');
  const { code, err, out } = await shop.pulse(['materialize']);
  expect([code, err + out]).toEqual([1, expect.stringContaining('pulse show orders --failed')]);

  const refused = await json('show', 'orders', '--failed');
  expect(refused).toMatchObject({
    asset: 'orders',
    message: expect.stringContaining('orders was not published: unique(order_id) fails for 2 rows'),
    cells: [{ cell: '2025-01-15', refusedRows: 3, publishedRows: 2 }],
    published: { runId: before.runId },
    checks: [{ name: 'unique(order_id)', failedRows: 2, sampleColumns: ['order_id'] }],
  });
  const shown = (await shop.pulse(['show', 'orders', '--failed'])).out;
  expect(shown).toContain(`not published; what run ${before.runId} made`);
  expect(shown).toMatch(/2025-01-15 +3 +2/);
  expect(shown).toMatch(/unique\(order_id\) fails for 2 rows\norder_id\no-1/);

  const [status] = await json('status', 'orders');
  expect(status).toMatchObject({ status: 'stale', runId: before.runId, lastStep: { status: 'failed' } });
  const older = `the published one is older: of run ${before.runId}`;
  expect((await shop.pulse(['status', 'orders', '--explain'])).out).toContain(older);
});

test('a whole table that is refused is kept too, and goes with the next publication', async () => {
  const model = join(shop.root, 'models/marts/orders.sql');
  const sql = readFileSync(model, 'utf8');
  writeFileSync(model, sql.replace("JSON_VALUE(payload, '$.order_id') AS", 'CAST(NULL AS STRING) AS'));
  expect((await shop.pulse(['materialize'])).code).toBe(1);
  expect(await json('show', 'orders', '--failed')).toMatchObject({
    cells: [
      { cell: '2025-01-15', refusedRows: 3, publishedRows: 2 },
      { cell: '2025-01-16', refusedRows: 1, publishedRows: 1 },
    ],
    checks: [{ name: 'notNull(order_id)', failedRows: 4 }],
  });
  writeFileSync(model, sql.replace("'$.order_id') AS", "'$.order_id') || event_id AS"));
  expect((await shop.pulse(['materialize'])).code).toBe(0);
  expect(await json('show', 'orders', '--failed')).toBeNull();
  expect((await json('status', 'orders'))[0]).toMatchObject({ status: 'fresh', rows: 4 });
});
