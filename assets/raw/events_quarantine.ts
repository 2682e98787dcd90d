// What was turned away at ingestion, in the warehouse.
import { acceptedValues, extract, notNull } from 'pulse';

export default extract({
  name: 'events_quarantine',
  description: 'One row an event that was turned away: a conflict with a stored one, or no event at all.',
  deps: ['events_raw'],
  from: 'events_quarantine',
  tags: ['raw', 'audit'],
  owner: 'ingestion',
  columns: [
    ['batch_id', 'STRING', 'The ingestion batch that met it.', 'REQUIRED'],
    ['source', 'STRING', 'File path relative to the project, or URL, or api.', 'REQUIRED'],
    ['line', 'INT64', 'Line in the source, from 1; NULL where none can be named.'],
    ['kind', 'STRING', 'conflict (the id is stored with other content) or rejected (no event).', 'REQUIRED'],
    ['reason', 'STRING', 'Why it was turned away.', 'REQUIRED'],
    ['event_id', 'STRING', 'The id, where it has one.'],
    ['raw', 'STRING', 'The raw text, cut at 64 KiB.', 'REQUIRED'],
    ['is_cut', 'BOOL', 'Whether raw was cut.', 'REQUIRED'],
    ['quarantined_at', 'TIMESTAMP', 'When it was turned away (UTC).', 'REQUIRED'],
  ],
  checks: [notNull('batch_id'), notNull('reason'), acceptedValues('kind', ['conflict', 'rejected'])],
});
