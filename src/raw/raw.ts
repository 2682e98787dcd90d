// The face of the raw room for programs outside of the bundle (bench/): what ingests files into a store.

import type { MongoOptions } from './mongo.ts';
import type { RawStore } from './raw-store.ts';

export { findFiles } from './files.ts';
export { ingestFiles, ingestUrl } from './ingest.ts';
export { ReadingThread } from './reading-thread.ts';
export { openSqliteRawStore } from './sqlite.ts';

/** Its driver is loaded only where it is asked for. */
export async function openMongoRawStore(options: MongoOptions): Promise<RawStore> {
  const mongo = await import('./mongo.ts');
  return mongo.openMongoRawStore(options);
}
