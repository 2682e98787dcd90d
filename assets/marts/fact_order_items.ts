// Lines of current orders, with their share of the revenue.
import { byKey, daily, model, notNull, range, refersTo, unique } from 'pulse';

export default model({
  name: 'fact_order_items',
  description: 'One row a line of a current order, by the day the order was placed (UTC).',
  deps: [
    { asset: 'fact_orders', mapping: byKey('order_id') },
    { asset: 'stg_order_items', mapping: byKey('order_id') },
  ],
  model: 'marts/fact_order_items.sql',
  partition: daily('order_date'),
  clusterBy: ['sku'],
  tags: ['marts', 'orders'],
  owner: 'analytics',
  columns: [
    ['order_id', 'STRING', 'The order.', 'REQUIRED'],
    ['line_number', 'INT64', 'Position in the order, from 1.', 'REQUIRED'],
    ['order_date', 'DATE', 'The day the order was placed (UTC): the partition.', 'REQUIRED'],
    ['sku', 'STRING', 'The product.'],
    ['quantity', 'INT64', 'Units ordered.'],
    ['unit_price', 'NUMERIC', 'Price of one unit, in NGN.'],
    ['line_total', 'NUMERIC', 'quantity times unit_price.'],
    ['revenue_ngn', 'NUMERIC', 'Share of the order total in NGN, by line_total; NULL where no share can be told.'],
  ],
  checks: [
    unique(['order_id', 'line_number']),
    notNull('order_id'),
    notNull('line_number'),
    refersTo('order_id', 'fact_orders'),
    range('quantity', { min: 0 }, { severity: 'warn' }),
    range('unit_price', { min: 0 }, { severity: 'warn' }),
  ],
});
