-- The events that a customer is known from: the current creations of their orders.
SELECT event_id FROM {{ref "fact_orders"}} WHERE customer_key = @key_1
