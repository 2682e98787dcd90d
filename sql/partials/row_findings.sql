{{! CTE row_findings: one row for each thing that is incomplete or corrected in a row (sections 3, 4 and 9). }}
{{! What an event lacks is told by its staging row and the day of the event; what an amount is counted in, by the fact's row and day. }}
row_findings AS (
  -- An event without an order is left out of the marts. A shipment's history is one event, however many statuses it lists.
  SELECT event_date AS date, 'no_order_id' AS finding, 'stg_orders' AS table_name, event_id AS row_key, vendor
  FROM {{ref "stg_orders"}} WHERE order_id IS NULL
  UNION ALL
  SELECT event_date, 'no_order_id', 'stg_order_updates', event_id, vendor
  FROM {{ref "stg_order_updates"}} WHERE order_id IS NULL
  UNION ALL
  SELECT event_date, 'no_order_id', 'stg_payments', event_id, vendor
  FROM {{ref "stg_payments"}} WHERE order_id IS NULL
  UNION ALL
  SELECT event_date, 'no_order_id', 'stg_refunds', event_id, vendor
  FROM {{ref "stg_refunds"}} WHERE order_id IS NULL
  UNION ALL
  SELECT DISTINCT event_date, 'no_order_id', 'stg_shipments', event_id, vendor
  FROM {{ref "stg_shipments"}} WHERE order_id IS NULL
  UNION ALL
  SELECT event_date, 'unparsable_amount', 'stg_orders', event_id, vendor
  FROM {{ref "stg_orders"}} WHERE is_amount_unparsable
  UNION ALL
  SELECT event_date, 'unparsable_amount', 'stg_payments', event_id, vendor
  FROM {{ref "stg_payments"}} WHERE is_amount_unparsable
  UNION ALL
  SELECT event_date, 'unparsable_amount', 'stg_refunds', event_id, vendor
  FROM {{ref "stg_refunds"}} WHERE is_amount_unparsable
  UNION ALL
  -- The quantity or the price of a line.
  SELECT event_date, 'unparsable_line', 'stg_order_items', CONCAT(event_id, ':', CAST(line_number AS STRING)), vendor
  FROM {{ref "stg_order_items"}} WHERE is_amount_unparsable
  UNION ALL
  SELECT event_date, 'unparsable_time', 'stg_orders', event_id, vendor
  FROM {{ref "stg_orders"}} WHERE is_time_unparsable
  UNION ALL
  SELECT event_date, 'unparsable_time', 'stg_order_updates', event_id, vendor
  FROM {{ref "stg_order_updates"}} WHERE is_time_unparsable
  UNION ALL
  SELECT event_date, 'unparsable_time', 'stg_payments', event_id, vendor
  FROM {{ref "stg_payments"}} WHERE is_time_unparsable
  UNION ALL
  SELECT event_date, 'unparsable_time', 'stg_refunds', event_id, vendor
  FROM {{ref "stg_refunds"}} WHERE is_time_unparsable
  UNION ALL
  SELECT event_date, 'unparsable_time', 'stg_shipments', CONCAT(event_id, ':', CAST(position AS STRING)), vendor
  FROM {{ref "stg_shipments"}} WHERE is_time_unparsable
  UNION ALL
  -- Neither NGN nor USD, or none at all: the amount in NGN is not known.
  SELECT order_date, 'unknown_currency', 'fact_orders', order_id, vendor
  FROM {{ref "fact_orders"}} WHERE COALESCE(currency, '') NOT IN ('NGN', 'USD')
  UNION ALL
  SELECT payment_date, 'unknown_currency', 'fact_payments', payment_key, vendor
  FROM {{ref "fact_payments"}} WHERE COALESCE(currency, '') NOT IN ('NGN', 'USD')
  UNION ALL
  SELECT refund_date, 'unknown_currency', 'fact_refunds', refund_key, vendor
  FROM {{ref "fact_refunds"}} WHERE COALESCE(currency, '') NOT IN ('NGN', 'USD')
  UNION ALL
  SELECT order_date, 'currency_corrected', 'fact_orders', order_id, vendor
  FROM {{ref "fact_orders"}} WHERE is_currency_corrected
  UNION ALL
  SELECT payment_date, 'currency_corrected', 'fact_payments', payment_key, vendor
  FROM {{ref "fact_payments"}} WHERE is_currency_corrected
  UNION ALL
  SELECT refund_date, 'currency_corrected', 'fact_refunds', refund_key, vendor
  FROM {{ref "fact_refunds"}} WHERE is_currency_corrected
)
