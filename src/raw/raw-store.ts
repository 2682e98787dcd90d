// The port of the raw store: events as they arrived, their receipts, and what was turned away.
// Adapters: sqlite.ts (embedded), mongo.ts. One contract suite for all: test/raw/raw-store-contract.ts.

import type { EventColumns } from './event-columns.ts';
import type { EventPack } from './event-pack.ts';
import type { StoredEvent } from './raw-event.ts';

/** received = inserted + duplicates + conflicts + rejected, always. */
export interface Counts {
  readonly received: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly rejected: number;
}

/** One document of `ingest_batches`: the audit trail. */
export interface Receipt extends Counts {
  readonly batchId: string;
  /** File path relative to the project with /, or URL, or `api`. */
  readonly source: string;
  readonly status: 'open' | 'closed';
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** The five counts by DATE(ingested_at); what has no ingested_at counts under the day of ingestion. */
  readonly days: Readonly<Record<string, Counts>>;
  /** Order-independent hash of the inserted event ids (see ids-hash.ts): what an extraction is checked against. */
  readonly idsHash: string;
  /** Of the inserted events, how many were redacted since, and the hash of their ids: XORed into idsHash it gives that of what is left. */
  readonly redacted: number;
  readonly redactedHash: string;
}

/** One document of `events_quarantine`. */
export interface QuarantineEntry {
  readonly batchId: string;
  readonly source: string;
  /** From 1; null where no line can be named. */
  readonly line: number | null;
  readonly kind: 'conflict' | 'rejected';
  readonly reason: string;
  readonly eventId: string | null;
  /** The raw text, cut at 64 KiB. */
  readonly raw: string;
  readonly isCut: boolean;
  readonly quarantinedAt: string;
}

/** What cannot be an event, with the reason. */
export interface Rejected {
  /** From 1; null where no line can be named. */
  readonly line: number | null;
  readonly reason: string;
  /** The raw text, cut at 64 KiB. */
  readonly raw: string;
  readonly isCut: boolean;
}

/** A batch under way. Its counts are final, and its events extractable, only once it is closed. */
export interface OpenBatch {
  readonly batchId: string;
  /** Writes a pack that is all of this batch: see RawStore.write. */
  write(events: EventPack, rejected: readonly Rejected[]): Promise<Counts>;
  /** Nothing happens where it is closed already. */
  close(): Promise<Receipt>;
}

/** What of a pack belongs into one batch. */
export interface Share {
  readonly batch: OpenBatch;
  /** The source of the pack that this is (Word.source), and its events [from, to). */
  readonly source: number;
  readonly from: number;
  readonly to: number;
  readonly rejected: readonly Rejected[];
  /** Closes the batch with this. */
  readonly isLast: boolean;
}

/** A tombstone: what is left of an event that was redacted. No payload. */
export interface Redaction {
  /** Grows with each tombstone, from 1. */
  readonly sequence: number;
  readonly eventId: string;
  /** UTC text, as in RawEvent. */
  readonly redactedAt: string;
  readonly reason: string;
  /** Null, as the next two, where the id was not stored. */
  readonly batchId: string | null;
  readonly eventType: string | null;
  /** DATE(event_time). */
  readonly eventDate: string | null;
}

/** What a redaction took. */
export interface RedactionOutcome {
  /** New tombstones: ids that had one already keep it. */
  readonly tombstones: number;
  /** Events that were removed. */
  readonly events: number;
  /** Quarantine entries that were removed. */
  readonly quarantined: number;
}

/** The source of batches that were made of what other programs wrote without one. */
export const SWEPT = 'swept';

export interface RawStore {
  /** Closes, by recount, batches that a killed process left open; those of processes that live stay as they are. */
  recover(): Promise<readonly Receipt[]>;
  /** Whether another program wrote events that are in no batch yet: `recover` takes them into one. */
  hasStrays(): Promise<boolean>;
  /**
   * Takes what other programs write into batches as it comes, `everyMs` after it came, and gives each batch that was closed.
   * Ends when the signal aborts.
   *
   * @throws {PulseError} CONFIG_INVALID where the store cannot say what comes
   */
  follow(options: { readonly everyMs: number; readonly signal: AbortSignal }): AsyncIterable<Receipt>;
  openBatch(source: string): Promise<OpenBatch>;
  /**
   * Writes a pack's events into the batches that share it, and puts what cannot be an event into the quarantine: all of it
   * or, where it throws, nothing. Tells new, duplicate and conflicting events apart, also within the pack (the first wins);
   * conflicts go to the quarantine. The counts are in the order of the shares.
   *
   * @throws {PulseError} BATCH_CLOSED where another process closed one of the batches: open them anew.
   */
  write(events: EventPack, shares: readonly Share[]): Promise<readonly Counts[]>;
  /** All receipts, oldest first. */
  receipts(): Promise<readonly Receipt[]>;
  /** The events of a closed batch, in chunks of bounded size. */
  readBatch(batchId: string): AsyncIterable<readonly StoredEvent[]>;
  /** The same by column, without an object an event. */
  readColumns(batchId: string): AsyncIterable<EventColumns>;
  readQuarantine(batchId: string): AsyncIterable<readonly QuarantineEntry[]>;
  countEvents(): Promise<number>;
  /**
   * Removes events for good, with each quarantine entry that carries one of their ids, and leaves a tombstone an id, whether it
   * was stored or not. What brings such an id again counts as a duplicate, and nothing of it is kept. The counts and the ids
   * hash of the receipts stay; `redacted` and `redactedHash` say what is gone. When this returns, no byte of it is left in the store.
   *
   * @param redactedAt UTC text, as in RawEvent.
   * @throws {PulseError} RAW_STORE_UNREACHABLE (transient) where a reader keeps old bytes alive: the same call again finishes it.
   */
  redact(
    eventIds: readonly string[],
    options: { readonly reason: string; readonly redactedAt: string },
  ): Promise<RedactionOutcome>;
  /** Tombstones behind a sequence (0: all), in its order. */
  redactions(afterSequence: number): Promise<readonly Redaction[]>;
  /** Does what writing put off, so that the next to open the store need not: for a moment when others are at work. */
  tidy(): Promise<void>;
  close(): Promise<void>;
}
