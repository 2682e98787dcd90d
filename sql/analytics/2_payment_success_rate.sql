-- Payment success rate by the vendor of the payment: SUCCESS ÷ all payments, by the day of the payment (UTC).
SELECT
  vendor,
  COUNT(*) AS payments_count,
  COUNTIF(status = 'SUCCESS') AS successful_count,
  COUNTIF(status = 'SUCCESS') / COUNT(*) AS success_rate
FROM {{ref "fact_payments"}}
WHERE payment_date BETWEEN @from AND @to
GROUP BY vendor
ORDER BY vendor
