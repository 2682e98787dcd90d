-- The refunds of orders that nobody knows, and of orders whose refunds exceed what was paid.
SELECT
  refunds.refund_date AS date,
  IF(orders.order_id IS NULL, 'unknown order', 'over-refunded') AS finding,
  refunds.order_id,
  refunds.refund_key,
  refunds.amount_ngn,
  orders.paid_amount_ngn AS order_paid_ngn,
  orders.refund_amount_ngn AS order_refunded_ngn
FROM {{ref "fact_refunds"}} AS refunds
LEFT JOIN {{ref "fact_orders"}} AS orders ON orders.order_id = refunds.order_id
WHERE refunds.refund_date BETWEEN @from AND @to
  AND (orders.order_id IS NULL OR orders.refund_amount_ngn > orders.paid_amount_ngn)
ORDER BY finding, refunds.amount_ngn DESC, refunds.refund_key
