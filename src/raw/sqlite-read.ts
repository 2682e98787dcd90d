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

const joined = (field: string, at: number): string =>
  `group_concat(${field === 'vendor' ? `coalesce(vendor, ${NOTHING})` : field}, ${SEPARATOR}) AS c${at}`;
const bytes = FREE.map(at => `octet_length(c${at})`).join(' + ');
const NEXT = `SELECT * FROM events_raw WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ?3`;
const JOINED = `SELECT events, last_seq, holds_nothing, ${bytes}, ${FIELDS.map((_, at) => `c${at}`).join(', ')}
  FROM (SELECT count(*) AS events, max(seq) AS last_seq,
      max(coalesce(${NOTHING} IN (event_id, event_type, vendor), 0)) AS holds_nothing, ${FIELDS.map(joined).join(', ')}
    FROM (${NEXT}))`;
// As bytes: the driver ends a text at its first NUL.
const PLAIN = `SELECT ${FIELDS.map(field => `CAST(${field} AS BLOB)`).join(', ')} FROM (${NEXT})`;
const LONGEST = 'SELECT max(octet_length(payload)) FROM events_raw WHERE seq >= ?1 AND seq < ?2';

/** How many events of a range may be read at once, so that no text grows too long. */
export function rowsOfChunk(connection: Connection, range: SeqRange): number {
  const [[longest] = []] = connection.rows(LONGEST, [range.from, range.to]) as [number | null][];
  return Math.max(1, Math.min(CHUNK_ROWS, Math.floor(CHUNK_BYTES / ((longest ?? 0) + 256))));
}

/** The next events of a range, `limit` at most. */
export function readChunk(connection: Connection, options: SeqRange & { readonly limit: number }): Chunk {
  const bindings = [options.from, options.to, options.limit];
  const [row] = connection.rows(JOINED, bindings) as [number, number | null, number, number, ...string[]][];
  const [rows, lastSeq, holdsNothing, bytesOfFree, ...columns] = row ?? [0, null, 0, 0];
  if (lastSeq === null) return { events: undefined, lastSeq: options.from - 1 };
  const free = FREE.map(at => columns[at] ?? '');
  // One more, and some id, type or vendor holds the separator itself; fewer bytes, and one holds a NUL.
  const isPlain =
    holdsNothing === 0 &&
    free.every(texts => countTexts(texts, USUAL_MARKS) === rows) &&
    free.reduce((sum, texts) => sum + Buffer.byteLength(texts), 0) === bytesOfFree;
  if (isPlain) return { events: { rows, marks: USUAL_MARKS, columns }, lastSeq };
  const plain = connection.rows(PLAIN, bindings) as (ArrayBuffer | null)[][];
  return { events: joinRows(plain.map(textsOf), FIELDS.length), lastSeq };
}

const textsOf = (row: readonly (ArrayBuffer | null)[]): TextRow =>
  row.map(bytes => (bytes === null ? null : Buffer.from(bytes).toString()));
