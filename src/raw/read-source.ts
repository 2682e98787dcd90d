// Bytes of sources into parcels: a pack of events and the faults beside it, of one large file or of many small ones.
// Runs in a worker thread for large inputs and inline for small ones; stores nothing.

import { createHash, type Hash } from 'node:crypto';
import { PulseError } from '../errors.ts';
import { EventReader, type Shape } from './event.ts';
import { buffersOf, type EventPack, PackBuilder, PackSpares, packArena } from './event-pack.ts';
import { isZlibError, readBytes, type SourceFile } from './files.ts';
import { Scanner } from './scan.ts';
import { type Fault, rawText, type Splitter } from './split.ts';
import { ArraySplitter } from './split-array.ts';
import { LineSplitter } from './split-lines.ts';

export interface ReadOptions {
  /** Events and faults of one parcel, at most. */
  readonly parcelEvents: number;
  readonly maxEventBytes: number;
  /** The time of ingestion, canonical UTC text. */
  readonly now: string;
  /** Of all that is to be read, as it lies on disk, where that is known. */
  readonly totalBytes?: number;
  /** Where whoever is done with a parcel puts its buffers. */
  readonly spares?: PackSpares;
}

/** What becomes one write into the raw store. Its events are valid until the next parcel is asked for. */
export interface Parcel {
  readonly events: EventPack;
  /** What it holds of each source, in the order of its events. Small files come many in a parcel, a large one in many. */
  readonly sources: readonly ParcelSource[];
}

export interface ParcelSource {
  /** Index of the file. */
  readonly file: number;
  /** Its events are [from, to). */
  readonly from: number;
  readonly to: number;
  readonly faults: readonly Fault[];
  /** Bytes read from it since the parcel before. */
  readonly bytesRead: number;
  /** How it ended; null where it goes on in the next parcel. */
  readonly ending: Ending | null;
}

export type Ending = ({ readonly kind: 'end' } & SourceEnd) | { readonly kind: 'failed'; readonly error: PulseError };

/** How a source ended that could be read. */
export interface SourceEnd {
  /** SHA-256 of the bytes that were read, hex. */
  readonly contentHash: string;
  /** What the answer to an HTTP pull says it holds; null where it does not. */
  readonly announced: number | null;
}

/** A parcel is closed early at this size, so that large events do not pile up. */
const PARCEL_BYTES = 32 << 20;

/**
 * How large the next parcel is to be: small ones first, so that the writer soon has something to do, and then larger
 * ones, because each write touches the whole index. The small ones together fit one batch. Where it is known how much there is
 * to read, the last ones are small again: who reads has nothing to do while the last one is written.
 */
class Pace {
  /** Events and faults of the parcel under way. */
  events: number;
  private readonly least: number;
  private readonly most: number;
  private readonly totalBytes: number | undefined;
  private done = 0;

  constructor({ parcelEvents, totalBytes }: ReadOptions) {
    this.least = Math.ceil(parcelEvents / 16);
    this.most = parcelEvents;
    this.totalBytes = totalBytes;
    this.events = this.least;
  }

  /** A parcel of so many is done; of all there is to read so many bytes are read. */
  advance(parcel: number, bytesRead: number): void {
    this.done += parcel;
    this.events = Math.min(this.events * 2, this.most);
    if (this.totalBytes === undefined || bytesRead === 0) return;
    // As if the rest held events as large as those so far.
    const rest = (this.done * (this.totalBytes - bytesRead)) / bytesRead;
    this.events = Math.max(this.least, Math.min(this.events, Math.ceil(rest / 2)));
  }
}

/** Where values and faults of all files come together, to leave in parcels. */
export class Collector {
  readonly scanner: Scanner;
  private readonly arena = packArena(2 << 20);
  private readonly builder: PackBuilder;
  private readonly reader: EventReader;
  private readonly pace: Pace;
  private readonly ownSpares: PackSpares | undefined;
  private readonly ready: Parcel[] = [];
  private sources: ParcelSource[] = [];
  private file = 0;
  private shape: Shape = 'live';
  private from = 0;
  /** Of the file, since the parcel before; and of all files. */
  private bytesRead = 0;
  private allBytesRead = 0;
  private faults: Fault[] = [];
  private faultCount = 0;
  private faultBytes = 0;

  constructor(options: ReadOptions) {
    this.ownSpares = options.spares === undefined ? new PackSpares() : undefined;
    this.builder = new PackBuilder(this.arena, options.spares ?? this.ownSpares);
    this.scanner = new Scanner(this.arena);
    this.reader = new EventReader(this.scanner, this.builder, options);
    this.pace = new Pace(options);
  }

