{{! CTE reconciled: one row an order, and one for each order_id that payments or refunds name and no order has. }}
{{! What was ordered, paid, refunded and shipped, and the differences by class: gross less all classes is net. Takes nothing; asks @from, @to, @vendor. }}
payments_by_currency AS (
  SELECT
    order_id,
    COALESCE(effective_currency, '?') AS currency,
    COUNT(*) AS payments,
    SUM(amount) AS amount,
    SUM(amount_ngn) AS amount_ngn,
    MIN(payment_date) AS first_date,
    MIN(vendor) AS vendor,
    COUNTIF(is_currency_corrected) AS corrected
  FROM {{ref "fact_payments"}}
  WHERE status = 'SUCCESS'
  GROUP BY order_id, currency
),

paid AS (
  SELECT
    order_id,
    SUM(payments) AS payments,
    STRING_AGG(CONCAT(currency, ' ', COALESCE(CAST(amount AS STRING), '?')), ' + ' ORDER BY currency) AS paid,
    COALESCE(SUM(amount_ngn), NUMERIC '0') AS paid_ngn,
    MIN(first_date) AS first_date,
    MIN(vendor) AS vendor,
    SUM(corrected) AS corrected
  FROM payments_by_currency
  GROUP BY order_id
),

refunds_by_currency AS (
  SELECT
    order_id,
    COALESCE(effective_currency, '?') AS currency,
    COUNT(*) AS refunds,
    SUM(amount) AS amount,
    SUM(amount_ngn) AS amount_ngn,
    MIN(refund_date) AS first_date,
    MIN(vendor) AS vendor,
    COUNTIF(is_currency_corrected) AS corrected
  FROM {{ref "fact_refunds"}}
  GROUP BY order_id, currency
),

refunded AS (
  SELECT
    order_id,
    SUM(refunds) AS refunds,
    STRING_AGG(CONCAT(currency, ' ', COALESCE(CAST(amount AS STRING), '?')), ' + ' ORDER BY currency) AS refunded,
    COALESCE(SUM(amount_ngn), NUMERIC '0') AS refunded_ngn,
    MIN(first_date) AS first_date,
    MIN(vendor) AS vendor,
    SUM(corrected) AS corrected
  FROM refunds_by_currency
  GROUP BY order_id
),

money_without_order AS (
  SELECT COALESCE(paid.order_id, refunded.order_id) AS order_id
  FROM paid
  FULL OUTER JOIN refunded ON refunded.order_id = paid.order_id
),

all_ids AS (
  SELECT order_id FROM {{ref "fact_orders"}}
  UNION DISTINCT
  SELECT order_id FROM money_without_order
),

joined AS (
  SELECT
    all_ids.order_id,
    orders.order_id IS NOT NULL AS is_known,
    -- An order by its own day and vendor; money without an order by its first.
    COALESCE(orders.order_date, paid.first_date, refunded.first_date) AS date,
    IF(orders.order_id IS NOT NULL, orders.vendor, COALESCE(paid.vendor, refunded.vendor)) AS vendor,
    orders.effective_currency AS currency,
    orders.order_total AS ordered,
    orders.order_total_ngn AS ordered_ngn,
    paid.paid,
    COALESCE(paid.paid_ngn, NUMERIC '0') AS paid_ngn,
    refunded.refunded,
    COALESCE(refunded.refunded_ngn, NUMERIC '0') AS refunded_ngn,
    orders.shipment_status AS shipped,
    COALESCE(paid.payments, 0) AS payments,
    COALESCE(refunded.refunds, 0) AS refunds,
    COALESCE(paid.corrected, 0) + COALESCE(refunded.corrected, 0)
      + IF(COALESCE(orders.is_currency_corrected, FALSE), 1, 0) AS corrected
  FROM all_ids
  LEFT JOIN {{ref "fact_orders"}} AS orders ON orders.order_id = all_ids.order_id
  LEFT JOIN paid ON paid.order_id = all_ids.order_id
  LEFT JOIN refunded ON refunded.order_id = all_ids.order_id
),

differences AS (
  SELECT
    *,
    -- Gross less what was paid.
    IF(is_known, COALESCE(ordered_ngn, NUMERIC '0') - paid_ngn, NUMERIC '0') AS open_ngn,
    ordered_ngn IS NOT NULL AND ABS(paid_ngn - ordered_ngn) <= ABS(ordered_ngn) * NUMERIC '0.005' AS is_paid
  FROM joined
  WHERE date BETWEEN @from AND @to AND (@vendor = '' OR COALESCE(vendor, '') = @vendor)
),

reconciled AS (
  SELECT
    order_id,
    date,
    vendor,
    CONCAT(
      CASE
        WHEN NOT is_known AND payments > 0 AND refunds > 0 THEN 'payment and refund without order'
        WHEN NOT is_known AND payments > 0 THEN 'payment without order'
        WHEN NOT is_known THEN 'refund without order'
        WHEN ordered_ngn IS NULL THEN 'total not known'
        WHEN payments = 0 THEN 'unpaid'
        WHEN is_paid THEN 'paid'
        WHEN open_ngn > 0 THEN 'partially paid'
        ELSE 'overpaid'
      END,
      CASE
        WHEN NOT is_known OR refunds = 0 THEN ''
        WHEN payments = 0 THEN ', refund without payment'
        WHEN refunded_ngn > paid_ngn THEN ', over-refunded'
        ELSE ', refunded'
      END,
      IF(corrected > 0, ', currency corrected', '')
    ) AS class,
    currency,
    ordered,
    paid,
    refunded,
    shipped,
    IF(is_known, COALESCE(ordered_ngn, NUMERIC '0'), NUMERIC '0') AS gross_ngn,
    paid_ngn,
    refunded_ngn,
    IF(is_known, paid_ngn - refunded_ngn, NUMERIC '0') AS net_ngn,
    IF(is_known AND ordered_ngn IS NOT NULL AND payments = 0, open_ngn, NUMERIC '0') AS unpaid_ngn,
    IF(ordered_ngn IS NOT NULL AND payments > 0 AND NOT is_paid AND open_ngn > 0, open_ngn, NUMERIC '0') AS partially_paid_ngn,
    IF(ordered_ngn IS NOT NULL AND payments > 0 AND NOT is_paid AND open_ngn < 0, open_ngn, NUMERIC '0') AS overpaid_ngn,
    IF(ordered_ngn IS NOT NULL AND payments > 0 AND is_paid, open_ngn, NUMERIC '0') AS rounding_ngn,
    IF(is_known AND ordered_ngn IS NULL, open_ngn, NUMERIC '0') AS total_not_known_ngn,
    IF(is_known AND payments > 0, LEAST(refunded_ngn, GREATEST(paid_ngn, NUMERIC '0')), NUMERIC '0') AS refund_ngn,
    IF(
      is_known AND payments > 0,
      refunded_ngn - LEAST(refunded_ngn, GREATEST(paid_ngn, NUMERIC '0')),
      NUMERIC '0'
    ) AS over_refunded_ngn,
    IF(is_known AND payments = 0, refunded_ngn, NUMERIC '0') AS refund_without_payment_ngn,
    IF(is_known, NUMERIC '0', paid_ngn) AS payment_without_order_ngn,
    IF(is_known, NUMERIC '0', refunded_ngn) AS refund_without_order_ngn,
    corrected,
    is_known
  FROM differences
)
