// The index of ids: its order is that of the hashes, and ids of one hash are told apart.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packEvents } from '../../src/raw/event-pack.ts';
import type { OpenBatch } from '../../src/raw/raw-store.ts';
import { openSqliteRawStore } from '../../src/raw/sqlite.ts';
import type { Connection } from '../../src/raw/sqlite-file.ts';
import { idHash, orderByHash, SeenIds } from '../../src/raw/sqlite-ids.ts';
import { eventsOf } from './raw-store-contract.ts';
import { event, NOW } from './sample-events.ts';

test('the order by hash is ascending and stable, whatever the hashes', () => {
  const hash = fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.maxSafeInteger().map(n => Math.abs(n) % 2 ** 48),
  );
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 200 }), hashes => {
      const expected = [...hashes.keys()].sort((a, b) => (hashes[a] ?? 0) - (hashes[b] ?? 0) || a - b);
      expect([...orderByHash(Float64Array.from(hashes))]).toEqual(expected);
    }),
  );
});

test('what others write while a first load goes on is known: none of it is stored twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pulse-ids-'));
  try {
    const path = join(folder, 'raw.sqlite');
    const [one, other] = [
      await openSqliteRawStore(path, { now: () => NOW }),
      await openSqliteRawStore(path, { now: () => NOW }),
    ];
    const mine = await one.openBatch('mine');
    const theirs = await other.openBatch('theirs');
    const write = (batch: OpenBatch, ...ids: string[]) => batch.write(packEvents(ids.map(id => event(id))), []);
    expect(await write(mine, 'a', 'b', 'a')).toMatchObject({ inserted: 2, duplicates: 1 });
    expect(await write(mine, 'b', 'c')).toMatchObject({ inserted: 1, duplicates: 1 });
    expect(await write(theirs, 'c', 'd')).toMatchObject({ inserted: 1, duplicates: 1 });
    expect(await write(mine, 'd', 'e')).toMatchObject({ inserted: 1, duplicates: 1 });
    expect(await write(theirs, 'e', 'f')).toMatchObject({ inserted: 1, duplicates: 1 });
    expect(await write(mine, 'f', 'a', 'g')).toMatchObject({ inserted: 1, duplicates: 2 });
    await Promise.all([one.close(), other.close()]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('of a first load a filter tells what is new, and lets through whatever may be stored', () => {
  const hash = fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.maxSafeInteger().map(n => Math.abs(n) % 2 ** 48),
    fc.constantFrom(0, 2 ** 22 - 1, 2 ** 22, 2 ** 27, 2 ** 48 - 1),
  );
  const connection = { rows: (sql: string) => (sql.startsWith('PRAGMA') ? [[1]] : []) } as unknown as Connection;
  fc.assert(
    fc.property(fc.array(fc.array(hash, { maxLength: 50 }), { maxLength: 6 }), packs => {
      const seen = SeenIds.ofNone(connection);
      if (seen === undefined) throw new Error('the store is empty');
      const stored = new Set<number>();
      for (const pack of packs) {
        const maybe = new Set(seen.sift(Float64Array.from(pack)));
        for (const [position, one] of pack.entries()) {
          if (stored.has(one)) expect(maybe.has(position)).toBe(true);
        }
        for (const one of pack) stored.add(one);
      }
    }),
    { numRuns: 30 },
  );
});

test('ids whose hashes are the same stay two ids: stored, known again, in conflict and redacted each by itself', async () => {
  // Found by trying 60 million.
  const [one, other] = ['evt-0012028c', 'evt-0044d32a'];
  expect(idHash(one)).toBe(idHash(other));
  const store = await openSqliteRawStore(':memory:', { now: () => NOW });
  const first = await store.openBatch('first');
  await first.write(packEvents([event(one)]), []);
  expect(await first.close()).toMatchObject({ inserted: 1, duplicates: 0, conflicts: 0 });
  const second = await store.openBatch('second');
  await second.write(
    packEvents([event(other), event(one), event(other), event(other, { payload: '{"total":1}' })]),
    [],
  );
  expect(await second.close()).toMatchObject({ inserted: 1, duplicates: 2, conflicts: 1 });
  const third = await store.openBatch('third');
  await third.write(packEvents([event(other), event(one, { vendor: null }), event(one)]), []);
  expect(await third.close()).toMatchObject({ inserted: 0, duplicates: 2, conflicts: 1 });
  const order = { reason: 'asked for', redactedAt: '2025-02-01T08:00:00Z' };
  expect(await store.redact([one], order)).toEqual({ tombstones: 1, events: 1, quarantined: 1 });
  expect(await eventsOf(store, first.batchId)).toEqual([]);
  expect((await eventsOf(store, second.batchId)).map(({ eventId }) => eventId)).toEqual([other]);
  const fourth = await store.openBatch('fourth');
  await fourth.write(packEvents([event(other), event(one)]), []);
  expect(await fourth.close()).toMatchObject({ inserted: 0, duplicates: 2 });
  await store.close();
  const fresh = await openSqliteRawStore(':memory:', { now: () => NOW });
  const batch = await fresh.openBatch('both in one pack');
  await batch.write(packEvents([event(one), event(other), event(one), event(other, { vendor: null })]), []);
  expect(await batch.close()).toMatchObject({ inserted: 2, duplicates: 1, conflicts: 1 });
  await fresh.close();
});
