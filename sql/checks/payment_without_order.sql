-- Payment without order: payments whose order_id no order has: count, NGN, share (data contract, section 9).
-- By the day of the payment, whatever its status; what succeeded stands beside it.
WITH payments AS (
  SELECT
    payments.payment_date AS date,
    payments.status,
    payments.amount_ngn,
    orders.order_id IS NULL AS is_without_order
  FROM {{ref "fact_payments"}} AS payments
  LEFT JOIN {{ref "fact_orders"}} AS orders ON orders.order_id = payments.order_id
)

SELECT
  date,
  COUNT(*) AS payments,
  COUNTIF(is_without_order) AS payments_without_order,
  COALESCE(SUM(IF(is_without_order, amount_ngn, NULL)), NUMERIC '0') AS without_order_ngn,
  COALESCE(SUM(IF(is_without_order AND status = 'SUCCESS', amount_ngn, NULL)), NUMERIC '0') AS without_order_success_ngn,
  SAFE_DIVIDE(COUNTIF(is_without_order), COUNT(*)) AS without_order_share
FROM payments
WHERE date BETWEEN @from AND @to
GROUP BY date
UNION ALL
SELECT
  CAST(NULL AS DATE) AS date,
  COUNT(*) AS payments,
  COUNTIF(is_without_order) AS payments_without_order,
  COALESCE(SUM(IF(is_without_order, amount_ngn, NULL)), NUMERIC '0') AS without_order_ngn,
  COALESCE(SUM(IF(is_without_order AND status = 'SUCCESS', amount_ngn, NULL)), NUMERIC '0') AS without_order_success_ngn,
  SAFE_DIVIDE(COUNTIF(is_without_order), COUNT(*)) AS without_order_share
FROM payments
