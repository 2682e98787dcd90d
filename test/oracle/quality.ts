// The six questions and the seven daily checks (contract, sections 8 and 9), a row at a time, from the oracle's own tables.
// A second reading: written from the contract alone, without SQL, and not from sql/analytics or sql/checks.

import { compareText } from './marts.ts';
import { type Numeric, numericOf, numericText, over, times } from './numeric.ts';
import type { Answer, Row, Value } from './oracle.ts';

/** Days as YYYY-MM-DD, both included. */
export interface Span {
  from: string;
  to: string;
}

const ALL: Span = { from: '0000', to: '9999-12-31' };

const text = (value: Value | undefined): string => String(value ?? '');
const money = (value: Value | undefined): Numeric =>
  value === null || value === undefined ? 0n : (numericOf(String(value)) ?? 0n);
const total = (rows: Row[], column: string): string =>
  numericText(rows.reduce((sum, row) => sum + money(row[column]), 0n));
const within = (rows: Row[], column: string, span: Span): Row[] =>
  rows.filter(row => text(row[column]) >= span.from && text(row[column]) <= span.to);
const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

function groups(rows: Row[], keyOf: (row: Row) => Value): Map<Value, Row[]> {
  const found = new Map<Value, Row[]>();
  for (const row of rows) found.set(keyOf(row), [...(found.get(keyOf(row)) ?? []), row]);
  return new Map([...found].sort(([a], [b]) => (a === null ? -1 : b === null ? 1 : compareText(String(a), String(b)))));
}

/** The middle one, or the mean of the two in the middle. */
function median(values: bigint[], half: (sum: bigint) => bigint = sum => sum): bigint | null {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) return null;
  return sorted.length % 2 === 1 ? half(middle * 2n) : half(middle + (sorted[sorted.length / 2 - 1] ?? 0n));
}

const ONE = 1_000_000_000n;
/** Half of a NUMERIC, rounded away from zero in its ninth digit. */
const halfOf = (sum: Numeric): Numeric => over(sum, 2n * ONE);
const medianOf = (values: Numeric[]): Numeric | null => median(values, halfOf);

export function questions({ tables }: Answer, span: Span = ALL) {
  const orders = within(tables.fact_orders, 'order_date', span);
  const payments = within(tables.fact_payments, 'payment_date', span);
  const refunds = within(tables.fact_refunds, 'refund_date', span);
  const paidInTime = orders.filter(
    row => row.first_paid_at !== null && instant(row.first_paid_at) >= instant(row.ordered_at),
  );
  const minutes = paidInTime.map(row => BigInt(text(row.minutes_to_payment)));
  const twice = median(minutes);
  return {
    daily_revenue: [...groups(orders, row => row.order_date ?? null)].map(([day, rows]) => ({
      order_date: day,
      orders_count: rows.length,
      gross_amount_ngn: rows.every(row => row.order_total_ngn === null) ? null : total(rows, 'order_total_ngn'),
      paid_amount_ngn: total(rows, 'paid_amount_ngn'),
      refund_amount_ngn: total(rows, 'refund_amount_ngn'),
      net_amount_ngn: total(rows, 'net_amount_ngn'),
    })),
    payment_success_rate: [...groups(payments, row => row.vendor ?? null)].map(([vendor, rows]) => {
      const successful = rows.filter(row => row.status === 'SUCCESS').length;
      return {
        vendor,
        payments_count: rows.length,
        successful_count: successful,
        success_rate: share(successful, rows.length),
      };
    }),
    order_to_payment_time: [
      {
        orders_count: minutes.length,
        average_minutes:
          minutes.length === 0 ? null : Number(minutes.reduce((sum, one) => sum + one, 0n)) / minutes.length,
        median_minutes: twice === null ? null : Number(twice) / 2,
      },
    ],
    refund_rate: [
      ...groups(
        [...orders, ...refunds, ...payments.filter(row => row.status === 'SUCCESS')],
        row => row.vendor ?? null,
      ).keys(),
    ].map(vendor => {
      const of = (rows: Row[]): Row[] => rows.filter(row => row.vendor === vendor);
      const refunded = of(orders).filter(row => Number(row.refund_count) > 0).length;
      const partial = of(refunds).filter(row => row.is_partial === true).length;
      const paid = of(payments).filter(row => row.status === 'SUCCESS');
      const ratio = (a: string, b: string): string | null =>
        money(b) === 0n ? null : numericText(over(money(a), money(b)));
      const [refundNgn, paidNgn] = [total(of(refunds), 'amount_ngn'), total(paid, 'amount_ngn')];
      const [orderRefundNgn, orderPaidNgn] = [
        total(of(orders), 'refund_amount_ngn'),
        total(of(orders), 'paid_amount_ngn'),
      ];
      return {
        vendor,
        orders_count: of(orders).length,
        refunded_orders_count: refunded,
        refunded_orders_rate: share(refunded, of(orders).length),
        refunds_count: of(refunds).length,
        partial_refunds_count: partial,
        partial_refunds_rate: share(partial, of(refunds).length),
        refund_amount_ngn: refundNgn,
        paid_amount_ngn: paidNgn,
        refunded_amount_rate: of(refunds).every(row => row.amount_ngn === null) ? null : ratio(refundNgn, paidNgn),
        order_refund_amount_ngn: orderRefundNgn,
        order_paid_amount_ngn: orderPaidNgn,
        order_refunded_amount_rate: ratio(orderRefundNgn, orderPaidNgn),
      };
    }),
    late_arrivals: lateDays(tables, span),
    top_products: topProducts(within(tables.fact_order_items, 'order_date', span)),
  };
}

