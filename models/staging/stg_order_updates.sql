-- One row a change of an order, vendor names gone. Nothing is deduplicated.
WITH events AS (
  SELECT
  {{> event_columns}},
  payload
  FROM {{ref "raw_events"}}
  WHERE event_type = 'order_updated' AND {{in_partitions "event_date"}}
),

named AS (
  SELECT
    * EXCEPT (payload),
    {{> first_text of="payload" a="orderRef" b="order_id" c="order"}} AS order_id,
    {{> first_word of="payload" a="updatedAt" b="updated_at" c="ts"}} AS updated_at_text,
    {{> first_text of="payload" a="change" b="change_type"}} AS change,
    {{> first_text of="payload" a="notes" b="note"}} AS notes
  FROM events
),

typed AS (
  SELECT
    *,
    {{> parse_time of="updated_at_text"}} AS updated_at_sent
  FROM named
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
  -- A time that is absent or does not parse falls back to the event's.
  COALESCE(updated_at_sent, event_time) AS updated_at,
  change,
  notes,
  updated_at_text IS NOT NULL AND updated_at_sent IS NULL AS is_time_unparsable
FROM typed
