// The raw store in MongoDB: collections events_raw, ingest_batches, events_quarantine, event_redactions (data contract,
// section 1). Needs no transactions, change streams or admin rights: what it writes may be written twice, and is then the same.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { BSON, type ChangeStream, type Collection, type Db, MongoClient, type MongoClientOptions } from 'mongodb';
import { must, PulseError } from '../errors.ts';
import { conflictText } from './conflict.ts';
import { addCounts, addDays, NO_COUNTS, sumDays } from './counts.ts';
import type { EventColumns } from './event-columns.ts';
import { type EventPack, eventAt, FIELD, idAt, packEvents, STRIDE } from './event-pack.ts';
import { follow } from './follow.ts';
import { IdsHash } from './ids-hash.ts';
import { columnsOfDocuments } from './mongo-columns.ts';
import { eventOf, faultOf } from './mongo-document.ts';
import { pagesOf } from './mongo-pages.ts';
import { Tombstones } from './mongo-redact.ts';
import { mayPass, mongoTrouble } from './mongo-trouble.ts';
import { ChunkSpares, OUTCOME, type Outcomes, writeEvents } from './mongo-write.ts';
import { idsNamedIn } from './named-ids.ts';
import type { StoredEvent } from './raw-event.ts';
import {
  type Counts,
  type OpenBatch,
  type QuarantineEntry,
  type RawStore,
  type Receipt,
  type Redaction,
  type RedactionOutcome,
  type Rejected,
  type Share,
  SWEPT,
} from './raw-store.ts';
import { retrying } from './retry.ts';
import { rawText } from './split.ts';
import { timeOfDate } from './time.ts';

export interface MongoOptions {
  readonly uri: string;
  /** Absent: that of the URI, else `pulse`. */
  readonly database?: string;
  readonly now: () => Date;
}

/** A document of ingest_batches. */
interface BatchDocument extends Counts {
  readonly _id: string;
  readonly batch_id: string;
  readonly source: string;
  readonly started_at: Date;
  readonly finished_at?: Date | null;
  readonly status: 'open' | 'closed';
  readonly days: Readonly<Record<string, Counts>>;
  readonly ids_hash: string;
  readonly redacted: number;
  readonly redacted_hash: string;
  readonly owner: { readonly host: string; readonly pid: number };
  /** When its owner last wrote. */
  readonly seen_at: Date;
}

interface QuarantineDocument {
  /** Batch and number: written twice it is one. */
  readonly _id: string;
  readonly n: number;
  readonly batch_id: string;
  readonly source: string;
  readonly line: number | null;
  readonly kind: 'conflict' | 'rejected';
  readonly reason: string;
  readonly event_id: string | null;
  readonly raw: string;
  readonly is_cut: boolean;
  readonly quarantined_at: Date;
}

/** How long a batch of another host is taken to be alive after its last write. */
const SILENT_MS = 15 * 60_000;
const READ_CHUNK = 5_000;
/** Inserts that are with the server at a time. */
const IN_FLIGHT = 2;
const DEFAULT_DATABASE = 'pulse';

/** What the URI may say otherwise: a server that does not answer is an error within seconds. */
const DEFAULTS: MongoClientOptions = {
  serverSelectionTimeoutMS: 8_000,
  connectTimeoutMS: 5_000,
  socketTimeoutMS: 60_000,
  maxPoolSize: 8,
  retryWrites: true,
  writeConcern: { w: 'majority' },
  readConcern: { level: 'majority' },
  appName: 'pulse',
};

/**
 * Connects, and makes the indexes that are not there.
 *
 * @throws {PulseError} CONFIG_INVALID for a URI that is none, RAW_STORE_UNREACHABLE, RAW_STORE_FAILED
 */
export async function openMongoRawStore(options: MongoOptions): Promise<RawStore> {
  const { client, place, db } = connectMongo(options);
  try {
    await client.connect();
    await makeIndexes(db, place);
    const hello = await db.command({ hello: 1 });
    const server = { isRouted: isRouter(hello), hasDecimal128: await hasDecimal128(db), most: mostOf(hello) };
    return new MongoRawStore({ client, db, place, now: options.now, ...server });
  } catch (error) {
    await client.close();
    throw mongoTrouble(error, place);
  }
}

