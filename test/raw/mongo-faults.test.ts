// The connection to MongoDB breaks at a message of an ingestion; then it is ingested again past the break: each event is stored once,
// and the receipts are what is stored. A share of the messages here, spread evenly; all of them where PULSE_FAULTS is set.
// (test/cli/faults.test.ts breaks whole runs.)

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PulseError } from '../../src/errors.ts';
import { findFiles } from '../../src/raw/files.ts';
import { IdsHash } from '../../src/raw/ids-hash.ts';
import { ingestFiles } from '../../src/raw/ingest.ts';
import { openMongoRawStore } from '../../src/raw/mongo.ts';
import { type Fault, faultProxy } from '../cli/fault-proxy.ts';
import { required } from '../required.ts';
import { NOW } from './sample-events.ts';

const uri = process.env['PULSE_TEST_MONGO_URI'] ?? '';
const SERVER = 'a MongoDB at PULSE_TEST_MONGO_URI (start one: npm run services -- start mongo)';
const EVENTS = 40;
const AT_ONCE = 4;
const isWhole = process.env['PULSE_FAULTS'] !== undefined;

const line = (n: number, more: object = {}): string =>
  JSON.stringify({ event_id: `e${n}`, event_type: 't', event_time: '2025-01-15T09:43:48Z', payload: { n }, ...more });
const LINES = [
  ...Array.from({ length: EVENTS }, (_, n) => line(n)),
  line(3),
  line(39),
  line(5, { vendor: 'another' }),
  '{"event_id":"broken"',
];

describe.skipIf(!required('mongo', uri !== '', SERVER))('an ingestion into MongoDB whose connection breaks', () => {
  let client: MongoClient;
  let folder: string;
  beforeAll(async () => {
    client = await MongoClient.connect(uri);
    folder = await mkdtemp(join(tmpdir(), 'pulse-mongo-faults-'));
    await writeFile(join(folder, 'events.jsonl'), LINES.join('\n'));
  });
  afterAll(async () => {
    await client.close();
    await rm(folder, { recursive: true });
  });

  const ingest = async (uri: string, database: string): Promise<void> => {
    const store = await openMongoRawStore({ uri, database, now: () => NOW });
    try {
      await store.recover();
      await ingestFiles(await findFiles(folder, folder), { store, now: NOW, batchSize: 16 });
    } finally {
      await store.close();
    }
  };

  /** What is wrong after it, and how many messages there were. */
  const story = async (fault: Fault, at: number): Promise<{ readonly messages: number; readonly wrong: string[] }> => {
    const database = `pulse_cut_${randomUUID().slice(0, 8)}`;
    const through = new URL(uri);
    const proxy = await faultProxy({ host: through.hostname, port: Number(through.port) }, { fault, at });
    through.port = String(proxy.port);
    const wrong: string[] = [];
    try {
      await ingest(through.href, database).catch(error => {
        if (!(error instanceof PulseError)) wrong.push(`a bug: ${String(error)}`);
      });
      await ingest(uri, database);
      const store = await openMongoRawStore({ uri, database, now: () => NOW });
      const stored: string[] = [];
      for (const { batchId, status, inserted, idsHash } of await store.receipts()) {
        const ids = new IdsHash();
        let count = 0;
        for await (const events of store.readBatch(batchId)) {
          count += events.length;
          for (const { eventId } of events) ids.add(eventId);
          stored.push(...events.map(({ eventId, payload }) => `${eventId}${payload}`));
        }
        if (status !== 'closed' || count !== inserted || ids.toString() !== idsHash) {
          wrong.push(`batch ${batchId} is ${status}, says ${inserted} and holds ${count}`);
        }
      }
      const events = Array.from({ length: EVENTS }, (_, n) => `e${n}{"n":${n}}`);
      if (stored.sort().join() !== events.sort().join()) wrong.push(`stored: ${stored.join()}`);
      await store.close();
    } finally {
      await proxy.close();
      await client.db(database).dropDatabase();
    }
    return { messages: proxy.counted(), wrong: wrong.map(one => `${fault} at ${at}: ${one}`) };
  };

  test.each([
    ['cut-before', 9],
    // The one that may double something.
    ['cut-after', 3],
    ['mid-answer', 7],
    ['half-close', 10],
  ] as const)(
    '%s',
    async (fault, every) => {
      const { messages, wrong } = await story(fault, 0);
      expect(wrong).toEqual([]);
      const all = Array.from({ length: messages }, (_, n) => n + 1);
      const points = all.filter(at => isWhole || at % every === 0).values();
      const worker = async (): Promise<void> => {
        for (const at of points) wrong.push(...(await story(fault, at)).wrong);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      expect(wrong).toEqual([]);
    },
    120_000,
  );
});
