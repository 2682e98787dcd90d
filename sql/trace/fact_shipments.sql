-- The event of a shipment's status is the first part of its key.
SELECT REGEXP_EXTRACT(shipment_key, r'^(.*):[0-9]+$') AS event_id FROM {{ref "fact_shipments"}} WHERE shipment_key = @key_1