/** A client that is not connected yet, and where it will be. @throws {PulseError} CONFIG_INVALID for a URI that is none */
export function connectMongo({ uri, database }: MongoOptions): {
  readonly client: MongoClient;
  readonly place: string;
  readonly db: Db;
} {
  const client = clientOf(uri);
  const { hosts, dbName } = client.options;
  const db = client.db(database ?? (dbName === 'test' ? DEFAULT_DATABASE : dbName));
  return { client, place: hosts.map(String).join(', '), db };
}

function clientOf(uri: string): MongoClient {
  try {
    const said = new Set([...(uri.split('?')[1] ?? '').matchAll(/([^&=]+)=/g)].map(([, name]) => name?.toLowerCase()));
    const defaults = Object.entries(DEFAULTS).filter(
      ([name]) =>
        !said.has(name.toLowerCase()) &&
        !(name === 'writeConcern' && said.has('w')) &&
        !(name === 'readConcern' && said.has('readconcernlevel')),
    );
    return new MongoClient(uri, Object.fromEntries(defaults));
  } catch (error) {
    throw mongoTrouble(error, '');
  }
}

/** What it takes: documents of one insert, and bytes of one document. Who does not say it takes what MongoDB always took. */
function mostOf(hello: Hello): Parts['most'] {
  const { maxWriteBatchSize = 1_000, maxBsonObjectSize = 16 * 2 ** 20 } = hello;
  return { documents: Number(maxWriteBatchSize), bytes: Number(maxBsonObjectSize) };
}

/** FerretDB 1 closes the connection on one; every MongoDB since 3.4 has it. */
async function hasDecimal128(db: Db): Promise<boolean> {
  return !('ferretdbVersion' in (await db.command({ buildInfo: 1 })));
}

export const INDEXES = [
  { collection: 'events_raw', key: { event_id: 1 }, unique: true },
  { collection: 'events_raw', key: { batch_id: 1, event_id: 1 }, unique: false },
  { collection: 'events_quarantine', key: { batch_id: 1, n: 1 }, unique: false },
  { collection: 'event_redactions', key: { sequence: 1 }, unique: true },
  { collection: 'event_redactions', key: { batch_id: 1 }, unique: false },
] as const;

/** An account that may not make indexes needs them there already: without the first no event would be stored once only. */
async function makeIndexes(db: Db, place: string): Promise<void> {
  for (const { collection, key, unique } of INDEXES) {
    try {
      await db.collection(collection).createIndex(key, { unique });
    } catch (error) {
      if (await hasIndex(db.collection(collection), { key, unique })) continue;
      const command = `db.${collection}.createIndex(${JSON.stringify(key)}${unique ? ', { unique: true }' : ''})`;
      const trouble = mongoTrouble(error, place);
      if (trouble instanceof PulseError && trouble.transient) throw trouble;
      throw new PulseError(
        'RAW_STORE_FAILED',
        `MongoDB at ${place} has no ${unique ? 'unique ' : ''}index on ${Object.keys(key).join(', ')} of ${collection}, and it cannot be made: ${
          trouble instanceof Error ? trouble.message : String(error)
        }`,
        { hint: `Have somebody who may run: ${command}`, cause: error },
      );
    }
  }
}

export async function hasIndex(
  collection: Collection,
  wanted: { readonly key: object; readonly unique: boolean },
): Promise<boolean> {
  try {
    const indexes = await collection.listIndexes().toArray();
    return indexes.some(
      index => JSON.stringify(index.key) === JSON.stringify(wanted.key) && (!wanted.unique || index.unique === true),
    );
  } catch {
    // Who may not look cannot say that it is there; the error of making it is told.
    return false;
  }
}

interface Parts {
  readonly client: MongoClient;
  readonly db: Db;
  readonly place: string;
  readonly now: () => Date;
  readonly hasDecimal128: boolean;
  readonly isRouted: boolean;
  readonly most: { readonly documents: number; readonly bytes: number };
}

/** A batch of this store that is under way. */
interface BatchUnderWay {
  readonly batchId: string;
  readonly source: string;
  counts: Counts;
  days: Readonly<Record<string, Counts>>;
  readonly ids: IdsHash;
  /** Quarantine entries so far. */
  entries: number;
}

