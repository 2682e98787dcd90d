-- Refund rate by vendor: orders refunded ÷ orders, refunds that are partial ÷ refunds, amount refunded ÷ amount paid.
-- Each row counts under its own vendor and day: an order under the order's, a refund under the refund's, a payment under the
-- payment's. What the orders of a vendor were paid and refunded, whoever reported it, stands beside it: order_….
WITH order_counts AS (
  SELECT
    vendor,
    COUNT(*) AS orders_count,
    COUNTIF(refund_count > 0) AS refunded_orders_count,
    SUM(refund_amount_ngn) AS refund_amount_ngn,
    SUM(paid_amount_ngn) AS paid_amount_ngn
  FROM {{ref "fact_orders"}}
  WHERE order_date BETWEEN @from AND @to
  GROUP BY vendor
),

refund_counts AS (
  SELECT
    vendor,
    COUNT(*) AS refunds_count,
    COUNTIF(is_partial) AS partial_refunds_count,
    SUM(amount_ngn) AS refund_amount_ngn
  FROM {{ref "fact_refunds"}}
  WHERE refund_date BETWEEN @from AND @to
  GROUP BY vendor
),

payment_sums AS (
  SELECT vendor, SUM(amount_ngn) AS paid_amount_ngn
  FROM {{ref "fact_payments"}}
  WHERE status = 'SUCCESS' AND payment_date BETWEEN @from AND @to
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
  COALESCE(refund_counts.partial_refunds_count, 0) AS partial_refunds_count,
  SAFE_DIVIDE(refund_counts.partial_refunds_count, refund_counts.refunds_count) AS partial_refunds_rate,
  COALESCE(refund_counts.refund_amount_ngn, NUMERIC '0') AS refund_amount_ngn,
  COALESCE(payment_sums.paid_amount_ngn, NUMERIC '0') AS paid_amount_ngn,
  SAFE_DIVIDE(refund_counts.refund_amount_ngn, payment_sums.paid_amount_ngn) AS refunded_amount_rate,
  COALESCE(order_counts.refund_amount_ngn, NUMERIC '0') AS order_refund_amount_ngn,
  COALESCE(order_counts.paid_amount_ngn, NUMERIC '0') AS order_paid_amount_ngn,
  SAFE_DIVIDE(order_counts.refund_amount_ngn, order_counts.paid_amount_ngn) AS order_refunded_amount_rate
FROM vendors
-- A vendor may be unknown: NULL counts as one vendor.
LEFT JOIN order_counts ON COALESCE(order_counts.vendor, '') = COALESCE(vendors.vendor, '')
LEFT JOIN refund_counts ON COALESCE(refund_counts.vendor, '') = COALESCE(vendors.vendor, '')
LEFT JOIN payment_sums ON COALESCE(payment_sums.vendor, '') = COALESCE(vendors.vendor, '')
ORDER BY vendors.vendor
