-- Refund reconciliation: orders whose refunds exceed what was paid; refunds whose order is unknown (data contract, section 9).
-- By the day of the refund: an order that is over-refunded counts on each day on which it was refunded, once over all days.
WITH orders AS (
  SELECT order_id, paid_amount_ngn, refund_amount_ngn
  FROM {{ref "fact_orders"}}
),

refunds AS (
  SELECT
    refunds.refund_date AS date,
    refunds.refund_key,
    refunds.order_id,
    refunds.amount_ngn,
    orders.order_id IS NULL AS is_order_unknown,
    COALESCE(orders.refund_amount_ngn > orders.paid_amount_ngn, FALSE) AS is_over_refunded,
    orders.refund_amount_ngn - orders.paid_amount_ngn AS excess_ngn
  FROM {{ref "fact_refunds"}} AS refunds
  LEFT JOIN orders ON orders.order_id = refunds.order_id
),

refunded_orders AS (
  SELECT
    date,
    order_id,
    COUNT(*) AS refunds,
    is_order_unknown,
    is_over_refunded,
    excess_ngn,
    SUM(amount_ngn) AS amount_ngn,
    ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY date) AS day_of_order
  FROM refunds
  GROUP BY date, order_id, is_order_unknown, is_over_refunded, excess_ngn
)

SELECT
  date,
  SUM(refunds) AS refunds,
  COUNTIF(is_over_refunded) AS over_refunded_orders,
  COALESCE(SUM(IF(is_over_refunded, excess_ngn, NULL)), NUMERIC '0') AS over_refunded_ngn,
  COALESCE(SUM(IF(is_order_unknown, refunds, NULL)), 0) AS unknown_order_refunds,
  COALESCE(SUM(IF(is_order_unknown, amount_ngn, NULL)), NUMERIC '0') AS unknown_order_ngn
FROM refunded_orders
WHERE date BETWEEN @from AND @to
GROUP BY date
UNION ALL
SELECT
  CAST(NULL AS DATE) AS date,
  COALESCE(SUM(refunds), 0) AS refunds,
  COUNTIF(is_over_refunded AND day_of_order = 1) AS over_refunded_orders,
  COALESCE(SUM(IF(is_over_refunded AND day_of_order = 1, excess_ngn, NULL)), NUMERIC '0') AS over_refunded_ngn,
  COALESCE(SUM(IF(is_order_unknown, refunds, NULL)), 0) AS unknown_order_refunds,
  COALESCE(SUM(IF(is_order_unknown, amount_ngn, NULL)), NUMERIC '0') AS unknown_order_ngn
FROM refunded_orders
