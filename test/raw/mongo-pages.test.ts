// Documents come page by page in the order of event_id, each once, whoever reads them and whatever breaks in between.

import { randomUUID } from 'node:crypto';
import { type Db, type Document, MongoClient, MongoNetworkError, type RunCommandOptions } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf } from '../../src/raw/mongo-document.ts';
import { type PagesOptions, pagesOf } from '../../src/raw/mongo-pages.ts';
import { required } from '../required.ts';

const uri = process.env['PULSE_TEST_MONGO_URI'];
const SERVER = 'a MongoDB at PULSE_TEST_MONGO_URI (start one: npm run services -- start mongo)';
/** More than two pages. */
const MANY = 10_500;

describe.skipIf(!required('mongo', uri !== undefined, SERVER))('pages of MongoDB', () => {
  let client: MongoClient;
  let db: Db;
  const ids = Array.from({ length: MANY }, (_, n) => `e${String(n).padStart(6, '0')}`);
  beforeAll(async () => {
    client = await MongoClient.connect(uri ?? '');
    db = client.db(`pulse_pages_${randomUUID().slice(0, 8)}`);
    const events = db.collection('events_raw');
    await events.createIndex({ batch_id: 1, event_id: 1 });
    const documents = ids.map(event_id => ({ event_id, batch_id: event_id === 'e000007' ? 'b' : 'a' }));
    await events.insertMany(documents.reverse(), { ordered: false });
  });
  afterAll(async () => {
    await db.dropDatabase();
    await client.close();
  });

  const idsOf = async (
    options: Partial<PagesOptions>,
    pages = Number.POSITIVE_INFINITY,
  ): Promise<readonly string[]> => {
    const all = { db, collection: 'events_raw', isRouted: false, retrying: <T>(call: () => Promise<T>) => call() };
    const come: string[] = [];
    for await (const page of pagesOf({ batch_id: 'a' }, { ...all, ...options })) {
      come.push(...page.map(idOf));
      if (--pages === 0) break;
    }
    return come;
  };
  const wanted = ids.filter(id => id !== 'e000007');

  test.each([
    ['by commands: a small page first, so that work begins', false, 1_000],
    ["by the driver's cursor, for a sharded cluster", true, 5_000],
  ])('%s', async (_, isRouted, first) => {
    expect(await idsOf({ isRouted })).toEqual(wanted);
    expect(await idsOf({ isRouted }, 1)).toEqual(wanted.slice(0, first));
  });

  test('where a call fails the next cursor goes on behind what came, for as often as it fails', async () => {
    for (const broken of [1, 2, 3]) {
      let calls = 0;
      const command = async (one: Document, options: RunCommandOptions): Promise<Document> => {
        if (('find' in one || 'getMore' in one) && ++calls === broken) throw new MongoNetworkError('cut');
        return db.command(one, options);
      };
      const cut: Db = Object.assign(Object.create(db), { command });
      const retrying = <T>(call: () => Promise<T>): Promise<T> => call().catch(() => call());
      expect(await idsOf({ db: cut, retrying })).toEqual(wanted);
      expect(calls).toBeGreaterThan(broken);
    }
  });
});
