// One pack of events into events_raw, in one statement: SQLite cuts the texts out of the pack's own bytes.
// Tells which were there already. Runs inside the caller's transaction, which holds the lock; knows no batches.

import { must } from '../errors.ts';
import { DigitWriter } from './digit-writer.ts';
import { type EventPack, eventAt, FIELD, HEAD_BYTES, STRIDE } from './event-pack.ts';
import type { IncomingEvent } from './raw-event.ts';
import type { Connection } from './sqlite-file.ts';
import { findIds, idHashes, insertIds, orderByHash, type SeenIds } from './sqlite-ids.ts';
import { Twins } from './twins.ts';

/** What became of a pack's events that were there already, or must not be. */
export interface Refusals {
  /** Their indexes in the pack, ascending. */
  readonly refused: Int32Array;
  /** Those of them that are not the stored event byte for byte. */
  readonly different: readonly Different[];
}

export interface Different {
  readonly index: number;
  readonly event: IncomingEvent;
  readonly stored: Pick<IncomingEvent, 'eventType' | 'eventTime' | 'vendor' | 'payload'>;
}

// ?1 the bytes, ?2 where records start (JSON, bytes from 1). The temporary table `word` is the pack's.
// LIMIT -1 OFFSET 0 keeps SQLite from working each place out again for every use of it.
const PLACES = `place AS (
  SELECT key AS k, value + ${HEAD_BYTES} AS at, CAST(substr(?1, value, 16) AS INTEGER) AS a, CAST(substr(?1, value + 16, 9) AS INTEGER) AS b
  FROM json_each(CAST(?2 AS TEXT)) LIMIT -1 OFFSET 0
), piece AS (
  SELECT k, at, a / 100000000 AS n, a % 100000000 AS id_n, b / 10000000 AS time_n, b / 100000 % 100 AS ingested_n, b % 100000 AS w
  FROM place
)`;
const ID = 'CAST(substr(?1, at + n, id_n) AS TEXT)';
const TIME = 'CAST(substr(?1, at + n + id_n, time_n) AS TEXT)';
const PAYLOAD = 'CAST(substr(?1, at, n) AS TEXT)';
const INSERT = `WITH ${PLACES}
  INSERT INTO events_raw (seq, event_id, event_type, event_time, vendor, payload, ingested_at, batch_id)
  SELECT word.first_seq + ?3 + k, ${ID}, word.event_type, ${TIME}, word.vendor, ${PAYLOAD},
    CAST(substr(?1, at + n + id_n + time_n, ingested_n) AS TEXT), word.batch_id
  FROM piece CROSS JOIN word ON word.i = w`;
const REDACTED = `WITH ${PLACES}
  SELECT group_concat(k) FROM piece CROSS JOIN event_redactions AS r ON r.event_id = ${ID}`;
// Before each record stands the seq of the event that it is compared with.
const DIFFERENT = `WITH ${PLACES}
  SELECT k, e.event_id <> ${ID}, e.event_type, e.event_time, e.vendor, e.payload
  FROM piece CROSS JOIN word ON word.i = w
    CROSS JOIN events_raw AS e ON e.seq = CAST(substr(?1, at - ${HEAD_BYTES + 16}, 16) AS INTEGER)
  WHERE e.event_id <> ${ID} OR e.payload <> ${PAYLOAD} OR e.event_time <> ${TIME}
    OR e.event_type <> word.event_type OR e.vendor IS NOT word.vendor`;
const SEQ_DIGITS = 16;

/** Where events of one source of a pack go: their seqs are `firstSeq` and the pack's count of numbers from there on. */
export interface Place {
  readonly source: number;
  readonly batchId: string;
  readonly firstSeq: number;
}

export interface Into {
  readonly places: readonly Place[];
  readonly hasRedacted: boolean;
  /** What may be stored, where that is known without asking. */
  readonly seen?: SeenIds | undefined;
}

/** Writes the pack's events; gives those that were there already, or were redacted. */
export function insertPack(connection: Connection, pack: EventPack, { places, hasRedacted, seen }: Into): Refusals {
  if (pack.count === 0) return { refused: new Int32Array(0), different: [] };
  setWords(connection, pack, places);
  const hashes = idHashes(pack);
  const order = orderByHash(hashes);
  const sorted = picked(hashes, order);
  const isRefused = new Uint8Array(pack.count);
  if (hasRedacted) for (const index of redacted(connection, pack)) isRefused[index] = 1;
  const different = refuseStored(connection, pack, { order, sorted, isRefused, seen });
  different.push(...refuseTwins(pack, isRefused));
  insertFresh(connection, pack, { order, sorted, hashes, isRefused, places });
  const refused = among(indexes(pack.count), isRefused, 1);
  return { refused, different: different.sort((a, b) => a.index - b.index) };
}

interface Sifting {
  /** Indexes of the pack's events by ascending hash, equal ones in the pack's order. */
  readonly order: Int32Array;
  /** The hashes in that order. */
  readonly sorted: Float64Array;
  /** 1: the event is not to be written. */
  readonly isRefused: Uint8Array;
}

