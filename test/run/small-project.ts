// A small project over events of the contract's shapes, with every grain and every mapping: its models are short, so that many
// stories can be told of it in the time that one takes of the sample project.

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FROM_SAMPLE = ['historical_files', 'live_files', 'events_raw', 'raw_events', 'fx_rate_files', 'raw_fx_rates'];

interface Small {
  /** As they stand in `deps`. */
  readonly reads: readonly string[];
  /** An expression of assets/; absent: one cell. */
  readonly partition?: string;
  /** Of the columns that no two rows share. */
  readonly key: readonly string[];
  readonly sql: string;
}

const by = (asset: string, mapping: string): string => `{ asset: '${asset}', mapping: ${mapping} }`;
const order_id =
  "COALESCE(JSON_VALUE(payload, '$.orderRef'), JSON_VALUE(payload, '$.order_id'), JSON_VALUE(payload, '$.order.id'))";

const MODELS: Readonly<Record<string, Small>> = {
  created: {
    reads: [by('raw_events', "byKey('event_id')")],
    partition: "daily('event_date')",
    key: ['event_id'],
    sql: `
      SELECT event_id, event_date, event_time, vendor, ${order_id} AS order_id,
        COALESCE(JSON_VALUE(payload, '$.customer.email'), JSON_VALUE(payload, '$.buyer.email'), JSON_VALUE(payload, '$.email')) AS customer,
        SAFE_CAST(COALESCE(JSON_VALUE(payload, '$.total'), JSON_VALUE(payload, '$.totalAmount'), JSON_VALUE(payload, '$.amount')) AS NUMERIC) AS amount
      FROM {{ref "raw_events"}} WHERE event_type = 'order_created' AND {{in_partitions "event_date"}}`,
  },
  paid: {
    reads: [by('raw_events', "byKey('event_id')")],
    partition: "hourly('event_time')",
    key: ['event_id'],
    sql: `
      SELECT event_id, event_time, ${order_id} AS order_id, JSON_VALUE(payload, '$.txRef') AS txn,
        SAFE_CAST(JSON_VALUE(payload, '$.amount') AS NUMERIC) AS amount
      FROM {{ref "raw_events"}} WHERE event_type = 'payment_succeeded' AND {{in_partitions "event_time"}}`,
  },
  orders: {
    reads: [by('created', "byKey('order_id')"), by('paid', "byKey('order_id')"), by('raw_fx_rates', 'allPartitions()')],
    partition: "daily('order_date')",
    key: ['order_id'],
    sql: `
      WITH latest AS (
        SELECT * FROM {{ref "created"}} WHERE order_id IS NOT NULL
        QUALIFY ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY event_time DESC, event_id) = 1
      ),
      payments AS (
        SELECT order_id, SUM(amount) AS amount, COUNT(DISTINCT txn) AS txns FROM {{ref "paid"}} GROUP BY order_id
      ),
      rates AS (
        SELECT date, MAX(usd_ngn) AS usd_ngn FROM {{ref "raw_fx_rates"}} GROUP BY date
      )
      SELECT latest.order_id, latest.event_date AS order_date, latest.vendor, latest.customer, latest.amount,
        payments.amount AS paid, payments.txns, rates.usd_ngn AS rate
      FROM latest
      LEFT JOIN payments ON payments.order_id = latest.order_id
      LEFT JOIN rates ON rates.date = latest.event_date`,
  },
  customers: {
    reads: [by('orders', "byKey('customer')")],
    key: ['customer'],
    sql: `
      SELECT customer, COUNT(*) AS orders, SUM(amount) AS amount, MAX(order_date) AS last_at
      FROM {{ref "orders"}} WHERE customer IS NOT NULL GROUP BY customer`,
  },
  customer_payments: {
    reads: [
      by('orders', "byKey('customer')"),
      by('paid', "byKeyThrough('orders', { key: ['customer'], on: ['order_id'] })"),
    ],
    key: ['customer'],
    sql: `
      SELECT orders.customer, COUNT(*) AS payments, SUM(payments.amount) AS amount
      FROM {{ref "orders"}} AS orders
      JOIN {{ref "paid"}} AS payments ON payments.order_id = orders.order_id
      GROUP BY orders.customer`,
  },
  paid_daily: {
    reads: [by('paid', 'samePartition()')],
    partition: "daily('day')",
    key: ['day'],
    sql: `
      SELECT DATE(event_time) AS day, COUNT(*) AS payments, SUM(amount) AS amount
      FROM {{ref "paid"}} GROUP BY day`,
  },
  orders_daily: {
    reads: [by('orders', 'samePartition()')],
    partition: "daily('order_date')",
    key: ['order_date', 'vendor'],
    sql: `
      SELECT order_date, vendor, COUNT(*) AS orders, SUM(amount) AS amount, SUM(paid) AS paid
      FROM {{ref "orders"}} WHERE {{in_partitions "order_date"}} GROUP BY order_date, vendor`,
  },
  orders_weekly: {
    reads: [by('orders', 'samePartition()')],
    partition: "weekly('week')",
    key: ['week'],
    sql: `
      SELECT DATE_TRUNC(order_date, ISOWEEK) AS week, COUNT(*) AS orders, COUNT(DISTINCT customer) AS customers
      FROM {{ref "orders"}} WHERE {{in_partitions "order_date"}} GROUP BY week`,
  },
  orders_monthly: {
    reads: [by('orders_daily', 'samePartition()')],
    partition: "monthly('month')",
    key: ['month'],
    sql: `
      SELECT DATE_TRUNC(order_date, MONTH) AS month, SUM(orders) AS orders, SUM(paid) AS paid
      FROM {{ref "orders_daily"}} WHERE {{in_partitions "order_date"}} GROUP BY month`,
  },
  orders_trailing: {
    reads: [by('orders_daily', 'window({ before: 4, after: 2 })')],
    partition: "daily('order_date')",
    key: ['order_date'],
    sql: `
      WITH days AS (SELECT DISTINCT order_date FROM {{ref "orders_daily"}})
      SELECT days.order_date, SUM(near.orders) AS orders, SUM(near.amount) AS amount
      FROM days
      JOIN {{ref "orders_daily"}} AS near
        ON near.order_date BETWEEN DATE_SUB(days.order_date, INTERVAL 4 DAY) AND DATE_ADD(days.order_date, INTERVAL 2 DAY)
      GROUP BY days.order_date`,
  },
  vendors: {
    reads: ['orders_daily'],
    partition: "staticKeys('vendor', ['vendor_a', 'vendor_b', 'vendor_c'])",
    key: ['vendor'],
    sql: 'SELECT vendor, SUM(orders) AS orders, SUM(amount) AS amount FROM {{ref "orders_daily"}} GROUP BY vendor',
  },
  vendor_shares: {
    reads: [by('vendors', 'samePartition()')],
    partition: "staticKeys('vendor', ['vendor_a', 'vendor_b', 'vendor_c'])",
    key: ['vendor'],
    sql: 'SELECT vendor, SAFE_DIVIDE(amount, orders) AS amount_of_one FROM {{ref "vendors"}}',
  },
};

