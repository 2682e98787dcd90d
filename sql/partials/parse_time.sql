{{! A vendor's time as TIMESTAMP, or NULL where it does not parse (section 3). Without a zone it is UTC. }}
{{! Takes of (a column of trimmed text). Each shape is fenced by a pattern: what ingestion reads as a time and nothing else. }}
CASE
    -- 2023-10-10T22:31:55Z, 2023-08-03T20:31:17, 2023/10/11 00:04:00.
    WHEN REGEXP_CONTAINS({{of}}, r'^[0-9]{4}(-[0-9]{2}-|/[0-9]{2}/)[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-5][0-9](\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?$')
      THEN SAFE_CAST(REPLACE({{of}}, '/', '-') AS TIMESTAMP)
    -- Epoch seconds, as a number or as digits in a string.
    WHEN REGEXP_CONTAINS({{of}}, r'^[+-]?[0-9]+$')
      THEN SAFE.TIMESTAMP_SECONDS(SAFE_CAST({{of}} AS INT64))
    -- 2023-03-31 19:30: without seconds.
    WHEN REGEXP_CONTAINS({{of}}, r'^[0-9]{4}(-[0-9]{2}-|/[0-9]{2}/)[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?$')
      THEN SAFE_CAST(CONCAT(SUBSTR(REPLACE({{of}}, '/', '-'), 1, 16), ':00', SUBSTR({{of}}, 17)) AS TIMESTAMP)
    -- Epoch seconds with a fraction or an exponent; a fraction beyond the microsecond is cut, here and below.
    WHEN REGEXP_CONTAINS({{of}}, r'^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$')
      THEN SAFE.TIMESTAMP_MICROS(SAFE_CAST(FLOOR(SAFE_MULTIPLY(SAFE_CAST({{of}} AS NUMERIC), NUMERIC '1000000')) AS INT64))
    WHEN REGEXP_CONTAINS({{of}}, r'^[0-9]{4}(-[0-9]{2}-|/[0-9]{2}/)[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-5][0-9]\.[0-9]{7,}([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?$')
      THEN SAFE_CAST(REGEXP_REPLACE(REPLACE({{of}}, '/', '-'), r'(\.[0-9]{6})[0-9]+', r'\1') AS TIMESTAMP)
  END
