// Facts and dimensions (contract, sections 4, 6 and 7), a row at a time.

import { createHash } from 'node:crypto';
import { DAY_MICROS, dayOf, type Micros, minutesBetween } from './instant.ts';
import { type Numeric, numeric, over, round2, times } from './numeric.ts';
import type { Common, Staging, StgOrder, StgOrderItem } from './staging.ts';

/** A listed rate: NGN for 1 USD. */
export interface Rate {
  day: string;
  rate: Numeric;
}

export interface MartOptions {
  plausibleMaxUsd: number;
  /** By day. */
  rates: Rate[];
}

export interface Conversion {
  currency: string | null;
  effective_currency: string | null;
  is_currency_corrected: boolean;
  fx_rate: Numeric | null;
  ngn: Numeric | null;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** UTF-8 byte order, as BigQuery compares strings. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** Section 4: the amount in naira on `day`. */
function convert(
  sent: { amount: Numeric | null; currency: string | null },
  day: string,
  options: MartOptions,
): Conversion {
  const { amount, currency } = sent;
  const isCorrected = currency === 'USD' && amount !== null && amount > numeric(options.plausibleMaxUsd);
  const effective = isCorrected ? 'NGN' : currency;
  const rate = effective === 'NGN' ? numeric(1) : effective === 'USD' ? usdRate(day, options.rates) : null;
  return {
    currency,
    effective_currency: effective,
    is_currency_corrected: isCorrected,
    fx_rate: rate,
    ngn: amount === null || rate === null ? null : round2(times(amount, rate)),
  };
}

/** The latest listed on or before the day; before the first, the first. */
function usdRate(day: string, rates: Rate[]): Numeric | null {
  let found = rates[0]?.rate ?? null;
  for (const { day: listed, rate } of rates) {
    if (listed > day) break;
    found = rate;
  }
  return found;
}

function isLate(row: Common): boolean {
  return row.source === 'live' && row.ingested_at - row.event_time > DAY_MICROS;
}

/** Rows by order_id; those without one are left out of the marts. */
function byOrder<Row extends { order_id: string | null }>(rows: Row[]): Map<string, (Row & { order_id: string })[]> {
  const groups = new Map<string, (Row & { order_id: string })[]>();
  for (const row of rows) {
    if (row.order_id === null) continue;
    const group = groups.get(row.order_id) ?? [];
    group.push({ ...row, order_id: row.order_id });
    groups.set(row.order_id, group);
  }
  return groups;
}

const sum = (values: (Numeric | null)[]): Numeric =>
  values.reduce((total: Numeric, value) => total + (value ?? 0n), 0n);

function latest<T>(rows: T[], order: (a: T, b: T) => number): T | undefined {
  return rows.reduce(
    (best: T | undefined, row) => (best === undefined || order(row, best) > 0 ? row : best),
    undefined,
  );
}

function customerKey(order: Pick<StgOrder, 'email' | 'phone' | 'customer_id' | 'vendor'>): string {
  if (order.email !== null) return sha256(`email:${order.email}`);
  if (order.phone !== null) return sha256(`phone:${order.phone}`);
  if (order.customer_id !== null) return sha256(`id:${order.vendor ?? ''}:${order.customer_id}`);
  return sha256('unknown');
}

export function factPayments(staging: Staging, options: MartOptions) {
  const chosen = new Map<string, (typeof staging.payments)[number] & { order_id: string }>();
  for (const group of byOrder(staging.payments).values()) {
    for (const row of group) {
      const key = [row.vendor ?? '', row.order_id, row.txn_id ?? row.event_id].join('|');
      const other = chosen.get(key);
      const isEarlier =
        other === undefined ||
        compare(row.event_time, other.event_time) < 0 ||
        (row.event_time === other.event_time && compareText(row.event_id, other.event_id) < 0);
      if (isEarlier) chosen.set(key, row);
    }
  }
  return [...chosen].map(([key, row]) => {
    const payment_date = dayOf(row.paid_at);
    const { ngn, ...conversion } = convert(row, payment_date, options);
    return {
      payment_key: sha256(key),
      order_id: row.order_id,
      vendor: row.vendor,
      source: row.source,
      paid_at: row.paid_at,
      payment_date,
      status: row.status,
      amount: row.amount,
      ...conversion,
      amount_ngn: ngn,
      method: row.method,
      txn_id: row.txn_id,
      event_id: row.event_id,
      event_time: row.event_time,
      ingested_at: row.ingested_at,
      is_late: isLate(row),
    };
  });
}

export function factRefunds(staging: Staging, options: MartOptions) {
  return [...byOrder(staging.refunds).values()].flat().map(row => {
    const refund_date = dayOf(row.refunded_at);
    const { ngn, ...conversion } = convert(row, refund_date, options);
    return {
      refund_key: row.event_id,
      order_id: row.order_id,
      vendor: row.vendor,
      source: row.source,
      refunded_at: row.refunded_at,
      refund_date,
      amount: row.amount,
      ...conversion,
      amount_ngn: ngn,
      reason: row.reason,
      is_partial: row.is_partial,
      item_count: row.item_count,
      event_time: row.event_time,
      ingested_at: row.ingested_at,
      is_late: isLate(row),
    };
  });
}

export function factShipments(staging: Staging) {
  return [...byOrder(staging.shipments).values()].flat().map(row => ({
    shipment_key: `${row.event_id}:${row.position}`,
    order_id: row.order_id,
    vendor: row.vendor,
    source: row.source,
    carrier: row.carrier,
    tracking_code: row.tracking_code,
    status: row.status,
    status_at: row.status_at,
    shipment_date: dayOf(row.status_at),
    event_time: row.event_time,
    ingested_at: row.ingested_at,
    is_late: isLate(row),
  }));
}

type Facts = {
  payments: ReturnType<typeof factPayments>;
  refunds: ReturnType<typeof factRefunds>;
  shipments: ReturnType<typeof factShipments>;
};

/** Of all creation events of an order the one with the greatest (event_time, event_id). */
function currentOrders(staging: Staging): (StgOrder & { order_id: string })[] {
  return [...byOrder(staging.orders).values()].flatMap(events => {
    const current = latest(
      events,
      (a, b) => compare(a.event_time, b.event_time) || compareText(a.event_id, b.event_id),
    );
    return current === undefined ? [] : [current];
  });
}

/** The lines of each creation event. */
function linesByEvent(staging: Staging): Map<string, StgOrderItem[]> {
  const lines = new Map<string, StgOrderItem[]>();
  for (const item of staging.items) lines.set(item.event_id, [...(lines.get(item.event_id) ?? []), item]);
  return lines;
}

function paymentStatus(paid: Numeric, total: Numeric | null): string {
  if (total === null) return 'unknown';
  if (paid === 0n) return 'unpaid';
  const difference = paid < total ? total - paid : paid - total;
  if (difference * 1_000n <= (total < 0n ? -total : total) * 5n) return 'paid';
  return paid < total ? 'partially_paid' : 'overpaid';
}

export function factOrders(staging: Staging, facts: Facts, options: MartOptions) {
  const payments = byOrder(facts.payments);
  const refunds = byOrder(facts.refunds);
  const shipments = byOrder(facts.shipments);
  const updates = byOrder(staging.updates);
  const lines = linesByEvent(staging);
  return currentOrders(staging).map(order => {
    const order_date = dayOf(order.ordered_at);
    const { ngn, ...conversion } = convert({ amount: order.total, currency: order.currency }, order_date, options);
    const items = lines.get(order.event_id) ?? [];
    const paid = (payments.get(order.order_id) ?? []).filter(payment => payment.status === 'SUCCESS');
    const paidAmount = sum(paid.map(payment => payment.amount_ngn));
    const firstPaid = latest(paid, (a, b) => compare(b.paid_at, a.paid_at))?.paid_at ?? null;
    const refunded = refunds.get(order.order_id) ?? [];
    const refundAmount = sum(refunded.map(refund => refund.amount_ngn));
    const shipped = latest(
      shipments.get(order.order_id) ?? [],
      (a, b) => compare(a.status_at, b.status_at) || compareText(a.shipment_key, b.shipment_key),
    );
    const updated = updates.get(order.order_id) ?? [];
    return {
      order_id: order.order_id,
      vendor: order.vendor,
      source: order.source,
      event_id: order.event_id,
      order_date,
      ordered_at: order.ordered_at,
      customer_key: customerKey(order),
      region: order.region,
      ship_line1: order.ship_line1,
      ship_city: order.ship_city,
      ship_country: order.ship_country,
      ...conversion,
      order_total: order.total,
      order_total_ngn: ngn,
      line_count: items.length,
      unit_count: items.reduce((units, item) => units + (item.quantity ?? 0n), 0n),
      payment_count: paid.length,
      failed_payment_count: (payments.get(order.order_id) ?? []).length - paid.length,
      paid_amount_ngn: paidAmount,
      first_paid_at: firstPaid,
      minutes_to_payment: firstPaid === null ? null : minutesBetween(order.ordered_at, firstPaid),
      refund_count: refunded.length,
      refund_amount_ngn: refundAmount,
      net_amount_ngn: paidAmount - refundAmount,
      payment_status: paymentStatus(paidAmount, ngn),
      shipment_status: shipped?.status ?? null,
      last_shipment_at: shipped?.status_at ?? null,
      update_count: updated.length,
      last_updated_at: latest(updated, (a, b) => compare(a.updated_at, b.updated_at))?.updated_at ?? null,
    };
  });
}

type FactOrder = ReturnType<typeof factOrders>[number];

export function factOrderItems(staging: Staging, orders: FactOrder[]) {
  const lines = linesByEvent(staging);
  return orders.flatMap(order => {
    const items = lines.get(order.event_id) ?? [];
    const totals = items.map(item =>
      item.quantity === null || item.unit_price === null ? null : item.quantity * item.unit_price,
    );
    const whole = sum(totals);
    return items.map((item, i) => {
      const line_total = totals[i] ?? null;
      const hasRevenue = order.order_total_ngn !== null && line_total !== null && whole !== 0n;
      return {
        order_id: order.order_id,
        line_number: item.line_number,
        order_date: order.order_date,
        sku: item.sku,
        quantity: item.quantity,
        unit_price: item.unit_price,
        line_total,
        revenue_ngn: hasRevenue ? round2(over(times(order.order_total_ngn ?? 0n, line_total ?? 0n), whole)) : null,
      };
    });
  });
}

export function factOrderDaily(orders: FactOrder[]) {
  const groups = new Map<string, FactOrder[]>();
  for (const order of orders) {
    const key = JSON.stringify([order.order_date, order.vendor]);
    groups.set(key, [...(groups.get(key) ?? []), order]);
  }
  return [...groups.values()].flatMap(group => {
    const [one] = group;
    if (one === undefined) return [];
    const totals = group.map(order => order.order_total_ngn);
    return [
      {
        order_date: one.order_date,
        vendor: one.vendor,
        orders_count: group.length,
        customers_count: new Set(group.map(order => order.customer_key)).size,
        units_count: group.reduce((units, order) => units + order.unit_count, 0n),
        gross_amount_ngn: totals.every(total => total === null) ? null : sum(totals),
        paid_amount_ngn: sum(group.map(order => order.paid_amount_ngn)),
        refund_amount_ngn: sum(group.map(order => order.refund_amount_ngn)),
        net_amount_ngn: sum(group.map(order => order.net_amount_ngn)),
        refunded_orders_count: group.filter(order => order.refund_count > 0).length,
        unpaid_orders_count: group.filter(order => order.payment_status === 'unpaid').length,
      },
    ];
  });
}

export function dimCustomer(staging: Staging) {
  const groups = new Map<string, StgOrder[]>();
  for (const order of currentOrders(staging)) {
    const key = customerKey(order);
    groups.set(key, [...(groups.get(key) ?? []), order]);
  }
  return [...groups].map(([customer_key, orders]) => {
    orders.sort((a, b) => compare(a.ordered_at, b.ordered_at) || compareText(a.order_id ?? '', b.order_id ?? ''));
    const newestFirst = [...orders].reverse();
    const times = orders.map(order => order.ordered_at);
    return {
      customer_key,
      email: newestFirst.find(order => order.email !== null)?.email ?? null,
      phone: newestFirst.find(order => order.phone !== null)?.phone ?? null,
      customer_id: newestFirst.find(order => order.customer_id !== null)?.customer_id ?? null,
      first_order_at: times[0] ?? null,
      last_order_at: times.at(-1) ?? null,
      orders_count: orders.length,
    };
  });
}

export function dimProduct(items: ReturnType<typeof factOrderItems>, orders: FactOrder[]) {
  const orderedAt = new Map(orders.map(order => [order.order_id, order.ordered_at]));
  const groups = new Map<string, typeof items>();
  for (const item of items) {
    if (item.sku !== null) groups.set(item.sku, [...(groups.get(item.sku) ?? []), item]);
  }
  return [...groups].map(([sku, lines]) => {
    const times = lines.flatMap(line => orderedAt.get(line.order_id) ?? []).sort(compare);
    return {
      product_key: sku,
      sku,
      first_ordered_at: times[0] ?? null,
      last_ordered_at: times.at(-1) ?? null,
      orders_count: new Set(lines.map(line => line.order_id)).size,
      units_sold: lines.reduce((units, line) => units + (line.quantity ?? 0n), 0n),
    };
  });
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const DAY_MS = 86_400_000;

/** Every day from the first to the last business date in staging. */
export function dimDate(staging: Staging) {
  const days = [
    ...staging.orders.map(row => row.ordered_at),
    ...staging.payments.map(row => row.paid_at),
    ...staging.refunds.map(row => row.refunded_at),
    ...staging.shipments.map(row => row.status_at),
  ]
    .map((at: Micros) => dayOf(at))
    .sort();
  const [firstDay, lastDay] = [days[0], days.at(-1)];
  if (firstDay === undefined || lastDay === undefined) return [];
  const rows = [];
  for (let ms = Date.parse(`${firstDay}T00:00:00Z`); ms <= Date.parse(`${lastDay}T00:00:00Z`); ms += DAY_MS)
    rows.push(dateRow(ms));
  return rows;
}

function dateRow(ms: number) {
  const date = new Date(ms).toISOString().slice(0, 10);
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const weekday = new Date(ms).getUTCDay() === 0 ? 7 : new Date(ms).getUTCDay();
  return {
    date_key: year * 10_000 + month * 100 + day,
    date,
    year,
    quarter: Math.ceil(month / 3),
    month,
    month_name: MONTHS[month - 1] ?? '',
    day,
    day_of_week: weekday,
    day_name: WEEKDAYS[weekday - 1] ?? '',
    iso_week: isoWeek(ms, weekday),
    is_weekend: weekday >= 6,
  };
}

/** The week of the year that the week's Thursday is in. */
function isoWeek(ms: number, weekday: number): number {
  const thursday = ms + (4 - weekday) * DAY_MS;
  const newYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return Math.floor((thursday - newYear) / DAY_MS / 7) + 1;
}
