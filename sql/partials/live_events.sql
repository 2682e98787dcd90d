{{! CTE live_events: every live event that is stored, of any type, with whether it was late (section 7). Takes events (raw_events). }}
live_events AS (
  SELECT
    event_id,
    event_type,
    vendor,
    event_time,
    ingested_at,
    DATE(ingested_at) AS date,
    TIMESTAMP_DIFF(ingested_at, event_time, MICROSECOND) > 24 * 60 * 60 * 1000000 AS is_late
  FROM {{events}}
  WHERE NOT STARTS_WITH(event_type, 'historical_')
)
