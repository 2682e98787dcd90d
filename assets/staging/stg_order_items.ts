// Lines of order creation events.
import { acceptedValues, byKey, daily, expression, model, notNull, unique } from 'pulse';

export default model({
  name: 'stg_order_items',
  description: 'One row a line of an order creation event, in the order of its list.',
  deps: [{ asset: 'raw_events', mapping: byKey('event_id') }],
  model: 'staging/stg_order_items.sql',
  partition: daily('event_date'),
  tags: ['staging', 'orders'],
  owner: 'analytics',
  columns: [
    ['event_id', 'STRING', 'The event this row comes from.', 'REQUIRED'],
    ['event_type', 'STRING', 'What happened, as the source says.', 'REQUIRED'],
    ['event_time', 'TIMESTAMP', 'When it happened, as the source says (UTC).', 'REQUIRED'],
    ['event_date', 'DATE', 'The day of event_time (UTC): the partition.', 'REQUIRED'],
    ['vendor', 'STRING', 'Who sent the event.'],
    ['ingested_at', 'TIMESTAMP', 'When the event arrived (UTC).', 'REQUIRED'],
    ['source', 'STRING', 'historical for exported records, live for events.', 'REQUIRED'],
    ['order_id', 'STRING', 'The order; NULL where the event names none.'],
    ['line_number', 'INT64', 'Position in the list of lines, from 1.', 'REQUIRED'],
    ['sku', 'STRING', 'The product.'],
    ['quantity', 'INT64', 'Units ordered; NULL where that is no whole number.'],
    ['unit_price', 'NUMERIC', 'Price of one unit, in NGN; NULL where it is no number.'],
    ['is_amount_unparsable', 'BOOL', 'A quantity or price was sent and is no number.', 'REQUIRED'],
  ],
  checks: [
    unique(['event_id', 'line_number']),
    notNull('line_number'),
    acceptedValues('source', ['historical', 'live']),
    expression('event_date is the day of event_time', 'event_date = DATE(event_time)'),
    notNull('sku', { severity: 'warn' }),
    expression(
      'a line says how many and at what price',
      '(quantity IS NOT NULL AND unit_price IS NOT NULL) OR is_amount_unparsable',
      {
        severity: 'warn',
      },
    ),
  ],
});
