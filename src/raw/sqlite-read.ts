// Events out of events_raw by column, many in one text: the driver takes far longer for a row of seven columns than SQLite
// does. Knows no batches, only ranges of seq.

import { countTexts, joinRows, type TextRow, USUAL_MARKS } from '../text-columns.ts';
import type { EventColumns } from './event-columns.ts';
import type { Connection } from './sqlite-file.ts';

export interface SeqRange {
  readonly from: number;
  /** Not in the range. */
  readonly to: number;
}

export interface Chunk {
  /** Undefined where the range has none left. */
  readonly events: EventColumns | undefined;
  /** `from` of the range less one where there are none. */
  readonly lastSeq: number;
}

const CHUNK_ROWS = 5_000;
const CHUNK_BYTES = 32 << 20;

const SEPARATOR = `char(${USUAL_MARKS.separator.charCodeAt(0)})`;
const NOTHING = `char(${USUAL_MARKS.nothing.charCodeAt(0)})`;
/** In the order of EVENT_FIELDS. */
const FIELDS = ['event_id', 'event_type', 'event_time', 'vendor', 'payload', 'ingested_at'];
/** The fields that may hold any character, by their place; times are canonical, and JSON text has no control character. */
const FREE = [0, 1, 3];

const joined = (field: string): string =>
  `group_concat(${field === 'vendor' ? `coalesce(vendor, ${NOTHING})` : field}, ${SEPARATOR})`;
const NEXT = `SELECT * FROM events_raw WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ?3`;
const JOINED = `SELECT count(*), max(seq), max(coalesce(${NOTHING} IN (event_id, event_type, vendor), 0)), ${FIELDS.map(joined).join(', ')}
  FROM (${NEXT})`;
const PLAIN = `SELECT ${FIELDS.join(', ')} FROM (${NEXT})`;
const LONGEST = 'SELECT max(octet_length(payload)) FROM events_raw WHERE seq >= ?1 AND seq < ?2';

/** How many events of a range may be read at once, so that no text grows too long. */
export function rowsOfChunk(connection: Connection, range: SeqRange): number {
  const [[longest] = []] = connection.rows(LONGEST, [range.from, range.to]) as [number | null][];
  return Math.max(1, Math.min(CHUNK_ROWS, Math.floor(CHUNK_BYTES / ((longest ?? 0) + 256))));
}

/** The next events of a range, `limit` at most. */
export function readChunk(connection: Connection, options: SeqRange & { readonly limit: number }): Chunk {
  const bindings = [options.from, options.to, options.limit];
  const [row] = connection.rows(JOINED, bindings) as [number, number | null, number, ...string[]][];
  const [rows, lastSeq, holdsNothing, ...columns] = row ?? [0, null, 0];
  if (lastSeq === null) return { events: undefined, lastSeq: options.from - 1 };
  // One more, and some id, type or vendor holds the separator itself.
  const isPlain = holdsNothing === 0 && FREE.every(at => countTexts(columns[at] ?? '', USUAL_MARKS) === rows);
  const events = isPlain
    ? { rows, marks: USUAL_MARKS, columns }
    : joinRows(connection.rows(PLAIN, bindings) as TextRow[], FIELDS.length);
  return { events, lastSeq };
}
