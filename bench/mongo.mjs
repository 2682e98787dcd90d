// node bench/mongo.mjs [--events 20000] [--rounds 3]: ingestion into a MongoDB and extraction from it, beside a bare loop of the same
// driver on the same server (insertMany, unordered, of ready documents; find, raw). Each in a fresh process. Needs a build, and a
// server: eval "$(node test/services/services.mjs env)", or any by PULSE_TEST_MONGO_URI.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '3' },
    child: { type: 'string' },
    folder: { type: 'string' },
    database: { type: 'string' },
  },
});
const uri = process.env.PULSE_TEST_MONGO_URI;
if (uri === undefined) {
  console.error('PULSE_TEST_MONGO_URI must say where a server is (npm run services -- start mongo).');
  process.exit(2);
}
/** Documents of one insert of the bare loop, and of one answer to a find: as the raw store has them. */
const CHUNK = 5_000;
/** Ready documents that the bare loop holds at a time; making them is not measured. */
const READY = 50_000;
const EVENTS = Number(options.events);

const CHILDREN = { insert: bareInsert, ingest, find: bareFind, extract };
if (options.child !== undefined) await CHILDREN[options.child](options);
else await bench();

async function bench() {
  const folder = mkdtempSync(join(tmpdir(), 'pulse-mongo-bench-'));
  const ratios = { ingest: [], extract: [] };
  const made = [];
  try {
    await writeEvents(folder);
    for (let round = 1; round <= Number(options.rounds); round++) {
      const [bare, own] = [`pulse_bench_${randomUUID().slice(0, 8)}`, `pulse_bench_${randomUUID().slice(0, 8)}`];
      made.push(bare, own);
      // Who comes first takes turns: a server is not the same after a million documents.
      const isEven = round % 2 === 0;
      const took = {};
      for (const child of isEven ? ['ingest', 'insert'] : ['insert', 'ingest'])
        took[child] = measured(child, { folder, database: child === 'insert' ? bare : own });
      // Both read the documents that the ingestion wrote.
      for (const child of isEven ? ['extract', 'find'] : ['find', 'extract'])
        took[child] = measured(child, { folder, database: own });
      for (const [child, { perSecond, cpuMs, peaks }] of Object.entries(took)) {
        console.log(
          `${String(round).padStart(2)} ${child.padEnd(8)} ${String(perSecond).padStart(8)}/s  ${String(cpuMs).padStart(7)} ms CPU  at most ${peaks.join(', ')} MB until 25, 50, 75, 100 %`,
        );
      }
      ratios.ingest.push(took.ingest.perSecond / took.insert.perSecond);
      ratios.extract.push(took.extract.perSecond / took.find.perSecond);
      await drop(...made.splice(0));
    }
  } finally {
    // Also where a round failed.
    await drop(...made);
    rmSync(folder, { recursive: true, force: true });
  }
  for (const [what, all] of Object.entries(ratios)) {
    const sorted = [...all].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    console.log(
      `${what}: ${median.toFixed(2)} of the bare loop's rate (${sorted.map(one => one.toFixed(2)).join(', ')})`,
    );
  }
}

async function drop(...databases) {
  const client = await MongoClient.connect(uri);
  for (const database of databases) await client.db(database).dropDatabase();
  await client.close();
}

