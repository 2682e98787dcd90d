-- One row a refund event, by the day of the refund (UTC). Append-only.
WITH refunds AS (
  SELECT
    -- pulse:ignore select-star: staging is declared column by column, and the final SELECT names what is kept.
    *,
    DATE(refunded_at) AS refund_date,
    {{> effective_currency amount="amount" currency="currency"}} AS effective_currency
  FROM {{ref "stg_refunds"}}
  WHERE order_id IS NOT NULL
),

rates AS (
  SELECT date, usd_ngn FROM {{ref "raw_fx_rates"}}
),

{{> fx_days rates="rates"}},

rated AS (
  SELECT
    refunds.*,
    {{> fx_rate}} AS fx_rate
  FROM refunds
  CROSS JOIN fx_span
  LEFT JOIN fx_days ON fx_days.day = {{> fx_day of="refunds.refund_date"}}
  WHERE {{in_partitions "refunds.refund_date"}}
)

SELECT
  event_id AS refund_key,
  order_id,
  vendor,
  source,
  refunded_at,
  refund_date,
  amount,
  currency,
  effective_currency,
  COALESCE(effective_currency != currency, FALSE) AS is_currency_corrected,
  fx_rate,
  {{> amount_ngn amount="amount"}} AS amount_ngn,
  reason,
  is_partial,
  item_count,
  event_time,
  ingested_at,
  {{> is_late}} AS is_late
FROM rated
