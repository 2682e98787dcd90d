-- dim_product by hand.
SELECT
  sku AS product_key,
  sku,
  min(ordered_at) AS first_ordered_at,
  max(ordered_at) AS last_ordered_at,
  count(DISTINCT order_id) AS orders_count,
  CAST(coalesce(sum(quantity), 0) AS BIGINT) AS units_sold
FROM fact_order_items
INNER JOIN fact_orders USING (order_id)
WHERE sku IS NOT NULL
GROUP BY sku