export interface SmallProject {
  readonly root: string;
  write(path: string, text: string): void;
  remove(): void;
}

export function smallProject(): SmallProject {
  const root = mkdtempSync(join(tmpdir(), 'pulse-small-'));
  const write: SmallProject['write'] = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const name of FROM_SAMPLE) {
    mkdirSync(join(root, 'assets/raw'), { recursive: true });
    cpSync(join(ROOT, `assets/raw/${name}.ts`), join(root, `assets/raw/${name}.ts`));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  write(
    'pulse.config.ts',
    "import { defineConfig } from 'pulse';\n\nexport default defineConfig({ name: 'small' });\n",
  );
  for (const [name, small] of Object.entries(MODELS)) {
    write(`models/${name}.sql`, `${small.sql.trim()}\n`);
    write(`assets/${name}.ts`, assetText(name, small));
  }
  return { root, write, remove: () => rmSync(root, { recursive: true, force: true }) };
}

const IMPORTED =
  'allPartitions, byKey, byKeyThrough, daily, hourly, model, monthly, samePartition, staticKeys, unique, weekly, window';

const assetText = (name: string, { reads, partition, key }: Small): string => `
import { ${IMPORTED} } from 'pulse';

export default model({
  name: '${name}',
  description: '${name}.',
  deps: [${reads.map(read => (read.startsWith('{') ? read : `'${read}'`)).join(', ')}],
  model: '${name}.sql',${partition === undefined ? '' : `\n  partition: ${partition},`}
  checks: [unique([${key.map(column => `'${column}'`).join(', ')}])],
});
`;
