// The raw store's index of event ids: 48 bits of each id's hash, and where its event lies. Far smaller than the ids' texts.
// A hash that is there only says where to look: whether an event has the id, its text decides.

import { type EventPack, FIELD, STRIDE } from './event-pack.ts';
import { hashId } from './ids-hash.ts';
import type { Connection } from './sqlite-file.ts';

/** Hashes and seqs side by side. */
export interface IdEntries {
  /** Ascending. */
  readonly hashes: Float64Array;
  readonly seqs: Float64Array;
}

// Seq as an object's name, hash as its value: the cheapest way to bring pairs of numbers into SQL in one binding.
const INSERT = 'INSERT INTO event_ids (hash, seq) SELECT value, key FROM json_each(CAST(?1 AS TEXT))';
const FIND = `SELECT group_concat(j.key || ' ' || e.seq)
  FROM json_each(CAST(?1 AS TEXT)) AS j CROSS JOIN event_ids AS e ON e.hash = j.value`;
const IDS = 'SELECT seq, event_id FROM events_raw WHERE seq > ?1 ORDER BY seq LIMIT 10000';

/**
 * Which hashes may be among the stored ones: of a store that was empty when this process began to write into it. Most of a first load
 * is new, and told so without asking SQLite. A filter by the first 26 bits: what it lets through is looked up all the same.
 */
export class SeenIds {
  private readonly bits = new Int32Array(2 ** (FILTER_BITS - 5));
  private readonly version: number;

  private constructor(version: number) {
    this.version = version;
  }

  /** To be asked within a transaction that writes. Undefined where something is stored already. */
  static ofNone(connection: Connection): SeenIds | undefined {
    return connection.rows(ANY, []).length > 0 ? undefined : new SeenIds(dataVersion(connection));
  }

  /** Whether nobody else has written since. */
  isAll(connection: Connection): boolean {
    return dataVersion(connection) === this.version;
  }

  /** Positions of the hashes that may be stored; all are stored from now on, or may be. */
  sift(hashes: Float64Array): Int32Array {
    const { bits } = this;
    const maybe = new Int32Array(hashes.length);
    let count = 0;
    for (let i = 0; i < hashes.length; i++) {
      const key = Math.floor((hashes[i] as number) / 2 ** (48 - FILTER_BITS));
      const mask = 1 << (key & 31);
      const word = key >>> 5;
      const held = bits[word] as number;
      if ((held & mask) !== 0) maybe[count++] = i;
      else bits[word] = held | mask;
    }
    return maybe.subarray(0, count);
  }
}

/** 8 MB; of ten million ids one in seven lets a stranger through. */
const FILTER_BITS = 26;
const ANY = 'SELECT 1 FROM event_ids LIMIT 1';

/** Another number once another connection has committed anything. */
function dataVersion(connection: Connection): number {
  const [[version] = []] = connection.rows('PRAGMA data_version', []) as [number][];
  return version ?? 0;
}

export function insertIds(connection: Connection, { hashes, seqs }: IdEntries): void {
  const text = connection.digits.begin(hashes.length * 37 + 2);
  text.byte(0x7b);
  for (let i = 0; i < hashes.length; i++) {
    if (i > 0) text.byte(0x2c);
    text.byte(0x22);
    text.number(seqs[i] as number);
    text.byte(0x22);
    text.byte(0x3a);
    text.number(hashes[i] as number);
  }
  text.byte(0x7d);
  connection.run(INSERT, [text.written()]);
}

/** Where events lie whose ids have one of the hashes: its position among them, and the event's seq. One may have several. */
export function findIds(connection: Connection, hashes: Float64Array): (readonly [position: number, seq: number])[] {
  const text = connection.digits.begin(hashes.length * 17 + 2);
  text.byte(0x5b);
  for (let i = 0; i < hashes.length; i++) {
    if (i > 0) text.byte(0x2c);
    text.number(hashes[i] as number);
  }
  text.byte(0x5d);
  // As one text: a row of its own for each would cost more than finding it.
  const [[found] = []] = connection.rows(FIND, [text.written()]) as [string | null][];
  if (!found) return [];
  return found.split(',').map(pair => {
    const gap = pair.indexOf(' ');
    return [Number(pair.slice(0, gap)), Number(pair.slice(gap + 1))];
  });
}

/** The hash of an id. */
export function idHash(eventId: string): number {
  const bytes = Buffer.from(eventId);
  const bits = new Int32Array(2);
  hashId(bytes, bytes.length, { bits, at: 0 });
  return joined(bits[0] as number, bits[1] as number);
}

/** The hashes of a pack's ids. */
export function idHashes({ count, fields }: EventPack): Float64Array {
  const hashes = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * STRIDE;
    hashes[i] = joined(fields[at + FIELD.hashHigh] as number, fields[at + FIELD.hashLow] as number);
  }
  return hashes;
}

/** 48 bits: SQLite keeps them in 6 bytes, and a double holds them. */
function joined(high: number, low: number): number {
  return high * 2 ** 18 + (low >>> 12);
}

/** Fills the index from the events that are stored. */
export function fillIds(connection: Connection): void {
  for (let after = -1; ; ) {
    const rows = connection.rows(IDS, [after]) as [seq: number, eventId: string][];
    const last = rows.at(-1);
    if (last === undefined) return;
    const hashed = rows.map(([seq, eventId]) => [idHash(eventId), seq] as const).sort(([a], [b]) => a - b);
    insertIds(connection, {
      hashes: Float64Array.from(hashed, ([hash]) => hash),
      seqs: Float64Array.from(hashed, ([, seq]) => seq),
    });
    [after] = last;
  }
}

/** Indexes by ascending hash; equal ones keep their order. A radix sort: four passes of 12 bits, on integers of 32. */
export function orderByHash(hashes: Float64Array): Int32Array {
  const { length } = hashes;
  const uppers = new Int32Array(length);
  const lowers = new Int32Array(length);
  let order: Int32Array = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const upper = Math.floor((hashes[i] as number) / 2 ** 24);
    uppers[i] = upper;
    lowers[i] = (hashes[i] as number) - upper * 2 ** 24;
    order[i] = i;
  }
  for (const keys of [lowers, uppers]) order = sortedBy(keys, sortedBy(keys, order, 0), 12);
  return order;
}

const DIGIT_BITS = 12;

/** One pass: the indexes by the 12 bits of their keys from `shift` on. */
function sortedBy(keys: Int32Array, order: Int32Array, shift: 0 | 12): Int32Array {
  const mask = 2 ** DIGIT_BITS - 1;
  const ends = new Int32Array(mask + 2);
  for (let i = 0; i < keys.length; i++) {
    const slot = (((keys[i] as number) >>> shift) & mask) + 1;
    ends[slot] = (ends[slot] as number) + 1;
  }
  for (let slot = 1; slot < ends.length; slot++) ends[slot] = (ends[slot] as number) + (ends[slot - 1] as number);
  const sorted = new Int32Array(order.length);
  for (let i = 0; i < order.length; i++) {
    const index = order[i] as number;
    const slot = ((keys[index] as number) >>> shift) & mask;
    const place = ends[slot] as number;
    sorted[place] = index;
    ends[slot] = place + 1;
  }
  return sorted;
}
