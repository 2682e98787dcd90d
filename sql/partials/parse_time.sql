{{! A vendor's time as TIMESTAMP, or NULL where it does not parse (section 3). Without a zone it is UTC. }}
{{! Takes of (a column of trimmed text). Each shape is fenced by a pattern, so that nothing but the listed formats gets through. }}
CASE
    -- Epoch seconds, as a number or as digits in a string.
    WHEN REGEXP_CONTAINS({{of}}, r'^[+-]?[0-9]{1,12}(\.[0-9]+)?$')
      THEN SAFE.TIMESTAMP_MICROS(SAFE_CAST(SAFE_CAST({{of}} AS NUMERIC) * 1000000 AS INT64))
    -- 2023-10-10T22:31:55Z, 2023-08-03T20:31:17, 2023/10/11 00:04:00.
    WHEN REGEXP_CONTAINS({{of}}, r'^[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})?$')
      THEN SAFE_CAST(REPLACE({{of}}, '/', '-') AS TIMESTAMP)
    -- 2023-03-31 19:30: without seconds.
    WHEN REGEXP_CONTAINS({{of}}, r'^[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[T ][0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?$')
      THEN SAFE_CAST(CONCAT(SUBSTR(REPLACE({{of}}, '/', '-'), 1, 16), ':00', SUBSTR({{of}}, 17)) AS TIMESTAMP)
  END
