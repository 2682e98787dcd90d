// Files and HTTP answers into the raw store, batch by batch. One story for all sources: read, write, count, tell.
// Prints nothing and asks no clock: `now` comes in.

import { PulseError } from '../errors.ts';
import { addCounts, NO_COUNTS } from './counts.ts';
import type { SourceFile } from './files.ts';
import { pull } from './pull.ts';
import type { Counts, OpenBatch, RawStore, Share } from './raw-store.ts';
import { type Ending, type Parcel, type ParcelSource, readAnswer } from './read-source.ts';
import { readFiles } from './reader.ts';
import type { ReadingThread } from './reading-thread.ts';
import { timeOfDate } from './time.ts';

export interface IngestOptions {
  /** A promise where it is still being opened: reading starts meanwhile. */
  readonly store: RawStore | Promise<RawStore>;
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
 * Ingests files; the results are in their order. A `thread` that was started before reads them, where they are worth one. A file that cannot be read is part of the result (`error`), and the others go on;
 * a store that fails, or an abort, ends it all. What is already written stays: reading a file again only gives duplicates.
 *
 * @throws {PulseError} RUN_INTERRUPTED on abort, CONFIG_INVALID, and what the store throws.
 */
export async function ingestFiles(
  files: readonly SourceFile[],
  options: IngestOptions & { readonly thread?: ReadingThread | undefined },
): Promise<IngestResult> {
  const limits = limitsOf(options);
  const intake = new Intake(files, options, limits);
  // Watched from the start: who reads first looks at it later.
  const opened = Promise.resolve(options.store);
  opened.catch(() => undefined);
  try {
    const { now, thread } = options;
    for await (const parcel of readFiles(files, { ...limits, now: timeOfDate(now) }, { thread })) {
      await intake.take(parcel);
    }
    await opened;
  } finally {
    await intake.close();
  }
  const sources = intake.results();
  return { sources, counts: sources.map(one => one.counts).reduce(addCounts, NO_COUNTS) };
}

/**
 * Ingests the answer to `GET url`: {"count":N,"events":[…]} or a bare array of events. Of one that breaks off what came is stored,
 * and the trouble is in the result.
 *
 * @throws {PulseError} SOURCE_NOT_FOUND, SOURCE_UNREADABLE, SOURCE_INVALID where there is no answer, RUN_INTERRUPTED, and what the store throws.
 */
export async function ingestUrl(
  url: string,
  options: IngestOptions & { readonly timeoutMs?: number },
): Promise<SourceResult> {
  const { signal, timeoutMs } = options;
  const answer = await pull(url, { ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) });
  const limits = limitsOf(options);
  const intake = new Intake([{ source: answer.source, path: null }], options, limits);
  try {
    for await (const parcel of readAnswer(answer.body, { ...limits, now: timeOfDate(options.now) })) {
      await intake.take(parcel);
    }
  } finally {
    await intake.close();
  }
  const [result] = intake.results();
  if (result === undefined) throw new Error('an answer without an end');
  return result;
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

/** Sources on their way into the store, side by side. */
class Intake {
  private readonly options: IngestOptions;
  private readonly tallies: readonly Tally[];
  private readonly endings: (SourceResult | undefined)[];

  constructor(
    places: readonly { readonly source: string; readonly path: string | null }[],
    options: IngestOptions,
    { batchSize }: Limits,
  ) {
    this.options = options;
    this.tallies = places.map(({ source, path }) => new Tally({ source, path }, { store: options.store, batchSize }));
    this.endings = places.map(() => undefined);
  }

  /** Writes a parcel, with what it holds of each source into that one's batch. */
  async take(parcel: Parcel): Promise<void> {
    throwIfAborted(this.options.signal);
    const some = parcel.sources.flatMap((one, source) => (one.to > one.from || one.faults.length > 0 ? [source] : []));
    const counts = await this.write(parcel, some);
    for (const [index, source] of some.entries()) {
      const { file, bytesRead, ending } = parcel.sources[source] as ParcelSource;
      const progress = this.tally(file).add(counts[index] ?? NO_COUNTS, { bytesRead, isLast: ending !== null });
      this.options.onProgress?.(progress);
    }
    for (const { file, ending } of parcel.sources) {
      if (ending === null) continue;
      await this.tally(file).close();
      this.endings[file] = this.tally(file).result(ending);
    }
  }

