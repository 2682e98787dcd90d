// The face of the raw room for programs outside of the bundle (bench/): what ingests files into a store.
export { findFiles } from './files.ts';
export { ingestFiles, ingestUrl } from './ingest.ts';
export { openSqliteRawStore } from './sqlite.ts';
