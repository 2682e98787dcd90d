// Documents of the raw store as texts, by the columns that an extract declares. Pure.

import { PulseError } from '../errors.ts';
import { EVENT_FIELDS, type EventColumns } from '../raw/event-columns.ts';
import type { QuarantineEntry, Receipt } from '../raw/raw-store.ts';
import { repeated, type TextColumns, type TextRow } from '../text-columns.ts';

type Readers<T> = Readonly<Record<string, (held: T) => string | null>>;

type ColumnReader = (events: EventColumns, batchId: string) => string;

const EVENT: Readonly<Record<string, ColumnReader>> = {
  ...Object.fromEntries(EVENT_FIELDS.map((field, at) => [field, ({ columns }: EventColumns) => columns[at] ?? ''])),
  event_date: ({ columns, marks }) => daysOf(columns[EVENT_FIELDS.indexOf('event_time')] ?? '', marks.separator),
  batch_id: ({ rows, marks }, batchId) => repeated(batchId, rows, marks),
};

/** The days of joined canonical times: what stands before the T of each. */
const daysOf = (times: string, separator: string): string => times.replace(new RegExp(`T[^${separator}]*`, 'gu'), '');

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

export const receiptRow = (columns: readonly string[]) => rowReader('ingest_batches', RECEIPT, columns);
export const quarantineRow = (columns: readonly string[]) => rowReader('events_quarantine', QUARANTINE, columns);

/** Gives the columns of events, of a batch each time, that an extract asks for. */
export function eventColumns(columns: readonly string[]): (events: EventColumns, batchId: string) => TextColumns {
  const chosen = readersOf('events_raw', EVENT, columns);
  return (events, batchId) => ({ ...events, columns: chosen.map(read => read(events, batchId)) });
}

function rowReader<T>(collection: string, readers: Readers<T>, columns: readonly string[]): (held: T) => TextRow {
  const chosen = readersOf(collection, readers, columns);
  return held => chosen.map(read => read(held));
}

function readersOf<R>(collection: string, readers: Readonly<Record<string, R>>, columns: readonly string[]): R[] {
  return columns.map(column => {
    const reader = Object.hasOwn(readers, column) ? readers[column] : undefined;
    if (reader !== undefined) return reader;
    throw new PulseError('ASSET_INVALID', `${collection} has no field "${column}" to extract.`, {
      hint: `Declare some of ${Object.keys(readers).join(', ')}.`,
    });
  });
}
