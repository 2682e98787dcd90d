-- The day that reports and daily checks are of when none is named: the last with orders, else the last on which live events
-- arrived; never one after @to, which is today: an order dated years ahead by mistake must not hide the days that are.
-- One row, one DATE.
SELECT COALESCE(
  (SELECT MAX(order_date) FROM {{ref "fact_orders"}} WHERE order_date <= @to),
  (SELECT MAX(DATE(ingested_at)) FROM {{ref "raw_events"}} WHERE NOT STARTS_WITH(event_type, 'historical_') AND DATE(ingested_at) <= @to)
) AS day
