-- One order's story (@order_id) in time order: every event that names it, what it says, and what became of it in the marts.
WITH story AS (
  SELECT
    creation.ordered_at AS happened_at,
    'ordered' AS what,
    CONCAT(COALESCE(creation.currency, '?'), ' ', COALESCE(CAST(creation.total AS STRING), '?')) AS said,
    orders.order_total_ngn AS ngn,
    IF(orders.event_id = creation.event_id, 'the current state', 'replaced by a later one') AS counted,
    creation.event_id,
    creation.vendor
  FROM {{ref "stg_orders"}} AS creation
  LEFT JOIN {{ref "fact_orders"}} AS orders ON orders.order_id = creation.order_id AND orders.event_id = creation.event_id
  WHERE creation.order_id = @order_id
  UNION ALL
  SELECT updated_at, 'changed', COALESCE(change, ''), NULL, 'yes', event_id, vendor
  FROM {{ref "stg_order_updates"}}
  WHERE order_id = @order_id
  UNION ALL
  SELECT
    payment.paid_at,
    CONCAT('paid: ', COALESCE(payment.status, 'no status')),
    CONCAT(COALESCE(payment.currency, '?'), ' ', COALESCE(CAST(payment.amount AS STRING), '?'), IF(COALESCE(fact.is_currency_corrected, FALSE), ', taken as NGN', '')),
    fact.amount_ngn,
    CASE
      WHEN fact.event_id IS NULL THEN 'no: the same transaction came before'
      WHEN fact.status = 'SUCCESS' THEN 'yes'
      ELSE 'no: did not succeed'
    END,
    payment.event_id,
    payment.vendor
  FROM {{ref "stg_payments"}} AS payment
  LEFT JOIN {{ref "fact_payments"}} AS fact ON fact.event_id = payment.event_id
  WHERE payment.order_id = @order_id
  UNION ALL
  SELECT
    refund.refunded_at,
    IF(refund.is_partial, 'refunded in part', 'refunded'),
    CONCAT(COALESCE(refund.currency, '?'), ' ', COALESCE(CAST(refund.amount AS STRING), '?'), IF(refund.is_currency_corrected, ', taken as NGN', ''), COALESCE(CONCAT(', ', refund.reason), '')),
    refund.amount_ngn,
    'yes',
    refund.refund_key,
    refund.vendor
  FROM {{ref "fact_refunds"}} AS refund
  WHERE refund.order_id = @order_id
  UNION ALL
  SELECT status_at, CONCAT('shipment: ', COALESCE(status, '?')), COALESCE(CONCAT(carrier, ' ', tracking_code), ''), NULL, 'yes', event_id, vendor
  FROM {{ref "stg_shipments"}}
  WHERE order_id = @order_id
)

SELECT happened_at, what, said, ngn, counted, event_id, vendor
FROM story
ORDER BY happened_at, what, event_id
