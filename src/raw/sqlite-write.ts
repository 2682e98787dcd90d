// One pack of events into events_raw, in one statement: SQLite cuts the texts out of the pack's own bytes.
// Tells which were there already. Runs inside the caller's transaction; knows no batches.

import { must } from '../errors.ts';
import { DigitWriter } from './digit-writer.ts';
import { type EventPack, eventAt, FIELD, HEAD_BYTES, STRIDE } from './event-pack.ts';
import type { IncomingEvent } from './raw-event.ts';
import type { Connection } from './sqlite-file.ts';

/** What became of a pack's events that were there already, or must not be. */
export interface Refusals {
  /** Their indexes in the pack. */
  readonly refused: Int32Array;
  /** Those of them that are not the stored event byte for byte. */
  readonly different: readonly Different[];
}

export interface Different {
  readonly index: number;
  readonly event: IncomingEvent;
  readonly stored: Pick<IncomingEvent, 'eventType' | 'eventTime' | 'vendor' | 'payload'>;
}

// ?1 the pack's bytes, ?2 where its records start (JSON, bytes from 1). The temporary table `word` is the pack's.
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
const insertInto = (condition: string): string => `WITH ${PLACES}
  INSERT INTO events_raw (seq, event_id, event_type, event_time, vendor, payload, ingested_at, batch_id)
  SELECT word.first_seq + k, ${ID}, word.event_type, ${TIME}, word.vendor, ${PAYLOAD},
    CAST(substr(?1, at + n + id_n + time_n, ingested_n) AS TEXT), word.batch_id
  FROM piece CROSS JOIN word ON word.i = w
  WHERE ${condition}
  ON CONFLICT (event_id) DO NOTHING`;
const INSERT = insertInto('true');
const INSERT_UNLESS_REDACTED = insertInto(
  `NOT EXISTS (SELECT 1 FROM event_redactions AS redacted WHERE redacted.event_id = ${ID})`,
);
const DIFFERENT = `WITH ${PLACES}
  SELECT k, e.event_type, e.event_time, e.vendor, e.payload
  FROM piece CROSS JOIN word ON word.i = w CROSS JOIN events_raw AS e ON e.event_id = ${ID}
  WHERE e.payload <> ${PAYLOAD} OR e.event_time <> ${TIME} OR e.event_type <> word.event_type OR e.vendor IS NOT word.vendor`;
const PRESENT = 'SELECT group_concat(seq - ?1) FROM events_raw WHERE seq >= ?1 AND seq < ?2';

/** Where events of one source of a pack go: their seqs are `firstSeq` and the pack's count of numbers from there on. */
export interface Place {
  readonly source: number;
  readonly batchId: string;
  readonly firstSeq: number;
}

/** Writes the pack's events; gives those that were there already, or were redacted. */
export function insertPack(
  connection: Connection,
  pack: EventPack,
  { places, hasRedacted }: { readonly places: readonly Place[]; readonly hasRedacted: boolean },
): Refusals {
  if (pack.count === 0) return NOTHING_REFUSED;
  const order = orderById(pack);
  setWords(connection, pack, places);
  const starts = order.map(index => pack.fields[index * STRIDE + FIELD.start] as number);
  const changes = connection.run(hasRedacted ? INSERT_UNLESS_REDACTED : INSERT, [pack.bytes, jsonOf(starts)]);
  if (changes === pack.count) return NOTHING_REFUSED;
  const refused = absent(connection, order, places);
  const records = recordsOf(pack, refused);
  const found = connection.rows(DIFFERENT, [records.bytes, jsonOf(records.starts)]) as DifferentRow[];
  const different = found.map(([position, eventType, eventTime, vendor, payload]) => {
    const index = refused[position] as number;
    return { index, event: eventAt(pack, index), stored: { eventType, eventTime, vendor, payload } };
  });
  return { refused, different };
}

type DifferentRow = [number, string, string, string | null, string];

const NOTHING_REFUSED: Refusals = { refused: new Int32Array(0), different: [] };

