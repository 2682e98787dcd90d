// Live events as files, one folder a day.
import { source } from 'pulse';

export default source({
  name: 'live_files',
  description: 'Live events, one JSON object a line, in a folder for each day of arrival.',
  files: ['live_events/*/*.jsonl', 'live_events/*/*.jsonl.gz'],
  format: 'events',
  tags: ['raw', 'live'],
  owner: 'ingestion',
});
