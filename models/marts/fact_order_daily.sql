-- One row a day (UTC) and vendor, over current orders.
WITH orders AS (
  SELECT
    order_date,
    vendor,
    customer_key,
    unit_count,
    order_total_ngn,
    paid_amount_ngn,
    refund_amount_ngn,
    net_amount_ngn,
    refund_count,
    payment_status
  FROM {{ref "fact_orders"}}
  WHERE {{in_partitions "order_date"}}
)

SELECT
  order_date,
  vendor,
  COUNT(*) AS orders_count,
  COUNT(DISTINCT customer_key) AS customers_count,
  SUM(unit_count) AS units_count,
  SUM(order_total_ngn) AS gross_amount_ngn,
  SUM(paid_amount_ngn) AS paid_amount_ngn,
  SUM(refund_amount_ngn) AS refund_amount_ngn,
  SUM(net_amount_ngn) AS net_amount_ngn,
  COUNTIF(refund_count > 0) AS refunded_orders_count,
  COUNTIF(payment_status = 'unpaid') AS unpaid_orders_count
FROM orders
GROUP BY order_date, vendor