/** The events of `order` that were not written: their seqs are free. */
function absent(connection: Connection, order: Int32Array, places: readonly Place[]): Int32Array {
  const isPresent = new Uint8Array(order.length);
  for (const { firstSeq } of places) {
    const [[present] = []] = connection.rows(PRESENT, [firstSeq, firstSeq + order.length]) as [string | null][];
    if (present) for (const position of present.split(',')) isPresent[Number(position)] = 1;
  }
  return order.filter((_, position) => isPresent[position] === 0);
}

/** Some records alone, one after the other: far fewer bytes to hand to SQLite than the pack's. */
function recordsOf(pack: EventPack, indexes: Int32Array): { readonly bytes: Uint8Array; readonly starts: Int32Array } {
  const bytes = new Uint8Array(indexes.reduce((sum, index) => sum + recordBytes(pack, index), 0));
  let end = 0;
  const starts = indexes.map(index => {
    const from = pack.fields[index * STRIDE + FIELD.start] as number;
    bytes.set(pack.bytes.subarray(from, from + recordBytes(pack, index)), end);
    end += recordBytes(pack, index);
    return end - recordBytes(pack, index);
  });
  return { bytes, starts };
}

function recordBytes({ fields }: EventPack, index: number): number {
  const field = (name: number): number => fields[index * STRIDE + name] as number;
  const payload = field(FIELD.payloadBytes);
  return HEAD_BYTES + payload + field(FIELD.idBytes) + field(FIELD.timeBytes) + field(FIELD.ingestedBytes);
}

/**
 * The events' order by the first bytes of their ids: the index on event_id is then written page by page and not all over.
 * Events of one id keep their order, so the first of them wins.
 */
function orderById(pack: EventPack): Int32Array {
  const { bytes, fields, count } = pack;
  const prefixes = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * STRIDE;
    const id = (fields[at + FIELD.start] as number) + HEAD_BYTES + (fields[at + FIELD.payloadBytes] as number);
    const isLong = (fields[at + FIELD.idBytes] as number) >= 4;
    const low = ((bytes[id + 1] as number) << 16) | ((bytes[id + 2] as number) << 8) | (bytes[id + 3] as number);
    prefixes[i] = isLong ? (bytes[id] as number) * 2 ** 24 + low : 0;
  }
  const byLow = sortedBy(prefixes, countingUp(count), 0);
  return sortedBy(prefixes, byLow, 16);
}

function countingUp(count: number): Int32Array {
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  return numbers;
}

/** One pass of a radix sort: `order` by 16 bits of its prefixes from `shift` on; equal ones keep their order. */
function sortedBy(prefixes: Uint32Array, order: Int32Array, shift: 0 | 16): Int32Array {
  const ends = new Int32Array(65_537);
  for (const prefix of prefixes) {
    const slot = ((prefix >>> shift) & 0xffff) + 1;
    ends[slot] = (ends[slot] as number) + 1;
  }
  for (let slot = 1; slot < ends.length; slot++) ends[slot] = (ends[slot] as number) + (ends[slot - 1] as number);
  const sorted = new Int32Array(order.length);
  for (const index of order) {
    const slot = ((prefixes[index] as number) >>> shift) & 0xffff;
    const place = ends[slot] as number;
    sorted[place] = index;
    ends[slot] = place + 1;
  }
  return sorted;
}

/** Where records start, as a JSON array in bytes: made of fifty thousand strings it would cost as much as the insert. */
function jsonOf(starts: Int32Array): Buffer {
  const text = new DigitWriter(starts.length * 11 + 2);
  text.byte(0x5b);
  for (let i = 0; i < starts.length; i++) {
    if (i > 0) text.byte(0x2c);
    text.number((starts[i] as number) + 1);
  }
  text.byte(0x5d);
  return text.bytes.subarray(0, text.end);
}

function setWords(connection: Connection, pack: EventPack, places: readonly Place[]): void {
  const bySource = new Map(places.map(place => [place.source, place]));
  const rows = pack.words.map(({ source, eventType, vendor }) => {
    const { firstSeq, batchId } = must(bySource, source);
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
