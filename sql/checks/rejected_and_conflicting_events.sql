-- Rejected and conflicting events, from the receipts by day of ingested_at, and how many of them the quarantine holds
-- (data contract, section 9). What the receipts count and the quarantine does not hold would be dropped silently.
WITH {{> batch_days receipts=(ref "ingest_batches")}},

quarantined AS (
  SELECT batch_id, COUNT(*) AS entries
  FROM {{ref "events_quarantine"}}
  GROUP BY batch_id
),

balances AS (
  SELECT
    batches.batch_id,
    ABS(batches.conflicts + batches.rejected - COALESCE(quarantined.entries, 0)) AS unexplained
  FROM {{ref "ingest_batches"}} AS batches
  LEFT JOIN quarantined ON quarantined.batch_id = batches.batch_id
),

-- A batch does not balance on the last of its days.
rows_of_days AS (
  SELECT
    batch_days.date,
    batch_days.received,
    batch_days.conflicts,
    batch_days.rejected,
    IF(
      ROW_NUMBER() OVER (PARTITION BY batch_days.batch_id ORDER BY batch_days.date DESC) = 1,
      balances.unexplained,
      0
    ) AS unexplained
  FROM batch_days
  INNER JOIN balances ON balances.batch_id = batch_days.batch_id
),

daily AS (
  SELECT
    date,
    SUM(received) AS received,
    SUM(rejected) AS rejected,
    SUM(conflicts) AS conflicts,
    SUM(unexplained) AS unexplained
  FROM rows_of_days
  GROUP BY date
)

SELECT date, received, rejected, conflicts, SAFE_DIVIDE(rejected + conflicts, received) AS turned_away_share, unexplained
FROM daily
WHERE date BETWEEN @from AND @to
UNION ALL
SELECT
  CAST(NULL AS DATE) AS date,
  COALESCE(SUM(received), 0) AS received,
  COALESCE(SUM(rejected), 0) AS rejected,
  COALESCE(SUM(conflicts), 0) AS conflicts,
  SAFE_DIVIDE(SUM(rejected + conflicts), SUM(received)) AS turned_away_share,
  COALESCE(SUM(unexplained), 0) AS unexplained
FROM daily
