-- fact_order_items by hand: products and shares as DECIMALs wide enough for what is there.
WITH lines AS (
  SELECT
    orders.order_id,
    lines.line_number,
    orders.order_date,
    lines.sku,
    lines.quantity,
    lines.unit_price,
    CAST(lines.quantity * CAST(lines.unit_price AS DECIMAL(18, 9)) AS DECIMAL(38, 9)) AS line_total,
    orders.order_total_ngn
  FROM fact_orders AS orders
  INNER JOIN stg_order_items AS lines USING (event_id)
),

shared AS (
  SELECT *, sum(line_total) OVER (PARTITION BY order_id) AS lines_total
  FROM lines
),

-- In whole kobo: DuckDB divides DECIMALs as DOUBLEs, which miss the half now and then.
kobo AS (
  SELECT
    *,
    CAST(order_total_ngn * 100 AS HUGEINT) * CAST(line_total * 100 AS HUGEINT) AS product,
    CAST(lines_total * 100 AS HUGEINT) AS divisor
  FROM shared
)

SELECT
  order_id,
  line_number,
  order_date,
  sku,
  quantity,
  unit_price,
  line_total,
  CASE
    WHEN divisor <> 0
      THEN CAST((2 * abs(product) + abs(divisor)) // (2 * abs(divisor)) * sign(product) * sign(divisor) AS DECIMAL(38, 9)) / 100
  END AS revenue_ngn
FROM kobo
