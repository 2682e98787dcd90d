-- Average and median minutes from order to first successful payment, over orders paid at or after they were placed,
-- by the day of the order (UTC).
WITH paid_orders AS (
  SELECT
    minutes_to_payment,
    ROW_NUMBER() OVER (ORDER BY minutes_to_payment, order_id) AS rank_from_least,
    COUNT(*) OVER () AS orders_count
  FROM {{ref "fact_orders"}}
  WHERE first_paid_at >= ordered_at AND order_date BETWEEN @from AND @to
)

SELECT
  COUNT(*) AS orders_count,
  AVG(minutes_to_payment) AS average_minutes,
  -- The middle one, or the mean of the two in the middle.
  AVG(IF(ABS(2 * rank_from_least - orders_count - 1) <= 1, minutes_to_payment, NULL)) AS median_minutes
FROM paid_orders
