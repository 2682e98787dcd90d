-- One row a payment, by the day it was made (UTC). Append-only.
WITH payments AS (
  SELECT
    -- pulse:ignore select-star: staging is declared column by column, and the final SELECT names what is kept.
    *,
    -- Without a transaction id each event is a payment of its own.
    COALESCE(txn_id, event_id) AS txn
  FROM {{ref "stg_payments"}}
  WHERE order_id IS NOT NULL
),

rates AS (
  SELECT date, usd_ngn FROM {{ref "raw_fx_rates"}}
),

{{> fx_days rates="rates"}},

-- Of several events of one payment the earliest counts.
first_events AS (
  SELECT
    *,
    DATE(paid_at) AS payment_date,
    {{> effective_currency amount="amount" currency="currency"}} AS effective_currency
  FROM payments
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY vendor, order_id, txn ORDER BY event_time, event_id) = 1
),

rated AS (
  SELECT
    first_events.*,
    {{> fx_rate}} AS fx_rate
  FROM first_events
  CROSS JOIN fx_span
  LEFT JOIN fx_days ON fx_days.day = {{> fx_day of="first_events.payment_date"}}
  WHERE {{in_partitions "first_events.payment_date"}}
)

SELECT
  TO_HEX(SHA256(CONCAT(COALESCE(vendor, ''), '|', order_id, '|', txn))) AS payment_key,
  order_id,
  vendor,
  source,
  paid_at,
  payment_date,
  status,
  amount,
  currency,
  effective_currency,
  COALESCE(effective_currency != currency, FALSE) AS is_currency_corrected,
  fx_rate,
  {{> amount_ngn amount="amount"}} AS amount_ngn,
  method,
  txn_id,
  event_id,
  event_time,
  ingested_at,
  {{> is_late}} AS is_late
FROM rated
