// Writes a pack's events into events_raw of a MongoDB and says which are new, duplicates, conflicts or cannot be stored.
// No read an event: what the unique index refuses is compared with what is stored, in one query a chunk. No object an event either.
// A call that is made again after a broken connection finds its own documents by their _id and counts them as new.

import { setImmediate } from 'node:timers/promises';
import type { Collection } from 'mongodb';
import { Arena } from './arena.ts';
import { conflictReason } from './conflict.ts';
import { type EventPack, eventAt, idAt } from './event-pack.ts';
import { BsonFault } from './mongo-bson.ts';
import { DocumentWriter, eventOf, idOf, isOwn, isSame, type OwnDocument, textElement } from './mongo-document.ts';
import { type Failure, insertBytes } from './mongo-insert.ts';
import { InexactNumber } from './mongo-number.ts';
import type { RawEvent, StoredEvent } from './raw-event.ts';
import { Twins } from './twins.ts';

const DUPLICATE_KEY = 11_000;
/** Documents of one insert: enough to hide the round trip, few enough to be resent. */
const CHUNK = 5_000;
/** And bytes, about. */
const CHUNK_BYTES = 4 << 20;

/** What became of an event. */
export const OUTCOME = { none: 0, inserted: 1, duplicate: 2, conflict: 3, rejected: 4 } as const;

export interface Outcomes {
  /** By index: an OUTCOME. */
  readonly kinds: Uint8Array;
  /** Of conflicts and of what MongoDB cannot hold as it is. */
  readonly reasons: ReadonlyMap<number, string>;
}

/** Events [from, to) of a pack, and the batch that they belong to. */
export interface BatchRange {
  readonly from: number;
  readonly to: number;
  readonly batchId: string;
}

export interface WriteOptions {
  readonly collection: Collection;
  readonly hasDecimal128: boolean;
  /** Inserts that are with the server at a time. */
  readonly inFlight: number;
  /** What the server takes: documents of one insert, and bytes of one document. */
  readonly most: { readonly documents: number; readonly bytes: number };
  /** Makes a call again while its failure may pass. */
  readonly retrying: <T>(call: () => Promise<T>) => Promise<T>;
  /** Ids that were redacted: they do not come back. */
  readonly redacted: ReadonlySet<string>;
  readonly spares: ChunkSpares;
}

/** Of several events with one id the first that MongoDB can hold wins. */
export async function writeEvents(
  pack: EventPack,
  ranges: readonly BatchRange[],
  options: WriteOptions,
): Promise<Outcomes> {
  return new PackWriting(pack, ranges, options).write();
}

/** Documents of one insert, under way. */
class Chunk {
  readonly arena = new Arena(CHUNK_BYTES + (CHUNK_BYTES >> 2));
  /** By document: the event's index, where it begins, and where its payload ends. */
  readonly indexes: number[] = [];
  readonly starts: number[] = [];
  readonly payloadEnds: number[] = [];

  clear(): void {
    this.arena.end = 0;
    this.indexes.length = 0;
    this.starts.length = 0;
    this.payloadEnds.length = 0;
  }

  document(n: number): OwnDocument {
    const { bytes } = this.arena;
    const end = this.starts[n + 1] ?? this.arena.end;
    return { bytes, start: this.starts[n] as number, payloadEnd: this.payloadEnds[n] as number, end };
  }
}

/** Chunks whose insert is done: made anew for every pack they would pile up faster than the garbage collector looks. */
export class ChunkSpares {
  private readonly chunks: Chunk[] = [];

  take(): Chunk {
    return this.chunks.pop() ?? new Chunk();
  }

  give(chunk: Chunk): void {
    chunk.clear();
    // One that a huge event made large is not kept.
    if (chunk.arena.bytes.length <= CHUNK_BYTES * 2) this.chunks.push(chunk);
  }
}

class PackWriting {
  private readonly pack: EventPack;
  private readonly ranges: readonly BatchRange[];
  private readonly options: WriteOptions;
  private readonly kinds: Uint8Array;
  private readonly reasons = new Map<number, string>();
  /** The element batch_id of each range. */
  private readonly batches: readonly Buffer[];
  /** By the first of twins: what is stored under their id. */
  private readonly storedOfTwins = new Map<number, StoredEvent>();

  constructor(pack: EventPack, ranges: readonly BatchRange[], options: WriteOptions) {
    this.pack = pack;
    this.ranges = ranges;
    this.options = options;
    this.kinds = new Uint8Array(pack.count);
    this.batches = ranges.map(({ batchId }) => textElement('batch_id', batchId));
  }

  async write(): Promise<Outcomes> {
    const { pack, kinds } = this;
    if (this.options.redacted.size > 0) this.leaveRedacted();
    for (;;) {
      const twins = new Twins(pack, index => kinds[index] === OUTCOME.none);
      await this.insertAll(twins);
      // A twin of what could not be stored takes its place.
      if (this.judge(twins) === 0) return { kinds, reasons: this.reasons };
    }
  }

  private leaveRedacted(): void {
    for (let index = 0; index < this.pack.count; index++) {
      if (this.options.redacted.has(idAt(this.pack, index))) this.kinds[index] = OUTCOME.duplicate;
    }
  }

  /** Compares what came before in the pack with what is stored; gives how many are left. */
  private judge({ later }: Twins): number {
    let left = 0;
    for (const [index, first] of later) {
      if (this.kinds[first] === OUTCOME.rejected) left++;
      else this.compare(index, this.storedOfTwins.get(first) ?? eventAt(this.pack, first));
    }
    return left;
  }

