// Writes events into events_raw of a MongoDB and says which are new, duplicates, conflicts or cannot be stored.
// No read an event: what the unique index refuses is compared with what is stored, in one query a chunk.
// A call that is made again after a broken connection finds its own documents by their _id and counts them as new.

import { BSON, type Collection, MongoBulkWriteError } from 'mongodb';
import { must } from '../errors.ts';
import { conflictReason } from './conflict.ts';
import { documentOf, type EventDocument, eventOf } from './mongo-document.ts';
import { InexactNumber } from './mongo-json.ts';
import type { IncomingEvent, RawEvent, StoredEvent } from './raw-event.ts';

const DUPLICATE_KEY = 11_000;
/** Documents of one insert: enough to hide the round trip, few enough to be resent. */
const CHUNK = 5_000;
/** Inserts under way at a time. */
const IN_FLIGHT = 2;
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
  /** Makes a call again while its failure may pass. */
  readonly retrying: <T>(call: () => Promise<T>) => Promise<T>;
  /** Ids that were redacted: they do not come back. */
  readonly redacted: ReadonlySet<string>;
}

/** The outcomes in the order of the candidates; of several with one id the first wins. */
export async function writeEvents(candidates: readonly Candidate[], options: WriteOptions): Promise<Outcome[]> {
  const outcomes = new Array<Outcome | undefined>(candidates.length);
  const firsts = new Map<string, number>();
  const documents: Numbered[] = [];
  for (const [index, { event, batchId }] of candidates.entries()) {
    if (options.redacted.has(event.eventId)) {
      outcomes[index] = { kind: 'duplicate' };
    } else if (!firsts.has(event.eventId)) {
      const made = make(event, { batchId, hasDecimal128: options.hasDecimal128 });
      if (typeof made === 'string') outcomes[index] = { kind: 'rejected', reason: made };
      else {
        firsts.set(event.eventId, index);
        documents.push({ index, document: made, event });
      }
    }
  }
  const inserted = await insertAll(documents, options);
  return candidates.map(({ event }, index) => {
    const known = outcomes[index] ?? inserted.get(index)?.outcome;
    if (known !== undefined) return known;
    // Its id came before in the same pack.
    const { outcome, stored } = must(inserted, must(firsts, event.eventId));
    return stored === undefined ? outcome : compared(event, stored);
  });
}

interface Numbered {
  readonly index: number;
  readonly document: EventDocument;
  readonly event: RawEvent;
}

interface Inserted {
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
    return document;
  } catch (error) {
    if (error instanceof InexactNumber) return `event ${event.eventId}: ${error.message}`;
    throw error;
  }
}

async function insertAll(documents: readonly Numbered[], options: WriteOptions): Promise<Map<number, Inserted>> {
  const chunks: Numbered[][] = [];
  for (let at = 0; at < documents.length; at += CHUNK) chunks.push(documents.slice(at, at + CHUNK));
  const inserted = new Map<number, Inserted>();
  const next = chunks.values();
  const worker = async (): Promise<void> => {
    for (const chunk of next)
      for (const [index, outcome] of await insertChunk(chunk, options)) inserted.set(index, outcome);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return inserted;
}

async function insertChunk(chunk: readonly Numbered[], options: WriteOptions): Promise<[number, Inserted][]> {
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
