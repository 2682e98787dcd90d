-- Average and median minutes from order to first successful payment, over orders paid at or after they were placed.
WITH paid_orders AS (
  SELECT
    minutes_to_payment,
    ROW_NUMBER() OVER (ORDER BY minutes_to_payment, order_id) AS rank_from_least,
    COUNT(*) OVER () AS orders_count
  FROM fact_orders
  WHERE first_paid_at >= ordered_at
)

SELECT
  COUNT(*) AS orders_count,
  AVG(minutes_to_payment) AS average_minutes,
  -- The middle one, or the mean of the two in the middle.
  AVG(IF(ABS(2 * rank_from_least - orders_count - 1) <= 1, minutes_to_payment, NULL)) AS median_minutes
FROM paid_orders
