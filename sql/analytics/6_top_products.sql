-- The 20 products with the greatest revenue in NGN.
SELECT
  sku,
  SUM(revenue_ngn) AS revenue_ngn,
  COALESCE(SUM(quantity), 0) AS units_sold,
  COUNT(DISTINCT order_id) AS orders_count
FROM fact_order_items
WHERE sku IS NOT NULL
GROUP BY sku
ORDER BY revenue_ngn DESC, sku
LIMIT 20
