-- The payments whose order nobody knows, the largest first.
SELECT
  payments.payment_date AS date,
  payments.payment_key,
  payments.order_id,
  payments.vendor,
  payments.status,
  payments.amount_ngn,
  payments.event_id
FROM {{ref "fact_payments"}} AS payments
LEFT JOIN {{ref "fact_orders"}} AS orders ON orders.order_id = payments.order_id
WHERE orders.order_id IS NULL AND payments.payment_date BETWEEN @from AND @to
ORDER BY payments.amount_ngn DESC, payments.payment_key
