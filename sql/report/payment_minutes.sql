-- Minutes from order to first successful payment, of orders paid at or after they were placed: one row an order.
SELECT minutes_to_payment
FROM {{ref "fact_orders"}}
WHERE first_paid_at >= ordered_at AND order_date BETWEEN @from AND @to
ORDER BY minutes_to_payment
