// node bench/ingest.mjs [--events 300000] [--keep]: files into the raw store alone, in a fresh process, on data of its own
// (half historical arrays, half live lines, one in twenty a duplicate). Prints what it took; run `npm run build` before.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '300000' },
    rounds: { type: 'string', default: '3' },
    keep: { type: 'boolean', default: false },
    child: { type: 'string' },
  },
});

if (options.child !== undefined) await ingestOnce(options.child);
else await bench();

async function bench() {
  const folder = mkdtempSync(join(tmpdir(), 'pulse-ingest-bench-'));
  try {
    await writeData(folder, Number(options.events));
    for (let round = 0; round < Number(options.rounds); round++) {
      const { stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--child', folder]);
      process.stdout.write(stdout);
      process.stderr.write(stderr);
    }
  } finally {
    if (!options.keep) rmSync(folder, { recursive: true, force: true });
  }
}

async function ingestOnce(folder) {
  const home = mkdtempSync(join(folder, 'home-'));
  const { findFiles, ingestFiles, openSqliteRawStore, ReadingThread } = await import('../dist/raw.js');
  const thread = new ReadingThread();
  const store = await openSqliteRawStore(join(home, 'raw.sqlite'), { now: () => new Date() });
  const { counts } = await ingestFiles(await findFiles(folder, folder), { store, now: new Date(), thread });
  // From the start of the process: loading the program is part of it.
  const ingestedMs = performance.now();
  let read = 0;
  for (const { batchId } of await store.receipts()) {
    for await (const events of store.readBatch(batchId)) read += events.length;
  }
  const readMs = performance.now() - ingestedMs;
  await store.close();
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const line = {
    ...counts,
    ingestedMs: Math.round(ingestedMs),
    eventsPerSecond: Math.round((counts.received / ingestedMs) * 1000),
    read,
    readMs: Math.round(readMs),
    cpuMs: Math.round((userCPUTime + systemCPUTime) / 1000),
    maxMegabytes: Math.round(maxRSS / 1024),
  };
  console.log(JSON.stringify(line));
  rmSync(home, { recursive: true, force: true });
}

async function writeData(folder, events) {
  mkdirSync(join(folder, 'bootstrap'), { recursive: true });
  mkdirSync(join(folder, 'live_events/2025-01-15'), { recursive: true });
  const half = events / 2;
  for (const [name, { share, record }] of Object.entries(RECORDS)) {
    const values = repeated(half * share, n => JSON.stringify(record(n)));
    await writeAll(join(folder, `bootstrap/${name}_2023.json`), { head: '[\n', values, between: ',\n', tail: '\n]\n' });
  }
  const lines = repeated(half, n => spaced(JSON.stringify(liveEvent(n))));
  await writeAll(join(folder, 'live_events/2025-01-15/events.jsonl'), {
    head: '',
    values: lines,
    between: '\n',
    tail: '\n',
  });
}

/** One in twenty is the one before it again. */
function* repeated(count, make) {
  let last;
  for (let n = 0; n < count; n++) {
    if (last === undefined || random(20) > 0) last = make(n);
    yield last;
  }
}

async function writeAll(path, { head, values, between, tail }) {
  const stream = createWriteStream(path);
  let text = head;
  let isFirst = true;
  for (const value of values) {
    text += isFirst ? value : between + value;
    isFirst = false;
    if (text.length > 1 << 20) {
      if (!stream.write(text)) await new Promise(resolve => stream.once('drain', resolve));
      text = '';
    }
  }
  await new Promise(resolve => stream.end(text + tail, resolve));
}

let seed = 7;
function random(below) {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return (seed >> 8) % below;
}

function time() {
  const two = number => String(number).padStart(2, '0');
  return `2025-01-${two(10 + random(9))}T${two(random(24))}:${two(random(60))}:${two(random(60))}Z`;
}

function items(count) {
  return Array.from({ length: count }, () => ({
    sku: `SKU-0${100 + random(200)}`,
    qty: 1 + random(3),
    price: 100 * random(300),
  }));
}

const RECORDS = {
  orders: {
    share: 0.4,
    record: n => ({
      orderRef: `ORD-${n}`,
      created: '2023-03-31 19:30',
      customer: {
        id: `C${random(9999)}`,
        email: `user${random(9999)}@pulse.africa`,
        phone: `+2348${random(99_999_999)}`,
      },
      items: items(4),
      total: random(1e6) / 100,
      currency: 'NGN',
      region: 'Lagos',
      shippingAddress: { line1: '77 GRA Rd', city: 'Kano', country: 'NG' },
    }),
  },
  payments: {
    share: 0.3,
    record: n => ({
      order: `ORD-${n}`,
      timestamp: 1_679_701_829 + random(1e7),
      state: 'SUCCESS',
      amt: 18_000 + random(9999),
      ccy: 'NGN',
      paymentMethod: 'ussd',
      txn: `TRX${random(1e9)}`,
    }),
  },
  refunds: {
    share: 0.05,
    record: n => ({
      order_id: `ORD-${n}`,
      refunded_at: time(),
      refundAmount: random(1e5),
      currencyCode: 'NGN',
      refunded_items: items(3),
    }),
  },
  shipments: {
    share: 0.25,
    record: n => ({
      orderRef: `ORD-${n}`,
      carrier: 'FedEx',
      tracking: `TRK-${random(1e9)}`,
      updates: ['CREATED', 'PICKED_UP', 'IN_TRANSIT', 'DELIVERED'].map(status => ({ status, time: time() })),
    }),
  },
};

function liveEvent(n) {
  return {
    event_id: randomBytes(6).toString('hex'),
    event_type: 'order_created',
    event_time: time(),
    vendor: 'vendor_c',
    payload: {
      order: { id: `ORD-${n}`, ts: 1_736_930_628 },
      email: `user${random(9999)}@pulse.africa`,
      amount: 40_000,
      items: items(3),
    },
    ingested_at: time(),
  };
}

/** With a space behind each comma and colon, as many writers put it. */
function spaced(json) {
  return json.replaceAll(',"', ', "').replaceAll('":', '": ');
}
