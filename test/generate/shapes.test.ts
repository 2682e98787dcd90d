// Every name that the contract lists appears in generated data, in both historical and live records.

import { expect, test } from 'vitest';
import { type Field, ORDER, PAYMENT, REFUND, SHIPMENT, UPDATE } from '../../src/generate/fields.ts';
import { generate } from '../../src/generate/generate.ts';
import { historicalRecords, liveLines, scratch, tree } from './tree.ts';

const { statuses, ...SHIPMENT_LIVE } = SHIPMENT;
const { orderId, tracking, carrier } = SHIPMENT;
const LIVE: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  order_created: ORDER,
  payment_succeeded: PAYMENT,
  refund_issued: REFUND,
  shipment_updated: SHIPMENT_LIVE,
  order_updated: UPDATE,
};
const HISTORICAL = {
  orders: ORDER,
  payments: PAYMENT,
  refunds: REFUND,
  shipments: { orderId, tracking, carrier, statuses },
} as const;

function paths(payload: object): readonly string[] {
  return Object.entries(payload).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.keys(value).map(tail => `${key}.${tail}`)
      : [key],
  );
}

/** The names, `order.id` for nested ones, that objects of each kind have. */
function namesByKind(
  records: Iterable<readonly [kind: string, payload: unknown]>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const seen = new Map<string, Set<string>>();
  for (const [kind, payload] of records) {
    if (typeof payload !== 'object' || payload === null) continue;
    const names = seen.get(kind) ?? new Set();
    for (const path of paths(payload)) names.add(path);
    for (const head of Object.keys(payload)) names.add(head);
    seen.set(kind, names);
  }
  return seen;
}

function* liveRecords(files: ReadonlyMap<string, Buffer>): Iterable<readonly [string, unknown]> {
  for (const line of liveLines(files)) {
    if (!line.startsWith('{"event_id"') || !line.includes('"payload":{') || !line.endsWith('}') || line.includes('NaN'))
      continue;
    const event = JSON.parse(line);
    yield [event.event_type, event.payload];
  }
}

function* historicalPayloads(files: ReadonlyMap<string, Buffer>): Iterable<readonly [string, unknown]> {
  for (const kind of Object.keys(HISTORICAL)) {
    const only = new Map([...files].filter(([path]) => path.startsWith(`bootstrap/${kind}_`)));
    for (const record of historicalRecords(only)) yield [kind, record];
  }
}

function expectEveryName(
  seen: ReadonlyMap<string, ReadonlySet<string>>,
  kinds: Readonly<Record<string, Readonly<Record<string, Field>>>>,
): void {
  for (const [kind, fields] of Object.entries(kinds)) {
    for (const [field, { names }] of Object.entries(fields)) {
      for (const { head, tail } of names) {
        const path = tail === undefined ? head : `${head}.${tail}`;
        expect(seen.get(kind)?.has(path), `${kind} ${field} as ${path}`).toBe(true);
      }
    }
  }
}

test('every field appears under every one of its names', async () => {
  const outDir = scratch();
  await generate({ events: 20_000, seed: 3, outDir });
  const files = tree(outDir);
  expectEveryName(namesByKind(liveRecords(files)), LIVE);
  expectEveryName(namesByKind(historicalPayloads(files)), HISTORICAL);
});

test('the committed sample is small and still has every name of every field', () => {
  const files = tree('data');
  expectEveryName(namesByKind(liveRecords(files)), LIVE);
  expectEveryName(namesByKind(historicalPayloads(files)), HISTORICAL);
});

test('amounts come as integers, decimals with two digits, digits in a string, and no numbers at all', async () => {
  const outDir = scratch();
  await generate({ events: 20_000, seed: 3, outDir });
  const text = liveLines(tree(outDir)).join('\n');
  for (const shape of [
    /"amount":\d+[,}]/,
    /"amount":\d+\.\d0[,}]/,
    /"amount":\d+\.\d{3}[,}]/,
    /"amount":"\d+(\.\d\d)?"/,
    /"amount":"N\/A"/,
    /"amt":null/,
  ]) {
    expect(text).toMatch(shape);
  }
  expect(text).toMatch(/"order_id":[45]\d{18},/);
  expect(text).toMatch(/"order_id":"[45]\d{18}",/);
  expect(text).toMatch(/"(address|shippingAddress)":"\d+ /);
  expect(text).toMatch(/"(address|shippingAddress)":null/);
});
