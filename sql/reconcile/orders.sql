-- Each order, and each order_id that only payments or refunds name: what was ordered, paid, refunded and shipped, and where
-- gross and net differ. The greatest difference first.
WITH {{> reconciled}}

SELECT * EXCEPT (is_known)
FROM reconciled
ORDER BY ABS(gross_ngn - net_ngn) + payment_without_order_ngn + refund_without_order_ngn DESC, order_id
