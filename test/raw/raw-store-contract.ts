// What every raw store must do, whatever it is made of: one suite for all adapters.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventsOfColumns } from '../../src/raw/event-columns.ts';
import { packEvents } from '../../src/raw/event-pack.ts';
import { IdsHash } from '../../src/raw/ids-hash.ts';
import type { IncomingEvent, StoredEvent } from '../../src/raw/raw-event.ts';
import type { QuarantineEntry, RawStore, Receipt } from '../../src/raw/raw-store.ts';
import { event } from './sample-events.ts';

export async function eventsOf(store: RawStore, batchId: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const chunk of store.readBatch(batchId)) events.push(...chunk);
  return events.sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
}

export async function quarantineOf(store: RawStore, batchId: string): Promise<QuarantineEntry[]> {
  const entries: QuarantineEntry[] = [];
  for await (const chunk of store.readQuarantine(batchId)) entries.push(...chunk);
  return entries;
}

async function put(store: RawStore, ...packs: readonly (readonly IncomingEvent[])[]): Promise<Receipt> {
  const batch = await store.openBatch('data/x.jsonl');
  for (const events of packs) await batch.write(packEvents(events), []);
  return batch.close();
}

const countsOf = ({ received, inserted, duplicates, conflicts, rejected }: Receipt) => ({
  received,
  inserted,
  duplicates,
  conflicts,
  rejected,
});

const ORDER = { reason: 'the customer asked for it', redactedAt: '2025-02-01T08:00:00Z' };

export interface Traits {
  /** Whether a payload comes back spelled as it was (63.10), or as JSON writes its values (63.1). */
  readonly keepsSpelling?: boolean;
  /** Events enough for more than one chunk; fewer for a slow server. */
  readonly many?: number;
}

