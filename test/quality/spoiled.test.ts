// Warehouses spoiled by hand: each flaw is caught by the check that is meant for it and by no other.

import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runChecks } from '../../src/run/check-all.ts';
import { type CleanShop, LAST_DAY, makeCleanShop } from './clean-shop.ts';

let shop: CleanShop;
beforeAll(async () => {
  shop = await makeCleanShop();
});
afterAll(() => shop.project.remove());

/** The checks that do not hold, of the last day and of whole tables. */
const caught = (): Promise<readonly string[]> =>
  shop.project.run(async project => {
    const { outcomes } = await runChecks(project, { assets: project.graph.order });
    return outcomes.filter(one => one.verdict !== 'pass').map(one => one.name);
  });

test('in the clean warehouse every check holds, and none is silent for want of history', async () => {
  const { outcomes, day } = await shop.project.run(project => runChecks(project, { assets: project.graph.order }));
  expect(day).toBe(LAST_DAY);
  expect(outcomes.filter(one => one.verdict !== 'pass')).toEqual([]);
  const volumes = outcomes.filter(one => one.name.endsWith('.volume') && one.asset !== 'stg_order_updates');
  expect(volumes.filter(one => one.note?.startsWith('silent'))).toEqual([]);
});

const D = `DATE '${LAST_DAY}'`;
const ONE = `${LAST_DAY.replaceAll('-', '')}-01`;
/** A copy of the first row that `where` finds, with some columns replaced. */
const copyRow = (table: string, where: string, replaced: string): string =>
  `INSERT INTO ${table} SELECT * REPLACE (${replaced}) FROM ${table} WHERE ${where} LIMIT 1;`;
const receipt = (column: string, count: number): string =>
  `UPDATE ingest_batches SET ${column} = ${column} + ${count}, received = received + ${count},
   days = replace(replace(days, '"${column}":0', '"${column}":${count}'), '"received":' || received, '"received":' || (received + ${count}))
   WHERE source LIKE '%${LAST_DAY}%';`;

