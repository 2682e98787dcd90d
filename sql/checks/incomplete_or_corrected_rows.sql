-- Incomplete or corrected rows: no order_id, unparsable amount or time, unknown currency, currency corrected (data contract,
-- section 9).
-- One row a day, and one without a date over all days.
WITH {{> row_findings}},

counted AS (
  SELECT
    date,
    COUNTIF(finding = 'no_order_id') AS no_order_id,
    COUNTIF(finding = 'unparsable_amount') AS unparsable_amount,
    COUNTIF(finding = 'unparsable_line') AS unparsable_line,
    COUNTIF(finding = 'unparsable_time') AS unparsable_time,
    COUNTIF(finding = 'unknown_currency') AS unknown_currency,
    COUNTIF(finding = 'currency_corrected') AS currency_corrected,
    COUNTIF(finding = 'currency_corrected' AND table_name = 'fact_orders') AS corrected_orders,
    COUNTIF(finding = 'currency_corrected' AND table_name = 'fact_payments') AS corrected_payments,
    COUNTIF(finding = 'currency_corrected' AND table_name = 'fact_refunds') AS corrected_refunds
  FROM row_findings
  GROUP BY date
)

SELECT *
FROM counted
WHERE date BETWEEN @from AND @to
UNION ALL
SELECT
  CAST(NULL AS DATE) AS date,
  COALESCE(SUM(no_order_id), 0) AS no_order_id,
  COALESCE(SUM(unparsable_amount), 0) AS unparsable_amount,
  COALESCE(SUM(unparsable_line), 0) AS unparsable_line,
  COALESCE(SUM(unparsable_time), 0) AS unparsable_time,
  COALESCE(SUM(unknown_currency), 0) AS unknown_currency,
  COALESCE(SUM(currency_corrected), 0) AS currency_corrected,
  COALESCE(SUM(corrected_orders), 0) AS corrected_orders,
  COALESCE(SUM(corrected_payments), 0) AS corrected_payments,
  COALESCE(SUM(corrected_refunds), 0) AS corrected_refunds
FROM counted
