{{! CTEs fx_days (day, usd_ngn) and fx_span (first_day, last_day): the rate in force on each day from the first to the last listed one. }}
{{! Takes rates (a CTE with date and usd_ngn). Join on the day that fx_day gives. }}
fx_listed AS (
  -- One rate a day; should files disagree about a day, the greatest, whatever order they came in.
  SELECT date, MAX(usd_ngn) AS usd_ngn
  FROM {{rates}}
  WHERE date IS NOT NULL AND usd_ngn IS NOT NULL
  GROUP BY date
),

fx_spans AS (
  SELECT date, usd_ngn, LEAD(date) OVER (ORDER BY date) AS next_date
  FROM fx_listed
),

fx_days AS (
  -- A day that is missing has the rate of the latest listed one before it.
  SELECT day, fx_spans.usd_ngn
  FROM fx_spans
  CROSS JOIN UNNEST(GENERATE_DATE_ARRAY(fx_spans.date, COALESCE(DATE_SUB(fx_spans.next_date, INTERVAL 1 DAY), fx_spans.date))) AS day
),

fx_span AS (
  SELECT MIN(date) AS first_day, MAX(date) AS last_day
  FROM fx_listed
)
