// Files and HTTP answers into the raw store, batch by batch. One story for all sources: read, write, count, tell.
// Prints nothing and asks no clock: `now` comes in.

import { PulseError } from '../errors.ts';
import { addCounts, NO_COUNTS } from './counts.ts';
import type { SourceFile } from './files.ts';
import { pull } from './pull.ts';
import type { Counts, OpenBatch, RawStore } from './raw-store.ts';
import { type Parcel, readAnswer, type SourceEnd } from './read-source.ts';
import { readFiles } from './reader.ts';
import { timeOfDate } from './time.ts';

export interface IngestOptions {
  readonly store: RawStore;
  /** The time of ingestion: ingested_at of what brings none. */
  readonly now: Date;
  /** Events a batch, at most. Default 50,000. */
  readonly batchSize?: number;
  /** Bytes one event may have, at most. Default 16 MiB. */
  readonly maxEventBytes?: number;
  readonly onProgress?: (progress: IngestProgress) => void;
  readonly signal?: AbortSignal;
}

export interface IngestProgress {
  readonly source: string;
  /** Of this source, so far. */
  readonly counts: Counts;
  /** Of this source, so far, as they lie on disk or came over the wire. */
  readonly bytesRead: number;
}

/** What became of one source. */
export interface SourceResult {
  readonly source: string;
  readonly path: string | null;
  readonly counts: Counts;
  readonly batchIds: readonly string[];
  /** Whether it was read to its end and all of it is in the store or the quarantine. */
  readonly isComplete: boolean;
  /** SHA-256 of the bytes that were taken, hex; null where it is not complete. */
  readonly contentHash: string | null;
  /** What the answer to an HTTP pull says it holds; null where it does not say. */
  readonly announced: number | null;
  /** Why it could not be read (further). */
  readonly error: PulseError | null;
}

export interface IngestResult {
  readonly sources: readonly SourceResult[];
  readonly counts: Counts;
}

/** More than any batch needs, and few enough for the places of a pack (sqlite-write.ts). */
const MAX_BATCH_SIZE = 65_000;
const DEFAULT_BATCH_SIZE = 50_000;
const DEFAULT_EVENT_BYTES = 16 << 20;

/**
 * Ingests files; the results are in their order. A file that cannot be read is part of the result (`error`), and the others go on;
 * a store that fails, or an abort, ends it all. What is already written stays: reading a file again only gives duplicates.
 *
 * @throws {PulseError} RUN_INTERRUPTED on abort, CONFIG_INVALID, and what the store throws.
 */
export async function ingestFiles(files: readonly SourceFile[], options: IngestOptions): Promise<IngestResult> {
  const limits = limitsOf(options);
  const tallies = files.map(() => new Tally(options, limits.batchSize));
  const results: SourceResult[] = [];
  try {
    for await (const item of readFiles(files, { ...limits, now: timeOfDate(options.now) })) {
      throwIfAborted(options.signal);
      const file = files[item.file] as SourceFile;
      const tally = tallies[item.file] as Tally;
      if (item.kind === 'parcel') {
        await tally.take(file.source, item.parcel);
      } else {
        const ending = item.kind === 'end' ? item.end : item.error;
        results[item.file] = await tally.result({ source: file.source, path: file.path }, ending);
      }
    }
  } finally {
    // Also what is broken off in the middle has a receipt that adds up.
    for (const tally of tallies) await tally.close();
  }
  return { sources: results, counts: results.map(one => one.counts).reduce(addCounts, NO_COUNTS) };
}

/**
 * Ingests the answer to `GET url`: {"count":N,"events":[…]} or a bare array of events.
 *
 * @throws {PulseError} SOURCE_NOT_FOUND, SOURCE_UNREADABLE, SOURCE_INVALID, RUN_INTERRUPTED, and what the store throws.
 */
