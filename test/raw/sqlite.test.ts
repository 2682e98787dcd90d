// The raw store on SQLite: the contract, and what only a file can go through (a killed process, a rival, a stranger's file).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packEvents } from '../../src/raw/event-pack.ts';
import type { RawStore } from '../../src/raw/raw-store.ts';
import { openSqliteRawStore } from '../../src/raw/sqlite.ts';
import { eventsOf, rawStoreContract } from './raw-store-contract.ts';
import { event, NOW } from './sample-events.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pulse-raw-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): Promise<RawStore> => openSqliteRawStore(join(folder, 'raw.sqlite'), { now: () => NOW });

rawStoreContract('SQLite', open);

test('a batch that a killed process left open is closed with all that it had written', async () => {
  const writer = spawn(
    process.execPath,
    [
      '--import',
      'jiti/register',
      fileURLToPath(new URL('./killed-writer.ts', import.meta.url)),
      join(folder, 'raw.sqlite'),
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(writer.stdout, 'data');
  const whileAlive = await open();
  expect(await whileAlive.recover()).toEqual([]);
  await whileAlive.close();
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  const store = await open();
  const [receipt, ...more] = await store.recover();
  expect(more).toEqual([]);
  expect(receipt).toMatchObject({
    status: 'closed',
    received: 4,
    inserted: 2,
    duplicates: 1,
    rejected: 1,
    source: 'killed',
  });
  expect((await eventsOf(store, receipt?.batchId ?? '')).map(({ eventId }) => eventId)).toEqual(['a', 'b']);
  expect(await store.recover()).toEqual([]);
  await store.close();
});

test('a batch that somebody else closed takes no more', async () => {
  const [mine, other] = [await open(), await open()];
  const batch = await mine.openBatch('x');
  await batch.write(packEvents([event('a')]), []);
  expect(await other.recover()).toMatchObject([{ batchId: batch.batchId, inserted: 1 }]);
  await expect(batch.write(packEvents([event('b')]), [])).rejects.toMatchObject({
    code: 'BATCH_CLOSED',
    transient: true,
  });
  expect(await mine.countEvents()).toBe(1);
  await mine.close();
  await other.close();
});

test('stores that write at the same time share the ids out between them', async () => {
  const stores = await Promise.all([open(), open(), open()]);
  const receipts = await Promise.all(
    stores.map(async (store, n) => {
      const batch = await store.openBatch(`s${n}`);
      for (let at = 0; at < 300; at += 50) {
        await batch.write(packEvents(Array.from({ length: 50 }, (_, k) => event(`e${at + k}`))), []);
      }
      return batch.close();
    }),
  );
  expect(receipts.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(300);
  expect(receipts.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(600);
  for (const store of stores) await store.close();
});

test('events that something else took away are missed when the batch is closed', async () => {
  const store = await open();
  const batch = await store.openBatch('x');
  await batch.write(packEvents([event('a'), event('b')]), []);
  const { SqliteFile } = await import('../../src/raw/sqlite-file.ts');
  const rival = new SqliteFile(join(folder, 'raw.sqlite'));
  await rival.db('events_raw').where({ event_id: 'a' }).delete();
  await rival.close();
  await expect(batch.close()).rejects.toMatchObject({ code: 'RECEIPT_MISMATCH' });
  await store.close();
});

test('a file of a later pulse, or of nobody, is refused', async () => {
  const { SqliteFile } = await import('../../src/raw/sqlite-file.ts');
  const later = new SqliteFile(join(folder, 'raw.sqlite'));
  await later.db.raw('PRAGMA user_version = 99');
  await later.close();
  await expect(open()).rejects.toMatchObject({ code: 'STATE_NEWER' });
  writeFileSync(join(folder, 'text.sqlite'), 'no database at all, but long enough to be taken for one'.repeat(100));
  await expect(openSqliteRawStore(join(folder, 'text.sqlite'), { now: () => NOW })).rejects.toMatchObject({
    code: 'RAW_STORE_FAILED',
  });
  await expect(openSqliteRawStore(join(folder, 'none/raw.sqlite'), { now: () => NOW })).rejects.toMatchObject({
    code: 'RAW_STORE_FAILED',
  });
});
