// The place of the one writer of an embedded warehouse: who stands there answers readers, and is waited for.
// A port; duckdb/ has its adapter. Who may stand there is decided by a lease in the state store, never here.

import type { PulseError } from '../errors.ts';

export interface WriterPlace {
  /**
   * Stands there: readers ask this process from now on, and take the file themselves only while it has not opened it.
   * For the holder of the lease alone: what a dead one left there is removed.
   */
  occupy(): Promise<Occupied>;
  /** Resolves when whoever stands there has gone: true; false at once where nobody does. Rejects where `signal` aborts. */
  vacated(signal: AbortSignal): Promise<boolean>;
  /** Whether somebody stands there. */
  isOccupied(): Promise<boolean>;
}

export interface Occupied {
  /** Leaves: readers that ask are put off while `closing` closes the warehouse, and then find the file free. */
  leave(closing: () => Promise<void>): Promise<void>;
}

/** How to wait for a file that others read. */
export interface WhenFree {
  /** Told once, where it takes longer: WAREHOUSE_BUSY with the process that has the file. */
  readonly waiting: (busy: PulseError) => void;
  readonly signal: AbortSignal;
}
