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
),

known_so_far AS (
  SELECT
    customer_key,
    -- An order that does not say leaves what was known before.
    LAST_VALUE(email IGNORE NULLS) OVER customer_history AS email,
    LAST_VALUE(phone IGNORE NULLS) OVER customer_history AS phone,
    LAST_VALUE(customer_id IGNORE NULLS) OVER customer_history AS customer_id,
    MIN(ordered_at) OVER customer_history AS first_order_at,
    ordered_at AS last_order_at,
    ROW_NUMBER() OVER (PARTITION BY customer_key ORDER BY ordered_at, order_id) AS order_number,
    COUNT(*) OVER (PARTITION BY customer_key) AS orders_count
  FROM customer_orders
  WINDOW customer_history AS (
    PARTITION BY customer_key
    ORDER BY ordered_at, order_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  )
)

SELECT
  customer_key,
  email,
  phone,
  customer_id,
  first_order_at,
  last_order_at,
  orders_count
FROM known_so_far
WHERE order_number = orders_count
