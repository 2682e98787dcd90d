// One source's bytes into parcels: a pack of events and the faults beside it, each small enough for one batch.
// Runs in a worker thread for large inputs and inline for small ones; stores nothing.

import { createHash } from 'node:crypto';
import { EventReader, type Shape } from './event.ts';
import { type EventPack, PackBuilder, type PackSpares, packArena } from './event-pack.ts';
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
  /** Where whoever is done with a parcel puts its buffers. */
  readonly spares?: PackSpares;
  /** Of all files of a run together. */
  readonly pace?: Pace;
}

/** What becomes one write into the raw store. Its events are valid until the next parcel is asked for. */
export interface Parcel {
  readonly events: EventPack;
  readonly faults: readonly Fault[];
  /** Bytes read from the source since the parcel before. */
  readonly bytesRead: number;
}

/** How a source ended. */
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
 * ones, because each write touches the whole index. The small ones together fit one batch.
 */
export class Pace {
  private next: number;
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
    this.next = Math.ceil(most / 16);
  }

  /** Events and faults of the parcel under way. */
  get events(): number {
    return this.next;
  }

  advance(): void {
    this.next = Math.min(this.next * 2, this.most);
  }
}

/** Where values and faults come together. */
class Collector {
  readonly ready: Parcel[] = [];
  bytesRead = 0;
  readonly scanner: Scanner;
  private readonly arena = packArena(2 << 20);
  private readonly builder: PackBuilder;
  private readonly reader: EventReader;
  private readonly shape: Shape;
  private readonly pace: Pace;
  private faults: Fault[] = [];
  private faultBytes = 0;

  constructor(shape: Shape, options: ReadOptions) {
    this.builder = new PackBuilder(this.arena, options.spares);
    this.scanner = new Scanner(this.arena);
    this.shape = shape;
    this.reader = new EventReader(this.scanner, this.builder, options);
    this.pace = options.pace ?? new Pace(options.parcelEvents);
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
    this.faultBytes += fault.raw.length;
    this.sealIfFull();
  }

  seal(): void {
    if (this.builder.count + this.faults.length === 0) return;
    this.ready.push({ events: this.builder.take(), faults: this.faults, bytesRead: this.bytesRead });
    this.pace.advance();
    this.bytesRead = 0;
    this.faults = [];
    this.faultBytes = 0;
  }

  private sealIfFull(): void {
    const isFull = this.builder.count + this.faults.length >= this.pace.events;
    if (isFull || this.arena.end + this.faultBytes >= PARCEL_BYTES) this.seal();
  }
}

/** Reads a file to its end. @throws {PulseError} SOURCE_NOT_FOUND, SOURCE_UNREADABLE */
export async function* readFile(file: SourceFile, options: ReadOptions): AsyncGenerator<Parcel, SourceEnd> {
  const hash = createHash('sha256');
  const chunks = (onBytes: (count: number) => void) =>
    readBytes(file, chunk => {
      hash.update(chunk);
      onBytes(chunk.byteLength);
    });
  const announced = yield* readChunks(chunks, {
    ...options,
    shape: file.shape,
    layout: file.layout,
    allowsAnswer: false,
  });
  return { contentHash: hash.digest('hex'), announced };
}

/** Reads the answer to an HTTP pull: {"count":N,"events":[…]} or a bare array of live events. */
export async function* readAnswer(
  body: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<Parcel, SourceEnd> {
  const hash = createHash('sha256');
  async function* chunks(onBytes: (count: number) => void): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      hash.update(chunk);
      onBytes(chunk.byteLength);
      yield chunk;
    }
  }
  const announced = yield* readChunks(chunks, { ...options, shape: 'live', layout: 'array', allowsAnswer: true });
  return { contentHash: hash.digest('hex'), announced };
}

interface ChunkOptions extends ReadOptions {
  readonly shape: Shape;
  readonly layout: SourceFile['layout'];
  readonly allowsAnswer: boolean;
}

async function* readChunks(
  chunks: (onBytes: (count: number) => void) => AsyncIterable<Uint8Array>,
  options: ChunkOptions,
): AsyncGenerator<Parcel, number | null> {
  const sink = new Collector(options.shape, options);
  const { maxEventBytes, allowsAnswer } = options;
  const split = { scanner: sink.scanner, sink, maxEventBytes, allowsAnswer };
  const splitter: Splitter = options.layout === 'lines' ? new LineSplitter(split) : new ArraySplitter(split);
  let brokenOff: string | undefined;
  try {
    for await (const chunk of chunks(count => (sink.bytesRead += count))) {
      splitter.push(chunk);
      yield* sink.ready.splice(0);
    }
  } catch (error) {
    if (!isZlibError(error)) throw error;
    brokenOff = `the gzip data is broken: ${error.message}`;
  }
  splitter.end(brokenOff);
  sink.seal();
  yield* sink.ready.splice(0);
  return splitter instanceof ArraySplitter ? splitter.announced : null;
}
