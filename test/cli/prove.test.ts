// pulse prove and pulse diff: what was built step by step against one full build.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
});
afterAll(() => shop.remove());

/** What somebody, or a bug, does behind pulse's back. */
async function tamper(sql: string): Promise<void> {
  const file = await DuckDBInstance.create(join(shop.root, '.pulse/warehouse.duckdb'));
  const connection = await file.connect();
  await connection.run(sql);
  connection.closeSync();
  file.closeSync();
}

test('what is not made of what there is now is not proved, and it is said why', async () => {
  const { code, err } = await shop.pulse(['prove', 'orders']);
  expect([code, err]).toEqual([2, expect.stringContaining('orders is missing: it would differ for that alone.')]);
  expect(err).toContain('Run `pulse materialize orders` first, then prove it.');
});

test('what was made is what a full build gives, and nothing is left of the proof', async () => {
  await shop.pulse(['materialize']);
  const { code, out } = await shop.pulse(['prove']);
  expect([code, out]).toEqual([0, expect.stringContaining('Proved: 2 tables are what one full build gives.')]);
  expect(readdirSync(join(shop.root, '.pulse')).filter(name => name.startsWith('aside-'))).toEqual([]);
  expect(JSON.parse((await shop.pulse(['prove', 'orders', '--json'])).out)).toMatchObject({
    equal: true,
    tables: [{ asset: 'orders', differing: [] }],
  });
});

test('a row that was changed is shown by key and column', async () => {
  await tamper('UPDATE orders SET total = total + 1 WHERE order_id = (SELECT min(order_id) FROM orders)');
  const { code, out } = await shop.pulse(['prove', 'orders']);
  expect(code).toBe(1);
  expect(out).toMatch(/different orders {2}1 of \d cells?: /);
  expect(out).toMatch(/order_id \S+\n {6}total: \S+ published, \S+ in a full build/);
  const diff = await shop.pulse(['diff', 'orders', '--json']);
  expect([diff.code, JSON.parse(diff.out)]).toMatchObject([1, { samples: [{ kind: 'changed' }] }]);
});

test('what cannot be compared is refused with the next step', async () => {
  expect((await shop.pulse(['diff', 'orders', '--against', 'yesterday'])).err).toContain('There is no run "yesterday"');
  expect((await shop.pulse(['diff', 'ordes'])).err).toContain('Did you mean "orders"?');
  expect((await shop.pulse(['prove', 'events_raw'])).err).toContain('Nothing among the selection is a table.');
  expect((await shop.pulse(['prove', '--rows', '0'])).code).toBe(2);
});
