-- stg_shipments by hand: a live event is a history of one.
WITH events AS (
  SELECT
    * EXCLUDE (payload),
    json_extract_string(payload, [
      '$.orderRef', '$.order_id', '$.order.id',
      '$.tracking', '$.tracking_code',
      '$.carrier', '$.logistics_partner',
      '$.status', '$.shipment_status', '$.state',
      '$.updateTime', '$.update_time', '$.time', '$.ts'
    ]) AS f,
    payload
  FROM raw_events
  WHERE event_type IN ('shipment_updated', 'historical_shipment')
),

named AS (
  SELECT
    * EXCLUDE (f),
    coalesce(nullif(f[1], ''), nullif(f[2], ''), nullif(f[3], '')) AS order_id,
    coalesce(nullif(f[4], ''), nullif(f[5], '')) AS tracking_code,
    coalesce(nullif(f[6], ''), nullif(f[7], '')) AS carrier,
    coalesce(nullif(trim(f[8]), ''), nullif(trim(f[9]), ''), nullif(trim(f[10]), '')) AS status,
    coalesce(nullif(trim(f[11]), ''), nullif(trim(f[12]), ''), nullif(trim(f[13]), ''), nullif(trim(f[14]), '')) AS status_at_text
  FROM events
),

histories AS (
  SELECT
    * EXCLUDE (status, status_at_text, payload),
    json_extract(payload, ['$.updates', '$.status_history', '$.timeline']) AS h
  FROM named
  WHERE event_type = 'historical_shipment'
),

listed AS (
  SELECT
    * EXCLUDE (h),
    CAST(coalesce(nullif(h[1], 'null'), nullif(h[2], 'null'), nullif(h[3], 'null')) AS JSON[]) AS entries
  FROM histories
),

entries AS (
  SELECT * EXCLUDE (entries), unnest(entries) AS entry, generate_subscripts(entries, 1) AS position
  FROM listed
),

read_entries AS (
  SELECT * EXCLUDE (entry), json_extract_string(entry, ['$.status', '$.time']) AS e
  FROM entries
),

statuses AS (
  SELECT * EXCLUDE (payload), 1 AS position
  FROM named
  WHERE event_type = 'shipment_updated'
  UNION ALL BY NAME
  SELECT * EXCLUDE (e), nullif(trim(e[1]), '') AS status, nullif(trim(e[2]), '') AS status_at_text
  FROM read_entries
),

typed AS (
  SELECT
    *,
    CASE
      -- DuckDB's TIMESTAMP takes an offset and forgets it.
      WHEN status_at_text[5] IN ('-', '/') AND status_at_text[-6] IN ('+', '-') THEN CAST(TRY_CAST(replace(status_at_text, '/', '-') AS TIMESTAMPTZ) AS TIMESTAMP)
      WHEN status_at_text[5] IN ('-', '/') THEN TRY_CAST(replace(status_at_text, '/', '-') AS TIMESTAMP)
      -- Of a number that is no time the query would fail.
      ELSE TRY(make_timestamp(TRY_CAST(status_at_text AS BIGINT) * 1000000))
    END AS status_at_sent
  FROM statuses
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
  CAST(position AS BIGINT) AS position,
  tracking_code,
  carrier,
  upper(status) AS status,
  coalesce(status_at_sent, event_time) AS status_at,
  status_at_text IS NOT NULL AND status_at_sent IS NULL AS is_time_unparsable
FROM typed
