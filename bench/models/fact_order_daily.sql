-- fact_order_daily by hand.
SELECT
  order_date,
  vendor,
  count(*) AS orders_count,
  count(DISTINCT customer_key) AS customers_count,
  CAST(sum(unit_count) AS BIGINT) AS units_count,
  sum(order_total_ngn) AS gross_amount_ngn,
  sum(paid_amount_ngn) AS paid_amount_ngn,
  sum(refund_amount_ngn) AS refund_amount_ngn,
  sum(net_amount_ngn) AS net_amount_ngn,
  count(*) FILTER (refund_count > 0) AS refunded_orders_count,
  count(*) FILTER (payment_status = 'unpaid') AS unpaid_orders_count
FROM fact_orders
GROUP BY order_date, vendor
