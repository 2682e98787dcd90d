// What shipments went through.
import { acceptedValues, byKey, daily, expression, model, notNull, unique } from 'pulse';

export default model({
  name: 'fact_shipments',
  description: 'One row a status of a shipment, by the day it was reached (UTC); append-only.',
  deps: [{ asset: 'stg_shipments', mapping: byKey('order_id') }],
  model: 'marts/fact_shipments.sql',
  partition: daily('shipment_date'),
  clusterBy: ['order_id'],
  tags: ['marts', 'shipments'],
  owner: 'analytics',
  columns: [
    ['shipment_key', 'STRING', 'The status: id of its event and position in it.', 'REQUIRED'],
    ['order_id', 'STRING', 'The order.', 'REQUIRED'],
    ['vendor', 'STRING', 'Who sent the event.'],
    ['source', 'STRING', 'historical for exported records, live for events.', 'REQUIRED'],
    ['carrier', 'STRING', 'Who carries it.'],
    ['tracking_code', 'STRING', 'Tracking code of the carrier.'],
    ['status', 'STRING', 'Status, upper-case.'],
    ['status_at', 'TIMESTAMP', 'When it was reached (UTC).', 'REQUIRED'],
    ['shipment_date', 'DATE', 'The day it was reached (UTC): the partition.', 'REQUIRED'],
    ['event_time', 'TIMESTAMP', 'When it happened, as the source says (UTC).', 'REQUIRED'],
    ['ingested_at', 'TIMESTAMP', 'When the event arrived (UTC).', 'REQUIRED'],
    [
      'is_late',
      'BOOL',
      'Whether a live event arrived more than 24 hours after it happened; FALSE for historical ones.',
      'REQUIRED',
    ],
  ],
  checks: [
    unique('shipment_key'),
    notNull('shipment_key'),
    notNull('order_id'),
    notNull('shipment_date'),
    acceptedValues('source', ['historical', 'live']),
    expression('historical is never late', "NOT (is_late AND source = 'historical')"),
    notNull('status', { severity: 'warn' }),
  ],
});
