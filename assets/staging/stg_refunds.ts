// Refund events with one name for each thing.
import { acceptedValues, byKey, daily, expression, model, notNull, unique } from 'pulse';

export default model({
  name: 'stg_refunds',
  description: 'One row a refund event, vendor names gone; nothing is deduplicated.',
  deps: [{ asset: 'raw_events', mapping: byKey('event_id') }],
  model: 'staging/stg_refunds.sql',
  partition: daily('event_date'),
  tags: ['staging', 'refunds'],
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
      'refunded_at',
      'TIMESTAMP',
      'When the refund was made (UTC); event_time where that is missing or does not parse.',
      'REQUIRED',
    ],
    ['amount', 'NUMERIC', 'Amount in its currency; NULL where it is no number.'],
    ['currency', 'STRING', 'Currency as sent, trimmed and upper-cased.'],
    ['reason', 'STRING', 'Why it was refunded.'],
    ['items', 'STRING', 'The items refunded as JSON text; NULL for a full refund.'],
    ['item_count', 'INT64', 'Number of items in that list; 0 without one.', 'REQUIRED'],
    ['is_partial', 'BOOL', 'Whether it lists items, and so is of those only.', 'REQUIRED'],
    ['is_amount_unparsable', 'BOOL', 'An amount was sent and is no number.', 'REQUIRED'],
    ['is_time_unparsable', 'BOOL', 'A time was sent and does not parse; event_time stands in for it.', 'REQUIRED'],
  ],
  checks: [
    unique('event_id'),
    notNull('event_id'),
    acceptedValues('source', ['historical', 'live']),
    expression('event_date is the day of event_time', 'event_date = DATE(event_time)'),
    expression('nothing is dated after it arrived', 'refunded_at <= TIMESTAMP_ADD(ingested_at, INTERVAL 1 DAY)', {
      severity: 'warn',
    }),
    expression('an amount was sent', 'amount IS NOT NULL OR is_amount_unparsable', { severity: 'warn' }),
  ],
});
