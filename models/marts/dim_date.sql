-- Every day from the first to the last business date in staging, without gaps.
WITH business_times AS (
  SELECT MIN(ordered_at) AS first_at, MAX(ordered_at) AS last_at FROM {{ref "stg_orders"}}
  UNION ALL
  SELECT MIN(paid_at) AS first_at, MAX(paid_at) AS last_at FROM {{ref "stg_payments"}}
  UNION ALL
  SELECT MIN(refunded_at) AS first_at, MAX(refunded_at) AS last_at FROM {{ref "stg_refunds"}}
  UNION ALL
  SELECT MIN(status_at) AS first_at, MAX(status_at) AS last_at FROM {{ref "stg_shipments"}}
),

span AS (
  SELECT DATE(MIN(first_at)) AS first_day, DATE(MAX(last_at)) AS last_day
  FROM business_times
),

days AS (
  SELECT date
  FROM span
  -- 2,400 years at a time: an array of days holds 1,048,575 at most, and one mistaken date makes more of them.
  CROSS JOIN UNNEST([
    STRUCT(DATE '0001-01-01' AS first_day, DATE '2400-12-31' AS last_day),
    (DATE '2401-01-01', DATE '4800-12-31'),
    (DATE '4801-01-01', DATE '7200-12-31'),
    (DATE '7201-01-01', DATE '9999-12-31')
  ]) AS era
  CROSS JOIN UNNEST(
    GENERATE_DATE_ARRAY(
      IF(era.first_day > span.first_day, era.first_day, span.first_day),
      IF(era.last_day < span.last_day, era.last_day, span.last_day)
    )
  ) AS date
),

parts AS (
  SELECT
    date,
    EXTRACT(YEAR FROM date) AS year,
    EXTRACT(QUARTER FROM date) AS quarter,
    EXTRACT(MONTH FROM date) AS month,
    EXTRACT(DAY FROM date) AS day,
    -- Monday is 1 and Sunday 7, as in ISO 8601; the year 1 began on a Monday.
    MOD(DATE_DIFF(date, DATE '0001-01-01', DAY), 7) + 1 AS day_of_week,
    EXTRACT(ISOWEEK FROM date) AS iso_week
  FROM days
)

SELECT
  year * 10000 + month * 100 + day AS date_key,
  date,
  year,
  quarter,
  month,
  FORMAT_DATE('%B', date) AS month_name,
  day,
  day_of_week,
  FORMAT_DATE('%A', date) AS day_name,
  iso_week,
  day_of_week IN (6, 7) AS is_weekend
FROM parts
