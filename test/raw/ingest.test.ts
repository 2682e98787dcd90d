// Files into the store: the contract's sources, and everything that can be wrong with a file.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findFiles, hashFile, sourceFile } from '../../src/raw/files.ts';
import { type IngestOptions, type IngestResult, ingestFiles } from '../../src/raw/ingest.ts';
import type { StoredEvent } from '../../src/raw/raw-event.ts';
import type { QuarantineEntry, RawStore } from '../../src/raw/raw-store.ts';
import { openSqliteRawStore } from '../../src/raw/sqlite.ts';
import { eventsOf, quarantineOf } from './raw-store-contract.ts';
import { NOW } from './sample-events.ts';

let root: string;
let store: RawStore;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'pulse-ingest-'));
  store = await openSqliteRawStore(':memory:', { now: () => NOW });
});
afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

type Files = Readonly<Record<string, string | Uint8Array>>;

function write(files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}

async function ingest(files: Files, options: Partial<IngestOptions> = {}): Promise<IngestResult> {
  write(files);
  const found = Object.keys(files).map(name => sourceFile(join(root, name), root));
  return ingestFiles(found, { store, now: NOW, ...options });
}

async function all(): Promise<{ events: StoredEvent[]; quarantine: QuarantineEntry[] }> {
  const receipts = await store.receipts();
  for (const { received, inserted, duplicates, conflicts, rejected, status } of receipts) {
    expect({ received, status }).toEqual({ received: inserted + duplicates + conflicts + rejected, status: 'closed' });
  }
  const events = await Promise.all(receipts.map(({ batchId }) => eventsOf(store, batchId)));
  const quarantine = await Promise.all(receipts.map(({ batchId }) => quarantineOf(store, batchId)));
  return { events: events.flat(), quarantine: quarantine.flat() };
}

const live = (id: string, more: object = {}): string =>
  JSON.stringify({
    event_id: id,
    event_type: 'order_created',
    event_time: '2025-01-15T09:43:48Z',
    vendor: 'vendor_c',
    payload: { order: { id: `ORD-${id}` } },
    ingested_at: '2025-01-15T10:00:00Z',
    ...more,
  });

const faults = (entries: readonly QuarantineEntry[]) =>
  entries.map(({ source, line, reason }) => ({ source, line, reason }));

