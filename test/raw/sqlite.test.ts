// The raw store on SQLite: the contract, and what only a file can go through (a killed process, a rival, a stranger's file).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
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

/** Whether any file of the store holds the text. */
const isOnDisk = (text: string): boolean =>
  readdirSync(folder).some(name => readFileSync(join(folder, name)).includes(text));

test('no byte of a redacted event is left in any file of the store, also where pages were split under it', async () => {
  const store = await open();
  const pad = 'x'.repeat(300);
  const secret = (n: number): string => `ada-${n}@example.com`;
  const batches = [await store.openBatch('one'), await store.openBatch('two'), await store.openBatch('three')];
  for (let round = 0; round < 6; round++) {
    for (const [at, batch] of batches.entries()) {
      const events = Array.from({ length: 300 }, (_, n) => {
        const id = at * 10_000 + round * 300 + n;
        return event(`e${id}`, { payload: JSON.stringify({ email: secret(id), pad }) });
      });
      await batch.write(packEvents(events), []);
    }
  }
  await batches[0]?.write(packEvents([event('e20700', { payload: '{"email":"conflict@example.com"}' })]), [
    { line: 1, reason: 'no', raw: '{"event_id":"e20700","email":"rejected@example.com"}', isCut: false },
  ]);
  for (const batch of batches) await batch.close();
  expect(isOnDisk(secret(20_700))).toBe(true);
  expect(isOnDisk('conflict@example.com') && isOnDisk('rejected@example.com')).toBe(true);
  const redacted = [0, 1799, 10_150, 20_700, 21_000];
  await store.redact(
    redacted.map(id => `e${id}`),
    { reason: 'asked for', redactedAt: '2025-02-01T08:00:00Z' },
  );
  for (const id of redacted) expect(isOnDisk(secret(id))).toBe(false);
  expect(isOnDisk('conflict@example.com') || isOnDisk('rejected@example.com')).toBe(false);
  expect(isOnDisk(secret(20_701))).toBe(true);
  // The connection goes on as before.
  const batch = await store.openBatch('after');
  await batch.write(packEvents([event('e0'), event('new')]), []);
  expect(await batch.close()).toMatchObject({ inserted: 1, duplicates: 1 });
  await store.close();
});

test('a reader that keeps old bytes alive makes a redaction say so, and the next try finishes it', async () => {
  const { SqliteFile } = await import('../../src/raw/sqlite-file.ts');
  const store = await openSqliteRawStore(join(folder, 'raw.sqlite'), { now: () => NOW, busyTimeoutMs: 10 });
  const batch = await store.openBatch('x');
  await batch.write(packEvents([event('a', { payload: '{"email":"ada@example.com"}' }), event('b')]), []);
  await batch.close();
  const reader = new SqliteFile(join(folder, 'raw.sqlite'));
  await reader.withConnection(connection => {
    connection.exec('BEGIN');
    connection.rows('SELECT count(*) FROM events_raw', []);
  });
  const order = { reason: 'asked for', redactedAt: '2025-02-01T08:00:00Z' };
  await expect(store.redact(['a'], order)).rejects.toMatchObject({ code: 'RAW_STORE_UNREACHABLE', transient: true });
  expect(isOnDisk('ada@example.com')).toBe(true);
  await reader.withConnection(connection => connection.exec('COMMIT'));
  await store.recover();
  expect(isOnDisk('ada@example.com')).toBe(false);
  expect(await store.redact(['a'], order)).toEqual({ tombstones: 0, events: 0, quarantined: 0 });
  await reader.close();
  await store.close();
});

test('a file of the first version is brought up to date with all that it holds', async () => {
  const { SqliteFile } = await import('../../src/raw/sqlite-file.ts');
  const file = new SqliteFile(join(folder, 'raw.sqlite'));
  await file.withConnection(connection =>
    connection.exec(readFileSync(new URL('./version-1.sql', import.meta.url), 'utf8')),
  );
  await file.close();
  const store = await open();
  const [receipt, ...more] = await store.receipts();
  expect(more).toEqual([]);
  expect(receipt).toMatchObject({
    batchId: '20250116120000000-aaaa',
    inserted: 2,
    redacted: 0,
    redactedHash: '0'.repeat(15),
  });
  expect(await store.redactions(0)).toEqual([]);
  expect((await eventsOf(store, '20250116120000000-aaaa')).map(({ eventId }) => eventId)).toEqual(['a', 'b']);
  const batch = await store.openBatch('again');
  await batch.write(packEvents([event('a'), event('b', { payload: '{"total":1}' }), event('c')]), []);
  expect(await batch.close()).toMatchObject({ inserted: 1, duplicates: 1, conflicts: 1 });
  await store.redact(['a'], { reason: 'asked for', redactedAt: '2025-02-01T08:00:00Z' });
  expect((await store.receipts())[0]).toMatchObject({ inserted: 2, redacted: 1 });
  await store.close();
});

test('tidying empties the log, and waits for nobody who reads', async () => {
  const log = join(folder, 'raw.sqlite-wal');
  const store = await open();
  const batch = await store.openBatch('x');
  await batch.write(packEvents([event('a')]), []);
  const { batchId } = await batch.close();
  expect(statSync(log).size).toBeGreaterThan(0);
  const reader = new Database(join(folder, 'raw.sqlite'));
  reader.exec('BEGIN; SELECT count(*) FROM events_raw');
  const startedAt = performance.now();
  await store.tidy();
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(statSync(log).size).toBeGreaterThan(0);
  reader.exec('COMMIT');
  await store.tidy();
  expect(statSync(log).size).toBe(0);
  reader.close();
  expect((await eventsOf(store, batchId)).map(({ eventId }) => eventId)).toEqual(['a']);
  await store.close();
});
