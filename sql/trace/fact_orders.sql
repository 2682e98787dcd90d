-- The events of an order: every creation, change, payment, refund and shipment that names it.
SELECT event_id FROM {{ref "stg_orders"}} WHERE order_id = @key_1
UNION DISTINCT
SELECT event_id FROM {{ref "stg_order_updates"}} WHERE order_id = @key_1
UNION DISTINCT
SELECT event_id FROM {{ref "stg_payments"}} WHERE order_id = @key_1
UNION DISTINCT
SELECT event_id FROM {{ref "stg_refunds"}} WHERE order_id = @key_1
UNION DISTINCT
SELECT event_id FROM {{ref "stg_shipments"}} WHERE order_id = @key_1
