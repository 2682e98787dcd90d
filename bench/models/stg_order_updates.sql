-- stg_order_updates by hand.
WITH fields AS (
  SELECT
    * EXCLUDE (payload),
    json_extract_string(payload, [
      '$.orderRef', '$.order_id', '$.order',
      '$.updatedAt', '$.updated_at', '$.ts',
      '$.change', '$.change_type',
      '$.notes', '$.note'
    ]) AS f
  FROM raw_events
  WHERE event_type = 'order_updated'
),

named AS (
  SELECT
    * EXCLUDE (f),
    -- One vendor sends an object there now and then.
    coalesce(nullif(f[1], ''), nullif(f[2], ''), CASE WHEN NOT starts_with(f[3], '{') THEN nullif(f[3], '') END) AS order_id,
    coalesce(nullif(trim(f[4]), ''), nullif(trim(f[5]), ''), nullif(trim(f[6]), '')) AS updated_at_text,
    coalesce(nullif(f[7], ''), nullif(f[8], '')) AS change,
    coalesce(nullif(f[9], ''), nullif(f[10], '')) AS notes
  FROM fields
),

typed AS (
  SELECT
    *,
    CASE
      -- DuckDB's TIMESTAMP takes an offset and forgets it.
      WHEN updated_at_text[5] IN ('-', '/') AND updated_at_text[-6] IN ('+', '-') THEN CAST(TRY_CAST(replace(updated_at_text, '/', '-') AS TIMESTAMPTZ) AS TIMESTAMP)
      WHEN updated_at_text[5] IN ('-', '/') THEN TRY_CAST(replace(updated_at_text, '/', '-') AS TIMESTAMP)
      -- Of a number that is no time the query would fail.
      ELSE TRY(make_timestamp(TRY_CAST(updated_at_text AS BIGINT) * 1000000))
    END AS updated_at_sent
  FROM named
)

SELECT
  event_id,
  event_type,
  event_time,
  event_date,
  nullif(vendor, '') AS vendor,
  ingested_at,
  CASE WHEN starts_with(event_type, 'historical_') THEN 'historical' ELSE 'live' END AS source,
  order_id,
  coalesce(updated_at_sent, event_time) AS updated_at,
  change,
  notes,
  updated_at_text IS NOT NULL AND updated_at_sent IS NULL AS is_time_unparsable
FROM typed
