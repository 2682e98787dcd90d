// All events of all sources in the raw store: the first write of an id wins.
import { ingest } from 'pulse';

export default ingest({
  name: 'events_raw',
  description: 'Every event as it arrived, once: duplicates are counted, conflicts and broken input are quarantined.',
  deps: ['historical_files', 'live_files'],
  tags: ['raw'],
  owner: 'ingestion',
});
