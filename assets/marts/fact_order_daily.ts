// Orders by day and vendor.
import { daily, expression, model, notNull, samePartition, unique } from 'pulse';

export default model({
  name: 'fact_order_daily',
  description: 'One row a day (UTC) and vendor, over current orders.',
  deps: [{ asset: 'fact_orders', mapping: samePartition() }],
  model: 'marts/fact_order_daily.sql',
  partition: daily('order_date'),
  tags: ['marts', 'orders'],
  owner: 'analytics',
  columns: [
    ['order_date', 'DATE', 'The day the orders were placed (UTC): the partition.', 'REQUIRED'],
    ['vendor', 'STRING', 'Who sent the event.'],
    ['orders_count', 'INT64', 'Orders.', 'REQUIRED'],
    ['customers_count', 'INT64', 'Distinct customers.', 'REQUIRED'],
    ['units_count', 'INT64', 'Units over all lines.', 'REQUIRED'],
    ['gross_amount_ngn', 'NUMERIC', 'Sum of the order totals in NGN; NULL where none is known.'],
    ['paid_amount_ngn', 'NUMERIC', 'Sum of what was paid, in NGN.', 'REQUIRED'],
    ['refund_amount_ngn', 'NUMERIC', 'Sum of what was refunded, in NGN.', 'REQUIRED'],
    ['net_amount_ngn', 'NUMERIC', 'Paid less refunded, in NGN.', 'REQUIRED'],
    ['refunded_orders_count', 'INT64', 'Orders with a refund.', 'REQUIRED'],
    ['unpaid_orders_count', 'INT64', 'Orders that nothing was paid for.', 'REQUIRED'],
  ],
  checks: [
    unique(['order_date', 'vendor']),
    notNull('order_date'),
    expression('there is an order', 'orders_count >= 1'),
    notNull('vendor', { severity: 'warn' }),
  ],
});
