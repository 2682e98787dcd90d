// What is ordered.
import { byKey, byKeyThrough, model, notNull, unique } from 'pulse';

export default model({
  name: 'dim_product',
  description: 'One row a SKU of current orders.',
  deps: [
    { asset: 'fact_order_items', mapping: byKey('sku') },
    { asset: 'fact_orders', mapping: byKeyThrough('fact_order_items', { key: ['sku'], on: ['order_id'] }) },
  ],
  model: 'marts/dim_product.sql',
  tags: ['marts', 'dimension'],
  owner: 'analytics',
  columns: [
    ['product_key', 'STRING', 'The SKU.', 'REQUIRED'],
    ['sku', 'STRING', 'The SKU.', 'REQUIRED'],
    ['first_ordered_at', 'TIMESTAMP', 'When it was first ordered (UTC).', 'REQUIRED'],
    ['last_ordered_at', 'TIMESTAMP', 'When it was last ordered (UTC).', 'REQUIRED'],
    ['orders_count', 'INT64', 'Orders that hold it.', 'REQUIRED'],
    ['units_sold', 'INT64', 'Units over all orders.', 'REQUIRED'],
  ],
  checks: [unique('product_key'), notNull('product_key')],
});
