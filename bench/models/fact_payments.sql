-- fact_payments by hand: the rate in force by an ASOF join.
WITH rates AS (
  SELECT date, max(usd_ngn) AS usd_ngn
  FROM raw_fx_rates
  WHERE date IS NOT NULL AND usd_ngn IS NOT NULL
  GROUP BY date
),

payments AS (
  SELECT
    *,
    CAST(paid_at AS DATE) AS payment_date,
    CASE WHEN currency = 'USD' AND amount > 1000 THEN 'NGN' ELSE currency END AS effective_currency
  FROM stg_payments
  WHERE order_id IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY vendor, order_id, coalesce(txn_id, event_id) ORDER BY event_time, event_id) = 1
),

rated AS (
  SELECT
    payments.*,
    CASE effective_currency WHEN 'NGN' THEN 1 WHEN 'USD' THEN rates.usd_ngn END AS fx_rate
  FROM payments
  ASOF LEFT JOIN rates ON greatest(payments.payment_date, (SELECT min(date) FROM rates)) >= rates.date
)

SELECT
  sha256(coalesce(vendor, '') || '|' || order_id || '|' || coalesce(txn_id, event_id)) AS payment_key,
  order_id,
  vendor,
  source,
  paid_at,
  payment_date,
  status,
  amount,
  currency,
  effective_currency,
  coalesce(effective_currency <> currency, FALSE) AS is_currency_corrected,
  fx_rate,
  -- A product of two DECIMAL(38, 9) does not fit; amounts and rates have fewer digits than that.
  CAST(round(CAST(amount AS DECIMAL(19, 9)) * CAST(fx_rate AS DECIMAL(19, 9)), 2) AS DECIMAL(38, 9)) AS amount_ngn,
  method,
  txn_id,
  event_id,
  event_time,
  ingested_at,
  coalesce(source = 'live' AND ingested_at - event_time > INTERVAL 24 HOURS, FALSE) AS is_late
FROM rated