describe('what an event becomes', () => {
  test('a live event keeps its six fields; its payload loses white space only', async () => {
    const line = `{"event_id": "x", "event_type": "brand_new", "event_time": "2025-01-15T10:43:48.250+01:00", "vendor": null, "payload": {"id": 1234567890123456789, "amount": 63.10, "name": "\\u00e9"}}`;
    await ingest({ 'data/live.jsonl': line });
    const [event] = (await all()).events;
    expect(event).toMatchObject({
      eventId: 'x',
      eventType: 'brand_new',
      eventTime: '2025-01-15T09:43:48.25Z',
      vendor: null,
      payload: '{"id":1234567890123456789,"amount":63.10,"name":"\\u00e9"}',
      ingestedAt: '2025-01-16T12:00:00Z',
    });
  });

  test('an event without an id gets the hash of its canonical form', async () => {
    await ingest({ 'a.jsonl': '{"event_type":"t","event_time":1736930628,"vendor":"v","payload":{"b":1.50,"a":2}}' });
    const id = createHash('sha256').update('{"event_type":"t","payload":{"a":2,"b":1.5},"vendor":"v"}').digest('hex');
    expect((await all()).events).toMatchObject([{ eventId: id, eventTime: '2025-01-15T08:43:48Z' }]);
  });

  test.each([
    ['orders', { orderRef: 'O', created: '2023-03-31 19:30' }, 'historical_order', 'vendor_a', '2023-03-31T19:30:00Z'],
    [
      'orders',
      { order_id: 'O', created: null, created_at: '2023-10-10T22:31:55Z' },
      'historical_order',
      'vendor_b',
      '2023-10-10T22:31:55Z',
    ],
    ['orders', { order: { id: 'O', ts: 1679701829 } }, 'historical_order', 'vendor_c', '2023-03-24T23:50:29Z'],
    [
      'payments',
      { orderRef: 'O', paidAt: '2023/10/11 00:04:00' },
      'historical_payment',
      'vendor_a',
      '2023-10-11T00:04:00Z',
    ],
    ['payments', { order: 'O', timestamp: 1695609487 }, 'historical_payment', 'vendor_c', '2023-09-25T02:38:07Z'],
    [
      'refunds',
      { orderRef: 'O', refundedAt: '2023-08-03T20:31:17' },
      'historical_refund',
      'vendor_a',
      '2023-08-03T20:31:17Z',
    ],
    ['refunds', { order: 'O', ts: 1672772813 }, 'historical_refund', 'vendor_c', '2023-01-03T19:06:53Z'],
    [
      'shipments',
      { orderRef: 'O', updates: [{ status: 'CREATED', time: '2023-03-04T23:44:39Z' }, { time: '2023-03-08 04:44' }] },
      'historical_shipment',
      'vendor_a',
      '2023-03-04T23:44:39Z',
    ],
    [
      'shipments',
      { order_id: 'O', updates: null, status_history: [{ time: '2023-07-23 00:15' }] },
      'historical_shipment',
      'vendor_b',
      '2023-07-23T00:15:00Z',
    ],
    [
      'shipments',
      { order: { id: 'O' }, timeline: [{ time: '2023-12-09 22:33' }] },
      'historical_shipment',
      'vendor_c',
      '2023-12-09T22:33:00Z',
    ],
  ])('a record of %s: %j', async (name, record, eventType, vendor, eventTime) => {
    await ingest({ [`bootstrap/${name}_2023.json`]: JSON.stringify([record], null, 2) });
    const [event] = (await all()).events;
    expect(event).toMatchObject({
      eventType,
      vendor,
      eventTime,
      payload: JSON.stringify(record),
      ingestedAt: '2025-01-16T12:00:00Z',
    });
    expect(event?.eventId).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ['a.jsonl', '[1]', 'an array, not an object'],
    ['a.jsonl', '{"event_time":"2025-01-15T09:43:48Z","payload":{}}', 'no event_type (absent)'],
    ['a.jsonl', live('x', { event_type: '' }), 'no event_type ("")'],
    ['a.jsonl', live('x', { event_type: 5 }), 'no event_type (5)'],
    ['a.jsonl', live('x', { event_time: 'today' }), 'no usable event_time ("today")'],
    ['a.jsonl', live('x', { event_time: null }), 'no usable event_time (null)'],
    ['a.jsonl', live('x', { payload: undefined }), 'no payload'],
    [
      'a.jsonl',
      '{"event_type":"t","event_time":1,"payload":{"n":1e400}}',
      'number 1e400 is too large for RFC 8785, so there is no event_id',
    ],
    ['orders.json', '[{"orderRef":"O"}]', 'no usable time of its own (absent)'],
    ['orders.json', '[{"created":"soon","created_at":"2023-10-10T22:31:55Z"}]', 'no usable time of its own ("soon")'],
    ['shipments.json', '[{"updates":[]}]', 'no usable time of its own (absent)'],
    ['shipments.json', '[{"updates":{"time":1}}]', 'no usable time of its own (absent)'],
    ['orders.json', '["x"]', 'a string, not an object'],
  ])('%s: %s is kept aside: %s', async (name, text, reason) => {
    const { counts } = await ingest({ [name]: text });
    expect(counts).toEqual({ received: 1, inserted: 0, duplicates: 0, conflicts: 0, rejected: 1 });
    expect((await all()).quarantine).toMatchObject([
      { source: name, line: 1, reason, kind: 'rejected', eventId: null },
    ]);
  });

  test.each([
    ['a.jsonl', live('x', { payload: [1] }), { payload: '[1]' }],
    ['a.jsonl', live('x', { payload: null }), { payload: 'null' }],
    ['a.jsonl', live('x', { vendor: 1 }), { vendor: null }],
    ['a.jsonl', live('x', { event_id: 1234567890123456789n.toString() }), { eventId: '1234567890123456789' }],
    ['a.jsonl', live('x').replace('"x"', '1234567890123456789'), { eventId: '1234567890123456789' }],
    ['a.jsonl', live('x', { event_time: '1736934228' }), { eventTime: '2025-01-15T09:43:48Z' }],
    ['orders.json', '[{"created":"","created_at":"2023-10-10T22:31:55Z"}]', { eventTime: '2023-10-10T22:31:55Z' }],
    ['orders.json', '[{"created":" ","created_at":" 2023-10-10T22:31:55Z "}]', { eventTime: '2023-10-10T22:31:55Z' }],
    ['orders.json', '[{"order":{"ts":"1674677962"}}]', { eventTime: '2023-01-25T20:19:22Z' }],
    ['payments.json', '[{"timestamp":"1e9"}]', { eventTime: '2001-09-09T01:46:40Z' }],
  ])('%s: %s is stored, for nothing in the contract keeps it out', async (name, text, expected) => {
    const { counts } = await ingest({ [name]: text });
    expect(counts).toMatchObject({ received: 1, inserted: 1 });
    expect((await all()).events).toMatchObject([expected]);
  });
});

