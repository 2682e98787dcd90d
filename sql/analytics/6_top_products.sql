-- Products by revenue in NGN, the greatest first, by the day of the order (UTC).
SELECT
  ROW_NUMBER() OVER (ORDER BY SUM(revenue_ngn) DESC, sku) AS revenue_rank,
  sku,
  SUM(revenue_ngn) AS revenue_ngn,
  COALESCE(SUM(quantity), 0) AS units_sold,
  COUNT(DISTINCT order_id) AS orders_count
FROM {{ref "fact_order_items"}}
WHERE sku IS NOT NULL AND order_date BETWEEN @from AND @to
GROUP BY sku
ORDER BY revenue_rank
