// Who orders.
import { byKey, expression, model, notNull, unique } from 'pulse';

export default model({
  name: 'dim_customer',
  description: 'One row a customer of current orders, with the latest that is known of them.',
  // An order has the customer_key of its creation event.
  deps: [
    { asset: 'fact_orders', mapping: byKey('customer_key') },
    { asset: 'stg_orders', mapping: byKey('customer_key') },
  ],
  model: 'marts/dim_customer.sql',
  tags: ['marts', 'dimension'],
  owner: 'analytics',
  columns: [
    ['customer_key', 'STRING', 'Hash of the best that is known of the customer.', 'REQUIRED'],
    ['email', 'STRING', 'Latest email known.'],
    ['phone', 'STRING', 'Latest phone known.'],
    ['customer_id', 'STRING', 'Latest id at a vendor known.'],
    ['first_order_at', 'TIMESTAMP', 'When the first order was placed (UTC).', 'REQUIRED'],
    ['last_order_at', 'TIMESTAMP', 'When the last order was placed (UTC).', 'REQUIRED'],
    ['orders_count', 'INT64', 'Orders.', 'REQUIRED'],
  ],
  checks: [unique('customer_key'), notNull('customer_key'), expression('there is an order', 'orders_count >= 1')],
});
