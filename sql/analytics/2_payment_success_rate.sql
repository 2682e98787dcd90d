-- Payment success rate by the vendor of the payment: SUCCESS ÷ all payments.
SELECT
  vendor,
  COUNT(*) AS payments_count,
  COUNTIF(status = 'SUCCESS') AS successful_count,
  COUNTIF(status = 'SUCCESS') / COUNT(*) AS success_rate
FROM fact_payments
GROUP BY vendor
ORDER BY vendor
