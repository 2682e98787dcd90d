-- One row a SKU, from the lines of current orders.
WITH lines AS (
  SELECT order_id, sku, quantity
  FROM {{ref "fact_order_items"}}
  WHERE sku IS NOT NULL
),

current_orders AS (
  SELECT order_id, ordered_at
  FROM {{ref "fact_orders"}}
)

SELECT
  lines.sku AS product_key,
  lines.sku,
  MIN(current_orders.ordered_at) AS first_ordered_at,
  MAX(current_orders.ordered_at) AS last_ordered_at,
  COUNT(DISTINCT lines.order_id) AS orders_count,
  COALESCE(SUM(lines.quantity), 0) AS units_sold
FROM lines
INNER JOIN current_orders ON current_orders.order_id = lines.order_id
GROUP BY lines.sku