function redacted(connection: Connection, pack: EventPack): number[] {
  const all = startsOf(connection, pack, { of: indexes(pack.count) });
  const [[found] = []] = connection.rows(REDACTED, [pack.bytes, all]) as [string | null][];
  return found ? found.split(',').map(Number) : [];
}

/** Marks what is stored already; gives what differs from what is stored. */
function refuseStored(
  connection: Connection,
  pack: EventPack,
  { order, sorted, isRefused, seen }: Sifting & Pick<Into, 'seen'>,
): Different[] {
  const hits = hitsOf(connection, sorted, seen)
    .map(([position, seq]) => ({ index: order[position] as number, seq }))
    .filter(({ index }) => isRefused[index] === 0);
  if (hits.length === 0) return [];
  const records = recordsOf(connection, pack, hits);
  const rows = connection.rows(DIFFERENT, [records.bytes, records.starts]) as DifferentRow[];
  // What is here under another id only has the same hash.
  const strangers = new Set(rows.filter(([, isOther]) => isOther === 1).map(([k]) => k));
  for (const [k, { index }] of hits.entries()) if (!strangers.has(k)) isRefused[index] = 1;
  return rows
    .filter(([, isOther]) => isOther === 0)
    .map(([k, , eventType, eventTime, vendor, payload]) => {
      const { index } = hits[k] as Hit;
      return { index, event: eventAt(pack, index), stored: { eventType, eventTime, vendor, payload } };
    });
}

/** Positions of hashes that are stored, with the seqs. */
function hitsOf(
  connection: Connection,
  sorted: Float64Array,
  seen: SeenIds | undefined,
): (readonly [number, number])[] {
  if (seen === undefined) return findIds(connection, sorted);
  const maybe = seen.sift(sorted);
  if (maybe.length === 0) return [];
  return findIds(connection, picked(sorted, maybe)).map(([position, seq]) => [maybe[position] as number, seq]);
}

type DifferentRow = [number, 0 | 1, string, string, string | null, string];

/** An event of the pack, and the seq of a stored one whose id has the same hash. */
interface Hit {
  readonly index: number;
  readonly seq: number;
}

/** Marks what the pack itself brings earlier; gives what differs from that. */
function refuseTwins(pack: EventPack, isRefused: Uint8Array): Different[] {
  const different: Different[] = [];
  for (const [index, first] of new Twins(pack, one => isRefused[one] === 0).later) {
    isRefused[index] = 1;
    if (!isSameRecord(pack, index, first)) {
      different.push({ index, event: eventAt(pack, index), stored: eventAt(pack, first) });
    }
  }
  return different;
}

/** Parts of a record: the fields whose lengths stand before it, and its own. */
const PAYLOAD_PART = { before: [], length: FIELD.payloadBytes } as const;
const TIME_PART = { before: [FIELD.payloadBytes, FIELD.idBytes], length: FIELD.timeBytes } as const;

function isSamePart(
  { bytes, fields }: EventPack,
  pair: readonly [number, number],
  part: { readonly before: readonly number[]; readonly length: number },
): boolean {
  const [left, right] = pair.map(index => {
    const at = index * STRIDE;
    const start = part.before.reduce((sum, field) => sum + (fields[at + field] as number), HEAD_BYTES);
    const from = (fields[at + FIELD.start] as number) + start;
    return bytes.subarray(from, from + (fields[at + part.length] as number));
  }) as [Uint8Array, Uint8Array];
  return Buffer.compare(left, right) === 0;
}

/** Whether two events of one id are the same byte for byte, ingested_at apart. */
function isSameRecord(pack: EventPack, left: number, right: number): boolean {
  const [one, other] = [left, right].map(index => pack.words[pack.fields[index * STRIDE + FIELD.word] as number]);
  if (one?.eventType !== other?.eventType || one?.vendor !== other?.vendor) return false;
  return isSamePart(pack, [left, right], PAYLOAD_PART) && isSamePart(pack, [left, right], TIME_PART);
}

/** Writes what is not refused: the events in the pack's order, so that they lie as they came, and their ids by hash. */
function insertFresh(
  connection: Connection,
  pack: EventPack,
  { order, hashes, isRefused, places }: Sifting & Pick<Into, 'places'> & { readonly hashes: Float64Array },
): void {
  const fresh = among(indexes(pack.count), isRefused, 0);
  if (fresh.length === 0) return;
  for (const { from, to } of slicesOf(pack, fresh)) {
    const indexes = fresh.subarray(from, to);
    const base = startOf(pack, indexes[0] as number);
    const last = indexes[indexes.length - 1] as number;
    const bytes = pack.bytes.subarray(base, startOf(pack, last) + recordBytes(pack, last));
    connection.run(INSERT, [bytes, startsOf(connection, pack, { of: indexes, base }), from]);
  }
  const seqs = seqsOf(pack, fresh, places);
  const byHash = among(order, isRefused, 0);
  insertIds(connection, { hashes: picked(hashes, byHash), seqs: picked(seqs, byHash) });
}

/** The driver copies what is bound: copies that fit into the processor's cache cost half of one that needs new memory. */
const SLICE_BYTES = 1 << 20;

