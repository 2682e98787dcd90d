-- One row a line of a current order, by the day the order was placed (UTC).
WITH orders AS (
  SELECT event_id, order_id, order_date, order_total_ngn
  FROM {{ref "fact_orders"}}
  WHERE {{in_partitions "order_date"}}
),

lines AS (
  SELECT
    event_id,
    line_number,
    sku,
    quantity,
    unit_price,
    -- NULL where the product is beyond 10^24: the sum over an order's lines must not overflow.
    IF(ABS(SAFE_MULTIPLY(quantity, unit_price)) < NUMERIC '1000000000000000000000000', SAFE_MULTIPLY(quantity, unit_price), NULL) AS line_total
  FROM {{ref "stg_order_items"}}
),

order_lines AS (
  SELECT
    orders.order_id,
    lines.line_number,
    orders.order_date,
    lines.sku,
    lines.quantity,
    lines.unit_price,
    lines.line_total,
    orders.order_total_ngn,
    SUM(lines.line_total) OVER (PARTITION BY orders.order_id) AS lines_total
  FROM orders
  INNER JOIN lines ON lines.event_id = orders.event_id
)

SELECT
  order_id,
  line_number,
  order_date,
  sku,
  quantity,
  unit_price,
  line_total,
  -- Lines are priced in NGN even on USD orders: revenue is the order's own total, shared out by line.
  -- Where the product is beyond NUMERIC the share is taken first: nine digits of it are exact.
  ROUND(COALESCE(
    SAFE_DIVIDE(SAFE_MULTIPLY(order_total_ngn, line_total), lines_total),
    SAFE_MULTIPLY(order_total_ngn, SAFE_DIVIDE(line_total, lines_total))
  ), 2) AS revenue_ngn
FROM order_lines