export function rawStoreContract(
  name: string,
  open: () => Promise<RawStore>,
  { keepsSpelling = true, many = 12_000 }: Traits = {},
): void {
  const spelled = (payload: string): string => (keepsSpelling ? payload : JSON.stringify(JSON.parse(payload)));
  describe(`the raw store on ${name}`, () => {
    let store: RawStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    test('what is written comes back as it was, byte for byte', async () => {
      const events = [
        event('a', {
          payload: `{"n":${keepsSpelling ? '12345678901234567890' : 12345},"d":63.10,"s":"é😀\\u0041\\n"}`,
          eventTime: '2025-01-15T09:43:48.123456Z',
        }),
        event('b', { vendor: null, eventType: 'brand_new', payload: '{}' }),
        event('ü\n"\u001f', { vendor: 'n', eventType: 'x\u001fy' }),
        event('c', { vendor: '' }),
      ];
      const { batchId } = await put(store, events);
      const stored = events.map(({ line: _, ...one }) => ({ ...one, payload: spelled(one.payload), batchId }));
      expect(await eventsOf(store, batchId)).toEqual(stored.sort((a, b) => (a.eventId < b.eventId ? -1 : 1)));
      expect(await store.countEvents()).toBe(4);
    });

    test('a receipt says what happened, also by day of ingestion, and its hash is that of the ids', async () => {
      const batch = await store.openBatch('data/live_events/2025-01-15/events.jsonl');
      const first = event('a');
      await batch.write(packEvents([first, event('b', { ingestedAt: '2025-01-14T23:59:59Z' }), first]), [
        { line: 4, reason: 'broken JSON', raw: '{', isCut: false },
      ]);
      const counts = await batch.write(packEvents([event('a', { payload: '{"total":1}', line: 5 })]), []);
      expect(counts).toEqual({ received: 1, inserted: 0, duplicates: 0, conflicts: 1, rejected: 0 });
      const receipt = await batch.close();
      const ids = new IdsHash();
      ids.add('b');
      ids.add('a');
      expect(receipt).toEqual({
        batchId: batch.batchId,
        source: 'data/live_events/2025-01-15/events.jsonl',
        status: 'closed',
        startedAt: '2025-01-16T12:00:00Z',
        finishedAt: '2025-01-16T12:00:00Z',
        ...{ received: 5, inserted: 2, duplicates: 1, conflicts: 1, rejected: 1 },
        days: {
          '2025-01-14': { received: 1, inserted: 1, duplicates: 0, conflicts: 0, rejected: 0 },
          '2025-01-15': { received: 3, inserted: 1, duplicates: 1, conflicts: 1, rejected: 0 },
          '2025-01-16': { received: 1, inserted: 0, duplicates: 0, conflicts: 0, rejected: 1 },
        },
        idsHash: ids.toString(),
        redacted: 0,
        redactedHash: '000000000000000',
      });
      expect(await store.receipts()).toEqual([receipt]);
    });

    test.each([
      ['another ingested_at', { ingestedAt: '2025-02-01T00:00:00Z' }],
      ['a number written otherwise', { payload: '{"total":6.31e1}' }],
    ])('the same event with %s is a duplicate', async (_, more) => {
      await put(store, [event('a')]);
      const receipt = await put(store, [event('a', more)]);
      expect(countsOf(receipt)).toEqual({ received: 1, inserted: 0, duplicates: 1, conflicts: 0, rejected: 0 });
      expect(await quarantineOf(store, receipt.batchId)).toEqual([]);
    });

    test.each([
      ['payload', { payload: '{"total":63.11}' }, 'payload'],
      ['event_type', { eventType: 'order_updated' }, 'event_type (stored: order_created)'],
      ['vendor', { vendor: null }, 'vendor (stored: vendor_a)'],
      ['event_time', { eventTime: '2025-01-15T09:43:49Z' }, 'event_time (stored: 2025-01-15T09:43:48Z)'],
    ])(
      'the same id with another %s is a conflict: the stored one stays, the newcomer is kept aside',
      async (_, more, reason) => {
        const before = await put(store, [event('a')]);
        const receipt = await put(store, [event('a', { ...more, line: 7 }), event('b')]);
        expect(countsOf(receipt)).toEqual({ received: 2, inserted: 1, duplicates: 0, conflicts: 1, rejected: 0 });
        expect((await eventsOf(store, before.batchId))[0]?.payload).toBe(spelled('{"total":63.10}'));
        const [entry] = await quarantineOf(store, receipt.batchId);
        expect(entry).toMatchObject({
          batchId: receipt.batchId,
          source: 'data/x.jsonl',
          line: 7,
          kind: 'conflict',
          reason: `event_id a is stored already, with another ${reason}`,
          eventId: 'a',
          isCut: false,
          quarantinedAt: '2025-01-16T12:00:00Z',
        });
        expect(JSON.parse(entry?.raw ?? '')).toMatchObject({ event_id: 'a', ingested_at: '2025-01-15T10:00:00Z' });
      },
    );

    test('the first of several wins, also within a pack, and across batches that are open together', async () => {
      const [one, two] = [await store.openBatch('one'), await store.openBatch('two')];
      await two.write(
        packEvents([
          event('a', { payload: '{"n":1}' }),
          event('a', { payload: '{"n":2}' }),
          event('a', { payload: '{"n":1}' }),
        ]),
        [],
      );
      await one.write(packEvents([event('a', { payload: '{"n":3}' }), event('b')]), []);
      const receipts = [await one.close(), await two.close()];
      expect(receipts.map(countsOf)).toEqual([
        { received: 2, inserted: 1, duplicates: 0, conflicts: 1, rejected: 0 },
        { received: 3, inserted: 1, duplicates: 1, conflicts: 1, rejected: 0 },
      ]);
      expect((await eventsOf(store, two.batchId)).map(({ payload }) => payload)).toEqual(['{"n":1}']);
    });

    test('what is rejected is kept with its place, its reason and its text', async () => {
      const batch = await store.openBatch('data/y.json');
      await batch.write(packEvents([]), [
        { line: null, reason: 'the file is empty', raw: '', isCut: false },
        { line: 12, reason: 'too large', raw: 'é'.repeat(10), isCut: true },
        { line: 13, reason: 'control character', raw: 'a\u0000b', isCut: false },
      ]);
      const { batchId, received, rejected } = await batch.close();
      expect({ received, rejected }).toEqual({ received: 3, rejected: 3 });
      const common = {
        batchId,
        source: 'data/y.json',
        kind: 'rejected',
        eventId: null,
        quarantinedAt: '2025-01-16T12:00:00Z',
      };
      expect(await quarantineOf(store, batchId)).toEqual([
        { ...common, line: null, reason: 'the file is empty', raw: '', isCut: false },
        { ...common, line: 12, reason: 'too large', raw: 'éééééééééé', isCut: true },
        { ...common, line: 13, reason: 'control character', raw: 'a\u0000b', isCut: false },
      ]);
    });

    test('a batch is read only once it is closed', async () => {
      const batch = await store.openBatch('x');
      await batch.write(packEvents([event('a')]), []);
      await expect(eventsOf(store, batch.batchId)).rejects.toMatchObject({ code: 'RAW_STORE_FAILED' });
      await expect(eventsOf(store, 'nobody')).rejects.toMatchObject({ code: 'RAW_STORE_FAILED' });
      await batch.close();
      expect(await eventsOf(store, batch.batchId)).toHaveLength(1);
    });

    test('recovery leaves alone what this process is still writing', async () => {
      const batch = await store.openBatch('x');
      expect(await store.recover()).toEqual([]);
      await batch.write(packEvents([event('a')]), []);
      expect((await batch.close()).inserted).toBe(1);
    });

    test('receipts come oldest first, and their ids sort like them', async () => {
      const ids: string[] = [];
      for (const source of ['b', 'a', 'c']) ids.push((await (await store.openBatch(source)).close()).batchId);
      expect((await store.receipts()).map(({ batchId }) => batchId)).toEqual(ids);
      expect(new Set(ids).size).toBe(3);
    });

    test('many events come back in chunks of bounded size', async () => {
      const events = Array.from({ length: many }, (_, n) => event(`e${n}`, { payload: `{"n":${n}}` }));
      const { batchId } = await put(store, events);
      const sizes: number[] = [];
      for await (const chunk of store.readBatch(batchId)) sizes.push(chunk.length);
      expect(sizes.reduce((a, b) => a + b)).toBe(many);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(5_000);
    });

    test('the columns of a batch are its events, whatever their ids, types and vendors hold', async () => {
      const odd = [
        '\u001e',
        '\u001f',
        'a\u001fb',
        'x\u001ey',
        'plain',
        'ö',
        '\u{1f600}',
        '\u0000',
        'a\u0000b',
        'a\u0000c',
      ];
      for (const text of odd) {
        const events = [
          event(`${text} 1`, { vendor: text }),
          event(text, { vendor: null, eventType: text, payload: '{"a":"\\u001f"}' }),
        ];
        const { batchId, idsHash } = await put(store, events);
        const read: StoredEvent[] = [];
        const ids = new IdsHash();
        for await (const columns of store.readColumns(batchId)) {
          read.push(...eventsOfColumns(columns, batchId));
          ids.addColumn(columns.columns[0] ?? '', columns.marks);
        }
        expect(read.sort((a, b) => (a.eventId < b.eventId ? -1 : 1))).toEqual(await eventsOf(store, batchId));
        expect(read.map(({ vendor }) => vendor).sort()).toEqual([text, null].sort());
        expect(ids.toString()).toBe(idsHash);
      }
    });

    test('a redacted event is gone, its tombstone stays, and the receipt still adds up', async () => {
      const first = await put(store, [event('a'), event('b', { eventType: 'refund_issued' }), event('c')]);
      await put(store, [event('d')]);
      const outcome = await store.redact(['b', 'nobody', 'd', 'b'], ORDER);
      expect(outcome).toEqual({ tombstones: 3, events: 2, quarantined: 0 });
      expect((await eventsOf(store, first.batchId)).map(({ eventId }) => eventId)).toEqual(['a', 'c']);
      expect(await store.countEvents()).toBe(2);
      const [receipt] = await store.receipts();
      const ids = new IdsHash();
      ids.add('b');
      expect(receipt).toEqual({ ...first, redacted: 1, redactedHash: ids.toString() });
      const left = IdsHash.parse(receipt?.redactedHash ?? '');
      for (const { eventId } of await eventsOf(store, first.batchId)) left.add(eventId);
      expect(left.toString()).toBe(receipt?.idsHash);
    });

    test('tombstones are listed in order, from any sequence on; an id keeps its first', async () => {
      const { batchId } = await put(store, [event('a'), event('b')]);
      await store.redact(['b'], ORDER);
      const again = { reason: 'again', redactedAt: '2025-03-01T00:00:00Z' };
      expect(await store.redact(['b', 'unknown', 'a'], again)).toEqual({ tombstones: 2, events: 1, quarantined: 0 });
      const tombstones = await store.redactions(0);
      expect(tombstones.map(({ sequence: _, ...one }) => one)).toEqual([
        { eventId: 'b', ...ORDER, batchId, eventType: 'order_created', eventDate: '2025-01-15' },
        { eventId: 'unknown', ...again, batchId: null, eventType: null, eventDate: null },
        { eventId: 'a', ...again, batchId, eventType: 'order_created', eventDate: '2025-01-15' },
      ]);
      const sequences = tombstones.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
      expect(await store.redactions(sequences[0] ?? 0)).toEqual(tombstones.slice(1));
      expect(await store.redactions(sequences.at(-1) ?? 0)).toEqual([]);
    });

    test('what brings a redacted id again counts as a duplicate, and nothing of it is kept', async () => {
      await put(store, [event('a'), event('b')]);
      await store.redact(['a', 'never\nseen'], ORDER);
      const batch = await store.openBatch('data/x.jsonl');
      await batch.write(
        packEvents([
          event('a'),
          event('a', { payload: '{"other":1}' }),
          event('never\nseen'),
          event('c'),
          event('b', { payload: '{"other":1}' }),
        ]),
        [
          { line: 6, reason: 'no event_type', raw: '{"event_id": "never\\nseen", "name":"Ada"}', isCut: false },
          { line: 7, reason: 'broken JSON', raw: '{"event_id":"c"', isCut: false },
        ],
      );
      const receipt = await batch.close();
      expect(countsOf(receipt)).toEqual({ received: 7, inserted: 1, duplicates: 4, conflicts: 1, rejected: 1 });
      expect(Object.values(receipt.days).reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(4);
      expect((await eventsOf(store, receipt.batchId)).map(({ eventId }) => eventId)).toEqual(['c']);
      const quarantine = await quarantineOf(store, receipt.batchId);
      expect(quarantine.map(({ line, eventId }) => [line, eventId])).toEqual([
        [7, null],
        [1, 'b'],
      ]);
      const ids = new IdsHash();
      ids.add('c');
      expect(receipt.idsHash).toBe(ids.toString());
    });

    test('quarantine entries that carry a redacted id go with it, and no others', async () => {
      const batch = await store.openBatch('data/x.jsonl');
      await batch.write(packEvents([event('a'), event('b')]), [
        { line: 3, reason: 'no event_type', raw: '{"event_id":"a","email":"ada@example.com"}', isCut: false },
        { line: 4, reason: 'broken JSON', raw: '{"event_id" : 17, ', isCut: false },
        { line: 5, reason: 'broken JSON', raw: '{"event_id":"ab', isCut: false },
      ]);
      await batch.write(packEvents([event('a', { payload: '1' }), event('b', { payload: '1' })]), []);
      const receipt = await batch.close();
      expect(await store.redact(['a', '17'], ORDER)).toEqual({ tombstones: 2, events: 1, quarantined: 3 });
      const left = await quarantineOf(store, receipt.batchId);
      expect(left.map(({ line, eventId }) => [line, eventId])).toEqual([
        [5, null],
        [1, 'b'],
      ]);
      expect(countsOf((await store.receipts())[0] as Receipt)).toEqual(countsOf(receipt));
    });

    test('a batch that is open while events of it are redacted is closed with what is left', async () => {
      const batch = await store.openBatch('x');
      await batch.write(packEvents([event('a'), event('b')]), []);
      await store.redact(['a'], ORDER);
      await batch.write(packEvents([event('a'), event('c')]), []);
      const receipt = await batch.close();
      expect(countsOf(receipt)).toEqual({ received: 4, inserted: 3, duplicates: 1, conflicts: 0, rejected: 0 });
      expect(receipt.redacted).toBe(1);
      expect((await eventsOf(store, batch.batchId)).map(({ eventId }) => eventId)).toEqual(['b', 'c']);
    });

    test('whatever comes, in whatever order and batches: nothing is lost, each id is stored once, the first one', async () => {
      const arrivals = fc.array(
        fc.array(
          fc.record({
            id: fc.constantFrom('a', 'b', 'c', 'dd', 'ee-1', 'ee-2'),
            payload: fc.constantFrom('{"n":1}', '{"n":1.0}', '{"n":2}'),
          }),
          { maxLength: 8 },
        ),
        { maxLength: 5 },
      );
      let tries = 0;
      await fc.assert(
        fc.asyncProperty(arrivals, async packs => {
          // Ids of their own for each try, in the one store.
          const run = `${++tries}/`;
          const first = new Map<string, string>();
          const expected = { received: 0, inserted: 0, duplicates: 0, conflicts: 0, rejected: 0 };
          for (const { id, payload } of packs.flat()) {
            expected.received++;
            const known = first.get(id);
            if (known === undefined) {
              first.set(id, payload);
              expected.inserted++;
            } else if (Number(known.slice(5, -1)) === Number(payload.slice(5, -1))) expected.duplicates++;
            else expected.conflicts++;
          }
          const events = packs.map(pack => pack.map(({ id, payload }) => event(`${run}${id}`, { payload })));
          const receipt = await put(store, ...events);
          expect(countsOf(receipt)).toEqual(expected);
          const stored = (await eventsOf(store, receipt.batchId)).map(({ eventId, payload }) => [
            eventId.slice(run.length),
            payload,
          ]);
          const expectedOnes = [...first].map(([id, payload]) => [id, spelled(payload)] as const);
          expect(stored).toEqual(expectedOnes.sort(([a], [b]) => (a < b ? -1 : 1)));
        }),
        { numRuns: 50 },
      );
    });
  });
}
