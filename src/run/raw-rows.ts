// Documents of the raw store as rows of text, by the columns that an extract declares. Pure.

import { PulseError } from '../errors.ts';
import type { QuarantineEntry, Receipt, StoredEvent } from '../raw/raw-store.ts';

type TextRow = readonly (string | null)[];
type Readers<T> = Readonly<Record<string, (held: T) => string | null>>;

const EVENT: Readers<StoredEvent> = {
  event_id: event => event.eventId,
  event_type: event => event.eventType,
  event_time: event => event.eventTime,
  event_date: event => event.eventTime.slice(0, 10),
  vendor: event => event.vendor,
  payload: event => event.payload,
  ingested_at: event => event.ingestedAt,
  batch_id: event => event.batchId,
};

const RECEIPT: Readers<Receipt> = {
  batch_id: receipt => receipt.batchId,
  source: receipt => receipt.source,
  status: receipt => receipt.status,
  started_at: receipt => receipt.startedAt,
  finished_at: receipt => receipt.finishedAt,
  received: receipt => String(receipt.received),
  inserted: receipt => String(receipt.inserted),
  duplicates: receipt => String(receipt.duplicates),
  conflicts: receipt => String(receipt.conflicts),
  rejected: receipt => String(receipt.rejected),
  days: receipt => JSON.stringify(receipt.days),
  ids_hash: receipt => receipt.idsHash,
};

const QUARANTINE: Readers<QuarantineEntry> = {
  batch_id: entry => entry.batchId,
  source: entry => entry.source,
  line: entry => (entry.line === null ? null : String(entry.line)),
  kind: entry => entry.kind,
  reason: entry => entry.reason,
  event_id: entry => entry.eventId,
  raw: entry => entry.raw,
  is_cut: entry => String(entry.isCut),
  quarantined_at: entry => entry.quarantinedAt,
};

export const eventRow = (columns: readonly string[]) => rowReader('events_raw', EVENT, columns);
export const receiptRow = (columns: readonly string[]) => rowReader('ingest_batches', RECEIPT, columns);
export const quarantineRow = (columns: readonly string[]) => rowReader('events_quarantine', QUARANTINE, columns);

function rowReader<T>(collection: string, readers: Readers<T>, columns: readonly string[]): (held: T) => TextRow {
  const chosen = columns.map(column => {
    const reader = Object.hasOwn(readers, column) ? readers[column] : undefined;
    if (reader !== undefined) return reader;
    throw new PulseError('ASSET_INVALID', `${collection} has no field "${column}" to extract.`, {
      hint: `Declare some of ${Object.keys(readers).join(', ')}.`,
    });
  });
  return held => chosen.map(read => read(held));
}
