// A raw store in whose place another was put: it is filled from the files
// again, and what only the one before had is not lost by that.

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeShop, type Shop } from '../cli/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
});
afterAll(() => shop.remove());

const events = (): Promise<string> =>
  shop
    .pulse(['query', 'SELECT COUNT(*) AS n, COUNT(DISTINCT event_id) AS ids FROM raw_events', '--format', 'csv'])
    .then(({ out }) => out);

const loseStore = (): void => {
  for (const end of ['', '-wal', '-shm']) rmSync(join(shop.root, `.pulse/raw.sqlite${end}`), { force: true });
};

test('a store that is gone is filled from the files again, and nothing is published twice', async () => {
  expect(await shop.pulse(['materialize', '-q'])).toMatchObject({ code: 0 });
  const before = await events();
  loseStore();
  const days = join(shop.root, 'data/live_events');
  cpSync(join(days, '2025-01-15'), join(days, '2025-01-17'), { recursive: true });
  const again = await shop.pulse(['materialize']);
  expect([again.code, again.out]).toEqual([0, expect.stringContaining('All files are read again.')]);
  expect([before, await events()]).toEqual(['n,ids\n4,4\n', before]);
  expect(await shop.pulse(['prove', '-q'])).toMatchObject({ code: 0 });
  expect((await shop.pulse(['materialize'])).out).not.toContain('The raw store');
});

test('what is in no file any more stays published until somebody says otherwise', async () => {
  const before = await events();
  loseStore();
  const days = join(shop.root, 'data/live_events');
  for (const day of ['2025-01-15', '2025-01-17']) rmSync(join(days, day), { recursive: true });
  const again = await shop.pulse(['materialize']);
  expect([again.code, again.out]).toEqual([
    1,
    expect.stringMatching(/raw_events has \d events that the raw store, which is another one, lacks/),
  ]);
  expect(await events()).toBe(before);
  const more = await shop.pulse(['materialize']);
  expect([more.code, more.out]).toEqual([1, expect.stringContaining('what is in none of them is published still.')]);
  expect(await shop.pulse(['materialize', 'raw_events', '--full-refresh'])).toMatchObject({ code: 0 });
  expect(await events()).not.toBe(before);
  const after = await shop.pulse(['materialize']);
  expect([after.code, after.out]).toEqual([0, expect.not.stringContaining('The raw store')]);
  expect(await shop.pulse(['prove', '-q'])).toMatchObject({ code: 0 });
});
