// The entry of the compiling thread.

import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort } from 'node:worker_threads';
import { useCodeCache } from '../code-cache.ts';

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  useCodeCache(fileURLToPath(import.meta.url));
  // What it is sent meanwhile waits until somebody listens.
  void import('./examining-worker.ts').then(({ work }) => work(port));
}
