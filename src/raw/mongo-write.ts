// Writes events into events_raw of a MongoDB and says which are new, duplicates, conflicts or cannot be stored.
// No read an event: what the unique index refuses is compared with what is stored, in one query a chunk.
// A call that is made again after a broken connection finds its own documents by their _id and counts them as new.

import { setImmediate } from 'node:timers/promises';
import { BSON, type Collection, MongoBulkWriteError } from 'mongodb';
import { must } from '../errors.ts';
import { conflictReason } from './conflict.ts';
import { documentOf, type EventDocument, eventOf } from './mongo-document.ts';
import { InexactNumber } from './mongo-json.ts';
import type { IncomingEvent, RawEvent, StoredEvent } from './raw-event.ts';

const DUPLICATE_KEY = 11_000;
/** Documents of one insert: enough to hide the round trip, few enough to be resent. */
const CHUNK = 5_000;
/** MongoDB's bound for a document, with room for the fields around the payload. */
const MAX_DOCUMENT_BYTES = 16 * 2 ** 20;

export type Outcome =
  | { readonly kind: 'inserted' | 'duplicate' }
  | { readonly kind: 'conflict'; readonly reason: string }
  /** MongoDB cannot hold it as it is. */
  | { readonly kind: 'rejected'; readonly reason: string };

export interface Candidate {
  readonly event: IncomingEvent;
  readonly batchId: string;
}

export interface WriteOptions {
  readonly collection: Collection;
  readonly hasDecimal128: boolean;
  /** Inserts that are with the server at a time. */
  readonly inFlight: number;
  /** Makes a call again while its failure may pass. */
  readonly retrying: <T>(call: () => Promise<T>) => Promise<T>;
  /** Ids that were redacted: they do not come back. */
  readonly redacted: ReadonlySet<string>;
}

/** The outcomes in the order of the candidates; of several with one id the first that MongoDB can hold wins. */
export async function writeEvents(candidates: readonly Candidate[], options: WriteOptions): Promise<Outcome[]> {
  const written = new Array<Written | undefined>(candidates.length);
  const idAt = (index: number): string => (candidates[index] as Candidate).event.eventId;
  let left = [...candidates.keys()];
  for (const index of left) if (options.redacted.has(idAt(index))) written[index] = { outcome: { kind: 'duplicate' } };
  for (;;) {
    left = left.filter(index => written[index] === undefined);
    if (left.length === 0) return written.map(one => (one as Written).outcome);
    const firsts = new Map<string, number>();
    for (const index of left) if (!firsts.has(idAt(index))) firsts.set(idAt(index), index);
    await insertAll([...firsts.values()], { ...options, candidates, written });
    for (const index of left) {
      // Its id came before in the same pack.
      const stored = written[must(firsts, idAt(index))]?.stored;
      if (written[index] === undefined && stored !== undefined)
        written[index] = { outcome: compared((candidates[index] as Candidate).event, stored) };
    }
  }
}

interface Numbered {
  readonly index: number;
  readonly document: EventDocument;
  readonly event: RawEvent;
}

interface Written {
  readonly outcome: Outcome;
  /** What is stored under the id now; undefined where nothing is. */
  readonly stored?: RawEvent;
}

/** The document, or why there can be none. */
function make(
  event: RawEvent,
  options: { readonly batchId: string; readonly hasDecimal128: boolean },
): EventDocument | string {
  try {
    const document = documentOf(event, options);
    // BSON is at most a few times as long as its JSON: small ones need not be measured.
    const isLong = event.payload.length > MAX_DOCUMENT_BYTES / 8;
    if (isLong && BSON.calculateObjectSize(document) > MAX_DOCUMENT_BYTES)
      return 'larger than a MongoDB document (16 MiB)';
    // A key may hold none in BSON; the driver would refuse the whole chunk.
    if (event.payload.includes('\\u0000')) BSON.serialize(document);
    return document;
  } catch (error) {
    if (error instanceof InexactNumber) return `event ${event.eventId}: ${error.message}`;
    if (error instanceof BSON.BSONError) return `MongoDB does not take it: ${error.message}`;
    throw error;
  }
}

