-- The events that a product is known from: the current creations of the orders that hold it.
SELECT DISTINCT orders.event_id
FROM {{ref "fact_orders"}} AS orders
INNER JOIN {{ref "fact_order_items"}} AS items ON items.order_id = orders.order_id
WHERE items.sku = @key_1
