-- The day that reports and daily checks are of when none is named: the last with orders, else the last on which live events
-- arrived. One row, one DATE.
SELECT COALESCE(
  (SELECT MAX(order_date) FROM {{ref "fact_orders"}}),
  (SELECT MAX(DATE(ingested_at)) FROM {{ref "raw_events"}} WHERE NOT STARTS_WITH(event_type, 'historical_'))
) AS day
