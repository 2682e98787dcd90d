// The floor that the whole job is measured against: bare DuckDB and hand-written SQL, nothing of pulse.
// Reads the same files, deduplicates by event_id, types the payloads into the six staging tables' columns
// (data contract, sections 3 and 5) and writes those to a DuckDB file. No more than that: no quarantine, no receipts,
// no checks, no marts. What is broken is skipped; ids of historical records are hashes of their text as it stands.
//
//   node bench/duckdb-floor.mjs DATA_DIR OUT_FILE      prints {"ms":…,"events":…,"tables":{…}}

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const [dataDir, outFile] = process.argv.slice(2);
if (dataDir === undefined || outFile === undefined) throw new Error('usage: duckdb-floor.mjs DATA_DIR OUT_FILE');

const text = value => `'${value.replaceAll("'", "''")}'`;
const listed = dir => (existsSync(dir) ? readdirSync(dir).sort() : []);

const TYPES = ['order', 'payment', 'refund', 'shipment'];
const bootstrap = listed(join(dataDir, 'bootstrap'))
  .filter(name => name.endsWith('.json'))
  .map(name => ({ file: join(dataDir, 'bootstrap', name), type: TYPES.find(type => name.includes(type)) }))
  .filter(({ type }) => type !== undefined);
const live = listed(join(dataDir, 'live_events')).flatMap(day =>
  listed(join(dataDir, 'live_events', day))
    .filter(name => /\.jsonl(\.gz)?$/.test(name))
    .map(name => join(dataDir, 'live_events', day, name)),
);

const LARGEST = 'maximum_object_size = 33554432';

/** A historical record's own time stands in the payload: it is typed with the rest, below. */
const readBootstrap = ({ file, type }) => `SELECT sha256(concat(${text(`historical_${type}`)}, json)) AS event_id,
  ${text(`historical_${type}`)} AS event_type, NULL::TIMESTAMP AS event_time,
  CASE WHEN json_exists(json, '$.orderRef') THEN 'vendor_a' WHEN json_exists(json, '$.order_id') THEN 'vendor_b' ELSE 'vendor_c' END AS vendor,
  json::VARCHAR AS payload, now()::TIMESTAMP AS ingested_at
FROM read_json(${text(file)}, format = 'array', records = false, columns = {json: 'JSON'}, ${LARGEST})`;

const readLive = files => `SELECT event_id, event_type, TRY_CAST(event_time AS TIMESTAMP), vendor, payload::VARCHAR,
  coalesce(TRY_CAST(ingested_at AS TIMESTAMP), now()::TIMESTAMP)
FROM read_json([${files.map(text).join(', ')}], format = 'newline_delimited', ignore_errors = true, ${LARGEST}, columns = {
  event_id: 'VARCHAR', event_type: 'VARCHAR', event_time: 'VARCHAR', vendor: 'VARCHAR', payload: 'JSON', ingested_at: 'VARCHAR'})
WHERE event_type IS NOT NULL`;

const EVENTS = [...bootstrap.map(readBootstrap), ...(live.length > 0 ? [readLive(live)] : [])].join('\nUNION ALL\n');

