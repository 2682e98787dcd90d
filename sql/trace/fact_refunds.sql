-- The event of a refund is its key.
SELECT refund_key AS event_id FROM {{ref "fact_refunds"}} WHERE refund_key = @key_1
