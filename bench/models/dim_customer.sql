-- dim_customer by hand: the latest value that is known of each attribute.
WITH orders AS (
  SELECT orders.customer_key, orders.order_id, orders.ordered_at, events.email, events.phone, events.customer_id
  FROM fact_orders AS orders
  INNER JOIN stg_orders AS events USING (event_id)
)

SELECT
  customer_key,
  last(email ORDER BY ordered_at, order_id) FILTER (email IS NOT NULL) AS email,
  last(phone ORDER BY ordered_at, order_id) FILTER (phone IS NOT NULL) AS phone,
  last(customer_id ORDER BY ordered_at, order_id) FILTER (customer_id IS NOT NULL) AS customer_id,
  min(ordered_at) AS first_order_at,
  max(ordered_at) AS last_order_at,
  count(*) AS orders_count
FROM orders
GROUP BY customer_key
