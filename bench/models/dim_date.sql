-- dim_date by hand.
WITH business_times AS (
  SELECT min(ordered_at) AS first_at, max(ordered_at) AS last_at FROM stg_orders
  UNION ALL SELECT min(paid_at), max(paid_at) FROM stg_payments
  UNION ALL SELECT min(refunded_at), max(refunded_at) FROM stg_refunds
  UNION ALL SELECT min(status_at), max(status_at) FROM stg_shipments
),

span AS (
  SELECT CAST(min(first_at) AS DATE) AS first_day, CAST(max(last_at) AS DATE) AS last_day
  FROM business_times
),

days AS (
  SELECT CAST(unnest(generate_series(first_day, last_day, INTERVAL 1 DAY)) AS DATE) AS date
  FROM span
)

SELECT
  year(date) * 10000 + month(date) * 100 + day(date) AS date_key,
  date,
  year(date) AS year,
  quarter(date) AS quarter,
  month(date) AS month,
  monthname(date) AS month_name,
  day(date) AS day,
  isodow(date) AS day_of_week,
  dayname(date) AS day_name,
  weekofyear(date) AS iso_week,
  isodow(date) >= 6 AS is_weekend
FROM days
