-- Revenue drift: a day's gross against the 28 days with orders before it:
-- (value − median) ÷ (1.4826 × MAD), robust against single days (data contract, section 9).
-- A day without orders has no row: that it is missing is said by the volume of fact_orders.
WITH gross_days AS (
  SELECT order_date AS date, SUM(gross_amount_ngn) AS gross_ngn
  FROM {{ref "fact_order_daily"}}
  GROUP BY order_date
),

numbered AS (
  SELECT date, gross_ngn, ROW_NUMBER() OVER (ORDER BY date) AS day_number
  FROM gross_days
  WHERE gross_ngn IS NOT NULL
),

trailing AS (
  SELECT
    today.date,
    past.gross_ngn,
    ROW_NUMBER() OVER (PARTITION BY today.date ORDER BY past.gross_ngn, past.date) AS rank_from_least,
    COUNT(*) OVER (PARTITION BY today.date) AS days
  FROM numbered AS today
  INNER JOIN numbered AS past ON past.day_number BETWEEN today.day_number - 28 AND today.day_number - 1
  WHERE today.date BETWEEN @from AND @to
),

medians AS (
  -- The middle one, or the mean of the two in the middle.
  SELECT date, MAX(days) AS days, AVG(IF(ABS(2 * rank_from_least - days - 1) <= 1, gross_ngn, NULL)) AS median_ngn
  FROM trailing
  GROUP BY date
),

deviations AS (
  SELECT
    trailing.date,
    trailing.days,
    ABS(trailing.gross_ngn - medians.median_ngn) AS deviation_ngn,
    ROW_NUMBER() OVER (PARTITION BY trailing.date ORDER BY ABS(trailing.gross_ngn - medians.median_ngn)) AS rank_from_least
  FROM trailing
  INNER JOIN medians ON medians.date = trailing.date
),

mads AS (
  SELECT date, AVG(IF(ABS(2 * rank_from_least - days - 1) <= 1, deviation_ngn, NULL)) AS mad_ngn
  FROM deviations
  GROUP BY date
)

SELECT
  numbered.date,
  numbered.gross_ngn,
  COALESCE(medians.days, 0) AS trailing_days,
  medians.median_ngn,
  mads.mad_ngn,
  SAFE_DIVIDE(numbered.gross_ngn - medians.median_ngn, NUMERIC '1.4826' * mads.mad_ngn) AS drift
FROM numbered
LEFT JOIN medians ON medians.date = numbered.date
LEFT JOIN mads ON mads.date = numbered.date
WHERE numbered.date BETWEEN @from AND @to
