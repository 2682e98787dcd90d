// The entry of the writing thread. Small on purpose: it starts while the program works.

import { isMainThread, parentPort } from 'node:worker_threads';
import { work } from './worker.ts';

if (!isMainThread && parentPort !== null) work(parentPort);
