-- One row a refund event, vendor names gone. Nothing is deduplicated.
WITH events AS (
  SELECT
  {{> event_columns}},
  payload
  FROM {{ref "raw_events"}}
  WHERE event_type IN ('refund_issued', 'historical_refund') AND {{in_partitions "event_date"}}
),

named AS (
  SELECT
    * EXCEPT (payload),
    {{> first_text of="payload" a="orderRef" b="order_id" c="order"}} AS order_id,
    {{> first_word of="payload" a="refundedAt" b="refunded_at" c="ts"}} AS refunded_at_text,
    {{> first_text of="payload" a="amount" b="refundAmount" c="amt"}} AS amount_text,
    UPPER({{> first_word of="payload" a="currency" b="currencyCode" c="ccy"}}) AS currency,
    {{> first_text of="payload" a="reason" b="refund_reason"}} AS reason,
    {{> first_json of="payload" a="items" b="refunded_items" c="items_refunded"}} AS items
  FROM events
),

typed AS (
  SELECT
    *,
    {{> parse_time of="refunded_at_text"}} AS refunded_at_sent,
    {{> parse_amount of="amount_text"}} AS amount,
    COALESCE(ARRAY_LENGTH(JSON_QUERY_ARRAY(items)), 0) AS item_count
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
  COALESCE(refunded_at_sent, event_time) AS refunded_at,
  amount,
  currency,
  reason,
  items,
  item_count,
  -- A refund that lists items is of those; one that lists none is of the whole order.
  item_count > 0 AS is_partial,
  amount_text IS NOT NULL AND amount IS NULL AS is_amount_unparsable,
  refunded_at_text IS NOT NULL AND refunded_at_sent IS NULL AS is_time_unparsable
FROM typed
