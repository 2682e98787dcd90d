-- fact_refunds by hand: the rate in force by an ASOF join.
WITH rates AS (
  SELECT date, max(usd_ngn) AS usd_ngn
  FROM raw_fx_rates
  WHERE date IS NOT NULL AND usd_ngn IS NOT NULL
  GROUP BY date
),

refunds AS (
  SELECT
    *,
    CAST(refunded_at AS DATE) AS refund_date,
    CASE WHEN currency = 'USD' AND amount > 1000 THEN 'NGN' ELSE currency END AS effective_currency
  FROM stg_refunds
  WHERE order_id IS NOT NULL
),

rated AS (
  SELECT
    refunds.*,
    CASE effective_currency WHEN 'NGN' THEN 1 WHEN 'USD' THEN rates.usd_ngn END AS fx_rate
  FROM refunds
  ASOF LEFT JOIN rates ON greatest(refunds.refund_date, (SELECT min(date) FROM rates)) >= rates.date
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
  coalesce(effective_currency <> currency, FALSE) AS is_currency_corrected,
  fx_rate,
  CAST(round(CAST(amount AS DECIMAL(19, 9)) * CAST(fx_rate AS DECIMAL(19, 9)), 2) AS DECIMAL(38, 9)) AS amount_ngn,
  reason,
  is_partial,
  item_count,
  event_time,
  ingested_at,
  coalesce(source = 'live' AND ingested_at - event_time > INTERVAL 24 HOURS, FALSE) AS is_late
FROM rated
