-- One row a status of a shipment, by the day it was reached (UTC). Append-only.
WITH statuses AS (
  SELECT
    -- pulse:ignore select-star: staging is declared column by column, and the final SELECT names what is kept.
    *,
    DATE(status_at) AS shipment_date
  FROM {{ref "stg_shipments"}}
  WHERE order_id IS NOT NULL
)

SELECT
  CONCAT(event_id, ':', CAST(position AS STRING)) AS shipment_key,
  order_id,
  vendor,
  source,
  carrier,
  tracking_code,
  status,
  status_at,
  shipment_date,
  event_time,
  ingested_at,
  {{> is_late}} AS is_late
FROM statuses
WHERE {{in_partitions "shipment_date"}}
