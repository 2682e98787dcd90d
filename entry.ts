export { readInline } from './src/raw/read-inline.ts';
export { warmUp } from './src/raw/warm-up.ts';
export { findFiles } from './src/raw/files.ts';
