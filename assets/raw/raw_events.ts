// The raw events in the warehouse, each closed batch exactly once.
import { daily, expression, extract, notNull, unique } from 'pulse';

export default extract({
  name: 'raw_events',
  description: 'One row an event as it arrived, by the day it happened (UTC). Its payload is the JSON text as written.',
  deps: ['events_raw'],
  from: 'events_raw',
  partition: daily('event_date'),
  clusterBy: ['event_type'],
  tags: ['raw'],
  owner: 'ingestion',
  columns: [
    ['event_id', 'STRING', 'Deterministic id of the event; the first write of an id wins.', 'REQUIRED'],
    ['event_type', 'STRING', 'What happened, as the source says; types nobody knows are kept too.', 'REQUIRED'],
    ['event_time', 'TIMESTAMP', 'When it happened, as the source says (UTC).', 'REQUIRED'],
    ['event_date', 'DATE', 'The day of event_time (UTC): the partition.', 'REQUIRED'],
    ['vendor', 'STRING', 'Who sent it; for historical records told by their shape.'],
    ['payload', 'STRING', 'The original record as JSON text, numbers exactly as written.', 'REQUIRED'],
    ['ingested_at', 'TIMESTAMP', 'When it arrived: as the source says, else the time of ingestion (UTC).', 'REQUIRED'],
    ['batch_id', 'STRING', 'The ingestion batch that wrote it.', 'REQUIRED'],
  ],
  checks: [
    unique('event_id'),
    notNull('event_id'),
    notNull('event_time'),
    expression('event_date is the day of event_time', 'event_date = DATE(event_time)'),
  ],
});
