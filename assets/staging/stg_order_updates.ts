// Changes of orders with one name for each thing.
import { acceptedValues, byKey, daily, expression, model, notNull, unique } from 'pulse';

export default model({
  name: 'stg_order_updates',
  description: 'One row a change of an order.',
  deps: [{ asset: 'raw_events', mapping: byKey('event_id') }],
  model: 'staging/stg_order_updates.sql',
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
    [
      'updated_at',
      'TIMESTAMP',
      'When the order was changed (UTC); event_time where that is missing or does not parse.',
      'REQUIRED',
    ],
    ['change', 'STRING', 'What was changed.'],
    ['notes', 'STRING', 'What was noted about it.'],
    ['is_time_unparsable', 'BOOL', 'A time was sent and does not parse; event_time stands in for it.', 'REQUIRED'],
  ],
  checks: [
    unique('event_id'),
    notNull('event_id'),
    acceptedValues('source', ['historical', 'live']),
    expression('event_date is the day of event_time', 'event_date = DATE(event_time)'),
    expression('nothing is dated after it arrived', 'updated_at <= TIMESTAMP_ADD(ingested_at, INTERVAL 1 DAY)', {
      severity: 'warn',
    }),
  ],
});
