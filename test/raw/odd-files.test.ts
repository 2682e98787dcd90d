// Files that are not what they seem: what can be read of them is taken, the rest is told, and nobody waits for ever.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileAt, findFiles } from '../../src/raw/files.ts';
import { type IngestResult, ingestFiles } from '../../src/raw/ingest.ts';
import type { QuarantineEntry, RawStore } from '../../src/raw/raw-store.ts';
import { openSqliteRawStore } from '../../src/raw/sqlite.ts';
import { quarantineOf } from './raw-store-contract.ts';
import { NOW } from './sample-events.ts';

let root: string;
let store: RawStore;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'pulse-odd-'));
  store = await openSqliteRawStore(':memory:', { now: () => NOW });
});
afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

const live = (id: string): string =>
  `{"event_id":"${id}","event_type":"t","event_time":"2025-01-15T09:43:48Z","vendor":"v","payload":{"pad":"${id.repeat(40)}"}}`;
const lines = (count: number): string => Array.from({ length: count }, (_, n) => `${live(`e${n}`)}\n`).join('');

function put(name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), content);
}

async function quarantine(): Promise<QuarantineEntry[]> {
  const receipts = await store.receipts();
  return (await Promise.all(receipts.map(({ batchId }) => quarantineOf(store, batchId)))).flat();
}

const ingest = async (name: string): Promise<IngestResult> =>
  ingestFiles([fileAt(join(root, name), root)], { store, now: NOW });

test('of a .gz whose end is missing every line that can be unpacked is taken, and one entry tells of the rest', async () => {
  const text = lines(30_000);
  const packed = gzipSync(text);
  put('cut.jsonl.gz', packed.subarray(0, packed.length - 20));
  const { counts } = await ingest('cut.jsonl.gz');
  expect(counts.rejected).toBe(1);
  expect(counts.inserted).toBeGreaterThan(29_000);
  expect(await quarantine()).toMatchObject([
    { line: counts.inserted + 1, reason: 'the gzip data is broken: unexpected end of file' },
  ]);
});

test('a .gz that is damaged in the middle gives the lines before the damage', async () => {
  const packed = Buffer.from(gzipSync(lines(30_000)));
  packed.fill(0xff, Math.floor(packed.length / 2), Math.floor(packed.length / 2) + 64);
  put('damaged.jsonl.gz', packed);
  const { counts } = await ingest('damaged.jsonl.gz');
  expect(counts.rejected).toBeGreaterThan(0);
  expect(counts.inserted).toBeGreaterThan(10_000);
  expect((await quarantine()).at(-1)?.reason).toMatch(/^the gzip data is broken: /);
});

test('what follows the end of a .gz is told, and keeps no line from being taken', async () => {
  put('trailing.jsonl.gz', Buffer.concat([gzipSync(lines(100)), Buffer.from('this is no gzip')]));
  expect((await ingest('trailing.jsonl.gz')).counts).toMatchObject({ received: 101, inserted: 100, rejected: 1 });
  expect(await quarantine()).toMatchObject([{ line: 101, reason: 'the gzip data is broken: incorrect header check' }]);
});

test('a .gz of several parts, and one padded with zeros, are whole', async () => {
  put('two.jsonl.gz', Buffer.concat([gzipSync(`${live('a')}\n`), gzipSync(`${live('b')}\n`)]));
  put('padded.jsonl.gz', Buffer.concat([gzipSync(`${live('c')}\n`), Buffer.alloc(512)]));
  expect((await ingest('two.jsonl.gz')).counts).toMatchObject({ received: 2, inserted: 2 });
  expect((await ingest('padded.jsonl.gz')).counts).toMatchObject({ received: 1, inserted: 1 });
});

test.skipIf(process.platform === 'win32')('a pipe is refused at once, by itself and among others', async () => {
  execFileSync('mkfifo', [join(root, 'pipe.jsonl')]);
  put('good.jsonl', live('a'));
  await expect(findFiles(join(root, 'pipe.jsonl'), root)).rejects.toMatchObject({
    code: 'SOURCE_INVALID',
    message: 'pipe.jsonl is a pipe or a device, not a file.',
  });
  await expect(findFiles('/dev/null', root)).rejects.toMatchObject({ code: 'SOURCE_INVALID' });
  const { sources, counts } = await ingestFiles(await findFiles(root, root), { store, now: NOW });
  expect(counts).toMatchObject({ received: 1, inserted: 1 });
  expect(sources.map(({ source, error }) => [source, error?.code])).toEqual([
    ['good.jsonl', undefined],
    ['pipe.jsonl', 'SOURCE_INVALID'],
  ]);
});

test('a file whose name says no type is refused by itself, and the rest is taken', async () => {
  put('bootstrap/customers.json', '[{"id":1}]');
  put('bootstrap/orders.json', '[{"orderRef":"1","created":"2023-03-31 19:30"}]');
  const { sources, counts } = await ingestFiles(await findFiles(root, root), { store, now: NOW });
  expect(counts).toMatchObject({ received: 1, inserted: 1 });
  expect(sources.map(({ source, error }) => [source, error?.message])).toEqual([
    ['bootstrap/customers.json', 'bootstrap/customers.json: its name does not say what it holds.'],
    ['bootstrap/orders.json', undefined],
  ]);
});
