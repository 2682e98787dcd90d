// The oracle itself, held by cases worked out by hand from the contract, and by what the generator says it put in.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compareTable, isEqual } from './compare.ts';
import { instantOf, instantText } from './instant.ts';
import { identity, jcs, parse } from './json.ts';
import { numericOf, numericText, over, round2, times } from './numeric.ts';
import { oracle } from './oracle.ts';

const NOW = '2026-01-01T00:00:00Z';

interface Files {
  readonly [path: string]: string;
}

function ask(files: Files, options: { plausibleMaxUsd?: number } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'pulse-oracle-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return oracle(dir, { now: NOW, ...options });
}

const DAY = 'live_events/2025-01-15/events.jsonl';
const FX = { 'fx_rates_2025.csv': 'date,USDNGN\n2025-01-10,900\n2025-01-14,1000.50\n' };

function event(id: string, type: string, payload: object, more: object = {}): string {
  const common = {
    event_id: id,
    event_type: type,
    event_time: '2025-01-15T10:00:00Z',
    vendor: 'vendor_a',
    ingested_at: '2025-01-15T11:00:00Z',
  };
  return `${JSON.stringify({ ...common, payload, ...more })}\n`;
}

const order = (id: string, payload: object, more: object = {}) =>
  event(id, 'order_created', { orderRef: 'O1', created: '2025-01-15 09:30', ...payload }, more);

function onlyOrder(text: string, more: Files = FX) {
  const { tables } = ask({ [DAY]: text, ...more });
  expect(tables.fact_orders).toHaveLength(1);
  return tables.fact_orders[0] ?? {};
}

test('of several creations of an order the greatest (event_time, event_id) is current, and the order moves with it', () => {
  const one = order('a', { total: 1, created: '2025-01-15 09:30' });
  const two = order('b', { total: 2, created: '2025-01-14 09:30' });
  const older = order('z', { total: 3 }, { event_time: '2025-01-15T09:59:59Z' });
  expect(onlyOrder(two + one + older)).toMatchObject({ event_id: 'b', order_date: '2025-01-14', order_total: '2' });
});

test('naira labelled dollars are naira; real dollars are converted at the latest listed rate, half away from zero', () => {
  expect(onlyOrder(order('a', { total: 40000, currency: 'USD' }))).toMatchObject({
    currency: 'USD',
    effective_currency: 'NGN',
    is_currency_corrected: true,
    fx_rate: '1',
    order_total_ngn: '40000',
  });
  expect(onlyOrder(order('a', { total: 1000, currency: ' usd ' }))).toMatchObject({
    currency: 'USD',
    effective_currency: 'USD',
    is_currency_corrected: false,
    fx_rate: '1000.5',
    order_total_ngn: '1000500',
  });
  expect(onlyOrder(order('a', { total: '0.01', currency: 'USD', created: '2025-01-13 00:00' }))).toMatchObject({
    fx_rate: '900',
    order_total_ngn: '9',
  });
  expect(onlyOrder(order('a', { total: 1, currency: 'USD', created: '2025-01-01 00:00' }))).toMatchObject({
    fx_rate: '900',
  });
  expect(onlyOrder(order('a', { total: 0.005, currency: 'NGN' }))).toMatchObject({ order_total_ngn: '0.01' });
  expect(onlyOrder(order('a', { total: 5, currency: 'EUR' }))).toMatchObject({
    fx_rate: null,
    order_total_ngn: null,
    payment_status: 'unknown',
  });
});

test('payments count once a transaction, the earliest event; failed ones stand apart', () => {
  const pay = (id: string, payload: object, more: object = {}) =>
    event(
      id,
      'payment_succeeded',
      {
        orderRef: 'O1',
        paidAt: '2025/01/15 09:29:01',
        status: 'success ',
        amount: 99.5,
        currency: 'NGN',
        txRef: 'T1',
        ...payload,
      },
      more,
    );
  const events = [
    order('o', { total: 100, currency: 'NGN' }),
    pay('p2', { amount: 1 }),
    pay('p1', {}),
    pay('p3', { txRef: 'T2', status: 'FAILED' }),
    pay('p4', { txRef: null, status: 'PENDING' }),
  ];
  const { tables } = ask({ [DAY]: events.join(''), ...FX });
  expect(tables.fact_payments).toHaveLength(3);
  expect(tables.fact_orders[0]).toMatchObject({
    payment_count: 1,
    failed_payment_count: 2,
    paid_amount_ngn: '99.5',
    payment_status: 'paid',
    first_paid_at: '2025-01-15T09:29:01Z',
    minutes_to_payment: 0,
  });
});