const CASES: readonly (readonly [flaw: string, sql: string, meant: string])[] = [
  [
    'a payment is there twice',
    copyRow('stg_payments', `event_id = 'p-${ONE}'`, `'p-again' AS event_id`) +
      copyRow('fact_payments', `event_id = 'p-${ONE}'`, `'p-again' AS event_id`),
    'fact_payments.unique(payment_key)',
  ],
  [
    'a refund is above the payment',
    `UPDATE fact_orders SET refund_amount_ngn = paid_amount_ngn + 1, net_amount_ngn = -1 WHERE order_id = 'ORD-${LAST_DAY.replaceAll('-', '')}-05';`,
    'refund_reconciliation',
  ],
  [
    'a refund is of an order nobody knows',
    copyRow('stg_refunds', `event_date = ${D}`, `'r-again' AS event_id, 'NOBODY' AS order_id`) +
      copyRow('fact_refunds', `refund_date = ${D}`, `'r-again' AS refund_key, 'NOBODY' AS order_id`),
    'refund_reconciliation',
  ],
  [
    'a payment is of an order nobody knows',
    copyRow('stg_payments', `event_date = ${D}`, `'p-again' AS event_id, 'NOBODY' AS order_id`) +
      copyRow(
        'fact_payments',
        `payment_date = ${D}`,
        `'p-again' AS event_id, 'k' AS payment_key, 'NOBODY' AS order_id`,
      ),
    'payment_without_order',
  ],
  [
    'a day of the daily table is missing',
    `DELETE FROM fact_order_daily WHERE order_date = ${D};`,
    'fact_order_daily.volume',
  ],
  ['a day of shipments is missing', `DELETE FROM fact_shipments WHERE shipment_date = ${D};`, 'fact_shipments.volume'],
  [
    'most of a day of shipments is missing',
    `DELETE FROM stg_shipments WHERE event_date = ${D} AND event_id != 's-${ONE}';`,
    'stg_shipments.volume',
  ],
  [
    'a rate was absent when an order was counted',
    `UPDATE fact_orders SET order_total_ngn = NULL, fx_rate = NULL WHERE order_id = 'ORD-${ONE}';`,
    'fact_orders.naira and dollars have a rate',
  ],
  ['a rate is negative', 'UPDATE raw_fx_rates SET usd_ngn = -1;', 'raw_fx_rates.rates are positive'],
  [
    'a fifth of the day came late',
    `UPDATE raw_events SET event_time = event_time - INTERVAL 2 DAY, event_date = event_date - 2
     WHERE event_date = ${D} AND event_id LIKE '%-0_' AND event_type != 'refund_issued' AND event_id NOT LIKE '%-0[0-4]';`,
    'late_arriving_share',
  ],
  ['a quarter of the day are duplicates', receipt('duplicates', 25), 'duplicate_event_rate'],
  [
    'an event was dropped in silence',
    `UPDATE ingest_batches SET inserted = inserted - 1 WHERE source LIKE '%${LAST_DAY}%';`,
    'ingest_batches.nothing is dropped silently',
  ],
  ['events were rejected, and the quarantine has none', receipt('rejected', 2), 'rejected_and_conflicting_events'],
  [
    'a conflict is in the quarantine',
    `${receipt('conflicts', 1)}
     INSERT INTO events_quarantine SELECT batch_id, source, 7, 'conflict', 'other content', 'o-1', '{}', FALSE, now() FROM ingest_batches WHERE source LIKE '%${LAST_DAY}%';`,
    'rejected_and_conflicting_events',
  ],
  [
    'naira were labelled dollars',
    `UPDATE fact_payments SET currency = 'USD', is_currency_corrected = TRUE WHERE event_id = 'p-${ONE}';`,
    'incomplete_or_corrected_rows',
  ],
  [
    'a currency is neither naira nor dollar',
    `UPDATE fact_refunds SET currency = 'GBP' WHERE refund_date = ${D};`,
    'incomplete_or_corrected_rows',
  ],
  [
    'an event names no order',
    `UPDATE stg_shipments SET order_id = NULL WHERE event_id = 's-${ONE}';`,
    'incomplete_or_corrected_rows',
  ],
  [
    'a time did not parse',
    `UPDATE stg_payments SET is_time_unparsable = TRUE WHERE event_id = 'p-${ONE}';`,
    'incomplete_or_corrected_rows',
  ],
  [
    'a day sold ten times as much',
    `UPDATE fact_order_daily SET gross_amount_ngn = gross_amount_ngn * 10 WHERE order_date = ${D};`,
    'revenue_drift',
  ],
  [
    'a net does not add up',
    `UPDATE fact_orders SET net_amount_ngn = net_amount_ngn + 1 WHERE order_id = 'ORD-${ONE}';`,
    'fact_orders.net is paid less refunded',
  ],
  [
    'a state has a word nobody knows',
    `UPDATE fact_orders SET payment_status = 'maybe' WHERE order_id = 'ORD-${ONE}';`,
    'fact_orders.acceptedValues(payment_status)',
  ],
  [
    'a payment is negative',
    `UPDATE fact_payments SET amount = -1 WHERE event_id = 'p-${ONE}';`,
    'fact_payments.range(amount, 0..)',
  ],
  [
    'a line is of fewer than none',
    `UPDATE fact_order_items SET quantity = -1 WHERE order_id = 'ORD-${ONE}';`,
    'fact_order_items.range(quantity, 0..)',
  ],
  [
    'a refund is dated years ahead',
    `UPDATE stg_refunds SET refunded_at = TIMESTAMP '2099-01-01 00:00:00' WHERE event_date = ${D};`,
    'stg_refunds.nothing is dated after it arrived',
  ],
  [
    'what an order cost is not there',
    `UPDATE stg_orders SET total = NULL WHERE event_id = 'o-${ONE}';`,
    'stg_orders.an amount was sent',
  ],
  [
    'one payment is a thousand times the others',
    `UPDATE fact_payments SET amount = amount * 1000, currency = 'USD', is_currency_corrected = TRUE WHERE event_id = 'p-${ONE}';`,
    'incomplete_or_corrected_rows',
  ],
  [
    'a line is of no order',
    `UPDATE fact_order_items SET order_id = 'NOBODY' WHERE order_id = 'ORD-${ONE}';`,
    'fact_order_items.refersTo(order_id, fact_orders)',
  ],
  [
    'a customer is there twice',
    copyRow('dim_customer', 'TRUE', 'orders_count AS orders_count'),
    'dim_customer.unique(customer_key)',
  ],
  [
    'a day of the calendar has the key of another',
    `UPDATE dim_date SET date_key = 1 WHERE date = ${D};`,
    'dim_date.the key is the day',
  ],
  [
    'a historical payment is called late',
    `UPDATE fact_payments SET source = 'historical', is_late = TRUE WHERE event_id = 'p-${ONE}';`,
    'fact_payments.historical is never late',
  ],
  [
    'the regions of a day are gone',
    `UPDATE fact_orders SET region = NULL WHERE order_date = ${D};`,
    'fact_orders.drift',
  ],
];

