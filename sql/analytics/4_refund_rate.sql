-- Refund rate by vendor. Each row is counted under its own vendor: an order under the order's, a refund under the refund's.
WITH order_counts AS (
  SELECT
    vendor,
    COUNT(*) AS orders_count,
    COUNTIF(refund_count > 0) AS refunded_orders_count
  FROM fact_orders
  GROUP BY vendor
),

refund_counts AS (
  SELECT
    vendor,
    COUNT(*) AS refunds_count,
    COUNTIF(is_partial) AS partial_refunds_count,
    SUM(amount_ngn) AS refund_amount_ngn
  FROM fact_refunds
  GROUP BY vendor
),

payment_sums AS (
  SELECT vendor, SUM(amount_ngn) AS paid_amount_ngn
  FROM fact_payments
  WHERE status = 'SUCCESS'
  GROUP BY vendor
),

vendors AS (
  SELECT vendor FROM order_counts
  UNION DISTINCT
  SELECT vendor FROM refund_counts
  UNION DISTINCT
  SELECT vendor FROM payment_sums
)

SELECT
  vendors.vendor,
  COALESCE(order_counts.orders_count, 0) AS orders_count,
  COALESCE(order_counts.refunded_orders_count, 0) AS refunded_orders_count,
  SAFE_DIVIDE(order_counts.refunded_orders_count, order_counts.orders_count) AS refunded_orders_rate,
  COALESCE(refund_counts.refunds_count, 0) AS refunds_count,
  SAFE_DIVIDE(refund_counts.partial_refunds_count, refund_counts.refunds_count) AS partial_refunds_rate,
  COALESCE(refund_counts.refund_amount_ngn, NUMERIC '0') AS refund_amount_ngn,
  COALESCE(payment_sums.paid_amount_ngn, NUMERIC '0') AS paid_amount_ngn,
  SAFE_DIVIDE(refund_counts.refund_amount_ngn, payment_sums.paid_amount_ngn) AS refunded_amount_rate
FROM vendors
-- A vendor may be unknown: NULL counts as one vendor.
LEFT JOIN order_counts ON COALESCE(order_counts.vendor, '') = COALESCE(vendors.vendor, '')
LEFT JOIN refund_counts ON COALESCE(refund_counts.vendor, '') = COALESCE(vendors.vendor, '')
LEFT JOIN payment_sums ON COALESCE(payment_sums.vendor, '') = COALESCE(vendors.vendor, '')
ORDER BY vendors.vendor
