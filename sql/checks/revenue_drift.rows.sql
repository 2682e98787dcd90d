-- The orders of the day, the largest first: where a drift comes from is seen at the top.
SELECT order_date AS date, order_id, vendor, order_total, currency, is_currency_corrected, order_total_ngn
FROM {{ref "fact_orders"}}
WHERE order_date BETWEEN @from AND @to
ORDER BY order_total_ngn DESC, order_id