function measured(child, { folder, database }) {
  const args = ['--child', child, '--folder', folder, '--database', database, '--events', String(EVENTS)];
  const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...args]);
  if (status !== 0) throw new Error(`${child}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Collects the most memory until each quarter of the events. */
function memory() {
  const peaks = [];
  const seen = count => {
    while (peaks.length < 4 && count >= (EVENTS * (peaks.length + 1)) / 4)
      peaks.push(Math.round(process.resourceUsage().maxRSS / 1024));
  };
  return { peaks, seen };
}

/** Tells what it took. */
function tell({ events, ms, peaks }) {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const line = {
    events,
    perSecond: Math.round((events / ms) * 1000),
    cpuMs: Math.round((userCPUTime + systemCPUTime) / 1000),
    peaks,
  };
  process.stdout.write(JSON.stringify(line));
}

async function bareInsert({ database }) {
  const { ObjectId } = await import('mongodb');
  const client = await MongoClient.connect(uri, { writeConcern: { w: 'majority' } });
  const events = client.db(database).collection('events_raw');
  // The same indexes: they are part of the server's work.
  await events.createIndex({ event_id: 1 }, { unique: true });
  await events.createIndex({ batch_id: 1, event_id: 1 });
  let ms = 0;
  const { peaks, seen } = memory();
  for (let from = 0; from < EVENTS; from += READY) {
    const ready = Array.from({ length: Math.min(READY, EVENTS - from) }, (_, n) => {
      const { event_id, event_type, event_time, vendor, payload, ingested_at } = eventOf(from + n);
      const times = { event_time: new Date(event_time), ingested_at: new Date(ingested_at) };
      return { _id: new ObjectId(), event_id, event_type, vendor, payload, ...times, batch_id: `batch-${from}` };
    });
    const started = performance.now();
    for (let at = 0; at < ready.length; at += CHUNK)
      await events.insertMany(ready.slice(at, at + CHUNK), { ordered: false });
    ms += performance.now() - started;
    seen(Math.min(EVENTS, from + READY));
  }
  tell({ events: EVENTS, ms, peaks });
  await client.close();
}

async function ingest({ folder, database }) {
  const { findFiles, ingestFiles, openMongoRawStore } = await import('../dist/raw.js');
  const store = await openMongoRawStore({ uri, database, now: () => new Date() });
  const files = await findFiles(folder, folder);
  const { peaks, seen } = memory();
  const onProgress = ({ counts }) => {
    seen(counts.received);
  };
  const started = performance.now();
  const { counts } = await ingestFiles(files, { store, now: new Date(), onProgress });
  const ms = performance.now() - started;
  if (counts.inserted !== EVENTS) throw new Error(`inserted ${counts.inserted} of ${EVENTS}`);
  tell({ events: counts.inserted, ms, peaks });
  await store.close();
}

async function bareFind({ database }) {
  const client = await MongoClient.connect(uri);
  const started = performance.now();
  let read = 0;
  const { peaks, seen } = memory();
  for await (const _ of client.db(database).collection('events_raw').find({}, { raw: true, batchSize: CHUNK })) {
    seen(++read);
  }
  tell({ events: read, ms: performance.now() - started, peaks });
  await client.close();
}

async function extract({ database }) {
  const { openMongoRawStore } = await import('../dist/raw.js');
  const store = await openMongoRawStore({ uri, database, now: () => new Date() });
  const started = performance.now();
  let read = 0;
  const { peaks, seen } = memory();
  for (const { batchId } of await store.receipts()) {
    for await (const { rows } of store.readColumns(batchId)) {
      read += rows;
      seen(read);
    }
  }
  const ms = performance.now() - started;
  if (read !== EVENTS) throw new Error(`read ${read} of ${EVENTS}`);
  tell({ events: read, ms, peaks });
  await store.close();
}

async function writeEvents(folder) {
  mkdirSync(join(folder, 'live_events/2025-01-15'), { recursive: true });
  const stream = createWriteStream(join(folder, 'live_events/2025-01-15/events.jsonl'));
  for (let from = 0; from < EVENTS; from += CHUNK) {
    const lines = Array.from({ length: Math.min(CHUNK, EVENTS - from) }, (_, n) => JSON.stringify(eventOf(from + n)));
    if (!stream.write(`${lines.join('\n')}\n`)) await new Promise(resolve => stream.once('drain', resolve));
  }
  await new Promise(resolve => stream.end(resolve));
}

/** Event `n`, as a vendor sends it: the size of a live event of the contract. */
function eventOf(n) {
  const time = new Date(Date.UTC(2025, 0, 1) + ((n * 7_919) % 2_592_000) * 1000).toISOString();
  const lines = Array.from({ length: 1 + (n % 3) }, (_, k) => {
    return { sku: `SKU-0${100 + ((n + k) % 200)}`, qty: 1 + (k % 3), unit_price: 19.5 + (n % 700) / 10 };
  });
  return {
    event_id: `evt_${n.toString(16).padStart(24, '0')}`,
    event_type: n % 4 === 0 ? 'order_updated' : 'order_created',
    event_time: time,
    vendor: `vendor_${'abc'[n % 3]}`,
    payload: {
      order_id: `ORD-${100_000 + n}`,
      customer: { id: `C-${n % 5_000}`, email: `customer${n % 5_000}@example.com`, name: 'Adaeze Okonkwo' },
      line_items: lines,
      currency: 'NGN',
      total: 63.1 + (n % 1_000),
      shipping: { city: 'Lagos', country: 'NG', method: n % 2 === 0 ? 'standard' : 'express' },
      notes: null,
    },
    ingested_at: time,
  };
}