test('what is wrong with events is caught by one check each, from the files on; an order dated ahead hides no day', async () => {
  const day = LAST_DAY.replaceAll('-', '');
  const payment = (n: number, wrong: object) => ({
    event_id: `wrong-${n}`,
    event_type: 'payment_succeeded',
    event_time: `${LAST_DAY}T10:00:00Z`,
    vendor: 'vendor_b',
    ingested_at: `${LAST_DAY}T20:00:00Z`,
    payload: {
      order_id: `ORD-${day}-0${n}`,
      paid_at: `${LAST_DAY}T10:00:00Z`,
      status: 'FAILED',
      amount: 5,
      currency: 'NGN',
      txn: `W-${n}`,
      ...wrong,
    },
  });
  const refund = { ...payment(4, { amount: 'five', status: null }), event_type: 'refund_issued' };
  const order = {
    ...payment(5, {
      order_id: 'ORD-AHEAD',
      email: 'a@example.com',
      region: 'Lagos',
      total: 10_000,
      created_at: '2099-01-01T00:00:00Z',
    }),
    event_type: 'order_created',
  };
  const events = [
    payment(0, { currency: 'GBP' }),
    payment(1, { amount: null }),
    payment(2, { amount: -5 }),
    payment(3, { paid_at: '2099-01-01T00:00:00Z' }),
    refund,
    order,
  ];
  shop.project.write(
    `data/live_events/${LAST_DAY}/wrong.jsonl`,
    events.map(one => `${JSON.stringify(one)}\n`).join(''),
  );
  const kept = join(shop.project.root, 'kept-state');
  cpSync(join(shop.project.root, '.pulse'), kept, { recursive: true });
  try {
    await shop.project.materialize();
    const { day: judged, outcomes } = await shop.project.run(project =>
      runChecks(project, { assets: project.graph.order }),
    );
    expect(judged).toBe(LAST_DAY);
    const found = outcomes.filter(one => one.verdict !== 'pass' && one.kind !== 'anomaly');
    expect(found.map(one => one.name)).toEqual([
      'incomplete_or_corrected_rows',
      'stg_orders.nothing is dated after it arrived',
      'stg_payments.nothing is dated after it arrived',
      'stg_payments.an amount was sent',
      'fact_payments.range(amount, 0..)',
    ]);
    const measures = found[0]?.measures.filter(one => one.verdict !== 'pass').map(one => [one.name, one.value]);
    expect(measures).toEqual([
      ['unparsable_amount', 1],
      ['unknown_currency', 1],
    ]);
  } finally {
    rmSync(join(shop.project.root, '.pulse'), { recursive: true });
    renameSync(kept, join(shop.project.root, '.pulse'));
  }
});

describe('spoiled', () => {
  test.each(CASES)('%s', async (_, sql, meant) => {
    try {
      await shop.spoil(sql);
      expect(await caught()).toEqual([meant]);
    } finally {
      shop.restore();
    }
  });
});
