-- One row a customer, from current orders; each attribute is the latest one known.
WITH current_orders AS (
  SELECT event_id, order_id, customer_key, ordered_at
  FROM {{ref "fact_orders"}}
),

creation_events AS (
  SELECT event_id, email, phone, customer_id
  FROM {{ref "stg_orders"}}
),

customer_orders AS (
  SELECT
    current_orders.customer_key,
    current_orders.order_id,
    current_orders.ordered_at,
    creation_events.email,
    creation_events.phone,
    creation_events.customer_id
  FROM current_orders
  INNER JOIN creation_events ON creation_events.event_id = current_orders.event_id
)

SELECT
  customer_key,
  -- An order that does not say leaves what was known before.
  ARRAY_AGG(email IGNORE NULLS ORDER BY ordered_at DESC, order_id DESC LIMIT 1)[SAFE_OFFSET(0)] AS email,
  ARRAY_AGG(phone IGNORE NULLS ORDER BY ordered_at DESC, order_id DESC LIMIT 1)[SAFE_OFFSET(0)] AS phone,
  ARRAY_AGG(customer_id IGNORE NULLS ORDER BY ordered_at DESC, order_id DESC LIMIT 1)[SAFE_OFFSET(0)] AS customer_id,
  MIN(ordered_at) AS first_order_at,
  MAX(ordered_at) AS last_order_at,
  COUNT(*) AS orders_count
FROM customer_orders
GROUP BY customer_key