interface Writing extends WriteOptions {
  readonly candidates: readonly Candidate[];
  /** By the candidate's index. */
  readonly written: (Written | undefined)[];
}

/** Chunk by chunk: while one is with the server the next is made into documents. */
async function insertAll(indexes: readonly number[], options: Writing): Promise<void> {
  const chunks: (readonly number[])[] = [];
  for (let at = 0; at < indexes.length; at += CHUNK) chunks.push(indexes.slice(at, at + CHUNK));
  const next = chunks.values();
  const worker = async (): Promise<void> => {
    let documents = documentsOf(next.next().value, options);
    while (documents !== undefined) {
      const inserted = insertChunk(documents, options);
      // Watched from the start: it is looked at when the next chunk is made.
      inserted.catch(() => undefined);
      // The driver sends it first.
      await setImmediate();
      documents = documentsOf(next.next().value, options);
      for (const [index, one] of await inserted) options.written[index] = one;
    }
  };
  await Promise.all(Array.from({ length: options.inFlight }, worker));
}

/** Those of a chunk that can be made. */
function documentsOf(
  chunk: readonly number[] | undefined,
  { candidates, written, hasDecimal128 }: Writing,
): readonly Numbered[] | undefined {
  return chunk?.flatMap(index => {
    const { event, batchId } = candidates[index] as Candidate;
    const document = make(event, { batchId, hasDecimal128 });
    if (typeof document !== 'string') return { index, document, event };
    written[index] = { outcome: { kind: 'rejected', reason: document } };
    return [];
  });
}

async function insertChunk(chunk: readonly Numbered[], options: WriteOptions): Promise<[number, Written][]> {
  if (chunk.length === 0) return [];
  const failures = await options.retrying(() => insert(chunk, options.collection));
  const refused = failures.filter(({ code }) => code === DUPLICATE_KEY).map(({ index }) => chunk[index] as Numbered);
  const stored = await storedOf(refused, options);
  const wrong = new Map(failures.map(failure => [failure.index, failure]));
  return chunk.map((one, position) => {
    const failure = wrong.get(position);
    if (failure === undefined) return [one.index, { outcome: { kind: 'inserted' }, stored: one.event }];
    if (failure.code !== DUPLICATE_KEY) {
      const reason = `MongoDB does not take it: ${failure.message}`;
      return [one.index, { outcome: { kind: 'rejected', reason } }];
    }
    const found = stored.get(one.event.eventId);
    if (found === undefined) throw new Error(`event ${one.event.eventId} is refused as stored, and is not`);
    const isOwn = found.id === JSON.stringify(one.document._id.toHexString());
    return [one.index, { outcome: isOwn ? { kind: 'inserted' } : compared(one.event, found), stored: found }];
  });
}

interface Failure {
  readonly index: number;
  readonly code: number;
  readonly message: string;
}

async function insert(chunk: readonly Numbered[], collection: Collection): Promise<Failure[]> {
  try {
    await collection.insertMany(
      chunk.map(({ document }) => document),
      { ordered: false },
    );
    return [];
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failures = [error.writeErrors].flat();
    // A write concern that was not reached, or a connection that broke: made again as a whole.
    if (failures.length === 0 || error.result.getWriteConcernError() !== undefined) throw error;
    return failures.map(({ index, code, errmsg }) => ({ index, code, message: errmsg ?? 'no reason given' }));
  }
}

async function storedOf(
  refused: readonly Numbered[],
  { collection, retrying }: WriteOptions,
): Promise<Map<string, StoredEvent & { readonly id: string }>> {
  if (refused.length === 0) return new Map();
  const ids = refused.map(({ event }) => event.eventId);
  const found = await retrying(() =>
    collection.find({ event_id: { $in: ids } }, { raw: true, batchSize: CHUNK }).toArray(),
  );
  return new Map(found.map(bytes => eventOf(bytes as unknown as Buffer)).map(event => [event.eventId, event]));
}

/** What is stored under an id against one that wants to be, too. */
function compared(event: RawEvent, stored: RawEvent): Outcome {
  const reason = conflictReason(event, stored);
  return reason === null ? { kind: 'duplicate' } : { kind: 'conflict', reason };
}
