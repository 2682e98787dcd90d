{{! CTE batch_days: the five counts of each receipt by DATE(ingested_at) (section 1), one row a batch and day. }}
{{! Takes receipts (a CTE or table with batch_id, source and days). }}
batch_days AS (
  SELECT
    batch_id,
    source,
    SAFE_CAST(SUBSTR(entry, 2, 10) AS DATE) AS date,
    SAFE_CAST(JSON_VALUE(SUBSTR(entry, STRPOS(entry, '{')), '$.received') AS INT64) AS received,
    SAFE_CAST(JSON_VALUE(SUBSTR(entry, STRPOS(entry, '{')), '$.inserted') AS INT64) AS inserted,
    SAFE_CAST(JSON_VALUE(SUBSTR(entry, STRPOS(entry, '{')), '$.duplicates') AS INT64) AS duplicates,
    SAFE_CAST(JSON_VALUE(SUBSTR(entry, STRPOS(entry, '{')), '$.conflicts') AS INT64) AS conflicts,
    SAFE_CAST(JSON_VALUE(SUBSTR(entry, STRPOS(entry, '{')), '$.rejected') AS INT64) AS rejected
  FROM {{receipts}}
  -- "2025-01-15":{"received":…}: one entry a day.
  CROSS JOIN UNNEST(REGEXP_EXTRACT_ALL(days, r'"[0-9]{4}-[0-9]{2}-[0-9]{2}"\s*:\s*\{[^{}]*\}')) AS entry
)
