// Every name that the contract lists appears in generated data, in both historical and live records.

import { expect, test } from 'vitest';
import { type Field, ORDER, PAYMENT, REFUND, SHIPMENT, UPDATE } from '../../src/generate/fields.ts';
import { generate } from '../../src/generate/generate.ts';
import { liveLines, scratch, tree } from './tree.ts';

const { statuses, ...SHIPMENT_LIVE } = SHIPMENT;
const FIELDS: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  order_created: ORDER,
  payment_succeeded: PAYMENT,
  refund_issued: REFUND,
  shipment_updated: SHIPMENT_LIVE,
  order_updated: UPDATE,
};

function paths(payload: object): readonly string[] {
  return Object.entries(payload).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.keys(value).map(tail => `${key}.${tail}`)
      : [key],
  );
}

test('every field appears under every one of its names', async () => {
  const outDir = scratch();
  await generate({ events: 20_000, seed: 3, outDir, historicalShare: 0, rates: { broken: 0, conflicts: 0 } });
  const seen = new Map<string, Set<string>>();
  for (const line of liveLines(tree(outDir))) {
    const event = JSON.parse(line);
    const names = seen.get(event.event_type) ?? new Set();
    for (const path of paths(event.payload)) names.add(path.split('.').slice(0, 2).join('.'));
    seen.set(event.event_type, names);
  }
  for (const [type, fields] of Object.entries(FIELDS)) {
    for (const [field, { names }] of Object.entries(fields)) {
      for (const { head, tail } of names) {
        const path = tail === undefined ? head : `${head}.${tail}`;
        const found = [...(seen.get(type) ?? [])].some(name => name === path || name.startsWith(`${path}.`));
        expect(found, `${type} ${field} as ${path}`).toBe(true);
      }
    }
  }
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
