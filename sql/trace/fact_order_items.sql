-- The event that a line comes from: the current creation of its order.
SELECT event_id FROM {{ref "fact_orders"}} WHERE order_id = @key_1
