-- What the quarantine holds of the batches that turned something away on these days of ingested_at.
WITH {{> batch_days receipts=(ref "ingest_batches")}},

batches AS (
  SELECT batch_id, MAX(date) AS date
  FROM batch_days
  WHERE rejected + conflicts > 0 AND date BETWEEN @from AND @to
  GROUP BY batch_id
)

SELECT
  batches.date,
  quarantine.kind,
  quarantine.source,
  quarantine.line,
  quarantine.event_id,
  quarantine.reason,
  quarantine.batch_id
FROM {{ref "events_quarantine"}} AS quarantine
INNER JOIN batches ON batches.batch_id = quarantine.batch_id
ORDER BY quarantine.source, quarantine.line, quarantine.kind, quarantine.event_id