class MongoRawStore implements RawStore {
  private readonly client: MongoClient;
  private readonly db: Db;
  private readonly isRouted: boolean;
  private readonly place: string;
  private readonly now: () => Date;
  private readonly hasDecimal128: boolean;
  private readonly most: Parts['most'];
  private readonly spares = new ChunkSpares();
  private readonly events: Collection;
  private readonly batches: Collection<BatchDocument>;
  private readonly quarantine: Collection<QuarantineDocument>;
  private readonly tombstones: Tombstones;
  private readonly underWay = new Map<string, BatchUnderWay>();
  /** Batches that were seen closed: that they stay. */
  private readonly closed = new Set<string>();
  private opened = 0;

  constructor({ client, db, place, now, hasDecimal128, isRouted, most }: Parts) {
    this.client = client;
    this.db = db;
    this.isRouted = isRouted;
    this.place = place;
    this.now = now;
    this.hasDecimal128 = hasDecimal128;
    this.most = most;
    this.events = db.collection('events_raw');
    this.batches = db.collection('ingest_batches');
    this.quarantine = db.collection('events_quarantine');
    this.tombstones = new Tombstones(db, { retrying: call => retrying(call, { mayPass }) });
  }

  async recover(): Promise<readonly Receipt[]> {
    const open = await this.again(() => this.batches.find({ status: 'open' }).sort({ _id: 1 }).toArray());
    const receipts: Receipt[] = [];
    for (const batch of open) {
      if (!this.underWay.has(batch._id) && !isElsewhere(batch, this.now())) receipts.push(await this.recount(batch));
    }
    await this.guarded(() => this.tombstones.finish());
    return [...receipts, ...(await this.sweep())];
  }

  async hasStrays(): Promise<boolean> {
    const stray = await this.again(() => this.events.findOne(STRAYS, { projection: { _id: 1 } }));
    return stray !== null;
  }

  async *follow({
    everyMs,
    signal,
  }: {
    readonly everyMs: number;
    readonly signal: AbortSignal;
  }): AsyncGenerator<Receipt> {
    const hello = await this.again(() => this.client.db('admin').command({ hello: 1 }));
    if (!hasChangeStreams(hello)) throw noChangeStreams(this.place);
    const changes = this.events.watch([{ $match: { operationType: 'insert', 'fullDocument.batch_id': null } }]);
    // Whether it could be closed is told by the end of this.
    const close = (): void => void changes.close().catch(() => undefined);
    signal.addEventListener('abort', close, { once: true });
    try {
      const take = (): Promise<readonly Receipt[]> => this.sweep();
      yield* follow({ changes: untilClosed(changes, signal), take, everyMs, idleMs: IDLE_MS, signal });
    } catch (error) {
      throw mongoTrouble(error, this.place);
    } finally {
      signal.removeEventListener('abort', close);
      await changes.close();
    }
  }

  async openBatch(source: string): Promise<OpenBatch> {
    const now = this.now();
    // Ids sort by time of opening; of one process also within a millisecond.
    const batchId = `${timeOfDate(now).replace(/\D/g, '').padEnd(20, '0').slice(0, 17)}-${String(this.opened++).padStart(6, '0')}-${randomUUID().slice(0, 8)}`;
    const owner = { host: hostname(), pid: process.pid };
    const document: BatchDocument = {
      _id: batchId,
      batch_id: batchId,
      source,
      started_at: now,
      finished_at: null,
      status: 'open',
      ...NO_COUNTS,
      days: {},
      ids_hash: new IdsHash().toString(),
      redacted: 0,
      redacted_hash: new IdsHash().toString(),
      owner,
      seen_at: now,
    };
    await this.again(() => this.batches.updateOne({ _id: batchId }, { $setOnInsert: document }, { upsert: true }));
    this.underWay.set(batchId, { batchId, source, counts: NO_COUNTS, days: {}, ids: new IdsHash(), entries: 0 });
    const batch: OpenBatch = {
      batchId,
      write: async (events, rejected) => {
        const whole = { batch, source: 0, from: 0, to: events.count, rejected, isLast: false };
        const [counts] = await this.write(events, [whole]);
        return counts ?? NO_COUNTS;
      },
      close: async () => {
        const known = this.underWay.get(batchId);
        if (known !== undefined) await this.closeBatch(known);
        return receiptOf(await this.batchOf(batchId));
      },
    };
    return batch;
  }