  private compare(index: number, stored: RawEvent): void {
    const reason = conflictReason(eventAt(this.pack, index), stored);
    this.kinds[index] = reason === null ? OUTCOME.duplicate : OUTCOME.conflict;
    if (reason !== null) this.reasons.set(index, reason);
  }

  private reject(index: number, reason: string): void {
    this.kinds[index] = OUTCOME.rejected;
    this.reasons.set(index, reason);
  }

  /** Chunk by chunk: while some are with the server the next is made into documents. */
  private async insertAll(twins: Twins): Promise<void> {
    const { inFlight } = this.options;
    const sent: Promise<void>[] = [];
    try {
      const from = { range: 0, index: this.ranges[0]?.from ?? 0 };
      for (let chunk = this.fill(twins, from); chunk !== undefined; chunk = this.fill(twins, from)) {
        if (sent.length >= inFlight) await sent.shift();
        const inserted = this.insertChunk(chunk, twins);
        // Watched from the start: it is looked at in its turn.
        inserted.catch(() => undefined);
        sent.push(inserted);
        // The driver sends it before the next is made.
        await setImmediate();
      }
      for (const one of sent) await one;
    } finally {
      // Where one fails, nothing is left behind that writes.
      await Promise.allSettled(sent);
    }
  }

  /** The next documents, of events from a place on; none at the end. */
  private fill({ isLater }: Twins, place: { range: number; index: number }): Chunk | undefined {
    const { pack, kinds, ranges, options } = this;
    const chunk = options.spares.take();
    const writer = new DocumentWriter(pack, { arena: chunk.arena, hasDecimal128: options.hasDecimal128 });
    const most = Math.min(CHUNK, options.most.documents);
    for (let range = ranges[place.range]; range !== undefined; range = ranges[++place.range]) {
      const batch = this.batches[place.range] as Buffer;
      place.index = Math.max(place.index, range.from);
      for (; place.index < range.to; place.index++) {
        const { index } = place;
        if (kinds[index] !== OUTCOME.none || isLater[index] === 1) continue;
        if (chunk.indexes.length === most || chunk.arena.end >= CHUNK_BYTES) return chunk;
        this.put(index, { chunk, writer, batch });
      }
    }
    if (chunk.indexes.length > 0) return chunk;
    options.spares.give(chunk);
    return undefined;
  }

  /** Appends an event, or says why it cannot be stored. */
  private put(index: number, { chunk, writer, batch }: Putting): void {
    const { arena } = chunk;
    const start = arena.end;
    try {
      const payloadEnd = writer.put(index, batch);
      if (arena.end - start <= this.options.most.bytes) {
        chunk.indexes.push(index);
        chunk.starts.push(start);
        chunk.payloadEnds.push(payloadEnd);
        return;
      }
      this.reject(index, `larger than a MongoDB document (${this.options.most.bytes >> 20} MiB)`);
    } catch (error) {
      if (error instanceof InexactNumber) this.reject(index, `event ${idAt(this.pack, index)}: ${error.message}`);
      else if (error instanceof BsonFault) this.reject(index, `MongoDB does not take it: ${error.message}`);
      else throw error;
    }
    arena.end = start;
  }

  private async insertChunk(chunk: Chunk, { firsts }: Twins): Promise<void> {
    const { collection, retrying, spares } = this.options;
    const { arena, indexes } = chunk;
    const documents = arena.bytes.subarray(0, arena.end);
    const failures = await retrying(() => insertBytes(collection, documents, { count: indexes.length }));
    for (const index of indexes) this.kinds[index] = OUTCOME.inserted;
    if (failures.length > 0) await this.lookAt(failures, { chunk, firsts });
    spares.give(chunk);
  }

  /** What the server did not take. */
  private async lookAt(failures: readonly Failure[], { chunk, firsts }: Refused): Promise<void> {
    const { pack } = this;
    const indexOf = (failure: Failure): number => chunk.indexes[failure.index] as number;
    const refused = failures.filter(({ code }) => code === DUPLICATE_KEY);
    const stored = await this.storedOf(refused.map(failure => idAt(pack, indexOf(failure))));
    for (const failure of failures) {
      const index = indexOf(failure);
      if (failure.code !== DUPLICATE_KEY) {
        this.reject(index, `MongoDB does not take it: ${failure.message}`);
        continue;
      }
      const eventId = idAt(pack, index);
      const found = stored.get(eventId);
      if (found === undefined) throw new Error(`event ${eventId} is refused as stored, and is not`);
      const own = chunk.document(failure.index);
      if (isOwn(found, own)) this.kinds[index] = OUTCOME.inserted;
      else if (isSame(found, own)) this.kinds[index] = OUTCOME.duplicate;
      else this.compare(index, eventOf(found));
      if (firsts.has(index)) this.storedOfTwins.set(index, eventOf(found));
    }
  }

  /** Documents by event_id. */
  private async storedOf(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    if (ids.length === 0) return new Map();
    const { collection, retrying } = this.options;
    const found = await retrying(() =>
      collection.find({ event_id: { $in: [...ids] } }, { raw: true, batchSize: CHUNK }).toArray(),
    );
    return new Map((found as unknown as readonly Buffer[]).map(bytes => [idOf(bytes), bytes]));
  }
}

interface Putting {
  readonly chunk: Chunk;
  readonly writer: DocumentWriter;
  readonly batch: Buffer;
}

interface Refused {
  readonly chunk: Chunk;
  readonly firsts: ReadonlySet<number>;
}