const instant = (value: Value | undefined): number => Date.parse(text(value));
const micros = (value: Value | undefined): bigint => {
  const [, whole = '', fraction = ''] = /^(.{19})(?:\.(\d+))?Z$/.exec(text(value)) ?? [];
  return BigInt(Date.parse(`${whole}Z`)) * 1_000n + BigInt(`${fraction}000000`.slice(0, 6));
};
const isLive = (row: Row): boolean => !text(row.event_type).startsWith('historical_');
const isLate = (row: Row): boolean => micros(row.ingested_at) - micros(row.event_time) > 86_400_000_000n;
const arrival = (row: Row): string => text(row.ingested_at).slice(0, 10);

function lateDays(tables: Answer['tables'], span: Span) {
  const marts = [...tables.fact_payments, ...tables.fact_refunds, ...tables.fact_shipments].filter(
    row => row.source === 'live',
  );
  const inSpan = (row: Row): boolean => arrival(row) >= span.from && arrival(row) <= span.to;
  return [...groups(tables.events_raw.filter(isLive).filter(inSpan), arrival)].map(([day, events]) => {
    const rows = marts.filter(row => arrival(row) === day);
    const late = events.filter(isLate).length;
    const lateRows = rows.filter(row => row.is_late === true).length;
    return {
      ingested_date: day,
      events_count: events.length,
      late_events_count: late,
      late_share: share(late, events.length),
      mart_rows_count: rows.length,
      mart_late_rows_count: lateRows,
      mart_late_share: share(lateRows, rows.length),
    };
  });
}

function topProducts(items: Row[]) {
  const products = [
    ...groups(
      items.filter(row => row.sku !== null),
      row => row.sku ?? null,
    ),
  ].map(([sku, lines]) => ({
    sku,
    revenue_ngn: lines.every(line => line.revenue_ngn === null) ? null : total(lines, 'revenue_ngn'),
    units_sold: lines.reduce((units, line) => units + Number(line.quantity ?? 0), 0),
    orders_count: new Set(lines.map(line => line.order_id)).size,
  }));
  const revenue = (one: (typeof products)[number]): Numeric =>
    one.revenue_ngn === null ? -(10n ** 40n) : money(one.revenue_ngn);
  return products
    .sort((a, b) =>
      revenue(a) > revenue(b) ? -1 : revenue(a) < revenue(b) ? 1 : compareText(text(a.sku), text(b.sku)),
    )
    .map((one, at) => ({ revenue_rank: at + 1, ...one }));
}

/** What the daily checks measure on `day`, or over all days. */
export function checks(answer: Answer, day?: string) {
  const { raw, tables } = answer;
  const of = (rows: Row[], dayOf: (row: Row) => string): Row[] =>
    day === undefined ? rows : rows.filter(row => dayOf(row) === day);
  const turned = (list: { day: string }[]): number =>
    day === undefined ? list.length : list.filter(one => one.day === day).length;
  const stored = of(tables.events_raw, arrival).length;
  const [duplicates, conflicts, rejected] = [turned(raw.duplicates), turned(raw.conflicts), turned(raw.rejected)];
  const received = stored + duplicates + conflicts + rejected;
  const live = of(tables.events_raw.filter(isLive), arrival);
  const orders = new Map(tables.fact_orders.map(row => [row.order_id, row]));
  const payments = of(tables.fact_payments, row => text(row.payment_date));
  const orphans = payments.filter(row => !orders.has(row.order_id ?? null));
  return {
    duplicate_event_rate: { received, duplicates, duplicate_rate: share(duplicates, received) },
    late_arriving_share: {
      live_events: live.length,
      late_events: live.filter(isLate).length,
      late_share: share(live.filter(isLate).length, live.length),
    },
    refund_reconciliation: refundReconciliation(
      of(tables.fact_refunds, row => text(row.refund_date)),
      orders,
    ),
    ...(day === undefined ? {} : { revenue_drift: revenueDrift(tables.fact_orders, day) }),
    payment_without_order: {
      payments: payments.length,
      payments_without_order: orphans.length,
      without_order_ngn: total(orphans, 'amount_ngn'),
      without_order_success_ngn: total(
        orphans.filter(row => row.status === 'SUCCESS'),
        'amount_ngn',
      ),
      without_order_share: share(orphans.length, payments.length),
    },
    rejected_and_conflicting_events: {
      received,
      rejected,
      conflicts,
      turned_away_share: share(rejected + conflicts, received),
      unexplained: 0,
    },
    incomplete_or_corrected_rows: incompleteRows(tables, day),
  };
}