  /** Not in one transaction: what throws in the middle leaves events of an open batch, which `recover` recounts. */
  async write(events: EventPack, shares: readonly Share[]): Promise<readonly Counts[]> {
    const takers = shares.map(share => ({ share, batch: must(this.underWay, share.batch.batchId) }));
    try {
      const named = takers.flatMap(({ share }) => share.rejected.flatMap(({ raw }) => idsNamedIn(raw)));
      const redacted = await this.again(() => this.tombstones.among(() => [...idsOf(events), ...named]));
      const ranges = takers.map(({ share, batch }) => ({ from: share.from, to: share.to, batchId: batch.batchId }));
      const outcomes = await this.guarded(() =>
        writeEvents(events, ranges, {
          collection: this.events,
          hasDecimal128: this.hasDecimal128,
          // FerretDB 1 writes one after the other: of two each waits for the other (0.7 of the rate of one).
          inFlight: this.hasDecimal128 ? IN_FLIGHT : 1,
          most: this.most,
          retrying: call => retrying(call, { mayPass }),
          redacted,
          spares: this.spares,
        }),
      );
      const counts: Counts[] = [];
      for (const { share, batch } of takers) {
        counts.push(await this.record(batch, { share, events, outcomes, redacted }));
      }
      return counts;
    } catch (error) {
      for (const { batch } of takers) this.underWay.delete(batch.batchId);
      throw error;
    }
  }

  async receipts(): Promise<readonly Receipt[]> {
    const found = await this.again(() => this.batches.find().sort({ _id: 1 }).toArray());
    for (const { _id, status } of found) if (status === 'closed') this.closed.add(_id);
    return found.map(receiptOf);
  }

  async *readBatch(batchId: string): AsyncGenerator<readonly StoredEvent[]> {
    for await (const documents of this.readDocuments(batchId)) yield documents.map(storedOf);
  }

  async *readColumns(batchId: string): AsyncGenerator<EventColumns> {
    for await (const documents of this.readDocuments(batchId)) yield columnsOfDocuments(documents);
  }

  private async *readDocuments(batchId: string): AsyncGenerator<readonly Buffer[]> {
    if (!this.closed.has(batchId)) await this.mustBeClosed(batchId);
    yield* this.pages(batchId);
  }

  private async mustBeClosed(batchId: string): Promise<void> {
    const batch = await this.again(() => this.batches.findOne({ _id: batchId }));
    if (batch?.status === 'closed') return;
    throw new PulseError(
      'RAW_STORE_FAILED',
      `Batch ${batchId} is ${batch === null ? 'not in the raw store' : 'still open'}.`,
      { hint: 'Run `pulse ingest` to its end, then try again.' },
    );
  }

  async *readQuarantine(batchId: string): AsyncGenerator<readonly QuarantineEntry[]> {
    for (let after = -1; ; ) {
      const filter = { batch_id: batchId, n: { $gt: after } };
      const found = await this.again(() => this.quarantine.find(filter).sort({ n: 1 }).limit(500).toArray());
      const last = found.at(-1);
      if (last === undefined) return;
      after = last.n;
      yield found.map(entryOf);
    }
  }

  async countEvents(): Promise<number> {
    return this.again(() => this.events.countDocuments());
  }

  async redact(
    eventIds: readonly string[],
    options: { readonly reason: string; readonly redactedAt: string },
  ): Promise<RedactionOutcome> {
    return this.guarded(() => this.tombstones.redact(eventIds, options));
  }

  async redactions(afterSequence: number): Promise<readonly Redaction[]> {
    return this.again(() => this.tombstones.after(afterSequence));
  }

  /** The server sees to itself. */
  async tidy(): Promise<void> {}

  async close(): Promise<void> {
    await this.client.close();
  }

  /** The documents of a batch. */
  private pages(batchId: string): AsyncGenerator<readonly Buffer[]> {
    const { db, isRouted } = this;
    return pagesOf(
      { batch_id: batchId },
      { db, collection: 'events_raw', isRouted, retrying: call => this.again(call) },
    );
  }

