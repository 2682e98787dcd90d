// The index of ids: its order is that of the hashes, and ids of one hash are told apart.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packEvents } from '../../src/raw/event-pack.ts';
import { openSqliteRawStore } from '../../src/raw/sqlite.ts';
import { idHash, orderByHash } from '../../src/raw/sqlite-ids.ts';
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
