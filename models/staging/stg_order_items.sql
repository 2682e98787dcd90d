-- One row a line of an order's creation event, in the order of the array. Nothing is deduplicated.
WITH events AS (
  SELECT
  {{> event_columns}},
  payload
  FROM {{ref "raw_events"}}
  WHERE event_type IN ('order_created', 'historical_order') AND {{in_partitions "event_date"}}
),

named AS (
  SELECT
    * EXCEPT (payload),
    {{> first_text of="payload" a="orderRef" b="order_id" c="order.id"}} AS order_id,
    {{> first_json of="payload" a="items" b="line_items"}} AS items
  FROM events
),

lines AS (
  SELECT
    named.* EXCEPT (items),
    line_offset + 1 AS line_number,
    line
  FROM named
  CROSS JOIN UNNEST(JSON_QUERY_ARRAY(items)) AS line WITH OFFSET AS line_offset
),

line_fields AS (
  SELECT
    * EXCEPT (line),
    {{> first_text of="line" a="sku" b="productSku"}} AS sku,
    {{> first_text of="line" a="qty" b="quantity"}} AS quantity_text,
    {{> first_text of="line" a="price" b="unit_price"}} AS unit_price_text
  FROM lines
),

typed AS (
  SELECT
    *,
    {{> whole_number of="quantity_text"}} AS quantity,
    {{> parse_amount of="unit_price_text"}} AS unit_price
  FROM line_fields
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
  line_number,
  sku,
  quantity,
  unit_price,
  -- Either of the two numbers of a line.
  (quantity_text IS NOT NULL AND quantity IS NULL)
    OR (unit_price_text IS NOT NULL AND unit_price IS NULL) AS is_amount_unparsable
FROM typed
