// What the warehouse keeps beside a column of JSON texts, so that nobody has to look for it again: the text that DuckDB's own functions
// read as GoogleSQL reads the column's. It stands in a twin of the column, which no query can name. A table without the twin, and a row
// without such a text, are searched for what is odd (functions/json.ts). Pure text.

import { quoteName, quoteText } from './names.ts';
import type { Column } from './tree.ts';

/** What is known of a JSON text, or of parts of it. */
export interface Plain {
  /** A column: '' where nothing is odd in the text, else the text with its unusual numbers marked, NULL where that will not do. */
  readonly sql: string;
  /** Whether the text is the one that the column tells of, and not a part of it, or NULL. */
  readonly isOwn: boolean;
}

const TWIN = '_pulse_plain/';

/** What the twin of a column is called. No column of an asset can have a slash in its name. */
export const twinName = (column: string): string => `${TWIN}${column}`;

/** A condition of DuckDB's: whether a column, by this SQL of its name, is the twin of another one. */
export const isTwin = (name: string): string => `starts_with(${name}, ${quoteText(TWIN)})`;

/** The twin that a table may have for a column: the events' payload, of which ingestion takes none with a name twice in an object. */
export const twinOf = ({ name, type }: Column): Plain | undefined =>
  name === 'payload' && type.kind === 'STRING' ? { sql: twinName(name), isOwn: true } : undefined;

/** The table with that column, which is NULL where the table has none: DuckDB plans it as the table alone. */
export const besideTwin = (table: string, twin: string): string =>
  `(SELECT * FROM ${table} UNION ALL BY NAME SELECT NULL::VARCHAR AS ${quoteName(twin)} WHERE FALSE)`;

const BESIDE_TWIN =
  /^\(SELECT \* FROM "(?:[^"]|"")*" UNION ALL BY NAME SELECT NULL::VARCHAR AS "(?:[^"]|"")*" WHERE FALSE\)/;

/** Whether the FROM is such a table. */
export const isBesideTwin = (from: string): boolean => BESIDE_TWIN.test(from);

const OF_FIRST: ReadonlySet<string> = new Set([
  'json_query',
  'json_extract',
  'json_query_array',
  'json_extract_array',
  'nullif',
]);
const OF_ANY: ReadonlySet<string> = new Set(['coalesce', 'ifnull']);

/** What is known of a function's result: that it is part of something known, or one of several parts of the same. */
export function knownOf(name: string, args: readonly { readonly plain?: Plain | undefined }[]): Plain | undefined {
  const known = args[0]?.plain;
  const isKnown = OF_FIRST.has(name) || (OF_ANY.has(name) && args.every(({ plain }) => plain?.sql === known?.sql));
  return isKnown && known ? { ...known, isOwn: false } : undefined;
}
