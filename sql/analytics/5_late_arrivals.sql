-- Share of live events that arrived more than 24 hours after they happened, by the day they arrived (UTC).
-- Of all live events that are stored, of any type; beside it the same over the rows of the marts that are events
-- (payments, refunds and shipments: mart_…).
WITH {{> live_events events=(ref "raw_events")}},

mart_rows AS (
  SELECT ingested_at, is_late FROM {{ref "fact_payments"}} WHERE source = 'live'
  UNION ALL
  SELECT ingested_at, is_late FROM {{ref "fact_refunds"}} WHERE source = 'live'
  UNION ALL
  SELECT ingested_at, is_late FROM {{ref "fact_shipments"}} WHERE source = 'live'
),

mart_days AS (
  SELECT DATE(ingested_at) AS date, COUNT(*) AS rows_count, COUNTIF(is_late) AS late_count
  FROM mart_rows
  GROUP BY date
),

event_days AS (
  SELECT date, COUNT(*) AS events_count, COUNTIF(is_late) AS late_events_count
  FROM live_events
  GROUP BY date
)

SELECT
  event_days.date AS ingested_date,
  event_days.events_count,
  event_days.late_events_count,
  event_days.late_events_count / event_days.events_count AS late_share,
  COALESCE(mart_days.rows_count, 0) AS mart_rows_count,
  COALESCE(mart_days.late_count, 0) AS mart_late_rows_count,
  SAFE_DIVIDE(mart_days.late_count, mart_days.rows_count) AS mart_late_share
FROM event_days
LEFT JOIN mart_days ON mart_days.date = event_days.date
WHERE event_days.date BETWEEN @from AND @to
ORDER BY ingested_date
