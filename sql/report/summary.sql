-- The figures of a report's days, in one row: orders by the day of the order, payments and refunds by their own day (UTC).
WITH orders AS (
  SELECT
    COALESCE(SUM(orders_count), 0) AS orders_count,
    COALESCE(SUM(gross_amount_ngn), NUMERIC '0') AS gross_amount_ngn,
    COALESCE(SUM(paid_amount_ngn), NUMERIC '0') AS paid_amount_ngn,
    COALESCE(SUM(refund_amount_ngn), NUMERIC '0') AS refund_amount_ngn,
    COALESCE(SUM(net_amount_ngn), NUMERIC '0') AS net_amount_ngn,
    COALESCE(SUM(unpaid_orders_count), 0) AS unpaid_orders_count,
    COALESCE(SUM(refunded_orders_count), 0) AS refunded_orders_count
  FROM {{ref "fact_order_daily"}}
  WHERE order_date BETWEEN @from AND @to
),

payments AS (
  SELECT
    COUNT(*) AS payments_count,
    COUNTIF(status = 'SUCCESS') AS successful_count,
    COALESCE(SUM(IF(status = 'SUCCESS', amount_ngn, NULL)), NUMERIC '0') AS received_ngn
  FROM {{ref "fact_payments"}}
  WHERE payment_date BETWEEN @from AND @to
),

refunds AS (
  SELECT
    COUNT(*) AS refunds_count,
    COUNTIF(is_partial) AS partial_refunds_count,
    COALESCE(SUM(amount_ngn), NUMERIC '0') AS refunded_ngn
  FROM {{ref "fact_refunds"}}
  WHERE refund_date BETWEEN @from AND @to
)

SELECT
  orders.*,
  payments.*,
  SAFE_DIVIDE(payments.successful_count, payments.payments_count) AS success_rate,
  refunds.*
FROM orders
CROSS JOIN payments
CROSS JOIN refunds
