// One pack of events into events_raw, in one statement: SQLite cuts the texts out of the pack's own bytes.
// Tells which were there already. Runs inside the caller's transaction; knows no batches.

import { DigitWriter } from './digit-writer.ts';
import { type EventPack, eventAt, FIELD, STRIDE } from './event-pack.ts';
import type { IncomingEvent } from './raw-store.ts';
import type { Connection } from './sqlite-file.ts';

/** An event that was there already: at `index` of the pack, and the same (a duplicate) or not (a conflict). */
export interface Refused {
  readonly index: number;
  readonly event: IncomingEvent;
  readonly stored: Stored;
}

export interface Stored {
  readonly eventType: string;
  readonly eventTime: string;
  readonly vendor: string | null;
  /** Null where it is the newcomer's, byte for byte. */
  readonly payload: string | null;
}

// ?1 the pack's bytes, ?2 its places, ?3 the first seq, ?4 the batch.
// A place is two numbers: start and bytes of the payload; lengths of id, time and ingested_at, and the word.
const PLACES = `place AS MATERIALIZED (
  SELECT key AS k, value ->> 0 AS a, value ->> 1 AS b FROM json_each(CAST(?2 AS TEXT))
), piece AS (
  SELECT k, (a >> 25) + 1 AS at, a & 33554431 AS n, (b >> 26) AS id_n, (b >> 21) & 31 AS time_n, (b >> 16) & 31 AS ingested_n, b & 65535 AS w
  FROM place
)`;
const ID = 'CAST(substr(?1, at + n, id_n) AS TEXT)';
const TIME = 'CAST(substr(?1, at + n + id_n, time_n) AS TEXT)';
const PAYLOAD = 'CAST(substr(?1, at, n) AS TEXT)';
const INSERT = `WITH ${PLACES}
  INSERT INTO events_raw (seq, event_id, event_type, event_time, vendor, payload, ingested_at, batch_id)
  SELECT ?3 + k, ${ID}, word.event_type, ${TIME}, word.vendor, ${PAYLOAD},
    CAST(substr(?1, at + n + id_n + time_n, ingested_n) AS TEXT), ?4
  FROM piece CROSS JOIN word ON word.i = w
  WHERE true
  ON CONFLICT (event_id) DO NOTHING`;
const REFUSED = `WITH ${PLACES}
  SELECT k, e.event_type, e.event_time, e.vendor, CASE WHEN e.payload = ${PAYLOAD} THEN NULL ELSE e.payload END
  FROM piece CROSS JOIN events_raw AS e ON e.event_id = ${ID}`;
// ?1 a pack's positions, as many as it has events, ?2 the first seq.
const MISSING = `SELECT key FROM json_each(?1) WHERE NOT EXISTS (SELECT 1 FROM events_raw WHERE seq = ?2 + key)`;

/** Writes the pack's events from `firstSeq` on; gives those that were there already. */
export function insertPack(
  connection: Connection,
  pack: EventPack,
  place: { readonly firstSeq: number; readonly batchId: string },
): readonly Refused[] {
  if (pack.count === 0) return [];
  const order = orderById(pack);
  const places = placesOf(pack, order);
  setWords(connection, pack);
  const { changes } = connection.prepare(INSERT).run([pack.bytes, places, place.firstSeq, place.batchId]);
  if (changes === pack.count) return [];
  const positions = `[${new Uint8Array(pack.count).join()}]`;
  const missing = connection.prepare(MISSING).raw().all([positions, place.firstSeq]) as [number][];
  const refused = Int32Array.from(missing, ([position]) => order[position] as number);
  const found = connection
    .prepare(REFUSED)
    .raw()
    .all([pack.bytes, placesOf(pack, refused)]);
  return (found as [number, string, string, string | null, string | null][]).map(
    ([position, eventType, eventTime, vendor, payload]) => {
      const index = refused[position] as number;
      return { index, event: eventAt(pack, index), stored: { eventType, eventTime, vendor, payload } };
    },
  );
}

/**
 * The events' order by the first bytes of their ids: the index on event_id is then written page by page and not all over.
 * Events of one id keep their order, so the first of them wins.
 */
function orderById(pack: EventPack): Int32Array {
  const { bytes, fields, count } = pack;
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const at = (fields[i * STRIDE + FIELD.start] as number) + (fields[i * STRIDE + FIELD.payloadBytes] as number);
    const isLong = (fields[i * STRIDE + FIELD.idBytes] as number) >= 4;
    const prefix = isLong
      ? (bytes[at] as number) * 2 ** 24 +
        ((bytes[at + 1] as number) << 16) +
        ((bytes[at + 2] as number) << 8) +
        (bytes[at + 3] as number)
      : 0;
    keys[i] = prefix * 2 ** 20 + i;
  }
  keys.sort();
  return Int32Array.from(keys, key => key % 2 ** 20);
}

/** [[a,b],…] as bytes: a text of this size made of a hundred thousand strings would cost more than the insert. */
function placesOf(pack: EventPack, order: Int32Array): Buffer {
  const { fields } = pack;
  const text = new DigitWriter(order.length * PLACE_BYTES + 2);
  text.byte(0x5b);
  for (let i = 0; i < order.length; i++) {
    const at = (order[i] as number) * STRIDE;
    const lengths =
      (fields[at + FIELD.idBytes] as number) * 2 ** 10 +
      (fields[at + FIELD.timeBytes] as number) * 2 ** 5 +
      (fields[at + FIELD.ingestedBytes] as number);
    if (i > 0) text.byte(0x2c);
    text.byte(0x5b);
    text.number((fields[at + FIELD.start] as number) * 2 ** 25 + (fields[at + FIELD.payloadBytes] as number));
    text.byte(0x2c);
    text.number(lengths * 2 ** 16 + (fields[at + FIELD.word] as number));
    text.byte(0x5d);
  }
  text.byte(0x5d);
  return text.bytes.subarray(0, text.end);
}

/** Two numbers of 16 digits and four signs. */
const PLACE_BYTES = 36;

function setWords(connection: Connection, pack: EventPack): void {
  connection.exec('CREATE TEMP TABLE IF NOT EXISTS word (i INTEGER PRIMARY KEY, event_type TEXT, vendor TEXT)');
  connection.exec('DELETE FROM word');
  const words = JSON.stringify(pack.words.map(({ eventType, vendor }) => [eventType, vendor]));
  connection.prepare('INSERT INTO word SELECT key, value ->> 0, value ->> 1 FROM json_each(?)').run([words]);
}
