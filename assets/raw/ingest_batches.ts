// The receipts of ingestion in the warehouse: the audit trail.
import { acceptedValues, expression, extract, notNull, unique } from 'pulse';

export default extract({
  name: 'ingest_batches',
  description: 'One row a closed ingestion batch: where its events came from and what became of each.',
  deps: ['events_raw'],
  from: 'ingest_batches',
  tags: ['raw', 'audit'],
  owner: 'ingestion',
  columns: [
    ['batch_id', 'STRING', 'The batch.', 'REQUIRED'],
    ['source', 'STRING', 'File path relative to the project, or URL, or api.', 'REQUIRED'],
    ['status', 'STRING', 'open or closed; only closed batches are extracted.', 'REQUIRED'],
    ['started_at', 'TIMESTAMP', 'When the batch was opened (UTC).', 'REQUIRED'],
    ['finished_at', 'TIMESTAMP', 'When the batch was closed (UTC).'],
    ['received', 'INT64', 'Events received: the sum of the next four.', 'REQUIRED'],
    ['inserted', 'INT64', 'Events that were new and are stored.', 'REQUIRED'],
    ['duplicates', 'INT64', 'Events that were stored before, with the same content.', 'REQUIRED'],
    [
      'conflicts',
      'INT64',
      'Events whose id was stored before with other content; they are in events_quarantine.',
      'REQUIRED',
    ],
    ['rejected', 'INT64', 'What could not be an event; it is in events_quarantine.', 'REQUIRED'],
    ['days', 'STRING', 'The five counts by DATE(ingested_at): a JSON object by day (YYYY-MM-DD).', 'REQUIRED'],
    ['ids_hash', 'STRING', 'Hash of the inserted event ids, whatever their order.', 'REQUIRED'],
  ],
  checks: [
    unique('batch_id'),
    notNull('batch_id'),
    acceptedValues('status', ['open', 'closed']),
    expression('nothing is dropped silently', 'received = inserted + duplicates + conflicts + rejected'),
  ],
});
