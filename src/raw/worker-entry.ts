// The entry of a reading thread: loads what it does (worker.ts) with the code that is kept of it.

import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort } from 'node:worker_threads';
import { useCodeCache } from '../code-cache.ts';

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  useCodeCache(fileURLToPath(import.meta.url));
  // What it throws ends the thread, which whoever started it is told.
  void import('./worker.ts').then(({ work }) => work(port));
}
