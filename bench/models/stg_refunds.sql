-- stg_refunds by hand.
WITH fields AS (
  SELECT
    * EXCLUDE (payload),
    json_extract_string(payload, [
      '$.orderRef', '$.order_id', '$.order',
      '$.refundedAt', '$.refunded_at', '$.ts',
      '$.amount', '$.refundAmount', '$.amt',
      '$.currency', '$.currencyCode', '$.ccy',
      '$.reason', '$.refund_reason'
    ]) AS f,
    -- By text: DuckDB's JSON would write 4590.30 as 4590.3.
    nullif(regexp_extract(payload, '"(?:items|refunded_items|items_refunded)":(\[[^\]]*\])', 1), '') AS items
  FROM raw_events
  WHERE event_type IN ('refund_issued', 'historical_refund')
),

named AS (
  SELECT
    * EXCLUDE (f),
    coalesce(nullif(f[1], ''), nullif(f[2], ''), nullif(f[3], '')) AS order_id,
    coalesce(nullif(trim(f[4]), ''), nullif(trim(f[5]), ''), nullif(trim(f[6]), '')) AS refunded_at_text,
    coalesce(nullif(f[7], ''), nullif(f[8], ''), nullif(f[9], '')) AS amount_text,
    upper(coalesce(nullif(trim(f[10]), ''), nullif(trim(f[11]), ''), nullif(trim(f[12]), ''))) AS currency,
    coalesce(nullif(f[13], ''), nullif(f[14], '')) AS reason
  FROM fields
),

typed AS (
  SELECT
    *,
    CASE
      -- DuckDB's TIMESTAMP takes an offset and forgets it.
      WHEN refunded_at_text[5] IN ('-', '/') AND refunded_at_text[-6] IN ('+', '-') THEN CAST(TRY_CAST(replace(refunded_at_text, '/', '-') AS TIMESTAMPTZ) AS TIMESTAMP)
      WHEN refunded_at_text[5] IN ('-', '/') THEN TRY_CAST(replace(refunded_at_text, '/', '-') AS TIMESTAMP)
      -- Of a number that is no time the query would fail.
      ELSE TRY(make_timestamp(TRY_CAST(refunded_at_text AS BIGINT) * 1000000))
    END AS refunded_at_sent,
    coalesce(TRY_CAST(amount_text AS DECIMAL(18, 9))::DECIMAL(38, 9), TRY_CAST(amount_text AS DECIMAL(38, 9))) AS amount,
    CAST(coalesce(json_array_length(items), 0) AS BIGINT) AS item_count
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
  coalesce(refunded_at_sent, event_time) AS refunded_at,
  amount,
  currency,
  reason,
  items,
  item_count,
  item_count > 0 AS is_partial,
  amount_text IS NOT NULL AND amount IS NULL AS is_amount_unparsable,
  refunded_at_text IS NOT NULL AND refunded_at_sent IS NULL AS is_time_unparsable
FROM typed