  /** Quarantine and counts of one share, and the end of its batch where this is its last. */
  private async record(batch: BatchUnderWay, { share, events, outcomes, redacted }: Recorded): Promise<Counts> {
    const now = this.now();
    const rejected = share.rejected.filter(({ raw }) => idsNamedIn(raw).every(id => !redacted.has(id)));
    const entries = entriesOf(batch, { refused: refusedOf(events, { share, outcomes }), rejected, now });
    if (entries.length > 0) await this.again(() => this.keepEntries(entries));
    const withheld = share.rejected.length - rejected.length;
    const today = { rejected: rejected.length, withheld, today: timeOfDate(now).slice(0, 10) };
    const days = daysOf(events, { share, outcomes, ...today });
    const counts = sumDays(days);
    batch.counts = addCounts(batch.counts, counts);
    batch.days = addDays(batch.days, days);
    batch.entries += entries.length;
    for (let index = share.from; index < share.to; index++) {
      if (outcomes.kinds[index] !== OUTCOME.inserted) continue;
      const at = index * STRIDE;
      batch.ids.addBits(events.fields[at + FIELD.hashHigh] as number, events.fields[at + FIELD.hashLow] as number);
    }
    if (!(await this.save(batch, share.isLast ? now : null))) {
      // Whoever closed the batch counted without these: they leave it, and come again in a batch of their own.
      const inserted = idsOf(events).filter((_, index) => outcomes.kinds[index] === OUTCOME.inserted);
      await this.again(() => this.events.deleteMany({ batch_id: batch.batchId, event_id: { $in: inserted } }));
      throw new PulseError(
        'BATCH_CLOSED',
        `Batch ${batch.batchId} is closed already: another pulse took this one for dead.`,
        {
          hint: 'Run it again: what was written stays, the rest is added.',
          transient: true,
        },
      );
    }
    if (share.isLast) this.underWay.delete(batch.batchId);
    return counts;
  }

  /** Absolute numbers, so that writing them twice does no harm. False where the batch is closed. */
  private async save({ batchId, counts, days, ids }: BatchUnderWay, finishedAt: Date | null): Promise<boolean> {
    const changes = {
      ...counts,
      days,
      ids_hash: ids.toString(),
      seen_at: this.now(),
      ...(finishedAt !== null && { status: 'closed' as const, finished_at: finishedAt }),
    };
    // After a broken connection the first try may have closed it: then all of it stands there.
    const open = { _id: batchId, status: 'open' as const };
    const same = { _id: batchId, status: 'closed' as const, received: counts.received, ids_hash: changes.ids_hash };
    return this.again(async () => {
      if ((await this.batches.updateOne(open, { $set: changes })).matchedCount === 1) return true;
      return finishedAt !== null && (await this.batches.findOne(same)) !== null;
    });
  }

  private async closeBatch(batch: BatchUnderWay): Promise<void> {
    await this.save(batch, this.now());
    this.underWay.delete(batch.batchId);
  }

  private async batchOf(batchId: string): Promise<BatchDocument> {
    const batch = await this.again(() => this.batches.findOne({ _id: batchId }));
    if (batch !== null) return batch;
    throw new PulseError('RAW_STORE_FAILED', `Batch ${batchId} is gone from ${this.place}.`);
  }

  private async keepEntries(entries: readonly QuarantineDocument[]): Promise<void> {
    await this.quarantine.bulkWrite(
      entries.map(({ _id, ...entry }) => ({
        updateOne: { filter: { _id }, update: { $setOnInsert: entry }, upsert: true },
      })),
      { ordered: false },
    );
  }

  /** Closes a batch whose owner is gone with what is stored of it: events and quarantine are counted, duplicates are as far as they were. */
  private async recount(batch: BatchDocument): Promise<Receipt> {
    const ids = new IdsHash();
    let days: Record<string, Counts> = {};
    for (const [day, { duplicates }] of Object.entries(batch.days)) {
      if (duplicates > 0) days[day] = { ...NO_COUNTS, received: duplicates, duplicates };
    }
    for await (const documents of this.pages(batch._id)) {
      for (const { eventId, ingestedAt } of documents.map(storedOf)) {
        ids.add(eventId);
        days = addDays(days, { [ingestedAt.slice(0, 10)]: { ...NO_COUNTS, received: 1, inserted: 1 } });
      }
    }
    for await (const entries of this.readQuarantine(batch._id)) {
      for (const { kind, quarantinedAt } of entries) {
        const one = { ...NO_COUNTS, received: 1, ...(kind === 'conflict' ? { conflicts: 1 } : { rejected: 1 }) };
        days = addDays(days, { [quarantinedAt.slice(0, 10)]: one });
      }
    }
    const closed = {
      ...sumDays(days),
      days,
      ids_hash: ids.toString(),
      status: 'closed' as const,
      finished_at: this.now(),
    };
    await this.again(() => this.batches.updateOne({ _id: batch._id, status: 'open' }, { $set: closed }));
    return receiptOf(await this.batchOf(batch._id));
  }

