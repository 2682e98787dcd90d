// A raw store in whose place another was put: it is filled from the files
// again, and what only the one before had is not lost by that.

import { cpSync, renameSync, rmSync } from 'node:fs';
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

const statuses = async (): Promise<Readonly<Record<string, readonly string[]>>> => {
  const { out } = await shop.pulse(['status', '--json']);
  const all = JSON.parse(out) as { asset: string; causes: { kind: string }[] }[];
  return Object.fromEntries(all.map(({ asset, causes }) => [asset, causes.map(({ kind }) => kind)]));
};

test('a store that is gone is seen by who only looks, with what the next run does', async () => {
  const own = await makeShop();
  await shop.remove();
  shop = own;
  expect(await shop.pulse(['materialize', '-q'])).toMatchObject({ code: 0 });
  loseStore();
  expect(await statuses()).toMatchObject({ events_raw: ['raw-store-lost'], raw_events: ['upstream-stale'] });
  const { out, err } = await shop.pulse(['status', '--explain', 'events_raw']);
  expect(out).toContain('the raw store lacks what was published from it');
  expect(err).toMatch(/The raw store is another one.*All files are read again by the next/);
  const plan = JSON.parse((await shop.pulse(['materialize', '--plan', '--json'])).out);
  expect(plan.steps[0]).toMatchObject({ asset: 'events_raw', isCertain: true, causes: [{ kind: 'raw-store-lost' }] });
  expect(await shop.pulse(['prove'])).toMatchObject({ code: 2, err: expect.stringContaining('pulse materialize') });
  // A run without the files has not read them again: the next one does.
  renameSync(join(shop.root, 'data'), join(shop.root, 'elsewhere'));
  expect(await shop.pulse(['materialize'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('There is no folder'),
  });
  renameSync(join(shop.root, 'elsewhere'), join(shop.root, 'data'));
  expect(await statuses()).toMatchObject({ events_raw: ['raw-store-lost'], raw_events: ['upstream-stale'] });
  expect(await shop.pulse(['materialize', '-q'])).toMatchObject({ code: 0 });
  expect(await statuses()).toMatchObject({ events_raw: [], raw_events: [] });
});

test('nothing that looks advises to drop what only the warehouse has, and only its own name drops it', async () => {
  const before = await events();
  loseStore();
  for (const path of ['live_events', 'bootstrap'])
    rmSync(join(shop.root, 'data', path), { recursive: true, force: true });
  expect(await shop.pulse(['materialize', '-q'])).toMatchObject({ code: 0 });
  const { err, out } = await shop.pulse(['status']);
  expect(out).toMatch(/raw_events +fresh .* its raw store is another one/);
  const all: { asset: string; trouble: unknown }[] = JSON.parse((await shop.pulse(['status', '--json'])).out);
  expect(Object.fromEntries(all.map(({ asset, trouble }) => [asset, trouble]))).toEqual({
    event_files: null,
    events_raw: null,
    raw_events: {
      text: expect.stringMatching(/^The raw store is another one.* All files were read again/),
      next: expect.stringMatching(/^Put the raw store back/),
    },
    orders: null,
  });
  expect((await shop.pulse(['status', 'raw_events', '--explain'])).out).toContain('Put the raw store back');
  expect(err).toMatch(/published still. Put the raw store back, or ingest these events again./);
  const proof = await shop.pulse(['prove']);
  expect(proof).toMatchObject({ code: 2, err: expect.stringContaining('proves nothing of raw_events') });
  expect(proof.err).toContain('Put the raw store back');
  const anew = await shop.pulse(['materialize', '--full-refresh']);
  expect([anew.code, anew.out]).toEqual([
    1,
    expect.stringContaining('that the raw store, which is another one, lacks'),
  ]);
  expect(await events()).toBe(before);
  expect(await shop.pulse(['materialize', 'raw_events+', '--full-refresh', '-q'])).toMatchObject({ code: 0 });
  expect(await events()).toBe('n,ids\n0,0\n');
});
