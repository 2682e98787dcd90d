-- fact_shipments by hand.
SELECT
  event_id || ':' || position AS shipment_key,
  order_id,
  vendor,
  source,
  carrier,
  tracking_code,
  status,
  status_at,
  CAST(status_at AS DATE) AS shipment_date,
  event_time,
  ingested_at,
  coalesce(source = 'live' AND ingested_at - event_time > INTERVAL 24 HOURS, FALSE) AS is_late
FROM stg_shipments
WHERE order_id IS NOT NULL
