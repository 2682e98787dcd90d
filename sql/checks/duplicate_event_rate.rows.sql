-- The batches that met duplicates: a duplicate itself is counted, not stored.
WITH {{> batch_days receipts=(ref "ingest_batches")}}

SELECT date, batch_id, source, received, duplicates
FROM batch_days
WHERE duplicates > 0 AND date BETWEEN @from AND @to
ORDER BY duplicates DESC, date, batch_id
