-- Share of live events that arrived more than 24 hours after they happened, by the day they arrived (UTC).
-- Payments, refunds and shipments: the facts whose rows are events.
WITH live_events AS (
  SELECT ingested_at, is_late FROM fact_payments WHERE source = 'live'
  UNION ALL
  SELECT ingested_at, is_late FROM fact_refunds WHERE source = 'live'
  UNION ALL
  SELECT ingested_at, is_late FROM fact_shipments WHERE source = 'live'
)

SELECT
  DATE(ingested_at) AS ingested_date,
  COUNT(*) AS events_count,
  COUNTIF(is_late) AS late_events_count,
  COUNTIF(is_late) / COUNT(*) AS late_share
FROM live_events
GROUP BY ingested_date
ORDER BY ingested_date
