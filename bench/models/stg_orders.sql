-- stg_orders by hand: the fields of the address are read in the same extraction as the rest.
WITH fields AS (
  SELECT
    * EXCLUDE (payload),
    json_extract_string(payload, [
      '$.orderRef', '$.order_id', '$.order.id',
      '$.created', '$.created_at', '$.order.ts',
      '$.customer.email', '$.buyer.email', '$.buyerEmail', '$.email',
      '$.customer.phone', '$.buyer.phone', '$.buyerPhone', '$.phone',
      '$.customer.id', '$.buyer.id', '$.customerId', '$.cust_id',
      '$.total', '$.totalAmount', '$.amount',
      '$.currency', '$.currencyCode', '$.ccy',
      '$.region', '$.state', '$.geo.region',
      '$.shippingAddress', '$.address', '$.shipping.address',
      '$.shippingAddress.line1', '$.address.line1', '$.shipping.address.line1',
      '$.shippingAddress.city', '$.address.city', '$.shipping.address.city',
      '$.shippingAddress.country', '$.address.country', '$.shipping.address.country'
    ]) AS f
  FROM raw_events
  WHERE event_type IN ('order_created', 'historical_order')
),

named AS (
  SELECT
    * EXCLUDE (f),
    coalesce(nullif(f[1], ''), nullif(f[2], ''), nullif(f[3], '')) AS order_id,
    coalesce(nullif(trim(f[4]), ''), nullif(trim(f[5]), ''), nullif(trim(f[6]), '')) AS ordered_at_text,
    lower(coalesce(nullif(trim(f[7]), ''), nullif(trim(f[8]), ''), nullif(trim(f[9]), ''), nullif(trim(f[10]), ''))) AS email,
    coalesce(nullif(f[11], ''), nullif(f[12], ''), nullif(f[13], ''), nullif(f[14], '')) AS phone,
    coalesce(nullif(f[15], ''), nullif(f[16], ''), nullif(f[17], ''), nullif(f[18], '')) AS customer_id,
    coalesce(nullif(f[19], ''), nullif(f[20], ''), nullif(f[21], '')) AS total_text,
    upper(coalesce(nullif(trim(f[22]), ''), nullif(trim(f[23]), ''), nullif(trim(f[24]), ''))) AS currency,
    coalesce(nullif(f[25], ''), nullif(f[26], ''), nullif(f[27], '')) AS region,
    coalesce(nullif(f[28], ''), nullif(f[29], ''), nullif(f[30], '')) AS address,
    coalesce(nullif(f[31], ''), nullif(f[32], ''), nullif(f[33], '')) AS line1,
    coalesce(nullif(f[34], ''), nullif(f[35], ''), nullif(f[36], '')) AS city,
    coalesce(nullif(f[37], ''), nullif(f[38], ''), nullif(f[39], '')) AS country
  FROM fields
),

typed AS (
  SELECT
    *,
    CASE
      -- DuckDB's TIMESTAMP takes an offset and forgets it.
      WHEN ordered_at_text[5] IN ('-', '/') AND ordered_at_text[-6] IN ('+', '-') THEN CAST(TRY_CAST(replace(ordered_at_text, '/', '-') AS TIMESTAMPTZ) AS TIMESTAMP)
      WHEN ordered_at_text[5] IN ('-', '/') THEN TRY_CAST(replace(ordered_at_text, '/', '-') AS TIMESTAMP)
      -- Of a number that is no time the query would fail.
      ELSE TRY(make_timestamp(TRY_CAST(ordered_at_text AS BIGINT) * 1000000))
    END AS ordered_at_sent,
    coalesce(TRY_CAST(total_text AS DECIMAL(18, 9))::DECIMAL(38, 9), TRY_CAST(total_text AS DECIMAL(38, 9))) AS total,
    coalesce(line1, CASE WHEN NOT starts_with(address, '{') THEN address END) AS ship_line1
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
  coalesce(ordered_at_sent, event_time) AS ordered_at,
  sha256(coalesce(
    'email:' || email,
    'phone:' || phone,
    'id:' || coalesce(nullif(vendor, ''), '') || ':' || customer_id,
    'unknown'
  )) AS customer_key,
  email,
  phone,
  customer_id,
  total,
  currency,
  region,
  ship_line1,
  city AS ship_city,
  country AS ship_country,
  total_text IS NOT NULL AND total IS NULL AS is_amount_unparsable,
  ordered_at_text IS NOT NULL AND ordered_at_sent IS NULL AS is_time_unparsable
FROM typed
