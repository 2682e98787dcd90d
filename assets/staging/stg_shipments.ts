// Statuses of shipments with one name for each thing.
import { acceptedValues, byKey, daily, expression, model, notNull, unique } from 'pulse';

export default model({
  name: 'stg_shipments',
  description: 'One row a status of a shipment: one for a live event, as many as are listed for a historical record.',
  deps: [{ asset: 'raw_events', mapping: byKey('event_id') }],
  model: 'staging/stg_shipments.sql',
  partition: daily('event_date'),
  tags: ['staging', 'shipments'],
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
    ['position', 'INT64', 'Position in the list of statuses, from 1; 1 for live events.', 'REQUIRED'],
    ['tracking_code', 'STRING', 'Tracking code of the carrier.'],
    ['carrier', 'STRING', 'Who carries it.'],
    ['status', 'STRING', 'Status, trimmed and upper-cased.'],
    [
      'status_at',
      'TIMESTAMP',
      'When it was reached (UTC); event_time where that is missing or does not parse.',
      'REQUIRED',
    ],
    ['is_time_unparsable', 'BOOL', 'A time was sent and does not parse; event_time stands in for it.', 'REQUIRED'],
  ],
  checks: [
    unique(['event_id', 'position']),
    notNull('position'),
    acceptedValues('source', ['historical', 'live']),
    expression('event_date is the day of event_time', 'event_date = DATE(event_time)'),
    expression('nothing is dated after it arrived', 'status_at <= TIMESTAMP_ADD(ingested_at, INTERVAL 1 DAY)', {
      severity: 'warn',
    }),
    notNull('status', { severity: 'warn' }),
  ],
});
