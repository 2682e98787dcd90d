// A raw store that is only read, as it was at one moment: the batches that were named, and no others. For builds aside.

import { PulseError } from '../errors.ts';
import type { RawStore } from './raw-store.ts';

/** Closing it leaves `store` open. What would write is refused. */
export function readOnlyRawStore(store: RawStore, batches: ReadonlySet<string>): RawStore {
  const refuse = (): never => {
    throw new PulseError('RAW_STORE_FAILED', 'This build only reads the raw store.', {
      hint: 'Bring events in with `pulse ingest`.',
    });
  };
  return {
    recover: async () => [],
    hasStrays: async () => false,
    follow: () => refuse(),
    openBatch: async () => refuse(),
    write: async () => refuse(),
    redact: async () => refuse(),
    receipts: async () => (await store.receipts()).filter(receipt => batches.has(receipt.batchId)),
    readBatch: batchId => store.readBatch(batchId),
    readColumns: batchId => store.readColumns(batchId),
    readQuarantine: batchId => store.readQuarantine(batchId),
    countEvents: () => store.countEvents(),
    redactions: afterSequence => store.redactions(afterSequence),
    tidy: async () => undefined,
    close: async () => undefined,
  };
}
