-- Late-arriving share: late ÷ live events for a day of ingested_at (data contract, section 9).
-- Of all live events that are stored, whatever their type. One row a day, and one without a date over all days.
WITH {{> live_events events=(ref "raw_events")}},

daily AS (
  SELECT date, COUNT(*) AS live_events, COUNTIF(is_late) AS late_events
  FROM live_events
  GROUP BY date
)

SELECT date, live_events, late_events, SAFE_DIVIDE(late_events, live_events) AS late_share
FROM daily
WHERE date BETWEEN @from AND @to
UNION ALL
SELECT
  CAST(NULL AS DATE) AS date,
  COALESCE(SUM(live_events), 0) AS live_events,
  COALESCE(SUM(late_events), 0) AS late_events,
  SAFE_DIVIDE(SUM(late_events), SUM(live_events)) AS late_share
FROM daily
