-- The differences between gross and net by class: gross_ngn less all classes of orders is net_ngn, and with the money that no
-- order has it is all_money_ngn.
WITH {{> reconciled}}

SELECT
  COUNTIF(is_known) AS orders,
  COALESCE(SUM(gross_ngn), NUMERIC '0') AS gross_ngn,
  COUNTIF(unpaid_ngn != 0) AS unpaid,
  COALESCE(SUM(unpaid_ngn), NUMERIC '0') AS unpaid_ngn,
  COUNTIF(partially_paid_ngn != 0) AS partially_paid,
  COALESCE(SUM(partially_paid_ngn), NUMERIC '0') AS partially_paid_ngn,
  COUNTIF(overpaid_ngn != 0) AS overpaid,
  COALESCE(SUM(overpaid_ngn), NUMERIC '0') AS overpaid_ngn,
  COUNTIF(rounding_ngn != 0) AS rounding,
  COALESCE(SUM(rounding_ngn), NUMERIC '0') AS rounding_ngn,
  COUNTIF(total_not_known_ngn != 0) AS total_not_known,
  COALESCE(SUM(total_not_known_ngn), NUMERIC '0') AS total_not_known_ngn,
  COUNTIF(refund_ngn != 0) AS refund,
  COALESCE(SUM(refund_ngn), NUMERIC '0') AS refund_ngn,
  COUNTIF(over_refunded_ngn != 0) AS over_refunded,
  COALESCE(SUM(over_refunded_ngn), NUMERIC '0') AS over_refunded_ngn,
  COUNTIF(refund_without_payment_ngn != 0) AS refund_without_payment,
  COALESCE(SUM(refund_without_payment_ngn), NUMERIC '0') AS refund_without_payment_ngn,
  COALESCE(SUM(net_ngn), NUMERIC '0') AS net_ngn,
  COUNTIF(payment_without_order_ngn != 0) AS payment_without_order,
  COALESCE(SUM(payment_without_order_ngn), NUMERIC '0') AS payment_without_order_ngn,
  COUNTIF(refund_without_order_ngn != 0) AS refund_without_order,
  COALESCE(SUM(refund_without_order_ngn), NUMERIC '0') AS refund_without_order_ngn,
  COALESCE(SUM(net_ngn + payment_without_order_ngn - refund_without_order_ngn), NUMERIC '0') AS all_money_ngn,
  COUNTIF(corrected > 0) AS currency_corrected
FROM reconciled
