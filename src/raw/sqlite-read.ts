// Events out of events_raw, many in one text: the driver takes far longer for a row of seven columns than SQLite does.
// Knows no batches, only ranges of seq.

import type { StoredEvent } from './raw-store.ts';
import type { Connection } from './sqlite-file.ts';

export interface SeqRange {
  readonly from: number;
  /** Not in the range. */
  readonly to: number;
}

export interface Chunk {
  readonly events: readonly StoredEvent[];
  /** `from` of the range less one where there are none. */
  readonly lastSeq: number;
}

const CHUNK_ROWS = 5_000;
const CHUNK_BYTES = 32 << 20;

/** Between two values of a joined text: no JSON text has it, and what else has it is told by the count (see readChunk). */
const SEPARATOR = '\u001f';
const FIELDS = 6;

// Vendor may be NULL: n, or s and the vendor. The long value last: every other one is copied once more.
const JOINED = `SELECT count(*), max(seq), group_concat(row, char(31)) FROM (
    SELECT seq, concat_ws(char(31), event_id, event_type, event_time, iif(vendor IS NULL, 'n', 's' || vendor), ingested_at, payload) AS row
    FROM events_raw WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ?3
  )`;
const PLAIN = `SELECT seq, event_id, event_type, event_time, vendor, payload, ingested_at
  FROM events_raw WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ?3`;
const LONGEST = 'SELECT max(octet_length(payload)) FROM events_raw WHERE seq >= ?1 AND seq < ?2';

/** How many events of a range may be read at once, so that no text grows too long. */
export function rowsOfChunk(connection: Connection, range: SeqRange): number {
  const [[longest] = []] = connection.rows(LONGEST, [range.from, range.to]) as [number | null][];
  return Math.max(1, Math.min(CHUNK_ROWS, Math.floor(CHUNK_BYTES / ((longest ?? 0) + 256))));
}

/** The next events of a range, `limit` at most. */
export function readChunk(
  connection: Connection,
  options: SeqRange & { readonly limit: number; readonly batchId: string },
): Chunk {
  const bindings = [options.from, options.to, options.limit];
  const [row] = connection.rows(JOINED, bindings) as [number, number | null, string | null][];
  const [count, lastSeq, text] = row ?? [0, null, null];
  if (lastSeq === null || text === null) return { events: [], lastSeq: options.from - 1 };
  const values = text.split(SEPARATOR);
  // One more or less, and some id, type or vendor holds the separator itself.
  if (values.length !== count * FIELDS) return readPlain(connection, options);
  const events: StoredEvent[] = [];
  for (let at = 0; at < values.length; at += FIELDS) {
    const vendor = values[at + 3] as string;
    events.push({
      eventId: values[at] as string,
      eventType: values[at + 1] as string,
      eventTime: values[at + 2] as string,
      vendor: vendor === 'n' ? null : vendor.slice(1),
      payload: values[at + 5] as string,
      ingestedAt: values[at + 4] as string,
      batchId: options.batchId,
    });
  }
  return { events, lastSeq };
}

function readPlain(
  connection: Connection,
  { from, to, limit, batchId }: SeqRange & { readonly limit: number; readonly batchId: string },
): Chunk {
  const rows = connection.rows(PLAIN, [from, to, limit]) as PlainRow[];
  const events = rows.map(([, eventId, eventType, eventTime, vendor, payload, ingestedAt]) => {
    return { eventId, eventType, eventTime, vendor, payload, ingestedAt, batchId };
  });
  return { events, lastSeq: rows.at(-1)?.[0] ?? from - 1 };
}

type PlainRow = [number, string, string, string, string | null, string, string];