/** Fields by the names they drift through; one extraction of all paths a payload. */
const FIELDS = {
  orders: {
    order_id: ['orderRef', 'order_id', 'order.id'],
    sent_at: ['created', 'created_at', 'order.ts'],
    email: ['customer.email', 'buyer.email', 'buyerEmail', 'email'],
    phone: ['customer.phone', 'buyer.phone', 'buyerPhone', 'phone'],
    customer_id: ['customer.id', 'buyer.id', 'customerId', 'cust_id'],
    total: ['total', 'totalAmount', 'amount'],
    currency: ['currency', 'currencyCode', 'ccy'],
    region: ['region', 'state', 'geo.region'],
    address: ['shippingAddress', 'address', 'shipping.address'],
    line1: ['shippingAddress.line1', 'address.line1', 'shipping.address.line1'],
    city: ['shippingAddress.city', 'address.city', 'shipping.address.city'],
    country: ['shippingAddress.country', 'address.country', 'shipping.address.country'],
  },
  lines: {
    order_id: ['orderRef', 'order_id', 'order.id'],
    sent_at: ['created', 'created_at', 'order.ts'],
    items: ['items', 'line_items'],
  },
  payments: {
    order_id: ['orderRef', 'order_id', 'order'],
    sent_at: ['paidAt', 'paid_at', 'timestamp'],
    status: ['status', 'payment_status', 'state', 'payment_state'],
    amount: ['amount', 'amountPaid', 'amount_paid', 'amt'],
    currency: ['currency', 'currencyCode', 'ccy'],
    method: ['method', 'channel', 'paymentMethod'],
    txn_id: ['txRef', 'transaction_id', 'txn'],
  },
  refunds: {
    order_id: ['orderRef', 'order_id', 'order'],
    sent_at: ['refundedAt', 'refunded_at', 'ts'],
    amount: ['amount', 'refundAmount', 'amt'],
    currency: ['currency', 'currencyCode', 'ccy'],
    reason: ['reason', 'refund_reason'],
    items: ['items', 'refunded_items', 'items_refunded'],
  },
  shipments: {
    order_id: ['orderRef', 'order_id', 'order.id'],
    tracking_code: ['tracking', 'tracking_code'],
    carrier: ['carrier', 'logistics_partner'],
    status: ['status', 'shipment_status', 'state'],
    sent_at: ['updateTime', 'update_time', 'time', 'ts'],
    history: ['updates', 'status_history', 'timeline'],
  },
  updates: {
    order_id: ['orderRef', 'order_id', 'order'],
    sent_at: ['updatedAt', 'updated_at', 'ts'],
    change: ['change', 'change_type'],
    notes: ['notes', 'note'],
  },
};

/** The events of `types` with each field as text: the first name that has one. */
function named(group, types) {
  const fields = Object.entries(FIELDS[group]);
  const paths = fields.flatMap(([, names]) => names);
  let at = 0;
  const picked = fields.map(([field, names]) => {
    const values = names.map(() => `nullif(trim(f[${++at}]), '')`);
    return `coalesce(${values.join(', ')}) AS ${field}`;
  });
  return `SELECT event_id, event_type, event_time, vendor, ingested_at,
    CASE WHEN starts_with(event_type, 'historical_') THEN 'historical' ELSE 'live' END AS source, ${picked.join(', ')}
  FROM (SELECT *, json_extract_string(payload, [${paths.map(path => text(`$.${path}`)).join(', ')}]) AS f
    FROM events WHERE event_type IN (${types.map(text).join(', ')}))`;
}

/** ISO with and without a zone, with / for -, without seconds; else epoch seconds. */
const time = column => `CASE WHEN ${column}[5] IN ('-', '/') THEN TRY_CAST(replace(${column}, '/', '-') AS TIMESTAMP)
  ELSE make_timestamp(TRY_CAST(${column} AS BIGINT) * 1000000) END`;
/** Text as DECIMAL(38, 9) is parsed 150 times slower than as DECIMAL(18, 9), so that is tried first. */
const number = column =>
  `coalesce(TRY_CAST(${column} AS DECIMAL(18, 9))::DECIMAL(38, 9), TRY_CAST(${column} AS DECIMAL(38, 9)))`;
const at = own => `coalesce(event_time, ${own})`;
const common = own =>
  `event_id, event_type, ${at(own)} AS event_time, ${at(own)}::DATE AS event_date, vendor, ingested_at, source`;
const unparsable = (sent, parsed) => `${sent} IS NOT NULL AND ${parsed} IS NULL`;

const ORDERS = ['order_created', 'historical_order'];
const typedTimes = (group, types) => `SELECT *, ${time('sent_at')} AS at_time FROM (${named(group, types)})`;

const STATUSES = `SELECT * EXCLUDE (history), 1 AS position FROM (${named('shipments', ['shipment_updated'])})
  UNION ALL
  SELECT * EXCLUDE (history, entry, entries) REPLACE (entry->>'status' AS status, entry->>'time' AS sent_at) FROM (
    SELECT *, unnest(entries) AS entry, generate_subscripts(entries, 1) AS position
    FROM (SELECT *, CAST(history AS JSON[]) AS entries FROM (${named('shipments', ['historical_shipment'])})))`;

