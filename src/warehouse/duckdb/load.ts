// Rows of text -> a typed table, fast. A batch's columns go over as one joined text each and are split by DuckDB:
// one call into the engine a column, instead of one a value (300,000 raw events: 1.0 s; by the appender 4 s).

import { type DuckDBConnection, type DuckDBPreparedStatement, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { PulseError } from '../../errors.ts';
import type { SqlType } from '../../googlesql/type.ts';
import type { TableSpec } from '../warehouse.ts';
import { columnType } from './dialect.ts';
import { quoteName, quoteText } from './quote.ts';
import { isInterrupt, toPulseError } from './trouble.ts';

export type TextRow = readonly (string | null)[];

/** A batch ends at whichever comes first. */
const BATCH_ROWS = 5_000;
const BATCH_CHARACTERS = 8_000_000;

/** Stand between texts, and for NULL. Text that holds the first or equals the second makes its batch take others. */
interface Marks {
  readonly separator: string;
  readonly nothing: string;
}
const USUAL: Marks = { separator: '\u001f', nothing: '\u001e' };

const full = (text: string, pattern: string): string =>
  `CASE WHEN NOT regexp_full_match(${text}, ${quoteText(pattern)}) THEN 'not of this type' ELSE ${text} END`;

/** How a text becomes a value of `type`. DuckDB's own casts take '1.5' for an INT64 and '2023-03-31x' for a DATE: not here. */
function parsed(text: string, type: SqlType): string {
  const cast = (from: string): string => `CAST(${from} AS ${columnType(type)})`;
  switch (type.kind) {
    case 'STRING':
      return text;
    case 'INT64':
      return cast(full(text, '[+-]?[0-9]+'));
    case 'NUMERIC':
      return decimal(full(text, '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?'), cast);
    case 'BOOL':
      return cast(full(text, '(?i)true|false'));
    case 'DATE':
      return cast(`CASE WHEN ${text} NOT LIKE '____-__-__' THEN 'not a day' ELSE ${text} END`);
    case 'DATETIME':
      return cast(full(text, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?)?'));
    case 'TIMESTAMP':
      return instant(text);
    case 'TIME':
      return cast(full(text, '[0-9]{1,2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?'));
    case 'BYTES':
      return `from_base64(${text})`;
    case 'JSON':
      return `CAST(CAST(${text} AS JSON) AS VARCHAR)`;
    case 'ARRAY':
    case 'STRUCT':
      return cast(`CAST(${text} AS JSON)`);
    default:
      return cast(text);
  }
}

/** DuckDB parses text as DECIMAL(38, 9) 150 times slower than as DECIMAL(18, 9), which is as exact where it fits. */
const decimal = (checked: string, cast: (from: string) => string): string =>
  `coalesce(${cast(`TRY_CAST(${checked} AS DECIMAL(18, 9))`)}, ${cast(checked)})`;

/**
 * A cast to TIMESTAMP drops an offset, and a seventh digit, silently; one to TIMESTAMPTZ heeds the offset. Both that and the
 * pattern cost five times what the cast does, so the usual form goes by itself.
 */
function instant(text: string): string {
  const checked = full(
    text,
    '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?( ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?)?',
  );
  return `CASE WHEN ${text} LIKE '____-__-__T__:__:__%Z' AND length(${text}) <= 27 THEN CAST(${text} AS TIMESTAMP)
ELSE timezone('UTC', CAST(${checked} AS TIMESTAMPTZ)) END`;
}

/** The rows of a batch: one joined text a parameter, from $1; the last parameter but one is the row count, the last the NULL mark. */
function splitRows(spec: TableSpec): string {
  const count = spec.columns.length;
  const separator = `$${count + 1}`;
  const lists = spec.columns.map((_, i) => `string_split($${i + 1}, ${separator}) AS "_l${i}"`);
  const sizes = spec.columns.map((_, i) => `len("_l${i}") = $${count + 2}`);
  const texts = spec.columns.map((_, i) => `unnest("_l${i}") AS "_c${i}"`);
  const values = spec.columns.map((_, i) => `nullif("_c${i}", $${count + 3}) AS "_c${i}"`);
  // Where a text holds the separator, a list is too long and the batch gives no row at all.
  return `SELECT ${values.join(', ')} FROM (SELECT ${texts.join(', ')} FROM (SELECT ${lists.join(', ')}) WHERE ${sizes.join(' AND ')})`;
}

const insertSql = (table: string, spec: TableSpec): string =>
  `INSERT INTO ${quoteName(table)} SELECT ${spec.columns.map((column, i) => parsed(`"_c${i}"`, column.type)).join(', ')}
FROM (${splitRows(spec)})`;

/** Marks that no text of the rows holds: characters of the private use planes that are not there. */
function unusedMarks(rows: readonly TextRow[]): Marks {
  const used = new Set<number>();
  for (const row of rows) for (const text of row) for (const char of text ?? '') used.add(char.codePointAt(0) ?? 0);
  const free: string[] = [];
  for (let code = 0xf0000; free.length < 2; code++) if (!used.has(code)) free.push(String.fromCodePoint(code));
  const [separator = '', nothing = ''] = free;
  return { separator, nothing };
}

/** The columns' joined texts; undefined where a text equals the mark for NULL. */
function joinColumns(rows: readonly TextRow[], width: number, marks: Marks): string[] | undefined {
  const joined: string[] = [];
  for (let column = 0; column < width; column++) {
    const texts = new Array<string>(rows.length);
    for (let i = 0; i < rows.length; i++) {
      const text = rows[i]?.[column] ?? null;
      if (text === marks.nothing) return undefined;
      texts[i] = text ?? marks.nothing;
    }
    joined.push(texts.join(marks.separator));
  }
  return joined;
}

function bind(statement: DuckDBPreparedStatement, rows: number, joined: readonly string[], marks: Marks): void {
  joined.forEach((text, i) => {
    statement.bindVarchar(i + 1, text);
  });
  statement.bindVarchar(joined.length + 1, marks.separator);
  statement.bindInteger(joined.length + 2, rows);
  statement.bindVarchar(joined.length + 3, marks.nothing);
}

/** Collects rows into batches of bounded size. */
async function* batched(rows: AsyncIterable<readonly TextRow[]>): AsyncGenerator<readonly TextRow[]> {
  let batch: TextRow[] = [];
  let characters = 0;
  for await (const chunk of rows) {
    for (const row of chunk) {
      batch.push(row);
      for (const text of row) characters += text?.length ?? 0;
      if (batch.length < BATCH_ROWS && characters < BATCH_CHARACTERS) continue;
      yield batch;
      batch = [];
      characters = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

/**
 * Writes rows of text into `table`, which stands already; while DuckDB works on one batch, the next is joined.
 *
 * @throws {PulseError} WAREHOUSE_QUERY_FAILED naming column and value where a text is not of its column's type.
 */
export async function loadRows(
  connection: DuckDBConnection,
  target: { readonly table: string; readonly spec: TableSpec },
  rows: AsyncIterable<readonly TextRow[]>,
): Promise<number> {
  const sql = insertSql(target.table, target.spec);
  const statements = [await connection.prepare(sql), await connection.prepare(sql)] as const;
  let written = 0;
  let underWay: Promise<number> = Promise.resolve(0);
  let turn = 0;
  try {
    for await (const batch of batched(rows)) {
      checkWidth(batch, target.spec);
      const usual = joinColumns(batch, target.spec.columns.length, USUAL);
      const statement = statements[turn++ % 2 === 0 ? 0 : 1];
      if (usual !== undefined) bind(statement, batch.length, usual, USUAL);
      written += await underWay;
      underWay = insertBatch({ connection, statement, batch, spec: target.spec, isBound: usual !== undefined });
      underWay.catch(() => undefined);
    }
    return written + (await underWay);
  } finally {
    await underWay.catch(() => undefined);
    for (const statement of statements) statement.destroySync();
  }
}

function checkWidth(rows: readonly TextRow[], spec: TableSpec): void {
  const odd = rows.find(row => row.length !== spec.columns.length);
  if (odd === undefined) return;
  throw new Error(`a row of "${spec.name}" has ${odd.length} values for ${spec.columns.length} columns`);
}

interface Batch {
  readonly connection: DuckDBConnection;
  readonly batch: readonly TextRow[];
  readonly spec: TableSpec;
}
interface BoundBatch extends Batch {
  readonly statement: DuckDBPreparedStatement;
  readonly isBound: boolean;
}

async function insertBatch({ connection, statement, batch, spec, isBound }: BoundBatch): Promise<number> {
  try {
    if (isBound && (await statement.run()).rowsChanged === batch.length) return batch.length;
    const marks = unusedMarks(batch);
    bind(statement, batch.length, joinColumns(batch, spec.columns.length, marks) ?? [], marks);
    const { rowsChanged } = await statement.run();
    if (rowsChanged !== batch.length)
      throw new Error(`${rowsChanged} of ${batch.length} rows of "${spec.name}" were loaded`);
    return batch.length;
  } catch (error) {
    if (isInterrupt(error)) throw error;
    throw (await faultOf({ connection, batch, spec }, error)) ?? toPulseError(error);
  }
}

/** Which value it was that DuckDB refused: looked for column by column, now that there is one. */
async function faultOf({ connection, batch, spec }: Batch, cause: unknown): Promise<PulseError | undefined> {
  // The transaction is lost either way; it must end before the questions can be asked.
  await connection.run('ROLLBACK').catch(() => undefined);
  for (const [i, { name, type, required }] of spec.columns.entries()) {
    const texts = [...new Set(batch.map(row => row[i] ?? null))];
    const bad = type.kind === 'STRING' ? undefined : await unparsable(connection, texts, type);
    const fault =
      bad !== undefined
        ? `${JSON.stringify(bad.slice(0, 200))} in column ${name} is not a value of ${type.kind}`
        : required && texts.includes(null)
          ? `column ${name} is REQUIRED, and a row has NULL there`
          : undefined;
    if (fault !== undefined) return new PulseError('WAREHOUSE_QUERY_FAILED', `"${spec.name}": ${fault}.`, { cause });
  }
  return undefined;
}

async function unparsable(
  connection: DuckDBConnection,
  texts: readonly (string | null)[],
  type: SqlType,
): Promise<string | undefined> {
  const sql = `SELECT "_c" FROM (SELECT unnest($1) AS "_c") WHERE "_c" IS NOT NULL AND TRY(${parsed('"_c"', type)}) IS NULL LIMIT 1`;
  const result = await connection.run(sql, [listValue(texts)], [LIST(VARCHAR)]);
  const [[value] = []] = await result.getRows();
  return typeof value === 'string' ? value : undefined;
}
