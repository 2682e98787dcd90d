// Invented events of every kind, read again and again and thrown away, before a reading thread begins with a large input.
// V8 compiles a function for what it has seen of it, and anew at each kind of event or fault that comes up later: that took longer
// than a tenth of 300,000 events. Touches no file and no store.

import type { Shape } from './event.ts';
import { Collector, type ReadOptions } from './read-source.ts';
import { ArraySplitter } from './split-array.ts';
import { LineSplitter } from './split-lines.ts';

/** Enough for V8 to have taken notes of every branch: more cost more than they saved, fewer left gaps. */
const TIMES = 10;

/** Of a few events a parcel, so that parcels are made too. */
const OPTIONS: ReadOptions = { parcelEvents: 40, maxEventBytes: 1 << 20, now: '2025-01-01T00:00:00Z' };

export function warmUp(): void {
  const collector = new Collector(OPTIONS);
  for (let time = 0; time < TIMES; time++) {
    for (const [shape, bytes] of TEXTS) read(collector, bytes, shape);
  }
  collector.end();
  drop(collector);
}

function read(collector: Collector, bytes: Uint8Array, shape: Shape): void {
  const split = { scanner: collector.scanner, sink: collector, maxEventBytes: OPTIONS.maxEventBytes };
  const splitter = shape === 'live' ? new LineSplitter(split) : new ArraySplitter(split);
  collector.begin(0, shape);
  // In pieces, as a record lies across the end of what is read at once.
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    splitter.push(bytes.subarray(from, from + PIECE_BYTES));
    drop(collector);
  }
  splitter.end();
  collector.finish({ kind: 'end', contentHash: '', announced: null });
  drop(collector);
}

/** Whoever takes the parcels gives their buffers back. */
function drop(collector: Collector): void {
  for (const _ of collector.parcels());
}

const PIECE_BYTES = 1500;

const ITEMS = '[{"sku":"A-1","qty":2,"price":11500},{"sku":"B-2","qty":1,"price":63.10}]';
const ORDER = `"email":"a@mail.example","note":"Ad\u00e9\u1ecd\\n","items":${ITEMS},"total":-0.5,"paid":true,"gift":false,"region":null`;
const LIVE = '"event_type":"order_created","event_time":"2025-01-15T09:02:45Z","vendor":"vendor_c"';

const LIVE_LINES = [
  `{"event_id":"7a60aed8468f827c",${LIVE},"payload":{${ORDER},"order":{"id":"O-1","ts":1736931765}},"ingested_at":"2025-01-15T09:03:45Z"}`,
  `{"event_id": "7a60aed8468f827d", ${LIVE}, "payload": {"orderRef": 1234567890123456789, "tags": [], "more": {}}, "ingested_at": "2025-01-15 09:03"}`,
  `{"event_type":"refund_issued","event_time":1736931765,"vendor":null,"payload":{${ORDER},"a":1e3,"\\u0061b":[1,[2]]}}`,
  `{"event_id":12,"event_type":"payment_succeeded","event_time":"2025-01-15T09:02:45.250+01:00","vendor":"v","payload":[1.50,12345678901234567890]}`,
  `{"event_id":"caf\u00e9","event_type":"x","event_time":"1736931765","vendor":"v","payload":{},"ingested_at":"?"}\r`,
  `{"event_id":"\\u0041","event_type":"x\\n","event_time":"2025-01-15T09:02:45Z","vendor":"v","payload":"p"}`,
  '{"event_id":"a","event_time":"2025-01-15T09:02:45Z","vendor":"v","payload":{}}',
  '{"event_id":"a","event_type":"x","event_time":"soon","vendor":"v","payload":{}}',
  '{"event_id":"a","event_type":"x","event_time":"2025-01-15T09:02:45Z"}',
  '{"event_id":"a","event_id":"b"}',
  '{"event_id":"a" "event_type"}',
  '{"event_id" 1}',
  '{1:2}',
  '[1 2]',
  '{"a":nan}',
  '{"a":1.}',
  '{"a":"\\q"}',
  '{"a":"\\ud800"}',
  '{"event_id":"7a60',
  'text',
  `{"many":[${'1,'.repeat(1500)}1]}`,
  '',
];

/** By type: a record's own time as each vendor writes it. */
const HISTORICAL: readonly (readonly [Shape, readonly string[]])[] = [
  [
    'historical_order',
    ['"created":"2023-03-31 19:30"', '"created_at":"2023-10-10T22:31:55Z"', '"order":{"id":"O-1","ts":1688426117}'],
  ],
  [
    'historical_payment',
    ['"paidAt":"2023/10/11 00:04:00"', '"paid_at":"2023-10-10T22:31:55Z"', '"timestamp":1688426117'],
  ],
  [
    'historical_refund',
    ['"refundedAt":"2023-08-03T20:31:17"', '"refunded_at":"2023-10-10T22:31:55Z"', '"ts":1688426117'],
  ],
  [
    'historical_shipment',
    ['"updates"', '"status_history"', '"timeline"'].map(
      name => `${name}:[{"status":"SENT","time":"2023-03-08 04:44"}]`,
    ),
  ],
];

function recordsOf(times: readonly string[]): readonly string[] {
  return [
    ...times.flatMap(time => [`{"orderRef":"O-1",${ORDER},${time}}`, `{${time},"order_id":"O-2",${ORDER}}`]),
    `{"phone":"+234","\u00e9":1,"ab":2,"aa":[],${times[0]}}`,
    '{"orderRef":"O-3"}',
    '{"orderRef":"O-3",}',
    '7',
  ];
}

const TEXTS: readonly (readonly [Shape, Uint8Array])[] = [
  ['live', Buffer.from(LIVE_LINES.join('\n'))],
  ...HISTORICAL.map(([shape, times]) => [shape, Buffer.from(`[\n${recordsOf(times).join(',\n')}\n]\n`)] as const),
];