const TABLES = {
  stg_orders: `SELECT ${common('at_time')}, order_id, ${`coalesce(at_time, event_time)`} AS ordered_at,
    sha256(coalesce('email:' || lower(email), 'phone:' || phone, 'id:' || vendor || ':' || customer_id, 'unknown')) AS customer_key,
    lower(email) AS email, phone, customer_id, ${number('total')} AS total, upper(currency) AS currency, region,
    coalesce(line1, CASE WHEN address NOT LIKE '{%' THEN address END) AS ship_line1, city AS ship_city, country AS ship_country,
    ${unparsable('total', number('total'))} AS is_amount_unparsable, ${unparsable('sent_at', 'at_time')} AS is_time_unparsable
  FROM (${typedTimes('orders', ORDERS)})`,
  stg_order_items: `SELECT ${common('at_time')}, order_id, line_number, sku, TRY_CAST(quantity AS BIGINT) AS quantity,
    ${number('unit_price')} AS unit_price,
    (${unparsable('quantity', 'TRY_CAST(quantity AS BIGINT)')}) OR (${unparsable('unit_price', number('unit_price'))}) AS is_amount_unparsable
  FROM (
    SELECT *, coalesce(l[1], l[2]) AS sku, coalesce(l[3], l[4]) AS quantity, coalesce(l[5], l[6]) AS unit_price FROM (
      SELECT *, json_extract_string(line, ['$.sku', '$.productSku', '$.qty', '$.quantity', '$.price', '$.unit_price']) AS l FROM (
        SELECT *, unnest(lines) AS line, generate_subscripts(lines, 1) AS line_number
        FROM (SELECT *, CAST(items AS JSON[]) AS lines FROM (${typedTimes('lines', ORDERS)})))))`,
  stg_order_updates: `SELECT ${common('at_time')}, order_id, coalesce(at_time, event_time) AS updated_at, change, notes,
    ${unparsable('sent_at', 'at_time')} AS is_time_unparsable
  FROM (${typedTimes('updates', ['order_updated'])})`,
  stg_payments: `SELECT ${common('at_time')}, order_id, coalesce(at_time, event_time) AS paid_at, upper(status) AS status,
    ${number('amount')} AS amount, upper(currency) AS currency, method, txn_id,
    ${unparsable('amount', number('amount'))} AS is_amount_unparsable, ${unparsable('sent_at', 'at_time')} AS is_time_unparsable
  FROM (${typedTimes('payments', ['payment_succeeded', 'historical_payment'])})`,
  stg_refunds: `SELECT ${common('at_time')}, order_id, coalesce(at_time, event_time) AS refunded_at,
    ${number('amount')} AS amount, upper(currency) AS currency, reason, items, coalesce(json_array_length(items), 0) AS item_count,
    ${unparsable('amount', number('amount'))} AS is_amount_unparsable, ${unparsable('sent_at', 'at_time')} AS is_time_unparsable
  FROM (${typedTimes('refunds', ['refund_issued', 'historical_refund'])})`,
  // The time of a historical shipment is that of its first status.
  stg_shipments: `SELECT * REPLACE (event_time::DATE AS event_date) FROM (
    SELECT event_id, event_type,
      coalesce(event_time, first_value(at_time) OVER (PARTITION BY event_id ORDER BY position)) AS event_time,
      NULL::DATE AS event_date, vendor, ingested_at, source, order_id, position, tracking_code, carrier,
      upper(status) AS status, coalesce(at_time, event_time) AS status_at, ${unparsable('sent_at', 'at_time')} AS is_time_unparsable
    FROM (SELECT *, ${time('sent_at')} AS at_time FROM (${STATUSES})))`,
};

for (const suffix of ['', '.wal']) rmSync(outFile + suffix, { force: true });
const startedAt = performance.now();
const instance = await DuckDBInstance.create(outFile, { preserve_insertion_order: 'false' });
const connection = await instance.connect();
await connection.run("SET TimeZone = 'UTC'");
await connection.run(`CREATE TEMP TABLE events AS SELECT DISTINCT ON (event_id) * FROM (${EVENTS})`);
const eventsMs = Math.round(performance.now() - startedAt);
for (const [name, sql] of Object.entries(TABLES)) await connection.run(`CREATE TABLE ${name} AS ${sql}`);
const counted = async table =>
  Number((await connection.runAndReadAll(`SELECT count(*) FROM ${table}`)).getRows()[0][0]);
const events = await counted('events');
const tables = {};
for (const name of Object.keys(TABLES)) tables[name] = await counted(name);
connection.closeSync();
instance.closeSync();
const ms = Math.round(performance.now() - startedAt);
process.stdout.write(`${JSON.stringify({ ms, eventsMs, events, tables })}\n`);
