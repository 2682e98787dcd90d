-- The late events, the latest first.
WITH {{> live_events events=(ref "raw_events")}}

SELECT
  date,
  event_id,
  event_type,
  vendor,
  event_time,
  ingested_at,
  TIMESTAMP_DIFF(ingested_at, event_time, HOUR) AS hours_on_the_way
FROM live_events
WHERE is_late AND date BETWEEN @from AND @to
ORDER BY hours_on_the_way DESC, event_id
