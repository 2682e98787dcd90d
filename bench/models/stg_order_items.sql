-- stg_order_items by hand: the lines are unnested as JSON, their fields read in one extraction.
WITH orders AS (
  SELECT
    * EXCLUDE (payload),
    json_extract_string(payload, ['$.orderRef', '$.order_id', '$.order.id']) AS f,
    json_extract(payload, ['$.items', '$.line_items']) AS j
  FROM raw_events
  WHERE event_type IN ('order_created', 'historical_order')
),

lines AS (
  SELECT
    * EXCLUDE (f, j),
    coalesce(nullif(f[1], ''), nullif(f[2], ''), nullif(f[3], '')) AS order_id,
    CAST(coalesce(nullif(j[1], 'null'), nullif(j[2], 'null')) AS JSON[]) AS lines
  FROM orders
),

unnested AS (
  SELECT * EXCLUDE (lines), generate_subscripts(lines, 1) AS line_number, unnest(lines) AS line
  FROM lines
),

fields AS (
  SELECT
    * EXCLUDE (line),
    json_extract_string(line, ['$.sku', '$.productSku', '$.qty', '$.quantity', '$.price', '$.unit_price']) AS l
  FROM unnested
),

named AS (
  SELECT
    * EXCLUDE (l),
    coalesce(nullif(l[1], ''), nullif(l[2], '')) AS sku,
    coalesce(nullif(l[3], ''), nullif(l[4], '')) AS quantity_text,
    coalesce(nullif(l[5], ''), nullif(l[6], '')) AS unit_price_text
  FROM fields
),

typed AS (
  SELECT
    *,
    TRY_CAST(quantity_text AS BIGINT) AS quantity,
    coalesce(TRY_CAST(unit_price_text AS DECIMAL(18, 9))::DECIMAL(38, 9), TRY_CAST(unit_price_text AS DECIMAL(38, 9))) AS unit_price
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
  line_number,
  sku,
  quantity,
  unit_price,
  (quantity_text IS NOT NULL AND quantity IS NULL)
    OR (unit_price_text IS NOT NULL AND unit_price IS NULL) AS is_amount_unparsable
FROM typed
