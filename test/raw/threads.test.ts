// Reading in worker threads, as the built program does it: the same outcome as inline. Builds the room into a folder of its own.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SourceFile, sourceFile } from '../../src/raw/files.ts';
import type { IngestResult } from '../../src/raw/ingest.ts';
import * as inline from '../../src/raw/raw.ts';
import type { QuarantineEntry } from '../../src/raw/raw-store.ts';
import type { ReadingThread } from '../../src/raw/reading-thread.ts';
import { type BuiltRoom, buildRoom } from '../built-room.ts';
import { quarantineOf } from './raw-store-contract.ts';
import { NOW } from './sample-events.ts';

type Room = typeof inline;

let root: string;
let built: BuiltRoom;
let threaded: Room;
let files: readonly SourceFile[];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'pulse-threads-'));
  built = await buildRoom({ raw: 'src/raw/raw.ts', 'raw-worker': 'src/raw/worker-entry.ts' });
  threaded = await built.load<Room>('raw');
  files = writeFiles();
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  built.remove();
});

/** Some 10 MB: more than is read inline. With a broken line, a conflict, a file that is not there, an empty one, and many small ones. */
function writeFiles(): readonly SourceFile[] {
  const live = (id: number, more = ''): string =>
    `{"event_id":"e${id}","event_type":"t","event_time":"2025-01-15T09:43:48Z","vendor":"v","payload":{"n":${id},"pad":"${'x'.repeat(200)}"${more}},"ingested_at":"2025-01-1${5 + (id % 3)}T10:00:00Z"}`;
  const lines = (from: number, count: number): string[] => Array.from({ length: count }, (_, n) => live(from + n));
  const records = Array.from({ length: 15_000 }, (_, n) => ({
    orderRef: `${n}`,
    created: '2023-03-31 19:30',
    pad: 'y'.repeat(200),
  }));
  const texts: Record<string, string> = {
    'orders.json': JSON.stringify(records),
    'a.jsonl': [...lines(0, 12_000), '{broken', live(5, ',"other":1'), live(6)].join('\n'),
    'empty.jsonl': '',
    ...Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`small-${n}.jsonl`, lines(20_000 + n * 100, 100).join('\n')]),
    ),
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(root, name), text);
  return [...Object.keys(texts), 'gone.jsonl'].map(name => sourceFile(join(root, name), root));
}

interface Outcome {
  readonly result: IngestResult;
  readonly quarantine: readonly QuarantineEntry[];
  readonly idsHashes: readonly string[];
}

async function ingest(room: Room, thread?: ReadingThread): Promise<Outcome> {
  const store = await room.openSqliteRawStore(':memory:', { now: () => NOW });
  const result = await room.ingestFiles(files, { store, now: NOW, thread });
  const receipts = await store.receipts();
  const quarantine = await Promise.all(receipts.map(({ batchId }) => quarantineOf(store, batchId)));
  await store.close();
  const bySource = receipts.map(({ source, idsHash, days }) => `${source} ${idsHash} ${JSON.stringify(days)}`);
  return { result, quarantine: quarantine.flat(), idsHashes: bySource.sort() };
}

/** Batch ids are of their time, and how large the batches of a file are depends on what is read beside it. */
const comparable = ({ result, quarantine }: Outcome) => ({
  counts: result.counts,
  sources: result.sources.map(({ batchIds: _, error, ...source }) => ({
    ...source,
    error: error && [error.code, error.message, error.hint],
  })),
  quarantine: quarantine.map(({ batchId: _, ...entry }) => JSON.stringify(entry)).sort(),
});

test('threads bring what reading inline brings, file by file', async () => {
  const [one, other] = [await ingest(inline), await ingest(threaded)];
  expect(one.result.counts).toEqual({ received: 33_003, inserted: 33_000, duplicates: 1, conflicts: 1, rejected: 1 });
  expect(comparable(other)).toEqual(comparable(one));
  expect(other.idsHashes).toEqual(one.idsHashes);
  expect(other.result.sources.at(-1)?.error).toMatchObject({ code: 'SOURCE_NOT_FOUND' });
});

test('a thread that was started before it was known what to read reads the same', async () => {
  const [one, other] = [await ingest(inline), await ingest(threaded, new threaded.ReadingThread())];
  expect(comparable(other)).toEqual(comparable(one));
  expect(other.idsHashes).toEqual(one.idsHashes);
});

test('a thread that failed before anybody asked it says so when it is asked', async () => {
  copyFileSync(join(built.folder, 'raw-worker.js'), join(built.folder, 'raw-worker.kept'));
  writeFileSync(join(built.folder, 'raw-worker.js'), "throw new Error('no room');");
  try {
    const thread = new threaded.ReadingThread();
    // Something else is done until it has failed for sure.
    await thread.end();
    await expect(ingest(threaded, thread)).rejects.toThrow(/no room|ended before its files did/);
  } finally {
    copyFileSync(join(built.folder, 'raw-worker.kept'), join(built.folder, 'raw-worker.js'));
  }
});

test('an abort stops the threads, too', async () => {
  const stop = new AbortController();
  const store = await threaded.openSqliteRawStore(':memory:', { now: () => NOW });
  const options = { store, now: NOW, signal: stop.signal, onProgress: () => stop.abort() };
  await expect(threaded.ingestFiles(files, options)).rejects.toMatchObject({ code: 'RUN_INTERRUPTED' });
  expect((await store.receipts()).every(({ status }) => status === 'closed')).toBe(true);
  await store.close();
});