  /** Takes documents that another program wrote without a batch into batches; what is no event is quarantined and left. */
  private async sweep(): Promise<readonly Receipt[]> {
    const receipts: Receipt[] = [];
    for (;;) {
      const found = await this.again(() =>
        this.events.find(STRAYS, { raw: true, batchSize: READ_CHUNK, limit: READ_CHUNK }).toArray(),
      );
      if (found.length === 0) return receipts;
      receipts.push(await this.take(found as unknown as readonly Buffer[]));
    }
  }

  private async take(documents: readonly Buffer[]): Promise<Receipt> {
    const { batchId } = await this.openBatch(SWEPT);
    const batch = must(this.underWay, batchId);
    const judged = documents.map(bytes => {
      const { _id } = BSON.deserialize(bytes, { promoteValues: false });
      return { _id, bytes, fault: faultOf(bytes) };
    });
    const good = judged.filter(({ fault }) => fault === null);
    const bad = judged.filter(({ fault }) => fault !== null);
    await this.again(() =>
      this.events.updateMany({ _id: { $in: good.map(({ _id }) => _id) } }, { $set: { batch_id: batchId } }),
    );
    const rejected = bad.map(({ bytes, fault }) => {
      const text = Buffer.from(BSON.EJSON.stringify(BSON.deserialize(bytes, { promoteValues: false })));
      return { line: null, reason: fault ?? '', ...rawText(text, 0, { to: text.length }) };
    });
    const events = packEvents(good.map(({ bytes }) => ({ ...eventOf(bytes), line: null })));
    const outcomes = { kinds: new Uint8Array(events.count).fill(OUTCOME.inserted), reasons: new Map() };
    const share = { batch: { batchId } as OpenBatch, source: 0, from: 0, to: events.count, rejected, isLast: true };
    await this.record(batch, { share, events, outcomes, redacted: new Set() });
    await this.again(() =>
      this.events.updateMany({ _id: { $in: bad.map(({ _id }) => _id) } }, { $set: { quarantined: batchId } }),
    );
    return receiptOf(await this.batchOf(batchId));
  }

  private again<T>(call: () => Promise<T>): Promise<T> {
    return this.guarded(() => retrying(call, { mayPass }));
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw mongoTrouble(error, this.place);
    }
  }
}

/** What other programs wrote without a batch, and is not known to be no event. */
const STRAYS = { batch_id: { $exists: false }, quarantined: { $exists: false } };
/** Where no change comes a follower looks for itself, in case that one was lost. */
const IDLE_MS = 60_000;

type Hello = Readonly<Record<string, unknown>>;

const isRouter = (hello: Hello): boolean => hello['msg'] === 'isdbgrid';

/** Replica sets and sharded clusters have them. */
export const hasChangeStreams = (hello: Hello): boolean => hello['setName'] !== undefined || isRouter(hello);

const noChangeStreams = (place: string): PulseError =>
  new PulseError('CONFIG_INVALID', `MongoDB at ${place} has no change streams: it is no replica set.`, {
    hint: 'Make it a replica set (one member will do), or run `pulse ingest` every few minutes: it takes what other programs wrote.',
  });

