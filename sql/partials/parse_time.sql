{{! A vendor's time as TIMESTAMP, or NULL where it does not parse (section 3). Without a zone it is UTC. }}
{{! Takes of (a column of trimmed text). Each shape is fenced by a pattern: what ingestion reads as a time and nothing else. }}
{{! First the shapes that nearly all have, of fixed length and with no year or hour that needs a second look: they are told fastest. }}
CASE
    -- 2023-10-10T22:31:55Z.
    WHEN REGEXP_CONTAINS({{of}}, r'^[12][0-9]{3}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-9]{2}:[0-5][0-9]Z$')
      THEN SAFE_CAST({{of}} AS TIMESTAMP)
    -- Epoch seconds since 2001, as a number or as digits in a string.
    WHEN REGEXP_CONTAINS({{of}}, r'^[0-9]{10}$')
      THEN SAFE.TIMESTAMP_SECONDS(SAFE_CAST({{of}} AS INT64))
    -- 2023-03-31 19:30: without seconds.
    WHEN REGEXP_CONTAINS({{of}}, r'^[12][0-9]{3}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-9]{2}$')
      THEN SAFE_CAST(CONCAT({{of}}, ':00') AS TIMESTAMP)
    -- 2023-08-03T20:31:17 and 2023/10/11 00:04:00.
    WHEN REGEXP_CONTAINS({{of}}, r'^[12][0-9]{3}(-[0-9]{2}-|/[0-9]{2}/)[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-9]{2}:[0-5][0-9]$')
      THEN SAFE_CAST(REPLACE({{of}}, '/', '-') AS TIMESTAMP)
    -- 2023-10-10T22:31:55.250Z.
    WHEN REGEXP_CONTAINS({{of}}, r'^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-5][0-9]\.[0-9]{3}Z$')
      THEN SAFE_CAST({{of}} AS TIMESTAMP)
    -- The same with any zone, fraction or year: ':00' where there are no seconds, and no more than six digits of a fraction.
    -- What is beyond the microsecond is cut, here and below.
    WHEN REGEXP_CONTAINS({{of}}, r'^[0-9]{4}(-[01][0-9]-|/[01][0-9]/)[0-3][0-9][Tt ][0-2][0-9]:[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?$')
      THEN SAFE_CAST(
        REGEXP_REPLACE(
          REGEXP_REPLACE(REPLACE({{of}}, '/', '-'), r'^(.{16})([Zz+-]|$)', r'\1:00\2'), r'(\.[0-9]{6})[0-9]+', r'\1'
        ) AS TIMESTAMP
      )
    -- Epoch seconds before 2001, with a sign, a fraction or an exponent.
    WHEN REGEXP_CONTAINS({{of}}, r'^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$')
      THEN SAFE.TIMESTAMP_MICROS(SAFE_CAST(FLOOR(SAFE_MULTIPLY(SAFE_CAST({{of}} AS NUMERIC), NUMERIC '1000000')) AS INT64))
  END