function refundReconciliation(refunds: Row[], orders: Map<Value | undefined, Row>) {
  const unknown = refunds.filter(row => !orders.has(row.order_id));
  const refunded = [...new Set(refunds.map(row => row.order_id))].flatMap((id): Row[] => {
    const order = orders.get(id);
    return order === undefined ? [] : [order];
  });
  const over = refunded.filter(order => money(order.refund_amount_ngn) > money(order.paid_amount_ngn));
  return {
    refunds: refunds.length,
    over_refunded_orders: over.length,
    over_refunded_ngn: numericText(
      over.reduce((sum, order) => sum + money(order.refund_amount_ngn) - money(order.paid_amount_ngn), 0n),
    ),
    unknown_order_refunds: unknown.length,
    unknown_order_ngn: total(unknown, 'amount_ngn'),
  };
}

/** A day's gross against the 28 days with orders before it. Undefined where there were no orders on the day. */
function revenueDrift(orders: Row[], day: string) {
  const gross = [...groups(orders, row => row.order_date ?? null)].flatMap(([date, rows]) =>
    rows.every(row => row.order_total_ngn === null)
      ? []
      : [{ date: text(date), ngn: money(total(rows, 'order_total_ngn')) }],
  );
  const today = gross.find(one => one.date === day);
  if (today === undefined) return undefined;
  const trailing = gross
    .filter(one => one.date < day)
    .slice(-28)
    .map(one => one.ngn);
  const middle = medianOf(trailing);
  const mad = middle === null ? null : medianOf(trailing.map(ngn => (ngn > middle ? ngn - middle : middle - ngn)));
  const scale = mad === null ? 0n : times(numericOf('1.4826') ?? 0n, mad);
  return {
    gross_ngn: numericText(today.ngn),
    trailing_days: trailing.length,
    median_ngn: middle === null ? null : numericText(middle),
    mad_ngn: mad === null ? null : numericText(mad),
    drift: middle === null || scale === 0n ? null : numericText(over(today.ngn - middle, scale)),
  };
}

function incompleteRows(tables: Answer['tables'], day: string | undefined) {
  const on = (rows: Row[], column: string): Row[] =>
    day === undefined ? rows : rows.filter(row => row[column] === day);
  const events = {
    orders: tables.stg_orders,
    updates: tables.stg_order_updates,
    payments: tables.stg_payments,
    refunds: tables.stg_refunds,
    shipments: tables.stg_shipments,
  };
  const staged = Object.values(events).map(rows => on(rows, 'event_date'));
  const facts = {
    orders: on(tables.fact_orders, 'order_date'),
    payments: on(tables.fact_payments, 'payment_date'),
    refunds: on(tables.fact_refunds, 'refund_date'),
  };
  const all = [...facts.orders, ...facts.payments, ...facts.refunds];
  const count = (rows: Row[], column: string): number => rows.filter(row => row[column] === true).length;
  const amounts = [tables.stg_orders, tables.stg_payments, tables.stg_refunds].flatMap(rows => on(rows, 'event_date'));
  return {
    no_order_id: staged.reduce(
      (sum, rows) => sum + new Set(rows.filter(row => row.order_id === null).map(row => row.event_id)).size,
      0,
    ),
    unparsable_amount: count(amounts, 'is_amount_unparsable'),
    unparsable_line: count(on(tables.stg_order_items, 'event_date'), 'is_amount_unparsable'),
    unparsable_time: count(staged.flat(), 'is_time_unparsable'),
    unknown_currency: all.filter(row => row.currency !== 'NGN' && row.currency !== 'USD').length,
    currency_corrected: count(all, 'is_currency_corrected'),
    corrected_orders: count(facts.orders, 'is_currency_corrected'),
    corrected_payments: count(facts.payments, 'is_currency_corrected'),
    corrected_refunds: count(facts.refunds, 'is_currency_corrected'),
  };
}
