{{! Whether a live event arrived more than 24 hours after it happened (section 7); historical ones never are. }}
COALESCE(source = 'live' AND TIMESTAMP_DIFF(ingested_at, event_time, MICROSECOND) > 24 * 60 * 60 * 1000000, FALSE)