/** A stream that was closed because it was told to is at its end. */
async function* untilClosed(changes: ChangeStream, signal: AbortSignal): AsyncGenerator<unknown> {
  try {
    yield* changes;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function storedOf(bytes: Buffer): StoredEvent {
  const { id: _, ...event } = eventOf(bytes);
  return event;
}

/** What became of a share of a pack. */
interface Written {
  readonly share: Share;
  readonly outcomes: Outcomes;
}

interface Recorded extends Written {
  readonly events: EventPack;
  readonly redacted: ReadonlySet<string>;
}

const idsOf = (events: EventPack): string[] => Array.from({ length: events.count }, (_, index) => idAt(events, index));

type QuarantineText = Pick<QuarantineDocument, 'line' | 'kind' | 'reason' | 'event_id' | 'raw' | 'is_cut'>;

/** Events that could be read, and are not stored. */
function refusedOf(events: EventPack, { share, outcomes }: Written): readonly QuarantineText[] {
  const refused: QuarantineText[] = [];
  for (let index = share.from; index < share.to; index++) {
    const reason = outcomes.reasons.get(index);
    if (reason === undefined) continue;
    const event = eventAt(events, index);
    const text = Buffer.from(conflictText(event));
    const { raw, isCut } = rawText(text, 0, { to: text.length });
    const kind = outcomes.kinds[index] === OUTCOME.conflict ? 'conflict' : 'rejected';
    refused.push({ line: event.line, kind, reason, event_id: event.eventId, raw, is_cut: isCut });
  }
  return refused;
}

function entriesOf(
  { batchId, source, entries }: BatchUnderWay,
  what: {
    readonly refused: readonly QuarantineText[];
    readonly rejected: readonly Rejected[];
    readonly now: Date;
  },
): readonly QuarantineDocument[] {
  const common = { batch_id: batchId, source, quarantined_at: what.now };
  const rejected = what.rejected.map(({ line, reason, raw, isCut }): QuarantineText => {
    return { line, kind: 'rejected', reason, event_id: null, raw, is_cut: isCut };
  });
  return [...rejected, ...what.refused].map((entry, n) => {
    return { _id: `${batchId}/${entries + n}`, n: entries + n, ...common, ...entry };
  });
}

/** By OUTCOME. */
const COUNT_OF = ['received', 'inserted', 'duplicates', 'conflicts', 'rejected'] as const;

function daysOf(
  { fields, days }: EventPack,
  more: Written & { readonly rejected: number; readonly withheld: number; readonly today: string },
): Record<string, Counts> {
  const { share, outcomes, rejected, withheld, today } = more;
  // By day and outcome.
  const counted = new Int32Array(days.length * COUNT_OF.length);
  for (let index = share.from; index < share.to; index++) {
    const at = (fields[index * STRIDE + FIELD.day] as number) * COUNT_OF.length + (outcomes.kinds[index] as number);
    counted[at] = (counted[at] as number) + 1;
  }
  let found: Record<string, Counts> = {};
  for (const [day, text] of days.entries()) {
    const counts = { ...NO_COUNTS };
    for (let kind = 1; kind < COUNT_OF.length; kind++) {
      const count = counted[day * COUNT_OF.length + kind] as number;
      counts[COUNT_OF[kind] as keyof Counts] += count;
      counts.received += count;
    }
    if (counts.received > 0) found = addDays(found, { [text]: counts });
  }
  if (rejected + withheld === 0) return found;
  // What names a redacted event counts as that event again.
  const one = { ...NO_COUNTS, received: rejected + withheld, rejected, duplicates: withheld };
  return addDays(found, { [today]: one });
}

/** Whether the process that opened it may still be writing. */
function isElsewhere({ owner, seen_at }: BatchDocument, now: Date): boolean {
  if (owner.host !== hostname()) return now.getTime() - seen_at.getTime() < SILENT_MS;
  if (owner.pid === process.pid) return false;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function receiptOf(batch: BatchDocument): Receipt {
  const { received, inserted, duplicates, conflicts, rejected } = batch;
  const days = Object.entries(batch.days).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    batchId: batch._id,
    source: batch.source,
    status: batch.status,
    startedAt: timeOfDate(batch.started_at),
    // FerretDB leaves out what is null.
    finishedAt: batch.finished_at ? timeOfDate(batch.finished_at) : null,
    received,
    inserted,
    duplicates,
    conflicts,
    rejected,
    days: Object.fromEntries(days),
    idsHash: batch.ids_hash,
    redacted: batch.redacted,
    redactedHash: batch.redacted_hash,
  };
}

function entryOf(entry: QuarantineDocument): QuarantineEntry {
  return {
    batchId: entry.batch_id,
    source: entry.source,
    // FerretDB leaves out what is null.
    line: entry.line ?? null,
    kind: entry.kind,
    reason: entry.reason,
    eventId: entry.event_id ?? null,
    raw: entry.raw,
    isCut: entry.is_cut,
    quarantinedAt: timeOfDate(entry.quarantined_at),
  };
}
