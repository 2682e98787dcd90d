-- Daily gross and net revenue: what was ordered, and what was paid less what was refunded, by the day of the order (UTC).
SELECT
  order_date,
  SUM(orders_count) AS orders_count,
  SUM(gross_amount_ngn) AS gross_amount_ngn,
  SUM(paid_amount_ngn) AS paid_amount_ngn,
  SUM(refund_amount_ngn) AS refund_amount_ngn,
  SUM(net_amount_ngn) AS net_amount_ngn
FROM {{ref "fact_order_daily"}}
WHERE order_date BETWEEN @from AND @to
GROUP BY order_date
ORDER BY order_date
