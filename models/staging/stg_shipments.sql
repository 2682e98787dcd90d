-- One row a status of a shipment: a live event has one, a historical record a list of them. Nothing is deduplicated.
-- Both are read from the raw store in one go, and told apart after.
WITH events AS (
  SELECT
  {{> event_columns}},
  payload
  FROM {{ref "raw_events"}}
  WHERE event_type IN ('shipment_updated', 'historical_shipment') AND {{in_partitions "event_date"}}
),

live_statuses AS (
  SELECT
    * EXCEPT (payload),
    {{> first_text of="payload" a="orderRef" b="order_id" c="order.id"}} AS order_id,
    {{> first_text of="payload" a="tracking" b="tracking_code"}} AS tracking_code,
    {{> first_text of="payload" a="carrier" b="logistics_partner"}} AS carrier,
    1 AS position,
    UPPER({{> first_word of="payload" a="status" b="shipment_status" c="state"}}) AS status,
    {{> first_word of="payload" a="updateTime" b="update_time" c="time" d="ts"}} AS status_at_text
  FROM events
  WHERE event_type = 'shipment_updated'
),

histories AS (
  SELECT
    * EXCEPT (payload),
    {{> first_text of="payload" a="orderRef" b="order_id" c="order.id"}} AS order_id,
    {{> first_text of="payload" a="tracking" b="tracking_code"}} AS tracking_code,
    {{> first_text of="payload" a="carrier" b="logistics_partner"}} AS carrier,
    {{> first_json of="payload" a="updates" b="status_history" c="timeline"}} AS history
  FROM events
  WHERE event_type = 'historical_shipment'
),

history_entries AS (
  SELECT
    histories.* EXCEPT (history),
    entry_offset + 1 AS position,
    entry
  FROM histories
  CROSS JOIN UNNEST(JSON_QUERY_ARRAY(history)) AS entry WITH OFFSET AS entry_offset
),

statuses AS (
  SELECT * FROM live_statuses
  UNION ALL
  SELECT
    * EXCEPT (entry),
    UPPER({{> first_word of="entry" a="status"}}) AS status,
    {{> first_word of="entry" a="time"}} AS status_at_text
  FROM history_entries
),

typed AS (
  SELECT
    *,
    {{> parse_time of="status_at_text"}} AS status_at_sent
  FROM statuses
)

SELECT
  event_id,
  event_type,
  event_time,
  event_date,
  vendor,
  ingested_at,
  source,
  order_id,
  position,
  tracking_code,
  carrier,
  status,
  -- A time that is absent or does not parse falls back to the event's.
  COALESCE(status_at_sent, event_time) AS status_at,
  status_at_text IS NOT NULL AND status_at_sent IS NULL AS is_time_unparsable
FROM typed
