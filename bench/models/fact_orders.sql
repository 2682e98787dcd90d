-- fact_orders by hand: the rate in force by an ASOF join, what is known of each order grouped before it is joined.
WITH rates AS (
  SELECT date, max(usd_ngn) AS usd_ngn
  FROM raw_fx_rates
  WHERE date IS NOT NULL AND usd_ngn IS NOT NULL
  GROUP BY date
),

orders AS (
  SELECT
    *,
    CAST(ordered_at AS DATE) AS order_date,
    CASE WHEN currency = 'USD' AND total > 1000 THEN 'NGN' ELSE currency END AS effective_currency
  FROM stg_orders
  WHERE order_id IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY event_time DESC, event_id DESC) = 1
),

rated AS (
  SELECT
    orders.*,
    CASE effective_currency WHEN 'NGN' THEN 1 WHEN 'USD' THEN rates.usd_ngn END AS fx_rate
  FROM orders
  ASOF LEFT JOIN rates ON greatest(orders.order_date, (SELECT min(date) FROM rates)) >= rates.date
),

event_lines AS (
  SELECT event_id, count(*) AS line_count, CAST(sum(quantity) AS BIGINT) AS unit_count
  FROM stg_order_items
  GROUP BY event_id
),

order_updates AS (
  SELECT order_id, count(*) AS update_count, max(updated_at) AS last_updated_at
  FROM stg_order_updates
  GROUP BY order_id
),

order_payments AS (
  SELECT
    order_id,
    count(*) FILTER (status = 'SUCCESS') AS payment_count,
    count(*) - count(*) FILTER (status = 'SUCCESS') AS failed_payment_count,
    sum(amount_ngn) FILTER (status = 'SUCCESS') AS paid_amount_ngn,
    min(paid_at) FILTER (status = 'SUCCESS') AS first_paid_at
  FROM fact_payments
  GROUP BY order_id
),

order_refunds AS (
  SELECT order_id, count(*) AS refund_count, sum(amount_ngn) AS refund_amount_ngn
  FROM fact_refunds
  GROUP BY order_id
),

latest_shipments AS (
  SELECT order_id, status, status_at
  FROM fact_shipments
  QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY status_at DESC, shipment_key DESC) = 1
),

joined AS (
  SELECT
    rated.*,
    CAST(round(CAST(total AS DECIMAL(19, 9)) * CAST(fx_rate AS DECIMAL(19, 9)), 2) AS DECIMAL(38, 9)) AS order_total_ngn,
    coalesce(line_count, 0) AS line_count,
    coalesce(unit_count, 0) AS unit_count,
    coalesce(payment_count, 0) AS payment_count,
    coalesce(failed_payment_count, 0) AS failed_payment_count,
    coalesce(paid_amount_ngn, 0) AS paid_amount_ngn,
    first_paid_at,
    coalesce(refund_count, 0) AS refund_count,
    coalesce(refund_amount_ngn, 0) AS refund_amount_ngn,
    latest_shipments.status AS shipment_status,
    latest_shipments.status_at AS last_shipment_at,
    coalesce(update_count, 0) AS update_count,
    last_updated_at
  FROM rated
  LEFT JOIN event_lines USING (event_id)
  LEFT JOIN order_payments USING (order_id)
  LEFT JOIN order_refunds USING (order_id)
  LEFT JOIN latest_shipments USING (order_id)
  LEFT JOIN order_updates USING (order_id)
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
  coalesce(effective_currency <> currency, FALSE) AS is_currency_corrected,
  total AS order_total,
  fx_rate,
  order_total_ngn,
  line_count,
  unit_count,
  payment_count,
  failed_payment_count,
  paid_amount_ngn,
  first_paid_at,
  (epoch_us(first_paid_at) - epoch_us(ordered_at)) // 60000000 AS minutes_to_payment,
  refund_count,
  refund_amount_ngn,
  paid_amount_ngn - refund_amount_ngn AS net_amount_ngn,
  CASE
    WHEN order_total_ngn IS NULL THEN 'unknown'
    WHEN paid_amount_ngn = 0 THEN 'unpaid'
    WHEN abs(paid_amount_ngn - order_total_ngn) <= CAST(abs(order_total_ngn) AS DECIMAL(30, 9)) * 0.005 THEN 'paid'
    WHEN paid_amount_ngn < order_total_ngn THEN 'partially_paid'
    ELSE 'overpaid'
  END AS payment_status,
  shipment_status,
  last_shipment_at,
  update_count,
  last_updated_at
FROM joined
