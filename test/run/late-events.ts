// Events of the contract's shapes over a few orders, customers, products and days, so that they meet: late ones, orders that
// move to another day, several payments of a transaction, events without an order. As JSON lines.

import fc from 'fast-check';

const DAYS = Array.from({ length: 24 }, (_, at) => new Date(Date.UTC(2023, 0, 20 + at * 2)).toISOString().slice(0, 10));
const day = fc.constantFrom(...DAYS);
const order = fc.constantFrom('A1', 'A2', 'A3', 'B1', 'B2', 'B3', 'C1', 'C2', 'D1', 'D2');
const person = fc.constantFrom(
  { email: 'ada@x.ng', phone: '1' },
  { email: 'Obi@x.ng ', id: 'c-2' },
  { phone: '3' },
  { id: 'c-4' },
  {},
);
const item = fc.record({
  sku: fc.constantFrom('S1', 'S2', 'S3', null),
  quantity: fc.constantFrom(1, 2, 3, 'x'),
  price: fc.constantFrom(100, 250.5, '99.99', null),
});
const amount = fc.constantFrom(5, 10.25, 2000, 1000.01, '300', 'x', -3);
const currency = fc.constantFrom('NGN', 'USD', ' usd ', 'GBP', '');
const clock = fc.constantFrom('00:00', '09:30', '23:59');

interface Words {
  readonly order: string | null;
  readonly day: string;
  readonly clock: string;
  readonly amount: unknown;
  readonly currency: string;
}

const words: fc.Arbitrary<Words> = fc.record({
  order: fc.oneof({ weight: 12, arbitrary: order }, { weight: 1, arbitrary: fc.constant(null) }),
  day,
  clock,
  amount,
  currency,
});

const seconds = ({ day, clock }: Words): number => Date.parse(`${day}T${clock}:00Z`) / 1000;

type Payload = Readonly<Record<string, unknown>>;

const orders = fc
  .tuple(words, person, fc.array(item, { maxLength: 3 }), fc.constantFrom('vendor_a', 'vendor_b', 'vendor_c'))
  .map(([one, who, items, vendor]): [string, string, Payload] => {
    const shapes: Record<string, Payload> = {
      vendor_a: {
        orderRef: one.order,
        created: `${one.day} ${one.clock}`,
        customer: who,
        total: one.amount,
        currency: one.currency,
        items: items.map(line => ({ sku: line.sku, qty: line.quantity, price: line.price })),
      },
      vendor_b: {
        order_id: one.order,
        created_at: `${one.day}T${one.clock}:00Z`,
        buyer: who,
        totalAmount: one.amount,
        currencyCode: one.currency,
        line_items: items.map(line => ({ productSku: line.sku, quantity: line.quantity, unit_price: line.price })),
      },
      vendor_c: {
        order: { id: one.order, ts: seconds(one) },
        email: who.email,
        phone: who.phone,
        amount: one.amount,
        ccy: one.currency,
        items,
      },
    };
    return ['order_created', vendor, shapes[vendor] ?? {}];
  });

const payments = fc
  .tuple(words, fc.constantFrom('t1', 't2', 't3', null), fc.constantFrom('SUCCESS', 'success', 'FAILED', null))
  .map(([one, txn, status]): [string, string, Payload] => [
    'payment_succeeded',
    'vendor_a',
    {
      orderRef: one.order,
      paidAt: `${one.day.replaceAll('-', '/')} ${one.clock}:00`,
      status,
      amount: one.amount,
      currency: one.currency,
      txRef: txn,
    },
  ]);

const refunds = fc
  .tuple(words, fc.constantFrom(null, [{ sku: 'S1', qty: 1, amount: 5 }]))
  .map(([one, items]): [string, string, Payload] => [
    'refund_issued',
    'vendor_b',
    {
      order_id: one.order,
      refunded_at: `${one.day}T${one.clock}:00Z`,
      amount: one.amount,
      currency: one.currency,
      items,
    },
  ]);

const shipments = fc
  .tuple(words, fc.constantFrom('IN_TRANSIT', 'delivered', 'PICKED'))
  .map(([one, status]): [string, string, Payload] => [
    'shipment_updated',
    'vendor_c',
    { order: { id: one.order }, tracking: 'x', carrier: 'y', status, ts: seconds(one) },
  ]);

const histories = fc
  .tuple(words, fc.array(fc.record({ status: fc.constantFrom('PICKED', 'DELIVERED'), time: day }), { maxLength: 3 }))
  .map(([one, updates]): [string, string, Payload] => [
    'historical_shipment',
    'vendor_a',
    {
      orderRef: one.order,
      tracking: 'h',
      updates: updates.map(entry => ({ ...entry, time: `${entry.time}T10:00:00Z` })),
    },
  ]);

const updates = words.map((one): [string, string, Payload] => [
  'order_updated',
  'vendor_b',
  { order_id: one.order, updated_at: `${one.day}T${one.clock}:00Z`, change: 'address' },
]);

const others = fc.constant<[string, string, Payload]>(['page_viewed', 'vendor_z', { a: 1 }]);

const fact = fc.oneof(
  { weight: 5, arbitrary: orders },
  { weight: 4, arbitrary: payments },
  { weight: 2, arbitrary: refunds },
  { weight: 2, arbitrary: shipments },
  { weight: 1, arbitrary: histories },
  { weight: 1, arbitrary: updates },
  { weight: 1, arbitrary: others },
);

/** One line of a file. Ids are few enough that some come twice: as duplicates where all else is the same, else in conflict. */
const lineOf = (one: typeof fact): fc.Arbitrary<string> =>
  fc
    .tuple(one, day, clock, fc.integer({ min: 0, max: 400 }), day)
    .map(([[event_type, vendor, payload], eventDay, eventClock, id, arrived]) =>
      JSON.stringify({
        event_id: `e${id}`,
        event_type,
        event_time: `${eventDay}T${eventClock}:00Z`,
        vendor,
        payload,
        ingested_at: `${arrived}T12:00:00Z`,
      }),
    );

export const eventLine = lineOf(fact);

/** The lines of a file: of everything, or few of one kind, whose way through the tables nothing else hides. */
export const eventLines: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 3, arbitrary: fc.array(eventLine, { minLength: 1, maxLength: 12 }) },
  ...[orders, payments, payments, refunds, shipments].map(kind => ({
    weight: 1,
    arbitrary: fc.array(lineOf(kind), { minLength: 1, maxLength: 3 }),
  })),
);