test('paid is within half a percent; less is partly paid, more is overpaid, nothing is unpaid', () => {
  const status = (paid: number) =>
    onlyOrder(
      order('o', { total: 1000, currency: 'NGN' }) +
        event('p', 'payment_succeeded', { orderRef: 'O1', status: 'SUCCESS', amount: paid, currency: 'NGN' }),
    ).payment_status;
  expect([995, 1005, 994.99, 1005.01, 0].map(status)).toEqual(['paid', 'paid', 'partially_paid', 'overpaid', 'unpaid']);
});

test("an order's revenue is its total shared out by line", () => {
  const lines = [
    { sku: 'A', qty: 1, price: 10 },
    { sku: 'B', qty: '2', price: 10 },
    { sku: 'C', qty: 1, price: null },
  ];
  const { tables } = ask({ [DAY]: order('o', { total: 100, currency: 'NGN', items: lines }), ...FX });
  expect(tables.fact_order_items.map(row => row.revenue_ngn)).toEqual(['33.33', '66.67', null]);
  expect(tables.fact_orders[0]).toMatchObject({ line_count: 3, unit_count: 4 });
  expect(tables.dim_product.map(row => row.units_sold)).toEqual([1, 2, 1]);
});

test('the latest status of a shipment is by (status_at, key); unusable times fall back to the event', () => {
  const statuses = [
    { status: 'created', time: '2025-01-01 04:44' },
    { status: 'PICKED_UP', time: 'soon' },
    { status: 'IN_TRANSIT', time: null },
  ];
  const { tables } = ask({
    'bootstrap/shipments_2025.json': JSON.stringify([
      { order: { id: 'O1' }, carrier: 'X', tracking: 'T', timeline: statuses },
    ]),
    [DAY]: order('o', {}),
    ...FX,
  });
  expect(tables.fact_shipments.map(row => [row.status, row.status_at, row.vendor, row.is_late])).toEqual([
    ['CREATED', '2025-01-01T04:44:00Z', 'vendor_c', false],
    ['PICKED_UP', '2025-01-01T04:44:00Z', 'vendor_c', false],
    ['IN_TRANSIT', '2025-01-01T04:44:00Z', 'vendor_c', false],
  ]);
  expect(tables.fact_orders[0]).toMatchObject({ shipment_status: 'IN_TRANSIT' });
});

test('customers go by email, else phone, else id, else unknown', () => {
  const orders = [
    order('1', { orderRef: 'O1', email: ' A@B.ng ', phone: '1' }),
    order('2', { orderRef: 'O2', buyer: { email: 'a@b.NG', phone: '2' } }),
    order('3', { orderRef: 'O3', email: '', phone: '1' }),
    order('4', { orderRef: 'O4', cust_id: 'C' }),
    order('5', { orderRef: 'O5' }),
    order('6', { orderRef: 'O6' }),
  ];
  const { tables } = ask({ [DAY]: orders.join(''), ...FX });
  const counts = tables.dim_customer.map(row => [row.email, row.phone, row.customer_id, row.orders_count]);
  expect(counts).toHaveLength(4);
  expect(counts).toEqual(
    expect.arrayContaining([
      ['a@b.ng', '2', null, 2],
      [null, '1', null, 1],
      [null, null, 'C', 1],
      [null, null, null, 2],
    ]),
  );
});

test('late is more than 24 hours, live only; the same id with other content is a conflict, with another ingested_at a duplicate', () => {
  const refund = (id: string, ingested: string, payload: object = {}) =>
    event(
      id,
      'refund_issued',
      { order: 'O1', amt: 5, ccy: 'NGN', items: null, items_refunded: [{ sku: 'A' }], ...payload },
      { ingested_at: ingested },
    );
  const lines = [
    refund('a', '2025-01-16T10:00:00Z'),
    refund('b', '2025-01-16T10:00:01Z'),
    refund('a', '2025-01-19T10:00:00Z'),
    refund('a', '2025-01-16T10:00:00Z', { amt: 6 }),
    '{"event_id":"c","event_type":"refund_issued","event_time":"never","payload":{}}\n',
    '{"event_id":"c","event_type":"refund_issued","event_time":"2025-01-15T10:00:00Z","payload":{"a":1,"a":1}}\r\n',
  ];
  const { raw, tables } = ask({ [DAY]: `\ufeff${lines.join('')}`, ...FX });
  expect(raw).toMatchObject({
    received: 6,
    stored: 2,
    duplicates: [{ line: 3 }],
    conflicts: [{ line: 4 }],
    rejected: [{ line: 5 }, { line: 6 }],
  });
  expect(
    tables.fact_refunds.map(row => [row.refund_key, row.is_late, row.is_partial, row.item_count, row.amount]),
  ).toEqual([
    ['a', false, true, 1, '5'],
    ['b', true, true, 1, '5'],
  ]);
});

