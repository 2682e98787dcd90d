// Generated events for the laws of the models: every name of the contract, drifting, with values that sources do send
// and values that none should.

import fc from 'fast-check';
import type { TestEvent } from './world.ts';

/** JSON text: numbers keep their spelling. */
type Json = fc.Arbitrary<string>;

const json = (...values: readonly unknown[]): Json => fc.constantFrom(...values.map(value => JSON.stringify(value)));
const spelt = (...texts: readonly string[]): Json => fc.constantFrom(...texts);
const either = (...parts: readonly Json[]): Json => fc.oneof(...parts);
const listOf = (item: Json): Json => fc.array(item, { maxLength: 3 }).map(items => `[${items.join(',')}]`);

const NOTHING = json(null, '', '  ');
const ODD = json(true, {}, [], 0, 'ünï ✓ "q" \\ \n');
const order = either(
  json('A', 'B', 'C', 'A', 'B', 'C'),
  spelt('1234567890123456789', '"1234567890123456789"'),
  NOTHING,
);
const text = either(json('x', 'y', ' z '), NOTHING, ODD);
const time = either(
  json(
    '2023-01-01 10:00',
    '2023-01-02T00:00:00Z',
    '2023/01/02 23:59:59',
    '2023-01-03T04:05:06',
    1672617600,
    '1672617600',
  ),
  json(
    '2023-01-02T00:30:00+01:00',
    '2023-01-02T00:00:00.1234567Z',
    ' 2023-01-01 10:00 ',
    'soon',
    '2023-02-30 10:00',
    1672617600000,
  ),
  spelt('1672617600.25', '1.6726176e9'),
  NOTHING,
  // Not 0: it is a time, and the calendar would begin in 1970.
  json(true, {}, []),
);
const amount = either(
  spelt('5', '10.25', '2000', '1000', '1000.01', '"7"', '" 7.125 "', '0', '-3.005'),
  spelt('1e3', '0.1234567891', '12345678901234567.895', '"1,000"', '"NaN"', '1e40', '63.10', '"12345678901.125"'),
  NOTHING,
  ODD,
);
const count = either(spelt('1', '2', '3', '"2"'), spelt('2.0', '1.5', '-1', '"x"'), NOTHING);
const currency = either(json('NGN', 'USD', 'NGN', 'USD', ' usd ', 'GBP'), NOTHING, ODD);
const status = either(json('SUCCESS', 'SUCCESS', 'success ', 'FAILED'), NOTHING, ODD);
const address = either(json({ line1: '1 Rd', city: 'Lagos', country: '' }, '2 Rd', { city: 'PH' }), NOTHING, ODD);

/** An object with some of `fields`, each under one or two of its names (a dot nests). */
function record(fields: readonly (readonly [names: string, value: Json])[]): Json {
  const parts = fields.map(([names, value]) =>
    fc.array(fc.tuple(fc.constantFrom(...names.split(' ')), value), { maxLength: 2 }),
  );
  return fc.tuple(...parts).map(given => {
    const members = new Map<string, string | Map<string, string>>();
    for (const [path, value] of given.flat()) {
      const [outer = '', inner] = path.split('.');
      const held = members.get(outer);
      if (inner === undefined) members.set(outer, value);
      else members.set(outer, (held instanceof Map ? held : new Map<string, string>()).set(inner, value));
    }
    return write(members);
  });
}

const write = (members: ReadonlyMap<string, string | ReadonlyMap<string, string>>): string =>
  `{${[...members].map(([name, value]) => `${JSON.stringify(name)}:${typeof value === 'string' ? value : write(value)}`).join(',')}}`;

const ORDER = 'orderRef order_id order.id';
const FLAT_ORDER = 'orderRef order_id order';
const CURRENCY = ['currency currencyCode ccy', currency] as const;
const ITEM = either(
  record([
    ['sku productSku', text],
    ['qty quantity', count],
    ['price unit_price', amount],
  ]),
  ODD,
);
const created = record([
  [ORDER, order],
  ['created created_at order.ts', time],
  ['customer.email buyer.email buyerEmail email', either(json(' A@b.c', 'a@b.c', 'd@e.f'), NOTHING)],
  ['customer.phone buyer.phone buyerPhone phone', text],
  ['customer.id buyer.id customerId cust_id', text],
  ['total totalAmount amount', amount],
  CURRENCY,
  ['region state geo.region', text],
  ['shippingAddress address shipping.address', address],
  ['items line_items', either(listOf(ITEM), text)],
]);
const paid = record([
  [FLAT_ORDER, order],
  ['paidAt paid_at timestamp', time],
  ['status payment_status state payment_state', status],
  ['amount amountPaid amount_paid amt', amount],
  CURRENCY,
  ['method channel paymentMethod', text],
  ['txRef transaction_id txn', text],
]);
const refunded = record([
  [FLAT_ORDER, order],
  ['refundedAt refunded_at ts', time],
  ['amount refundAmount amt', amount],
  CURRENCY,
  ['reason refund_reason', text],
  ['items refunded_items items_refunded', either(listOf(text), text)],
]);
const parcel = [
  [ORDER, order],
  ['tracking tracking_code', text],
  ['carrier logistics_partner', text],
] as const;
const PAYLOADS: Readonly<Record<string, Json>> = {
  order_created: created,
  historical_order: created,
  payment_succeeded: paid,
  historical_payment: paid,
  refund_issued: refunded,
  historical_refund: refunded,
  shipment_updated: record([
    ...parcel,
    ['status shipment_status state', status],
    ['updateTime update_time time ts', time],
  ]),
  historical_shipment: record([
    ...parcel,
    [
      'updates status_history timeline',
      either(
        listOf(
          record([
            ['status', status],
            ['time', time],
          ]),
        ),
        text,
      ),
    ],
  ]),
  order_updated: record([
    [FLAT_ORDER, order],
    ['updatedAt updated_at ts', time],
    ['change change_type', text],
    ['notes note', text],
  ]),
  cart_abandoned: created,
};

const AT = ['2023-01-01T10:00:00Z', '2023-01-02T09:00:00Z', '2023-01-02T09:00:00.000001Z', '2023-01-03T00:00:00Z'];

const event: fc.Arbitrary<Omit<TestEvent, 'id'>> = fc.constantFrom(...Object.keys(PAYLOADS)).chain(type =>
  fc.record({
    type: fc.constant(type),
    at: fc.constantFrom(...AT),
    ingestedAt: fc.constantFrom('2023-01-02T10:00:00Z', '2023-01-09T00:00:00Z'),
    vendor: fc.constantFrom('vendor_a', 'vendor_b', '', null),
    payload: PAYLOADS[type] ?? fc.constant('{}'),
  }),
);

/** Up to `maxLength` events with ids of their own. */
export const eventsOf = (maxLength: number): fc.Arbitrary<readonly TestEvent[]> =>
  fc
    .array(event, { minLength: Math.floor(maxLength / 2), maxLength })
    .map(list => list.map((one, i) => ({ ...one, id: `e${i}` })));

/** NGN per USD; days are missing, one is listed twice. */
export const RATES = [
  ['2023-01-03', '900.5'],
  ['2023-01-01', '800'],
  ['2023-01-01', '801.123456789'],
] as const;