  results(): readonly SourceResult[] {
    return this.endings.filter(one => one !== undefined);
  }

  /** Also what is broken off in the middle has a receipt that adds up. */
  async close(): Promise<void> {
    for (const tally of this.tallies) await tally.close();
  }

  private async write(parcel: Parcel, some: readonly number[]): Promise<readonly Counts[]> {
    if (some.length === 0) return [];
    try {
      return await (await this.options.store).write(parcel.events, await this.shares(parcel, some));
    } catch (error) {
      if (!(error instanceof PulseError) || error.code !== 'BATCH_CLOSED') throw error;
      // Another process took this one for dead and closed its batches: nothing of the parcel is written yet.
      for (const source of some) this.tally((parcel.sources[source] as ParcelSource).file).forget();
      return (await this.options.store).write(parcel.events, await this.shares(parcel, some));
    }
  }

  private async shares(parcel: Parcel, some: readonly number[]): Promise<readonly Share[]> {
    const shares: Share[] = [];
    for (const source of some) {
      const { file, from, to, faults, ending } = parcel.sources[source] as ParcelSource;
      const batch = await this.tally(file).batchFor(to - from + faults.length);
      shares.push({ batch, source, from, to, rejected: faults, isLast: ending !== null });
    }
    return shares;
  }

  private tally(file: number): Tally {
    return this.tallies[file] as Tally;
  }
}

/** One source: its counts, and the batch that it is filling. */
class Tally {
  private readonly place: { readonly source: string; readonly path: string | null };
  private readonly store: RawStore | Promise<RawStore>;
  private readonly batchSize: number;
  private readonly batchIds: string[] = [];
  private counts: Counts = NO_COUNTS;
  private bytesRead = 0;
  private batch: OpenBatch | undefined;
  private inBatch = 0;

  constructor(
    place: { readonly source: string; readonly path: string | null },
    { store, batchSize }: { readonly store: RawStore | Promise<RawStore>; readonly batchSize: number },
  ) {
    this.place = place;
    this.store = store;
    this.batchSize = batchSize;
  }

  /** A batch that has room for so many; a full one is closed. */
  async batchFor(count: number): Promise<OpenBatch> {
    if (this.inBatch + count > this.batchSize) await this.close();
    if (this.batch === undefined) {
      this.batch = await (await this.store).openBatch(this.place.source);
      this.batchIds.push(this.batch.batchId);
    }
    return this.batch;
  }

  /** What was written, and whether that closed the batch. */
  add(counts: Counts, more: { readonly bytesRead: number; readonly isLast: boolean }): IngestProgress {
    this.counts = addCounts(this.counts, counts);
    this.bytesRead += more.bytesRead;
    this.inBatch += counts.received;
    if (more.isLast) this.forget();
    return { source: this.place.source, counts: this.counts, bytesRead: this.bytesRead };
  }

  result(ending: Ending): SourceResult {
    const { counts, batchIds } = this;
    const end = ending.kind === 'end' ? ending : null;
    return {
      ...this.place,
      counts,
      batchIds,
      isComplete: end !== null,
      contentHash: end?.contentHash ?? null,
      announced: end?.announced ?? null,
      error: ending.kind === 'failed' ? ending.error : null,
    };
  }

  async close(): Promise<void> {
    await this.batch?.close();
    this.forget();
  }

  forget(): void {
    this.batch = undefined;
    this.inBatch = 0;
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new PulseError('RUN_INTERRUPTED', 'The ingestion was interrupted.', {
    hint: 'Run it again: what was written stays, the rest is added.',
    cause: signal.reason,
  });
}
