// The vendors' exports, as they were handed over.
import { source } from 'pulse';

export default source({
  name: 'historical_files',
  description: 'Historical exports: each file a JSON array of one kind of record, the kind said by its name.',
  files: ['bootstrap/*.json'],
  format: 'records',
  tags: ['raw', 'historical'],
  owner: 'ingestion',
});
