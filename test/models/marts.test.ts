// What the marts make of staging (data contract, sections 4, 6 and 7), one promise a test.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyzerFiles } from '../googlesql/installed.ts';
import { type Input, openWorld, type Row, type TestEvent, type World } from './world.ts';

const pick = (rows: readonly Row[], ...names: readonly string[]) => rows.map(row => names.map(name => row[name]));

describe.skipIf(!analyzerFiles)('marts', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  const ordered = async (table: string, input: Input, key: string): Promise<readonly Row[]> =>
    [...(await world.rows(table, input))].sort((a, b) => (String(a[key]) < String(b[key]) ? -1 : 1));
  const order = (id: string, payload: object = {}, more: Partial<TestEvent> = {}): TestEvent => ({
    type: 'order_created',
    payload: { order_id: id, total: 10000, currency: 'NGN', ...payload },
    ...more,
  });
  const payment = (id: string, payload: object = {}, more: Partial<TestEvent> = {}): TestEvent => ({
    type: 'payment_succeeded',
    payload: { order_id: id, amount: 10000, currency: 'NGN', status: 'SUCCESS', ...payload },
    ...more,
  });
  const refund = (id: string, payload: object = {}, more: Partial<TestEvent> = {}): TestEvent => ({
    type: 'refund_issued',
    payload: { order_id: id, amount: 100, currency: 'NGN', ...payload },
    ...more,
  });

  test('a rate holds until the next listed day, the first also before it', async () => {
    const rates = [
      ['2023-01-05', '900'],
      ['2023-01-02', '800.5'],
    ] as const;
    const days = ['2022-12-31', '2023-01-02', '2023-01-04', '2023-01-05', '2024-06-01'];
    const events = days.map((day, i) =>
      refund('A', { currency: 'USD', amount: 2 }, { id: `r${i}`, at: `${day}T23:59:59Z` }),
    );
    const rows = await ordered('fact_refunds', { events, rates }, 'refund_key');
    expect(pick(rows, 'refund_date', 'fx_rate', 'amount_ngn')).toEqual([
      ['2022-12-31', '800.5', '1601'],
      ['2023-01-02', '800.5', '1601'],
      ['2023-01-04', '800.5', '1601'],
      ['2023-01-05', '900', '1800'],
      ['2024-06-01', '900', '1800'],
    ]);
  });

  test('files that disagree about a day give the same rate in any order; without rates USD has none', async () => {
    const events = [refund('A', { currency: 'USD', amount: 1 })];
    for (const rates of [
      [
        ['2023-01-05', '900'],
        ['2023-01-05', '901'],
      ],
      [
        ['2023-01-05', '901'],
        ['2023-01-05', '900'],
      ],
    ] as [string, string][][]) {
      expect(pick(await world.rows('fact_refunds', { events, rates }), 'fx_rate')).toEqual([['901']]);
    }
    expect(pick(await world.rows('fact_refunds', { events }), 'fx_rate', 'amount_ngn')).toEqual([[null, null]]);
  });

  test('USD above 1000 is NGN with the wrong label; other currencies have no rate', async () => {
    const sent = [
      { amount: 1000, currency: 'USD' },
      { amount: 1000.01, currency: 'usd' },
      { amount: 2000, currency: 'NGN' },
      { amount: 5, currency: 'GBP' },
      { amount: 5, currency: null },
      { amount: 'x', currency: 'USD' },
    ];
    const events = sent.map((payload, i) => refund('A', payload, { id: `r${i}` }));
    const rows = await ordered('fact_refunds', { events, rates: [['2023-01-01', '800']] }, 'refund_key');
    expect(pick(rows, 'currency', 'effective_currency', 'is_currency_corrected', 'fx_rate', 'amount_ngn')).toEqual([
      ['USD', 'USD', false, '800', '800000'],
      ['USD', 'NGN', true, '1', '1000.01'],
      ['NGN', 'NGN', false, '1', '2000'],
      ['GBP', 'GBP', false, null, null],
      [null, null, false, null, null],
      ['USD', 'USD', false, '800', null],
    ]);
  });

  test('an amount in NGN is rounded half away from zero', async () => {
    const events = ['0.125', '-0.125', '0.1249'].map((amount, i) => refund('A', { amount }, { id: `r${i}` }));
    const rows = await ordered('fact_refunds', { events }, 'refund_key');
    expect(pick(rows, 'amount_ngn')).toEqual([['0.13'], ['-0.13'], ['0.12']]);
  });

  test('the current order is the latest creation event by event_time, then by event_id', async () => {
    const events = [
      order('A', { total: 1 }, { id: 'a', at: '2023-06-02T00:00:00Z' }),
      order('A', { total: 2 }, { id: 'c', at: '2023-06-01T00:00:00Z' }),
      order('B', { total: 3 }, { id: 'e' }),
      order('B', { total: 4 }, { id: 'f', type: 'historical_order' }),
    ];
    const rows = await ordered('fact_orders', { events }, 'order_id');
    expect(pick(rows, 'order_id', 'event_id', 'order_total', 'source')).toEqual([
      ['A', 'a', '1', 'live'],
      ['B', 'f', '4', 'historical'],
    ]);
  });

  test('of several events of one payment the earliest counts; without a transaction each event is a payment', async () => {
    const events = [
      payment('A', { txn: 'T', amount: 1 }, { id: 'late', at: '2023-06-02T00:00:00Z' }),
      payment('A', { txn: 'T', amount: 2 }, { id: 'b', at: '2023-06-01T00:00:00Z' }),
      payment('A', { txn: 'T', amount: 3 }, { id: 'a', at: '2023-06-01T00:00:00Z' }),
      payment('B', { txn: 'T' }, { id: 'c' }),
      payment('A', { txn: 'T' }, { id: 'd', vendor: 'vendor_b' }),
      payment('A', {}, { id: 'x' }),
      payment('A', { txn: '' }, { id: 'y' }),
      { ...payment('A'), id: 'z', payload: { amount: 5 } },
    ];
    const rows = await ordered('fact_payments', { events }, 'event_id');
    expect(pick(rows, 'event_id')).toEqual([['a'], ['c'], ['d'], ['x'], ['y']]);
    expect(new Set(rows.map(row => row.payment_key)).size).toBe(5);
  });

  test.each([
    [10000, [], 'unpaid'],
    [10000, [9949], 'partially_paid'],
    [10000, [9950], 'paid'],
    [10000, [5000, 5050], 'paid'],
    [10000, [10050.01], 'overpaid'],
    ['?', [10000], 'unknown'],
    ['?', [], 'unknown'],
  ])('an order of %j with payments of %j is %s', async (total, amounts, status) => {
    const events = [order('A', { total }), ...amounts.map((amount, i) => payment('A', { amount }, { id: `p${i}` }))];
    expect(pick(await world.rows('fact_orders', { events }), 'payment_status')).toEqual([[status]]);
  });

  test('an order sums up what was paid, refunded and changed; any status but SUCCESS has failed', async () => {
    const events = [
      order('A', { created: '2023-06-01 12:00' }),
      order('B'),
      payment('A', { amount: 60, paidAt: '2023/06/01 12:10:59' }, { id: 'p1' }),
      payment('A', { amount: 40, paidAt: '2023/06/01 13:00:00', status: 'success' }, { id: 'p2' }),
      payment('A', { amount: 70, paidAt: '2023/06/01 12:01:00', status: 'FAILED' }, { id: 'p3' }),
      payment('A', { amount: 70, status: null }, { id: 'p4' }),
      refund('A', { amount: 30.5 }, { id: 'r1' }),
      { type: 'order_updated', payload: { order: 'A', ts: 1685700000 } },
    ];
    const rows = await ordered('fact_orders', { events }, 'order_id');
    const columns = [
      'payment_count',
      'failed_payment_count',
      'paid_amount_ngn',
      'minutes_to_payment',
      'refund_count',
      'refund_amount_ngn',
      'net_amount_ngn',
      'update_count',
      'last_updated_at',
    ];
    expect(pick(rows, ...columns)).toEqual([
      [2, 2, '100', 10, 1, '30.5', '69.5', 1, '2023-06-02T10:00:00Z'],
      [0, 0, '0', null, 0, '0', '0', 0, null],
    ]);
  });

  test('minutes to payment are whole, cut towards zero, and stay negative', async () => {
    const events = [
      order('A', { created_at: '2023-06-01T12:00:00Z' }),
      payment('A', { paid_at: '2023-06-01T11:58:01Z' }),
    ];
    expect(pick(await world.rows('fact_orders', { events }), 'minutes_to_payment')).toEqual([[-1]]);
  });

  test('the status of a shipment is the latest by time, then by key', async () => {
    const at = '2023-06-03T00:00:00Z';
    const statuses = (...names: string[]) => names.map(status => ({ status, time: at }));
    const events: TestEvent[] = [
      order('A'),
      {
        id: 's',
        type: 'historical_shipment',
        at,
        payload: { order_id: 'A', updates: statuses('CREATED', 'DELIVERED') },
      },
      { id: 'r', type: 'shipment_updated', at, payload: { order_id: 'A', status: 'LOST', time: at } },
    ];
    expect(pick(await world.rows('fact_orders', { events }), 'shipment_status', 'last_shipment_at')).toEqual([
      ['DELIVERED', at],
    ]);
  });

  test('revenue of a line is its share of the order in NGN; NULL where no share can be told', async () => {
    const lines = (...prices: (number | string)[]) => prices.map((price, i) => ({ sku: `S${i}`, qty: 1, price }));
    const events = [
      order('A', { total: 100, currency: 'USD', items: lines(1, 2) }),
      order('B', { total: 100, items: lines(0, 0) }),
      order('C', { total: 100, items: lines(10, 'x') }),
    ];
    const rows = [...(await world.rows('fact_order_items', { events, rates: [['2023-01-01', '800']] }))];
    rows.sort((a, b) => (`${a.order_id}${a.line_number}` < `${b.order_id}${b.line_number}` ? -1 : 1));
    expect(pick(rows, 'order_id', 'line_number', 'line_total', 'revenue_ngn')).toEqual([
      ['A', 1, '1', '26666.67'],
      ['A', 2, '2', '53333.33'],
      ['B', 1, '0', null],
      ['B', 2, '0', null],
      ['C', 1, '10', '100'],
      ['C', 2, null, null],
    ]);
  });

  test('only a live event that took more than 24 hours is late', async () => {
    const at = '2023-06-01T12:00:00Z';
    const events = [
      refund('A', {}, { id: 'a', at, ingestedAt: '2023-06-02T12:00:00Z' }),
      refund('A', {}, { id: 'b', at, ingestedAt: '2023-06-02T12:00:00.000001Z' }),
      refund('A', {}, { id: 'c', at, ingestedAt: '2025-06-02T12:00:01Z', type: 'historical_refund' }),
    ];
    const rows = await ordered('fact_refunds', { events }, 'refund_key');
    expect(pick(rows, 'is_late')).toEqual([[false], [true], [false]]);
  });

  test('a customer has the latest of each thing known, from current orders only', async () => {
    const events = [
      order('A', { email: 'a@b.c', phone: '1', created: '2023-06-01 10:00' }),
      order('B', { email: 'a@b.c', phone: '2', customerId: 'C', created: '2023-06-01 11:00' }),
      order('C', { email: 'a@b.c', phone: null, created: '2023-06-01 12:00' }),
      order(
        'D',
        { email: 'a@b.c', phone: '9', created: '2023-06-01 13:00' },
        { id: 'old', at: '2023-01-01T00:00:00Z' },
      ),
      order('D', { email: 'd@b.c', created: '2023-06-01 13:00' }, { id: 'new' }),
    ];
    const rows = await ordered('dim_customer', { events }, 'email');
    expect(pick(rows, 'email', 'phone', 'customer_id', 'first_order_at', 'last_order_at', 'orders_count')).toEqual([
      ['a@b.c', '2', 'C', '2023-06-01T10:00:00Z', '2023-06-01T12:00:00Z', 3],
      ['d@b.c', null, null, '2023-06-01T13:00:00Z', '2023-06-01T13:00:00Z', 1],
    ]);
  });

  test('the calendar has every day from the first to the last business date', async () => {
    const events = [order('A', { created: '2023-12-30 10:00' }), refund('A', { refunded_at: '2024-01-01T00:00:00Z' })];
    const rows = await ordered('dim_date', { events }, 'date_key');
    expect(pick(rows, 'date_key', 'month_name', 'day_name', 'day_of_week', 'iso_week', 'is_weekend')).toEqual([
      [20231230, 'December', 'Saturday', 6, 52, true],
      [20231231, 'December', 'Sunday', 7, 52, true],
      [20240101, 'January', 'Monday', 1, 1, false],
    ]);
    expect(await world.rows('dim_date', { events: [] })).toEqual([]);
  });

  test('a day of a vendor sums up its orders', async () => {
    const events = [
      order('A', { email: 'a@b.c', items: [{ sku: 'S', qty: 3, price: 1 }] }),
      order('B', { email: 'a@b.c', currency: 'GBP' }),
      order('C', { email: 'c@b.c' }, { vendor: 'vendor_b' }),
      payment('A', { amount: 10000 }, { id: 'p' }),
      refund('A', { amount: 1000 }, { id: 'r' }),
    ];
    const rows = await ordered('fact_order_daily', { events }, 'vendor');
    const columns = [
      'orders_count',
      'customers_count',
      'units_count',
      'gross_amount_ngn',
      'paid_amount_ngn',
      'refund_amount_ngn',
      'net_amount_ngn',
      'refunded_orders_count',
      'unpaid_orders_count',
    ];
    expect(pick(rows, 'vendor', ...columns)).toEqual([
      ['vendor_a', 2, 1, 3, '10000', '10000', '1000', '9000', 1, 0],
      ['vendor_b', 1, 1, 0, '10000', '0', '0', '0', 0, 1],
    ]);
  });
});
