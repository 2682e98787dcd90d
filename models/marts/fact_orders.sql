-- One row an order in its current state, in NGN, by the day it was placed (UTC).
WITH creation_events AS (
  -- pulse:ignore select-star: staging is declared column by column, and the final SELECT names what is kept.
  SELECT * FROM {{ref "stg_orders"}} WHERE order_id IS NOT NULL
),

lines AS (
  SELECT event_id, quantity FROM {{ref "stg_order_items"}}
),

updates AS (
  SELECT order_id, updated_at FROM {{ref "stg_order_updates"}} WHERE order_id IS NOT NULL
),

payments AS (
  SELECT order_id, status, amount_ngn, paid_at FROM {{ref "fact_payments"}}
),

refunds AS (
  SELECT order_id, amount_ngn FROM {{ref "fact_refunds"}}
),

shipments AS (
  SELECT order_id, shipment_key, status, status_at FROM {{ref "fact_shipments"}}
),

rates AS (
  SELECT date, usd_ngn FROM {{ref "raw_fx_rates"}}
),

{{> fx_days rates="rates"}},

-- Of all creation events of an order the latest is its current state.
current_events AS (
  SELECT
    *,
    DATE(ordered_at) AS order_date,
    {{> effective_currency amount="total" currency="currency"}} AS effective_currency
  FROM creation_events
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY event_time DESC, event_id DESC) = 1
),

rated AS (
  SELECT
    current_events.*,
    {{> fx_rate}} AS fx_rate
  FROM current_events
  CROSS JOIN fx_span
  LEFT JOIN fx_days ON fx_days.day = {{> fx_day of="current_events.order_date"}}
  WHERE {{in_partitions "current_events.order_date"}}
),

priced AS (
  SELECT
    *,
    {{> amount_ngn amount="total"}} AS order_total_ngn
  FROM rated
),

event_lines AS (
  SELECT event_id, COUNT(*) AS line_count, SUM(quantity) AS unit_count
  FROM lines
  GROUP BY event_id
),

order_updates AS (
  SELECT order_id, COUNT(*) AS update_count, MAX(updated_at) AS last_updated_at
  FROM updates
  GROUP BY order_id
),

order_payments AS (
  SELECT
    order_id,
    COUNTIF(status = 'SUCCESS') AS payment_count,
    -- Any other status has failed, and so has none at all.
    COUNT(*) - COUNTIF(status = 'SUCCESS') AS failed_payment_count,
    SUM(IF(status = 'SUCCESS', amount_ngn, NULL)) AS paid_amount_ngn,
    MIN(IF(status = 'SUCCESS', paid_at, NULL)) AS first_paid_at
  FROM payments
  GROUP BY order_id
),

order_refunds AS (
  SELECT order_id, COUNT(*) AS refund_count, SUM(amount_ngn) AS refund_amount_ngn
  FROM refunds
  GROUP BY order_id
),

latest_shipments AS (
  SELECT order_id, status, status_at
  FROM shipments
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY status_at DESC, shipment_key DESC) = 1
),

joined AS (
  SELECT
    priced.*,
    COALESCE(event_lines.line_count, 0) AS line_count,
    COALESCE(event_lines.unit_count, 0) AS unit_count,
    COALESCE(order_payments.payment_count, 0) AS payment_count,
    COALESCE(order_payments.failed_payment_count, 0) AS failed_payment_count,
    COALESCE(order_payments.paid_amount_ngn, NUMERIC '0') AS paid_amount_ngn,
    order_payments.first_paid_at,
    COALESCE(order_refunds.refund_count, 0) AS refund_count,
    COALESCE(order_refunds.refund_amount_ngn, NUMERIC '0') AS refund_amount_ngn,
    latest_shipments.status AS shipment_status,
    latest_shipments.status_at AS last_shipment_at,
    COALESCE(order_updates.update_count, 0) AS update_count,
    order_updates.last_updated_at
  FROM priced
  LEFT JOIN event_lines ON event_lines.event_id = priced.event_id
  LEFT JOIN order_payments ON order_payments.order_id = priced.order_id
  LEFT JOIN order_refunds ON order_refunds.order_id = priced.order_id
  LEFT JOIN latest_shipments ON latest_shipments.order_id = priced.order_id
  LEFT JOIN order_updates ON order_updates.order_id = priced.order_id
)

SELECT
  order_id,
  vendor,
  source,
  event_id,
  order_date,
  ordered_at,
  customer_key,
  region,
  ship_line1,
  ship_city,
  ship_country,
  currency,
  effective_currency,
  COALESCE(effective_currency != currency, FALSE) AS is_currency_corrected,
  total AS order_total,
  fx_rate,
  order_total_ngn,
  line_count,
  unit_count,
  payment_count,
  failed_payment_count,
  paid_amount_ngn,
  first_paid_at,
  -- Whole minutes, cut towards zero; an order that was paid before it was placed stays negative.
  TIMESTAMP_DIFF(first_paid_at, ordered_at, MINUTE) AS minutes_to_payment,
  refund_count,
  refund_amount_ngn,
  paid_amount_ngn - refund_amount_ngn AS net_amount_ngn,
  CASE
    -- Nothing can be said of an order whose total is not known in NGN, not even that it is unpaid.
    WHEN order_total_ngn IS NULL THEN 'unknown'
    WHEN paid_amount_ngn = 0 THEN 'unpaid'
    -- Paid is within 0.5 % of the total.
    WHEN ABS(paid_amount_ngn - order_total_ngn) <= ABS(order_total_ngn) * NUMERIC '0.005' THEN 'paid'
    WHEN paid_amount_ngn < order_total_ngn THEN 'partially_paid'
    ELSE 'overpaid'
  END AS payment_status,
  shipment_status,
  last_shipment_at,
  update_count,
  last_updated_at
FROM joined
