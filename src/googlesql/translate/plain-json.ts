// What the warehouse keeps beside a column of JSON texts, so that nobody has to look for it again: the text that DuckDB's own functions
// read as GoogleSQL reads the column's. It stands in a twin of the column, which no query can name. A table without the twin, and a row
// without such a text, are searched for what is odd (functions/json.ts). Pure text.

import { quoteName, quoteText } from './names.ts';
import type { Column } from './tree.ts';

/** What is known of a JSON text, or of the texts of an array: SQL, mostly of a column. */
export interface Plain {
  readonly sql: string;
  /**
   * `own`: '' where nothing is odd in the text, else the text with its unusual numbers marked, NULL where that will not do. `part`: the same
   * or the next, of a text that this is a part of, or NULL. `text`: the text to read in its place, perhaps with marks; NULL where there is none.
   */
  readonly kind: 'own' | 'part' | 'text';
  /** Beside a `text`: the text itself where there is none to read in its place, else NULL. So whoever reads need not have it made elsewhere. */
  readonly rest?: string | undefined;
  /** What tells of the text that it is a part of, while it is no column yet. */
  readonly of?: string | undefined;
}

/** The SQL that it has. */
export const sqlsOf = ({ sql, rest }: Plain): readonly string[] => (rest === undefined ? [sql] : [sql, rest]);

/** The same under other names. */
export const renamed = ({ kind, sql, rest }: Plain, rename: (sql: string) => string): Plain => ({
  kind,
  sql: rename(sql),
  ...(rest === undefined ? {} : { rest: rename(rest) }),
});

/** The elements of a JSON array: a list of them, and what comes at less cost. `read` or `written` is NULL. */
export interface Items {
  readonly sql: string;
  /** As they are to be read, perhaps with marks; NULL for JSON's null. */
  readonly read: string;
  /** As they are, where it is not known how to read them. */
  readonly written: string;
  readonly length: string;
}

const TWIN = '_pulse_plain/';

/** What the twin of a column is called. No column of an asset can have a slash in its name. */
export const twinName = (column: string): string => `${TWIN}${column}`;

/** A condition of DuckDB's: whether a column, by this SQL of its name, is the twin of another one. */
export const isTwin = (name: string): string => `starts_with(${name}, ${quoteText(TWIN)})`;

/** The twin that a table may have for a column: the events' payload, of which ingestion takes none with a name twice in an object. */
export const twinOf = ({ name, type }: Column): Plain | undefined =>
  name === 'payload' && type.kind === 'STRING' ? { sql: twinName(name), kind: 'own' } : undefined;

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

/** What is known of a part of a text, or of NULL in its place. */
export const partOf = ({ kind, sql }: Plain): Plain => ({
  kind: 'part',
  sql: kind === 'text' ? `json_plain_of_read(${sql})` : sql,
});

/** What is known of a function's result: that it is part of something known, or one of several parts of the same. */
export function knownOf(name: string, args: readonly { readonly plain?: Plain | undefined }[]): Plain | undefined {
  const known = args[0]?.plain;
  const isKnown = OF_FIRST.has(name) || (OF_ANY.has(name) && args.every(({ plain }) => plain?.sql === known?.sql));
  return isKnown && known ? partOf(known) : undefined;
}
