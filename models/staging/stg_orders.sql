-- One row an order's creation event, vendor names gone. Nothing is deduplicated.
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
    {{> first_word of="payload" a="created" b="created_at" c="order.ts"}} AS ordered_at_text,
    LOWER({{> first_word of="payload" a="customer.email" b="buyer.email" c="buyerEmail" d="email"}}) AS email,
    {{> first_text of="payload" a="customer.phone" b="buyer.phone" c="buyerPhone" d="phone"}} AS phone,
    {{> first_text of="payload" a="customer.id" b="buyer.id" c="customerId" d="cust_id"}} AS customer_id,
    {{> first_text of="payload" a="total" b="totalAmount" c="amount"}} AS total_text,
    UPPER({{> first_word of="payload" a="currency" b="currencyCode" c="ccy"}}) AS currency,
    {{> first_text of="payload" a="region" b="state" c="geo.region"}} AS region,
    {{> first_json of="payload" a="shippingAddress" b="address" c="shipping.address"}} AS address
  FROM events
),

typed AS (
  SELECT
    *,
    {{> parse_time of="ordered_at_text"}} AS ordered_at_sent,
    {{> parse_amount of="total_text"}} AS total,
    -- A plain string is the first line of the address.
    COALESCE(NULLIF(JSON_VALUE(address, '$.line1'), ''), JSON_VALUE(address, '$')) AS ship_line1,
    NULLIF(JSON_VALUE(address, '$.city'), '') AS ship_city,
    NULLIF(JSON_VALUE(address, '$.country'), '') AS ship_country
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
  COALESCE(ordered_at_sent, event_time) AS ordered_at,
  {{> customer_key email="email" phone="phone" vendor="vendor" customer_id="customer_id"}} AS customer_key,
  email,
  phone,
  customer_id,
  total,
  currency,
  region,
  ship_line1,
  ship_city,
  ship_country,
  total_text IS NOT NULL AND total IS NULL AS is_amount_unparsable,
  ordered_at_text IS NOT NULL AND ordered_at_sent IS NULL AS is_time_unparsable
FROM typed