/** Ranges of events that lie within so many bytes; at least one each. */
function* slicesOf(pack: EventPack, of: Int32Array): Generator<{ readonly from: number; readonly to: number }> {
  for (let from = 0; from < of.length; ) {
    const end = startOf(pack, of[from] as number) + SLICE_BYTES;
    let to = from + 1;
    while (to < of.length && startOf(pack, of[to] as number) < end) to++;
    yield { from, to };
    from = to;
  }
}

function startOf({ fields }: EventPack, index: number): number {
  return fields[index * STRIDE + FIELD.start] as number;
}

/** By index: the seq that INSERT gives an event, for those that are `fresh`. */
function seqsOf(pack: EventPack, fresh: Int32Array, places: readonly Place[]): Float64Array {
  const placeOf = bySource(places);
  const firstSeqs = pack.words.map(({ source }) => must(placeOf, source).firstSeq);
  const seqs = new Float64Array(pack.count);
  for (let position = 0; position < fresh.length; position++) {
    const index = fresh[position] as number;
    seqs[index] = (firstSeqs[pack.fields[index * STRIDE + FIELD.word] as number] as number) + position;
  }
  return seqs;
}

/** Some records alone, one after the other, each behind the seq that it is compared with: far fewer bytes to hand to SQLite than the pack's. */
function recordsOf(
  connection: Connection,
  pack: EventPack,
  hits: readonly Hit[],
): { readonly bytes: Uint8Array; readonly starts: Buffer } {
  const size = hits.reduce((sum, { index }) => sum + SEQ_DIGITS + recordBytes(pack, index), 0);
  const records = new DigitWriter(size);
  const starts = Int32Array.from(hits, ({ index, seq }) => {
    const upper = Math.floor(seq / 1e8);
    records.digits(upper, SEQ_DIGITS - 8);
    records.digits(seq - upper * 1e8, 8);
    const start = records.end;
    const from = pack.fields[index * STRIDE + FIELD.start] as number;
    records.bytes.set(pack.bytes.subarray(from, from + recordBytes(pack, index)), start);
    records.end += recordBytes(pack, index);
    return start;
  });
  return { bytes: records.bytes, starts: jsonOf(connection, starts) };
}

function recordBytes({ fields }: EventPack, index: number): number {
  const field = (name: number): number => fields[index * STRIDE + name] as number;
  const payload = field(FIELD.payloadBytes);
  return HEAD_BYTES + payload + field(FIELD.idBytes) + field(FIELD.timeBytes) + field(FIELD.ingestedBytes);
}

/** Those of the indexes whose flag is as asked for. In a loop, as all that is done for each event: a callback costs more than the work. */
function among(indexes: Int32Array, flags: Uint8Array, flag: 0 | 1): Int32Array {
  const found = new Int32Array(indexes.length);
  let count = 0;
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i] as number;
    if (flags[index] === flag) found[count++] = index;
  }
  return found.subarray(0, count);
}

/** Values in the order of some indexes. */
function picked(values: Float64Array, indexes: Int32Array): Float64Array {
  const found = new Float64Array(indexes.length);
  for (let i = 0; i < indexes.length; i++) found[i] = values[indexes[i] as number] as number;
  return found;
}

function indexes(count: number): Int32Array {
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  return numbers;
}

/** Counted from byte `base` of the pack. */
function startsOf(
  connection: Connection,
  pack: EventPack,
  { of, base = 0 }: { readonly of: Int32Array; readonly base?: number },
): Buffer {
  const starts = new Int32Array(of.length);
  for (let i = 0; i < of.length; i++) starts[i] = startOf(pack, of[i] as number) - base;
  return jsonOf(connection, starts);
}

/** Where records start, as a JSON array in bytes: made of fifty thousand strings it would cost as much as the insert. */
function jsonOf(connection: Connection, starts: Int32Array): Buffer {
  const text = connection.digits.begin(starts.length * 11 + 2);
  text.byte(0x5b);
  for (let i = 0; i < starts.length; i++) {
    if (i > 0) text.byte(0x2c);
    text.number((starts[i] as number) + 1);
  }
  text.byte(0x5d);
  return text.written();
}

const bySource = (places: readonly Place[]): ReadonlyMap<number, Place> =>
  new Map(places.map(place => [place.source, place]));

function setWords(connection: Connection, pack: EventPack, places: readonly Place[]): void {
  const placeOf = bySource(places);
  const rows = pack.words.map(({ source, eventType, vendor }) => {
    const { firstSeq, batchId } = must(placeOf, source);
    return [eventType, vendor, firstSeq, batchId];
  });
  connection.exec(WORD_TABLE);
  connection.exec('DELETE FROM word');
  connection.run(WORDS, [JSON.stringify(rows)]);
}

const WORD_TABLE = `CREATE TEMP TABLE IF NOT EXISTS word (
  i INTEGER PRIMARY KEY, event_type TEXT NOT NULL, vendor TEXT, first_seq INTEGER NOT NULL, batch_id TEXT NOT NULL
)`;
const WORDS = 'INSERT INTO word SELECT key, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)';