  /** What comes from here on is of this file. */
  begin(file: number, shape: Shape): void {
    this.file = file;
    this.shape = shape;
  }

  read(bytes: number): void {
    this.bytesRead += bytes;
    this.allBytesRead += bytes;
  }

  value(line: number): void {
    const reason = this.reader.read(this.shape, line);
    if (reason === null) this.sealIfFull();
    else {
      const { out, outStart, outEnd } = this.scanner;
      this.fault({ line, reason, ...rawText(out, outStart, { to: outEnd }) });
    }
  }

  fault(fault: Fault): void {
    this.faults.push(fault);
    this.faultCount++;
    this.faultBytes += fault.raw.length;
    this.sealIfFull();
  }

  /** The file is over. */
  finish(ending: Ending): void {
    this.leave(ending);
  }

  /** No file comes any more. */
  end(): void {
    if (this.sources.length > 0) this.seal();
  }

  /** The parcels that are full. */
  *parcels(): Generator<Parcel> {
    for (const parcel of this.ready.splice(0)) {
      yield parcel;
      // In a worker they are gone to the other thread by now, and come back from there.
      this.ownSpares?.give(buffersOf(parcel.events));
    }
  }

  private sealIfFull(): void {
    const isFull = this.builder.count + this.faultCount >= this.pace.events;
    if (!isFull && this.arena.end + this.faultBytes < PARCEL_BYTES) return;
    this.leave(null);
    this.seal();
  }

  /** What was collected of the file since the last time. */
  private leave(ending: Ending | null): void {
    const { file, from, faults, bytesRead } = this;
    this.sources.push({ file, from, to: this.builder.count, faults, bytesRead, ending });
    this.builder.nextSource();
    this.from = this.builder.count;
    this.bytesRead = 0;
    this.faults = [];
  }

  private seal(): void {
    this.pace.advance(this.builder.count + this.faultCount, this.allBytesRead);
    this.ready.push({ events: this.builder.take(), sources: this.sources });
    this.sources = [];
    this.from = 0;
    this.faultCount = 0;
    this.faultBytes = 0;
  }
}

/** Reads a file to its end into the collector. @throws {PulseError} SOURCE_NOT_FOUND, SOURCE_UNREADABLE */
export async function* readFile(
  file: SourceFile,
  collector: Collector,
  options: ReadOptions,
): AsyncGenerator<Parcel, SourceEnd> {
  const hash = createHash('sha256');
  const chunks = readBytes(file, chunk => {
    hash.update(chunk);
    collector.read(chunk.byteLength);
  });
  const split = { scanner: collector.scanner, sink: collector, maxEventBytes: options.maxEventBytes };
  const splitter = file.layout === 'lines' ? new LineSplitter(split) : new ArraySplitter(split);
  yield* readChunks(chunks, collector, { splitter });
  return { contentHash: hash.digest('hex'), announced: null };
}

/** Reads the answer to an HTTP pull: {"count":N,"events":[…]} or a bare array of live events. One that breaks off ends as failed, with what came. */
export async function* readAnswer(body: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<Parcel> {
  const hash = createHash('sha256');
  const collector = new Collector(options);
  const { maxEventBytes } = options;
  const splitter = new ArraySplitter({
    scanner: collector.scanner,
    sink: collector,
    maxEventBytes,
    allowsAnswer: true,
  });
  collector.begin(0, 'live');
  try {
    yield* readChunks(hashed(body, { hash, collector }), collector, { splitter });
    collector.finish({ kind: 'end', contentHash: hash.digest('hex'), announced: splitter.announced });
  } catch (error) {
    if (!(error instanceof PulseError) || error.code === 'RUN_INTERRUPTED') throw error;
    collector.finish({ kind: 'failed', error });
  }
  collector.end();
  yield* collector.parcels();
}

async function* hashed(
  body: AsyncIterable<Uint8Array>,
  { hash, collector }: { readonly hash: Hash; readonly collector: Collector },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    hash.update(chunk);
    collector.read(chunk.byteLength);
    yield chunk;
  }
}

async function* readChunks(
  chunks: AsyncIterable<Uint8Array>,
  collector: Collector,
  { splitter }: { readonly splitter: Splitter },
): AsyncGenerator<Parcel> {
  let brokenOff: string | undefined;
  try {
    for await (const chunk of chunks) {
      splitter.push(chunk);
      yield* collector.parcels();
    }
  } catch (error) {
    if (!isZlibError(error)) throw error;
    brokenOff = `the gzip data is broken: ${error.message}`;
  }
  splitter.end(brokenOff);
  yield* collector.parcels();
}
