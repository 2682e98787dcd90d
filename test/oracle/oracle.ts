// A second reading of the data contract, row at a time, that shares no code with pulse: what every table must hold.
// It must not import from src/ or look at models/: its worth is that it is another opinion.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dayOf, instantOf, instantText, type Micros } from './instant.ts';
import { compact } from './json.ts';
import {
  compareText,
  dimCustomer,
  dimDate,
  dimProduct,
  factOrderDaily,
  factOrderItems,
  factOrders,
  factPayments,
  factRefunds,
  factShipments,
  type Rate,
} from './marts.ts';
import { numericOf, numericText } from './numeric.ts';
import { type Raw, readRaw } from './raw.ts';
import { stage } from './staging.ts';

/** A value as `pulse query --json` gives it. */
export type Value = null | boolean | number | string;
export type Row = Record<string, Value>;
type Tables = Record<TableName, Row[]>;

export interface OracleOptions {
  /** `plausible_max_usd` of pulse.config.ts. Default 1000. */
  plausibleMaxUsd?: number;
  /** The time of ingestion: `ingested_at` of historical records and of events that do not say theirs. ISO. */
  now: string;
  /** Default 16 MiB. */
  maxEventBytes?: number;
}

/** Each table's key: by it the rows are sorted. */
export const KEYS = {
  events_raw: ['event_id'],
  raw_fx_rates: ['date'],
  stg_orders: ['event_id'],
  stg_order_items: ['event_id', 'line_number'],
  stg_order_updates: ['event_id'],
  stg_payments: ['event_id'],
  stg_refunds: ['event_id'],
  stg_shipments: ['event_id', 'position'],
  dim_customer: ['customer_key'],
  dim_product: ['product_key'],
  dim_date: ['date_key'],
  fact_orders: ['order_id'],
  fact_order_items: ['order_id', 'line_number'],
  fact_payments: ['payment_key'],
  fact_refunds: ['refund_key'],
  fact_shipments: ['shipment_key'],
  fact_order_daily: ['order_date', 'vendor'],
} as const;
export type TableName = keyof typeof KEYS;

export interface Answer {
  raw: Pick<Raw, 'received' | 'duplicates' | 'conflicts' | 'rejected'> & { stored: number };
  tables: Tables;
}

export function oracle(dataDir: string, options: OracleOptions): Answer {
  const now = instantOf(options.now);
  if (now === null) throw new Error(`now is no time: ${options.now}`);
  const raw = readRaw(dataDir, { now, maxEventBytes: options.maxEventBytes ?? 16 * 1024 * 1024 });
  const rates = readRates(dataDir);
  const mart = { plausibleMaxUsd: options.plausibleMaxUsd ?? 1_000, rates };
  const staging = stage(raw.events);
  const facts = {
    payments: factPayments(staging, mart),
    refunds: factRefunds(staging, mart),
    shipments: factShipments(staging),
  };
  const orders = factOrders(staging, facts, mart);
  const items = factOrderItems(staging, orders);
  const tables: Record<TableName, readonly object[]> = {
    events_raw: raw.events.map(event => ({
      event_id: event.eventId,
      event_type: event.eventType,
      event_time: event.eventTime,
      event_date: dayOf(event.eventTime),
      vendor: event.vendor,
      payload: compact(event.payload),
      ingested_at: event.ingestedAt,
    })),
    raw_fx_rates: rates.map(({ day, rate }) => ({ date: day, usd_ngn: rate })),
    stg_orders: staging.orders,
    stg_order_items: staging.items,
    stg_order_updates: staging.updates,
    stg_payments: staging.payments,
    stg_refunds: staging.refunds,
    stg_shipments: staging.shipments,
    dim_customer: dimCustomer(staging),
    dim_product: dimProduct(items, orders),
    dim_date: dimDate(staging),
    fact_orders: orders,
    fact_order_items: items,
    fact_payments: facts.payments,
    fact_refunds: facts.refunds,
    fact_shipments: facts.shipments,
    fact_order_daily: factOrderDaily(orders),
  };
  const { received, duplicates, conflicts, rejected } = raw;
  return {
    raw: { received, stored: raw.events.length, duplicates, conflicts, rejected },
    tables: Object.fromEntries(
      Object.entries(tables).map(([name, rows]) => [name, finish(name as TableName, rows)]),
    ) as Tables,
  };
}

/** All fx_rates*.csv, by day. */
function readRates(dataDir: string): Rate[] {
  const rates = new Map<string, Rate>();
  for (const name of readdirSync(dataDir)
    .filter(file => /^fx_rates.*\.csv$/.test(file))
    .sort()) {
    const [, ...lines] = readFileSync(join(dataDir, name), 'utf8').split(/\r?\n/);
    for (const line of lines) {
      const [day = '', written = ''] = line.split(',');
      const rate = numericOf(written);
      if (rate !== null && instantOf(`${day}T00:00:00Z`) !== null) rates.set(day, { day, rate });
    }
  }
  return [...rates.values()].sort((a, b) => compareText(a.day, b.day));
}

const INSTANTS = /^(event_time|ingested_at|.*_at)$/;
/** Columns of NUMERIC: in JSON their values are strings. */
export const NUMERICS = /^(total|amount|unit_price|line_total|fx_rate|order_total|usd_ngn|.*_ngn)$/;

/** BigInts become what their column is: an instant, a NUMERIC, or an INT64; rows are sorted by their key. */
function finish(table: TableName, rows: readonly object[]): Row[] {
  const finished = rows.map(row =>
    Object.fromEntries(Object.entries(row).map(([column, value]) => [column, jsonValue(column, value)])),
  );
  const keys: readonly string[] = KEYS[table];
  return finished.sort((a, b) => keys.reduce((order, key) => order || compareValue(a[key] ?? null, b[key] ?? null), 0));
}

function jsonValue(column: string, value: unknown): Value {
  if (typeof value === 'bigint') {
    if (INSTANTS.test(column)) return instantText(value as Micros);
    if (NUMERICS.test(column)) return numericText(value);
    return value > 9_007_199_254_740_991n || value < -9_007_199_254_740_991n ? value.toString() : Number(value);
  }
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw new Error(`${column} holds ${String(value)}`);
}

function compareValue(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareText(String(a ?? ''), String(b ?? ''));
}