describe('bad input', () => {
  test('the contract: every kind at once, each told with file and line, and the rest of every file is taken', async () => {
    const lines = Array.from({ length: 9 }, (_, n) => live(`l${n}`));
    lines[6] = '{"event_id": "broken",';
    const huge = live('huge', { payload: { text: 'x'.repeat(20 << 20) } });
    const { counts, sources } = await ingest({
      'live/broken.jsonl': lines.join('\n'),
      'live/huge.jsonl': [live('before'), huge, live('after')].join('\n'),
      'bootstrap/orders_cut.json': '[\n{"orderRef":"1","created":"2023-03-31 19:30"},\n{"orderRef":"2","cre',
      'live/windows.jsonl': `\ufeff${live('bom')}\r\n${live('crlf')}\r\n`,
      'live/empty.jsonl': '',
      'bootstrap/refunds_empty.json': '',
      'live/fake.jsonl.gz': 'this is no gzip',
      'live/cut.jsonl.gz': gzipSync(`${live('g1')}\n${live('g2')}\n`.repeat(2000)).subarray(0, -100),
      'live/good.jsonl.gz': gzipSync(`${live('zip')}\n`),
      'live/odd.jsonl': [
        live('odd').replace('ORD-odd', '\\ud800'),
        live('twice').replace('{"order"', '{"a":1,"a":2,"order"'),
        live('nan').replace('{"id":"ORD-nan"}', 'NaN'),
        live('fine'),
      ].join('\n'),
    });
    const { events, quarantine } = await all();
    expect(sources.every(({ isComplete }) => isComplete)).toBe(true);
    expect(counts.received).toBe(counts.inserted + counts.duplicates + counts.rejected);
    const cut = faults(quarantine).find(({ source }) => source === 'live/cut.jsonl.gz');
    expect(cut?.reason).toBe('the gzip data is broken: unexpected end of file');
    expect(cut?.line).toBeGreaterThan(2);
    expect(faults(quarantine).filter(one => one !== cut && one.source !== 'live/cut.jsonl.gz')).toEqual([
      {
        source: 'live/broken.jsonl',
        line: 7,
        reason: 'broken JSON: the text ends in the middle of a value (byte 23 of the line)',
      },
      { source: 'live/huge.jsonl', line: 2, reason: 'larger than the limit of 16777216 bytes for one event' },
      { source: 'bootstrap/orders_cut.json', line: 3, reason: 'the file ends before its array does: it was cut off' },
      {
        source: 'bootstrap/refunds_empty.json',
        line: null,
        reason: 'the file is empty: a JSON array should stand there',
      },
      { source: 'live/fake.jsonl.gz', line: null, reason: 'the gzip data is broken: incorrect header check' },
      { source: 'live/odd.jsonl', line: 1, reason: expect.stringMatching(/^broken JSON: lone surrogate \\ud800/) },
      { source: 'live/odd.jsonl', line: 2, reason: expect.stringMatching(/^broken JSON: duplicate key "a"/) },
      {
        source: 'live/odd.jsonl',
        line: 3,
        reason: expect.stringMatching(/^broken JSON: N where a value should start/),
      },
    ]);
    const whole = quarantine.find(({ source }) => source === 'live/huge.jsonl');
    expect(whole).toMatchObject({ raw: huge.slice(0, 65_536), isCut: true });
    expect(
      events
        .filter(one => one.eventType === 'order_created')
        .map(({ eventId }) => eventId)
        .sort(),
    ).toEqual(
      [
        'l0',
        'l1',
        'l2',
        'l3',
        'l4',
        'l5',
        'l7',
        'l8',
        'before',
        'after',
        'bom',
        'crlf',
        'g1',
        'g2',
        'zip',
        'fine',
      ].sort(),
    );
  });

  test('a file that is not there is told, and the others are taken', async () => {
    write({ 'a.jsonl': live('a'), 'c.jsonl': live('c') });
    mkdirSync(join(root, 'folder.jsonl'));
    const files = ['a', 'b', 'folder', 'c'].map(name => sourceFile(join(root, `${name}.jsonl`), root));
    const { sources, counts } = await ingestFiles(files, { store, now: NOW });
    expect(
      sources.map(({ isComplete, contentHash, error }) => [isComplete, contentHash === null, error?.code]),
    ).toEqual([
      [true, false, undefined],
      [false, true, 'SOURCE_NOT_FOUND'],
      [false, true, 'SOURCE_UNREADABLE'],
      [true, false, undefined],
    ]);
    expect(sources[1]?.error?.message).toBe('b.jsonl is not there.');
    expect(counts.inserted).toBe(2);
  });
});

