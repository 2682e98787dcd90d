// A raw store in whose place another was put: what it brings may be in the warehouse already, and is looked for there.

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeShop, type Shop } from '../cli/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
});
afterAll(() => shop.remove());

test('an event that the store before had brought is refused, not published twice', async () => {
  expect(await shop.pulse(['materialize', '-q'])).toMatchObject({ code: 0 });
  const events = (): Promise<string> =>
    shop
      .pulse(['query', 'SELECT COUNT(*) AS n, COUNT(DISTINCT event_id) AS ids FROM raw_events', '--format', 'csv'])
      .then(({ out }) => out);
  const before = await events();
  for (const end of ['', '-wal', '-shm']) rmSync(join(shop.root, `.pulse/raw.sqlite${end}`), { force: true });
  const days = join(shop.root, 'data/live_events');
  cpSync(join(days, '2025-01-15'), join(days, '2025-01-17'), { recursive: true });
  const again = await shop.pulse(['materialize', 'raw_events']);
  expect([again.code, again.out]).toEqual([
    1,
    expect.stringContaining('not published: unique(event_id) fails for 3 rows'),
  ]);
  expect([before, await events()]).toEqual(['n,ids\n4,4\n', before]);
});
