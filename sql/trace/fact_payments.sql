-- The events of a payment: the one that counts, and later ones of the same transaction.
SELECT payments.event_id
FROM {{ref "stg_payments"}} AS payments
INNER JOIN {{ref "fact_payments"}} AS fact
  ON fact.order_id = payments.order_id
  AND COALESCE(fact.vendor, '') = COALESCE(payments.vendor, '')
  AND COALESCE(fact.txn_id, fact.event_id) = COALESCE(payments.txn_id, payments.event_id)
WHERE fact.event_id = @key_1
