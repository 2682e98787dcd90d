// What another program writes into MongoDB, past pulse: a run takes it into a batch and makes its tables of it; `pulse ingest --follow`
// does so as it comes, where the server has change streams, and says so where it has none.

import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChangeStreams } from '../../src/raw/mongo.ts';
import { required } from '../required.ts';
import { fakeIo } from './fake-io.ts';
import { makeShop, type Shop } from './shop.ts';

const { PULSE_TEST_MONGO_URI: uri = '' } = process.env;
const hasMongo = required('mongo', uri !== '', 'MongoDB: one at PULSE_TEST_MONGO_URI (npm run services -- start)');
const MONGO_DB = `pulse_strays_${randomUUID().slice(0, 8)}`;
const env = { MONGO_URI: uri, MONGO_DB };

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
});
afterAll(() => shop.remove());

test('a file of SQLite cannot be followed, which is said with what can', async () => {
  const { code, err } = await shop.pulse(['ingest', '--follow']);
  expect([code, err]).toEqual([2, expect.stringMatching(/no other program writes[\s\S]*hint: .*MONGO_URI/)]);
  expect((await shop.pulse(['ingest', 'data', '--follow'])).code).toBe(2);
});

describe.skipIf(!hasMongo)('in MongoDB', () => {
  let client: MongoClient;
  beforeAll(async () => {
    client = await MongoClient.connect(uri);
    expect(await shop.pulse(['materialize'], { env })).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await client.db(MONGO_DB).dropDatabase();
    await client.close();
  });

  const write = async (eventId: string): Promise<void> => {
    const events = client.db(MONGO_DB).collection('events_raw');
    const known = await events.findOne({ event_type: 'order_created' });
    const payload = { ...known?.['payload'], order_id: `order-${eventId}` };
    const event_time = new Date('2025-01-16T10:00:00Z');
    await events.insertOne({ event_id: eventId, event_type: 'order_created', event_time, vendor: 'v', payload });
  };
  const inTable = async (eventId: string): Promise<string> => {
    const sql = `SELECT COUNT(*) AS n FROM raw_events WHERE event_id = '${eventId}'`;
    return (await shop.pulse(['query', sql, '--format', 'csv'], { env })).out.trim();
  };

  test('the next run takes it into a batch, and has it in its tables', async () => {
    await write('stray-1');
    const { code, out } = await shop.pulse(['materialize'], { env });
    expect([code, out]).toEqual([0, expect.stringMatching(/made of 1 events? that another program wrote/)]);
    expect(await inTable('stray-1')).toBe('n\n1');
    expect((await shop.pulse(['materialize'], { env })).out).not.toContain('another program');
  });

  test('it is followed where there are change streams; else that is said, with the way round', async context => {
    if (!hasChangeStreams(await client.db('admin').command({ hello: 1 }))) {
      const { code, err } = await shop.pulse(['ingest', '--follow'], { env });
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/^error: MongoDB at .* has no change streams: it is no replica set\.\nhint: /),
      ]);
      context.skip('following itself: the server has no change streams');
    }
    const controller = new AbortController();
    const { runProgram } = await import('../../src/cli/program.ts');
    const io = fakeIo({ cwd: shop.root, env, signal: controller.signal });
    const batches: string[] = [];
    const followed = runProgram(['ingest', '--follow', '--json'], {
      ...io,
      out: {
        ...io.out,
        write: text => {
          batches.push(text);
          controller.abort();
          return true;
        },
      },
    });
    await write('stray-2');
    expect(await followed).toBe(0);
    expect(JSON.parse(batches[0] ?? '')).toMatchObject({ kind: 'batch-closed', source: 'swept', inserted: 1 });
  });
});
