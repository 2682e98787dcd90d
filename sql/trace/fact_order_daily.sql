-- The events of a day's orders of a vendor: their creations, payments and refunds.
WITH orders AS (
  SELECT order_id, event_id
  FROM {{ref "fact_orders"}}
  WHERE CAST(order_date AS STRING) = @key_1 AND COALESCE(vendor, '') = @key_2
)

SELECT event_id FROM orders
UNION DISTINCT
SELECT payments.event_id FROM {{ref "fact_payments"}} AS payments INNER JOIN orders ON orders.order_id = payments.order_id
UNION DISTINCT
SELECT refunds.refund_key FROM {{ref "fact_refunds"}} AS refunds INNER JOIN orders ON orders.order_id = refunds.order_id
