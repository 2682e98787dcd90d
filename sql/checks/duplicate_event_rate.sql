-- Duplicate event rate: duplicates ÷ received for a day of ingested_at, from the receipts (data contract, section 9).
-- One row a day from @from to @to, and one without a date over all days.
WITH {{> batch_days receipts=(ref "ingest_batches")}},

daily AS (
  SELECT date, SUM(received) AS received, SUM(duplicates) AS duplicates
  FROM batch_days
  GROUP BY date
)

SELECT date, received, duplicates, SAFE_DIVIDE(duplicates, received) AS duplicate_rate
FROM daily
WHERE date BETWEEN @from AND @to
UNION ALL
SELECT
  CAST(NULL AS DATE) AS date,
  COALESCE(SUM(received), 0) AS received,
  COALESCE(SUM(duplicates), 0) AS duplicates,
  SAFE_DIVIDE(SUM(duplicates), SUM(received)) AS duplicate_rate
FROM daily