describe('batches', () => {
  test('no batch is larger than it may be, and each file has its own', async () => {
    const lines = Array.from({ length: 25 }, (_, n) => (n % 5 === 4 ? '{' : live(`e${n}`))).join('\n');
    const seen: number[] = [];
    const { sources } = await ingest(
      { 'a.jsonl': lines, 'b.jsonl': live('b') },
      { batchSize: 10, onProgress: ({ counts }) => seen.push(counts.received) },
    );
    const receipts = await store.receipts();
    expect(Math.max(...receipts.map(({ received }) => received))).toBeLessThanOrEqual(10);
    expect(receipts.filter(({ source }) => source === 'a.jsonl').reduce((sum, { received }) => sum + received, 0)).toBe(
      25,
    );
    expect(receipts.at(-1)).toMatchObject({ source: 'b.jsonl', received: 1 });
    expect(sources.map(({ batchIds }) => batchIds)).toEqual(
      [receipts.slice(0, -1), receipts.slice(-1)].map(some => some.map(({ batchId }) => batchId)),
    );
    expect(seen.at(-2)).toBe(25);
  });

  test('whatever the order of the files and the size of the batches, each given twice: the same events', async () => {
    const files: Files = {
      'orders_1.json': JSON.stringify(
        Array.from({ length: 7 }, (_, n) => ({ orderRef: `${n % 5}`, created: '2023-03-31 19:30' })),
      ),
      'live_1.jsonl': Array.from({ length: 6 }, (_, n) => live(`x${n % 4}`)).join('\n'),
      'live_2.jsonl': Array.from({ length: 6 }, (_, n) => live(`x${n}`, { ingested_at: '2025-01-16T00:00:00Z' })).join(
        '\n',
      ),
    };
    write(files);
    const order = fc.shuffledSubarray([...Object.keys(files), ...Object.keys(files)], { minLength: 6, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(order, fc.integer({ min: 1, max: 9 }), async (names, batchSize) => {
        const one = await openSqliteRawStore(':memory:', { now: () => NOW });
        const { counts } = await ingestFiles(
          names.map(name => sourceFile(join(root, name), root)),
          { store: one, now: NOW, batchSize },
        );
        expect(counts).toEqual({ received: 38, inserted: 11, duplicates: 27, conflicts: 0, rejected: 0 });
        await one.close();
      }),
      { numRuns: 20 },
    );
  });

  test('an abort ends it, and what was written can be gone on from', async () => {
    const lines = Array.from({ length: 30 }, (_, n) => live(`e${n}`)).join('\n');
    const stop = new AbortController();
    const options = { batchSize: 10, signal: stop.signal, onProgress: () => stop.abort() };
    await expect(ingest({ 'a.jsonl': lines }, options)).rejects.toMatchObject({ code: 'RUN_INTERRUPTED' });
    const written = await store.countEvents();
    expect(written).toBeLessThan(30);
    const { counts } = await ingest({ 'a.jsonl': lines });
    expect(counts).toMatchObject({ inserted: 30 - written, duplicates: written });
    expect((await all()).events).toHaveLength(30);
  });

  test.each([{ batchSize: 0 }, { batchSize: 1e6 }, { maxEventBytes: 17 << 20 }])('%j is refused', async options => {
    await expect(ingest({ 'a.jsonl': '' }, options)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('files', () => {
  test('a data directory is its two folders; any other folder is all that is in it', async () => {
    write({
      'data/bootstrap/orders.json': '',
      'data/live_events/2025-01-15/b.jsonl': '',
      'data/live_events/2025-01-15/a.jsonl.gz': '',
      'data/other.json': '',
      'data/fx.csv': '',
    });
    expect(
      (await findFiles(join(root, 'data'), root)).map(({ source, shape, layout, isGzip }) => [
        source,
        shape,
        layout,
        isGzip,
      ]),
    ).toEqual([
      ['data/bootstrap/orders.json', 'historical_order', 'array', false],
      ['data/live_events/2025-01-15/a.jsonl.gz', 'live', 'lines', true],
      ['data/live_events/2025-01-15/b.jsonl', 'live', 'lines', false],
    ]);
    expect((await findFiles(join(root, 'data/live_events'), root)).length).toBe(2);
    await expect(findFiles(join(root, 'none'), root)).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
    await expect(findFiles(join(root, 'data/other.json'), root)).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
  });

  test('the hash of what was taken is the hash of the file, packed or not', async () => {
    const { sources } = await ingest({ 'a.jsonl': live('a'), 'b.jsonl.gz': gzipSync(live('b')) });
    expect(sources.map(({ contentHash }) => contentHash)).toEqual([
      await hashFile(join(root, 'a.jsonl')),
      await hashFile(join(root, 'b.jsonl.gz')),
    ]);
    expect(await hashFile(join(root, 'a.jsonl'))).toBe(createHash('sha256').update(live('a')).digest('hex'));
  });
});
