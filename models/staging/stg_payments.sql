-- One row a payment event, vendor names gone. Nothing is deduplicated.
WITH events AS (
  SELECT
  {{> event_columns}},
  payload
  FROM {{ref "raw_events"}}
  WHERE event_type IN ('payment_succeeded', 'historical_payment') AND {{in_partitions "event_date"}}
),

named AS (
  SELECT
    * EXCEPT (payload),
    {{> first_text of="payload" a="orderRef" b="order_id" c="order"}} AS order_id,
    {{> first_word of="payload" a="paidAt" b="paid_at" c="timestamp"}} AS paid_at_text,
    UPPER({{> first_word of="payload" a="status" b="payment_status" c="state" d="payment_state"}}) AS status,
    {{> first_text of="payload" a="amount" b="amountPaid" c="amount_paid" d="amt"}} AS amount_text,
    UPPER({{> first_word of="payload" a="currency" b="currencyCode" c="ccy"}}) AS currency,
    {{> first_text of="payload" a="method" b="channel" c="paymentMethod"}} AS method,
    {{> first_text of="payload" a="txRef" b="transaction_id" c="txn"}} AS txn_id
  FROM events
),

typed AS (
  SELECT
    *,
    {{> parse_time of="paid_at_text"}} AS paid_at_sent,
    {{> parse_amount of="amount_text"}} AS amount
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
  COALESCE(paid_at_sent, event_time) AS paid_at,
  status,
  amount,
  currency,
  method,
  txn_id,
  amount_text IS NOT NULL AND amount IS NULL AS is_amount_unparsable,
  paid_at_text IS NOT NULL AND paid_at_sent IS NULL AS is_time_unparsable
FROM typed