export async function ingestUrl(
  url: string,
  options: IngestOptions & { readonly timeoutMs?: number },
): Promise<SourceResult> {
  const { signal, timeoutMs } = options;
  const answer = await pull(url, { ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) });
  const limits = limitsOf(options);
  const tally = new Tally(options, limits.batchSize);
  const parcels = readAnswer(answer.body, { ...limits, now: timeOfDate(options.now) });
  try {
    for (;;) {
      const next = await parcels.next();
      throwIfAborted(signal);
      if (next.done === true) return await tally.result({ source: answer.source, path: null }, next.value);
      await tally.take(answer.source, next.value);
    }
  } finally {
    await parcels.return({ contentHash: '', announced: null });
    await tally.close();
  }
}

interface Limits {
  readonly batchSize: number;
  readonly parcelEvents: number;
  readonly maxEventBytes: number;
}

function limitsOf(options: IngestOptions): Limits {
  const { batchSize = DEFAULT_BATCH_SIZE, maxEventBytes = DEFAULT_EVENT_BYTES } = options;
  if (!(batchSize >= 1 && batchSize <= MAX_BATCH_SIZE)) {
    throw new PulseError('CONFIG_INVALID', `ingest.batchSize is ${batchSize}.`, {
      hint: `Give a number from 1 to ${MAX_BATCH_SIZE}.`,
    });
  }
  if (!(maxEventBytes >= 1 && maxEventBytes <= DEFAULT_EVENT_BYTES)) {
    throw new PulseError('CONFIG_INVALID', `ingest.maxEventBytes is ${maxEventBytes}.`, {
      hint: `Give a number from 1 to ${DEFAULT_EVENT_BYTES} (16 MiB, what a MongoDB document holds).`,
    });
  }
  return { batchSize, maxEventBytes, parcelEvents: batchSize };
}

/** One source on its way into the store. */
class Tally {
  private readonly options: IngestOptions;
  private readonly batchSize: number;
  private readonly batchIds: string[] = [];
  private counts: Counts = NO_COUNTS;
  private bytesRead = 0;
  private batch: OpenBatch | undefined;
  private inBatch = 0;

  constructor(options: IngestOptions, batchSize: number) {
    this.options = options;
    this.batchSize = batchSize;
  }

  async take(source: string, parcel: Parcel): Promise<void> {
    const count = parcel.events.count + parcel.faults.length;
    if (this.inBatch + count > this.batchSize) await this.close();
    this.counts = addCounts(this.counts, await this.write(source, parcel));
    this.inBatch += count;
    this.bytesRead += parcel.bytesRead;
    this.options.onProgress?.({ source, counts: this.counts, bytesRead: this.bytesRead });
  }

  async result(
    place: { readonly source: string; readonly path: string | null },
    ending: SourceEnd | PulseError,
  ): Promise<SourceResult> {
    await this.close();
    const error = ending instanceof PulseError ? ending : null;
    const end = ending instanceof PulseError ? null : ending;
    return {
      ...place,
      counts: this.counts,
      batchIds: this.batchIds,
      isComplete: error === null,
      contentHash: end?.contentHash ?? null,
      announced: end?.announced ?? null,
      error,
    };
  }

  async close(): Promise<void> {
    await this.batch?.close();
    this.batch = undefined;
    this.inBatch = 0;
  }

  private async write(source: string, parcel: Parcel): Promise<Counts> {
    this.batch ??= await this.open(source);
    try {
      return await this.batch.write(parcel.events, parcel.faults);
    } catch (error) {
      // Another process took this one for dead and closed its batch: nothing of the parcel is written yet.
      if (!(error instanceof PulseError) || error.code !== 'BATCH_CLOSED') throw error;
      this.inBatch = 0;
      this.batch = await this.open(source);
      return this.batch.write(parcel.events, parcel.faults);
    }
  }

  private async open(source: string): Promise<OpenBatch> {
    const batch = await this.options.store.openBatch(source);
    this.batchIds.push(batch.batchId);
    return batch;
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new PulseError('RUN_INTERRUPTED', 'The ingestion was interrupted.', {
    hint: 'Run it again: what was written stays, the rest is added.',
    cause: signal.reason,
  });
}
