// The raw store on MongoDB: the contract on whatever server PULSE_TEST_MONGO_URI names, and what only a server can go through.
// Each test has a database of its own. What the server lacks (FerretDB: Decimal128) is asked, and named where it is skipped.

import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packEvents } from '../../src/raw/event-pack.ts';
import { openMongoRawStore } from '../../src/raw/mongo.ts';
import { ChunkSpares, OUTCOME, type Outcomes, writeEvents } from '../../src/raw/mongo-write.ts';
import type { IncomingEvent } from '../../src/raw/raw-event.ts';
import type { RawStore } from '../../src/raw/raw-store.ts';
import { required } from '../required.ts';
import { eventsOf, quarantineOf, rawStoreContract } from './raw-store-contract.ts';
import { event, NOW } from './sample-events.ts';

const uri = process.env['PULSE_TEST_MONGO_URI'];
const SERVER = 'a MongoDB at PULSE_TEST_MONGO_URI (start one: npm run services -- start mongo)';

describe.skipIf(!required('mongo', uri !== undefined, SERVER))('MongoDB', () => {
  const names: string[] = [];
  const newName = (): string => {
    const name = `pulse_test_${randomUUID().slice(0, 8)}`;
    names.push(name);
    return name;
  };
  const open = (database = newName(), now = () => NOW): Promise<RawStore> =>
    openMongoRawStore({ uri: uri ?? '', database, now });

  let client: MongoClient;
  let hasDecimal128: boolean;
  beforeAll(async () => {
    client = await new MongoClient(uri ?? '').connect();
    hasDecimal128 = !('ferretdbVersion' in (await client.db('admin').command({ buildInfo: 1 })));
  });
  afterAll(async () => {
    for (const name of names) await client.db(name).dropDatabase();
    await client.close();
  });

  rawStoreContract('MongoDB', open, { keepsSpelling: false, many: 5_500 });

  test('numbers come back with their exact value: int32, int64 and doubles that say the same', async () => {
    const store = await open();
    const payload =
      '{"a":63.10,"b":9223372036854775807,"c":-9223372036854775808,"d":0.1,"e":1e3,"g":123456789012345.67,"h":[1,2.50,null],"_bsontype":"Long"}';
    const batch = await store.openBatch('x');
    await batch.write(packEvents([event('a', { payload })]), []);
    await batch.close();
    expect((await eventsOf(store, batch.batchId))[0]?.payload).toBe(
      '{"a":63.1,"b":9223372036854775807,"c":-9223372036854775808,"d":0.1,"e":1000,"g":123456789012345.67,"h":[1,2.5,null],"_bsontype":"Long"}',
    );
    await store.close();
  });

  test('a number that only Decimal128 keeps is kept, or its event is turned away by name: never a wrong number', async () => {
    const store = await open();
    const payload = '{"id":12345678901234567890123,"price":12345678901234567.89}';
    const batch = await store.openBatch('x');
    await batch.write(packEvents([event('big', { payload }), event('small')]), []);
    const receipt = await batch.close();
    if (hasDecimal128) {
      expect((await eventsOf(store, batch.batchId))[0]?.payload).toBe(payload);
    } else {
      expect(receipt).toMatchObject({ received: 2, inserted: 1, rejected: 1 });
      const [entry] = await quarantineOf(store, batch.batchId);
      expect(entry).toMatchObject({ eventId: 'big', kind: 'rejected' });
      expect(entry?.reason).toContain('event big: the number 12345678901234567890123 needs Decimal128');
    }
    await store.close();
  });

  test('an insert that is made twice counts its documents as new; the same events again are duplicates, a microsecond beside is a conflict', async () => {
    const database = newName();
    await (await open(database)).close();
    const eventTime = '2025-01-15T09:43:48.123456Z';
    const write = async (events: readonly IncomingEvent[], times: number): Promise<Outcomes> => {
      const batch = { from: 0, to: events.length, batchId: 'b' };
      return writeEvents(packEvents(events), [batch], {
        collection: client.db(database).collection('events_raw'),
        hasDecimal128,
        inFlight: 1,
        most: { documents: 2, bytes: 1_000 },
        retrying: async call => {
          for (let time = 1; time < times; time++) await call();
          return call();
        },
        redacted: new Set(['gone']),
        spares: new ChunkSpares(),
      });
    };
    const { inserted, duplicate, conflict, rejected } = OUTCOME;
    const events = [event('a', { eventTime }), event('b'), event('a'), event('c'), event('gone')];
    const large = event('d', { payload: JSON.stringify('x'.repeat(1_000)) });
    expect([...(await write([...events, large, event('d')], 2)).kinds]).toEqual([
      ...[inserted, inserted, conflict, inserted, duplicate],
      ...[rejected, inserted],
    ]);
    const again = await write(
      [events[0] as IncomingEvent, event('b', { ingestedAt: eventTime }), event('c', { eventTime })],
      1,
    );
    expect([...again.kinds]).toEqual([duplicate, duplicate, conflict]);
    expect(again.reasons.get(2)).toContain('another event_time (stored: 2025-01-15T09:43:48Z)');
    expect(await client.db(database).collection('events_raw').countDocuments()).toBe(4);
  });

  test('a payload with a key that BSON cannot have is turned away by name, and the others stay', async () => {
    const store = await open();
    const batch = await store.openBatch('x');
    const events = [event('a', { payload: '{"b\\u0000":1}' }), event('c', { payload: '{"d":"e\\u0000"}' })];
    await batch.write(packEvents(events), []);
    expect(await batch.close()).toMatchObject({ received: 2, inserted: 1, rejected: 1 });
    expect(await quarantineOf(store, batch.batchId)).toMatchObject([
      { eventId: 'a', reason: expect.stringContaining('null bytes') },
    ]);
    expect(await eventsOf(store, batch.batchId)).toMatchObject([{ payload: '{"d":"e\\u0000"}' }]);
    await store.close();
  });

  test('documents that another program wrote without a batch are swept into one; what is no event is told and left', async () => {
    const database = newName();
    const store = await open(database);
    const events = client.db(database).collection('events_raw');
    await events.insertMany([
      {
        event_id: 's1',
        event_type: 'order_created',
        event_time: new Date('2025-01-15T09:43:48.120Z'),
        vendor: 'v',
        payload: { total: 5 },
      },
      {
        event_id: 's2',
        event_type: 'order_created',
        event_time: '2025-01-15 09:43:48',
        payload: { total: 6 },
        ingested_at: new Date('2025-01-16'),
      },
      { event_id: 's3', event_type: 'order_created', payload: {} },
    ]);
    const [receipt, ...more] = await store.recover();
    expect(more).toEqual([]);
    expect(receipt).toMatchObject({ source: 'swept', status: 'closed', received: 3, inserted: 2, rejected: 1 });
    expect(await eventsOf(store, receipt?.batchId ?? '')).toMatchObject([
      { eventId: 's1', eventTime: '2025-01-15T09:43:48.12Z', vendor: 'v', payload: '{"total":5}' },
      { eventId: 's2', eventTime: '2025-01-15T09:43:48Z', vendor: null, ingestedAt: '2025-01-16T00:00:00Z' },
    ]);
    expect(await quarantineOf(store, receipt?.batchId ?? '')).toMatchObject([{ reason: 'no usable event_time' }]);
    expect(await store.recover()).toEqual([]);
    await store.close();
  });

  test('a batch that is open has a receipt without an end', async () => {
    const store = await open();
    await store.openBatch('x');
    expect(await store.receipts()).toMatchObject([{ source: 'x', status: 'open', finishedAt: null, received: 0 }]);
    await store.close();
  });

  test('a batch that a killed process left open is closed by recount', async () => {
    const database = newName();
    const first = await open(database);
    const batch = await first.openBatch('killed');
    await batch.write(packEvents([event('a'), event('b'), event('a')]), [
      { line: 3, reason: 'broken JSON', raw: '{', isCut: false },
    ]);
    // Killed after the events and before the receipt knew of them.
    const { ...stray } = {
      event_id: 'c',
      event_type: 'x',
      event_time: NOW,
      vendor: null,
      payload: {},
      ingested_at: NOW,
    };
    await client
      .db(database)
      .collection('events_raw')
      .insertOne({ ...stray, batch_id: batch.batchId });
    await client
      .db(database)
      .collection<{ _id: string }>('ingest_batches')
      .updateOne({ _id: batch.batchId }, { $set: { owner: { host: 'gone', pid: 1 }, seen_at: new Date(0) } });
    const second = await open(database);
    expect(await second.recover()).toMatchObject([
      { source: 'killed', status: 'closed', received: 5, inserted: 3, duplicates: 1, conflicts: 0, rejected: 1 },
    ]);
    expect(await eventsOf(second, batch.batchId)).toHaveLength(3);
    await expect(batch.write(packEvents([event('d')]), [])).rejects.toMatchObject({ code: 'BATCH_CLOSED' });
    expect(await second.countEvents()).toBe(3);
    await first.close();
    await second.close();
  });
});

describe('a server that is not there', () => {
  test('is an error with host and next step, and without the password', async () => {
    const uri = 'mongodb://me:secret@127.0.0.1:1/x?serverSelectionTimeoutMS=300';
    const error = await openMongoRawStore({ uri, now: () => NOW }).catch(error => error);
    expect(error).toMatchObject({ code: 'RAW_STORE_UNREACHABLE', transient: true });
    expect(error.message).toContain('127.0.0.1:1');
    expect(`${error.message}${error.hint}`).not.toContain('secret');
  });

  test('by a URI that is none, says so without repeating it', async () => {
    const error = await openMongoRawStore({ uri: 'http://me:secret@x', now: () => NOW }).catch(error => error);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(error.message).not.toContain('secret');
  });
});