test('a day has its names and numbers, and there is no gap', () => {
  const { tables } = ask({
    [DAY]: order('o', { created: '2024-12-29 00:00' }) + order('p', { orderRef: 'O2', created: '2025-01-01 23:59' }),
    ...FX,
  });
  expect(
    tables.dim_date.map(row => [
      row.date_key,
      row.iso_week,
      row.day_of_week,
      row.day_name,
      row.is_weekend,
      row.quarter,
    ]),
  ).toEqual([
    [20241229, 52, 7, 'Sunday', true, 4],
    [20241230, 1, 1, 'Monday', false, 4],
    [20241231, 1, 2, 'Tuesday', false, 4],
    [20250101, 1, 3, 'Wednesday', false, 1],
  ]);
});

test('numbers are exact', () => {
  const text =
    '{"event_id":"o","event_type":"order_created","event_time":"2025-01-15T10:00:00.250Z","vendor":"v","payload":{"order_id":9007199254740993123,"total":63.10,"currency":"NGN"}}\n';
  expect(onlyOrder(text)).toMatchObject({
    order_id: '9007199254740993123',
    order_total: '63.1',
    ordered_at: '2025-01-15T10:00:00.25Z',
  });
  const [third, tenth] = [over(numericOf('1') ?? 0n, numericOf('3') ?? 0n), numericOf('-0.1') ?? 0n];
  expect([third, times(third, tenth), round2(numericOf('-2.675') ?? 0n)].map(numericText)).toEqual([
    '0.333333333',
    '-0.033333333',
    '-2.68',
  ]);
  expect(['1,000', 'N/A', '', '1e3', ' 7 '].map(numericOf)).toEqual([
    null,
    null,
    null,
    1_000n * 10n ** 9n,
    7n * 10n ** 9n,
  ]);
});

test('times are read in all the formats of the contract', () => {
  const read = (value: string) => {
    const instant = instantOf(parse(value));
    return instant === null ? null : instantText(instant);
  };
  expect(
    [
      '"2023-03-31 19:30"',
      '"2023/10/11 00:04:00"',
      '"2023-08-03T20:31:17"',
      '"2023-10-10T22:31:55Z"',
      '1690038115',
      '"2023-10-10T23:31:55.5+01:00"',
    ].map(read),
  ).toEqual([
    '2023-03-31T19:30:00Z',
    '2023-10-11T00:04:00Z',
    '2023-08-03T20:31:17Z',
    '2023-10-10T22:31:55Z',
    '2023-07-22T15:01:55Z',
    '2023-10-10T22:31:55.5Z',
  ]);
  const none = [
    '"2023-02-29 00:00"',
    '"2023-01-01T24:00:00Z"',
    '"soon"',
    'true',
    'null',
    '1736899568000',
    '"2025-01-15"',
  ];
  expect(none.map(read)).toEqual(none.map(() => null));
  expect(read('"2025-01-15T10:00:00+14:30"')).toBe(null);
});

test('canonical JSON is that of RFC 8785, section 3.2.3; equality is exact', () => {
  const text =
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}';
  expect(jcs(parse(text))).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  expect(identity(parse('{"a":63.10,"b":[1e2]}'))).toBe(identity(parse('{"b":[100.0],"a":63.1}')));
  expect(identity(parse('9007199254740993'))).not.toBe(identity(parse('9007199254740992')));
});

test('the sample holds exactly what the generator says it put in', () => {
  const { summary } = JSON.parse(readFileSync('data/generated.json', 'utf8'));
  const { raw, tables } = oracle('data', { now: NOW });
  expect({
    inserted: raw.stored,
    duplicates: raw.duplicates.length,
    conflicts: raw.conflicts.length,
    rejected: raw.rejected.length,
  }).toEqual({
    inserted: summary.inserted,
    duplicates: summary.duplicates,
    conflicts: summary.conflicts,
    rejected: summary.rejected,
  });
  const types: Record<string, number> = {};
  for (const row of tables.events_raw) types[String(row.event_type)] = (types[String(row.event_type)] ?? 0) + 1;
  expect(types).toEqual(summary.byType);
  const late = tables.events_raw.filter(
    row =>
      !String(row.event_type).startsWith('historical_') &&
      Date.parse(String(row.ingested_at)) - Date.parse(String(row.event_time)) > 86_400_000,
  );
  expect(late).toHaveLength(summary.oddities.late + summary.oddities.withoutIngestedAt);
});

test('a comparison finds a changed cell, a missing row and another row, and nothing in equal tables', () => {
  const { fact_orders } = oracle('data', { now: NOW }).tables;
  expect(isEqual(compareTable('fact_orders', fact_orders, fact_orders))).toBe(true);
  const [first, second, ...rest] = fact_orders;
  const changed = [{ ...first, order_total: '0.01' }, { ...second, order_id: 'X' }, ...rest];
  expect(compareTable('fact_orders', fact_orders, changed)).toMatchObject({
    differingCells: 1,
    byColumn: { order_total: 1 },
    missingRows: [JSON.stringify(second?.order_id)],
    otherRows: ['"X"'],
  });
});
