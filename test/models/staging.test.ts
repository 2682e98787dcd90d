// What staging makes of events: names that drift, times, amounts, addresses and lists (data contract, sections 3 and 5).

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyzerFiles } from '../googlesql/installed.ts';
import { openWorld, type Row, type World } from './world.ts';

const AT = '2023-06-01T12:00:00Z';
const keyOf = (text: string): string => createHash('sha256').update(text).digest('hex');

describe.skipIf(!analyzerFiles)('staging', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  /** One row for each payload, in their order. */
  const stage = async (
    table: string,
    type: string,
    payloads: readonly (string | object)[],
  ): Promise<readonly Row[]> => {
    const events = payloads.map((payload, i) => ({
      id: `e${String(i).padStart(3, '0')}`,
      type,
      at: AT,
      payload: payload as Record<string, unknown> | string,
    }));
    const rows = [...(await world.rows(table, { events }))];
    return rows.sort((a, b) => (String(a.event_id) < String(b.event_id) ? -1 : 1));
  };
  const column = async (table: string, type: string, name: string, payloads: readonly (string | object)[]) =>
    (await stage(table, type, payloads)).map(row => row[name]);

  test('a field is the first non-null of its names; null, an empty string and an object are asked no further', async () => {
    const payloads = [
      { orderRef: 'A', order_id: 'B', order: { id: 'C' } },
      { orderRef: null, order_id: 'B', order: { id: 'C' } },
      { orderRef: '', order: { id: 'C' } },
      { orderRef: { id: 'A' }, order_id: 'B' },
      { order: 'C' },
      '{"order_id":1234567890123456789}',
      '{"order_id":9007199254740993}',
      {},
    ];
    expect(await column('stg_orders', 'order_created', 'order_id', payloads)).toEqual([
      'A',
      'B',
      'C',
      'B',
      null,
      '1234567890123456789',
      '9007199254740993',
      null,
    ]);
    expect(
      await column('stg_payments', 'payment_succeeded', 'order_id', [{ order: 'C' }, { order: { id: 'C' } }]),
    ).toEqual(['C', null]);
  });

  test.each([
    ['2023-03-31 19:30', '2023-03-31T19:30:00Z'],
    ['2023-10-10T22:31:55Z', '2023-10-10T22:31:55Z'],
    ['2023/10/11 00:04:00', '2023-10-11T00:04:00Z'],
    ['2023-08-03T20:31:17', '2023-08-03T20:31:17Z'],
    ['2023-08-03T20:31:17.5+01:00', '2023-08-03T19:31:17.5Z'],
    ['2023-08-03T20:31:17.123456789Z', '2023-08-03T20:31:17.123456Z'],
    ['2023-08-03T20:31:17+0130', '2023-08-03T19:01:17Z'],
    [1679701829, '2023-03-24T23:50:29Z'],
    ['1679701829', '2023-03-24T23:50:29Z'],
    [1679701829.25, '2023-03-24T23:50:29.25Z'],
    [0, '1970-01-01T00:00:00Z'],
  ])('the time %j is %s under whatever name it comes', async (sent, expected) => {
    const payloads = ['created', 'created_at'].map(name => ({ [name]: sent }));
    const rows = await stage('stg_orders', 'order_created', [...payloads, { order: { ts: sent } }]);
    expect(rows.map(row => [row.ordered_at, row.is_time_unparsable])).toEqual(rows.map(() => [expected, false]));
  });

  test.each([
    ['yesterday'],
    ['2023-02-30 10:00'],
    ['2023-10-10T24:00:00Z'],
    ['2023-10-10T22:31:60Z'],
    ['2023-10-10'],
    [1679701829000],
    [true],
  ])('the time %j does not parse: the event stands in for it, and says so', async sent => {
    const [row] = await stage('stg_orders', 'order_created', [{ created_at: sent }]);
    expect([row?.ordered_at, row?.is_time_unparsable]).toEqual([AT, true]);
  });

  test('a time that is absent, null or blank falls back to the event and counts as absent', async () => {
    const rows = await stage('stg_orders', 'order_created', [{}, { created: null }, { created: '  ' }]);
    expect(rows.map(row => [row.ordered_at, row.is_time_unparsable])).toEqual(rows.map(() => [AT, false]));
  });

  test('amounts are exact: as a number, as digits in a string, or NULL and counted', async () => {
    const sent = [
      '63.10',
      '"63.10"',
      '" 40 "',
      '1e3',
      '0.123456789',
      '12345678901234567.895',
      '"1,000"',
      '"NaN"',
      'true',
      '{}',
      'null',
      '""',
    ];
    const payloads = sent.map(text => `{"amount":${text}}`);
    const rows = await stage('stg_payments', 'payment_succeeded', payloads);
    expect(rows.map(row => [row.amount, row.is_amount_unparsable])).toEqual([
      ['63.1', false],
      ['63.1', false],
      ['40', false],
      ['1000', false],
      ['0.123456789', false],
      ['12345678901234567.895', false],
      [null, true],
      [null, true],
      [null, true],
      [null, false],
      [null, false],
      [null, false],
    ]);
  });

  test('the name is chosen before the amount is read: a later one does not stand in for one that does not parse', async () => {
    expect(await column('stg_orders', 'order_created', 'total', [{ total: 'n/a', amount: 5 }])).toEqual([null]);
  });

  test('currency and status are trimmed and upper-cased, email trimmed and lower-cased, blanks are NULL', async () => {
    const [order, blank] = await stage('stg_orders', 'order_created', [
      { ccy: ' ngn ', buyerEmail: ' User1@Pulse.Africa ' },
      { currency: ' ', ccy: 'usd', email: ' ', region: '' },
    ]);
    expect([order?.currency, order?.email]).toEqual(['NGN', 'user1@pulse.africa']);
    expect([blank?.currency, blank?.email, blank?.region]).toEqual(['USD', null, null]);
    expect(await column('stg_payments', 'historical_payment', 'status', [{ payment_state: ' success' }])).toEqual([
      'SUCCESS',
    ]);
  });

  test('an address is an object, a plain string, or nothing; one name is taken as a whole', async () => {
    const rows = await stage('stg_orders', 'historical_order', [
      { shippingAddress: { line1: '1 Rd', city: 'Lagos', country: 'NG' } },
      { address: '144 GRA Rd, Kaduna' },
      { shipping: { address: { city: 'PH', country: '' } } },
      { shippingAddress: null, address: '' },
      { shippingAddress: { city: 'Kano' }, address: { line1: '2 Rd' } },
    ]);
    expect(rows.map(row => [row.ship_line1, row.ship_city, row.ship_country])).toEqual([
      ['1 Rd', 'Lagos', 'NG'],
      ['144 GRA Rd, Kaduna', null, null],
      [null, 'PH', null],
      [null, null, null],
      [null, 'Kano', null],
    ]);
  });

  test('a customer is known by email, else phone, else vendor and id, else not at all', async () => {
    const payloads = [
      { email: 'A@b.c', phone: '+234', cust_id: 'C1' },
      { email: ' ', phone: '+234', cust_id: 'C1' },
      { cust_id: 'C1' },
      {},
    ];
    expect(await column('stg_orders', 'order_created', 'customer_key', payloads)).toEqual(
      ['email:a@b.c', 'phone:+234', 'id:vendor_a:C1', 'unknown'].map(keyOf),
    );
  });

  test('lines keep the order of the array, under either name of each field', async () => {
    const items = [
      { sku: 'S1', qty: 2, price: 9000 },
      { productSku: 'S2', quantity: '3', unit_price: '12.50' },
      { sku: 'S3', qty: 1.5, price: 1 },
    ];
    const rows = [...(await stage('stg_order_items', 'order_created', [{ orderRef: 'A', line_items: items }]))];
    rows.sort((a, b) => Number(a.line_number) - Number(b.line_number));
    expect(rows.map(row => [row.order_id, row.line_number, row.sku, row.quantity, row.unit_price])).toEqual([
      ['A', 1, 'S1', 2, '9000'],
      ['A', 2, 'S2', 3, '12.5'],
      ['A', 3, 'S3', null, '1'],
    ]);
    expect(await stage('stg_order_items', 'order_created', [{ items: null }, { items: [] }, { items: 'x' }])).toEqual(
      [],
    );
  });

  test('a refund is of some items only where it lists them', async () => {
    const payloads = [{ items: null }, { refunded_items: [] }, { items_refunded: [{ sku: 'S', qty: 1, amount: 5 }] }];
    expect(await column('stg_refunds', 'refund_issued', 'item_count', payloads)).toEqual([0, 0, 1]);
  });

  test('a historical shipment gives a row a status, a live one gives one', async () => {
    const updates = [
      { status: 'created', time: '2023-03-04T23:44:39Z' },
      { status: 'DELIVERED', time: '2023-03-08 04:44' },
    ];
    const events = [
      { id: 'h', type: 'historical_shipment', at: AT, payload: { order_id: 'A', timeline: updates } },
      { id: 'l', type: 'shipment_updated', at: AT, payload: { order: { id: 'A' }, state: 'Returned', ts: 1679701829 } },
    ];
    const rows = await world.rows('stg_shipments', { events });
    const told = rows.map(row => [row.event_id, row.position, row.status, row.status_at].join(' '));
    expect(told.sort()).toEqual([
      'h 1 CREATED 2023-03-04T23:44:39Z',
      'h 2 DELIVERED 2023-03-08T04:44:00Z',
      'l 1 RETURNED 2023-03-24T23:50:29Z',
    ]);
  });

  test('events of unknown type are in no staging table, and an event without an order is', async () => {
    const events = [
      { type: 'cart_abandoned', payload: { order_id: 'A' } },
      { type: 'order_updated', payload: { note: 'hm' } },
    ];
    const rows = await world.rows('stg_order_updates', { events });
    expect(rows.map(row => [row.event_id, row.order_id, row.notes])).toEqual([['e1', null, 'hm']]);
  });
});
