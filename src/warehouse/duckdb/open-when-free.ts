// Opens the DuckDB file for writing as soon as the readers that have it are done. New readers ask the writer meanwhile
// (it stands in its place before it opens), so that they cannot keep it out for ever.

import { setTimeout as pause } from 'node:timers/promises';
import { PulseError } from '../../errors.ts';
import type { WhenFree } from '../writer-place.ts';

/** The operating system does not tell when the lock of a file goes, and DuckDB does not wait for it. */
const RETRY_MS = 25;
/** Shorter waits are not worth a word: a query is done. */
const TELL_AFTER_MS = 500;

/** @throws {PulseError} what `open` throws but WAREHOUSE_BUSY; RUN_INTERRUPTED where `signal` aborts. */
export async function openWhenFree<T>(open: () => Promise<T>, { waiting, signal }: WhenFree): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof PulseError) || error.code !== 'WAREHOUSE_BUSY') throw error;
      if (waitedMs === TELL_AFTER_MS) waiting(error);
      if (signal.aborted)
        throw new PulseError('RUN_INTERRUPTED', 'Stopped while waiting for the warehouse.', { cause: error });
      await pause(RETRY_MS);
    }
  }
}
