// Rows of text -> a typed table, fast. A batch's columns go over as one joined text each and are split by DuckDB:
// one call into the engine a column, instead of one a value (300,000 raw events: 1.2 s of CPU; by the appender 4 s).

import { type DuckDBConnection, type DuckDBPreparedStatement, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { PulseError } from '../../errors.ts';
import { plainJson } from '../../googlesql/translate/functions/json.ts';
import type { SqlType } from '../../googlesql/type.ts';
import { joinRows, splitRows, type TextColumns, type TextRow } from '../../text-columns.ts';
import type { TableSpec } from '../warehouse.ts';
import { columnType } from './dialect.ts';
import { quoteTable, quoteText } from './quote.ts';
import { isInterrupt, toPulseError } from './trouble.ts';

/** A batch ends at whichever comes first. */
const BATCH_ROWS = 5_000;
const BATCH_CHARACTERS = 8_000_000;

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
function splitText(spec: TableSpec): string {
  const count = spec.columns.length;
  const separator = `$${count + 1}`;
  // unnest: of texts that stand in the statement itself the optimizer would make lists of values, one by one, at four times the time.
  const texts = spec.columns.map((_, i) => `unnest([CAST($${i + 1} AS VARCHAR)]) AS "_t${i}"`);
  const lists = spec.columns.map((_, i) => `string_split("_t${i}", ${separator}) AS "_l${i}"`);
  const sizes = spec.columns.map((_, i) => `len("_l${i}") = $${count + 2}`);
  const items = spec.columns.map((_, i) => `unnest("_l${i}") AS "_c${i}"`);
  const values = spec.columns.map((_, i) => `nullif("_c${i}", $${count + 3}) AS "_c${i}"`);
  return `SELECT ${values.join(', ')} FROM (SELECT ${items.join(', ')} FROM (SELECT ${lists.join(', ')} FROM (SELECT ${texts.join(', ')})) WHERE ${sizes.join(' AND ')})`;
}

function insertSql({ table, spec, json = [] }: Target): string {
  const values = spec.columns.map((column, i) => parsed(`"_c${i}"`, column.type));
  const twins = json.map(name => plainJson(`"_c${spec.columns.findIndex(column => column.name === name)}"`));
  return `INSERT INTO ${quoteTable(table)} SELECT ${[...values, ...twins].join(', ')}
FROM (${splitText(spec)})`;
}

function bind(statement: DuckDBPreparedStatement, { rows, marks, columns }: TextColumns): void {
  columns.forEach((text, i) => {
    statement.bindVarchar(i + 1, text);
  });
  statement.bindVarchar(columns.length + 1, marks.separator);
  statement.bindInteger(columns.length + 2, rows);
  statement.bindVarchar(columns.length + 3, marks.nothing);
}

/** Collects rows into batches of bounded size. */
async function* batched(rows: AsyncIterable<readonly TextRow[]>, spec: TableSpec): AsyncGenerator<TextColumns> {
  let batch: TextRow[] = [];
  let characters = 0;
  for await (const chunk of rows) {
    for (const row of chunk) {
      checkWidth(row.length, spec);
      batch.push(row);
      for (const text of row) characters += text?.length ?? 0;
      if (batch.length < BATCH_ROWS && characters < BATCH_CHARACTERS) continue;
      yield joinRows(batch, spec.columns.length);
      batch = [];
      characters = 0;
    }
  }
  if (batch.length > 0) yield joinRows(batch, spec.columns.length);
}

interface Target {
  readonly table: string;
  readonly spec: TableSpec;
  /** Columns of JSON texts whose twins the table has, behind all others and in this order. */
  readonly json?: readonly string[];
}

/** Writes rows of text into `target.table`, which stands already. @throws as `loadColumns` does. */
export function loadRows(
  connection: DuckDBConnection,
  target: Target,
  rows: AsyncIterable<readonly TextRow[]>,
): Promise<number> {
  return loadColumns(connection, target, batched(rows, target.spec));
}

/**
 * Writes batches of text columns into `target.table`, which stands already; while DuckDB works on one batch, the next is read.
 *
 * @throws {PulseError} WAREHOUSE_QUERY_FAILED naming column and value where a text is not of its column's type.
 */
export async function loadColumns(
  connection: DuckDBConnection,
  target: Target,
  batches: AsyncIterable<TextColumns>,
): Promise<number> {
  const { spec } = target;
  const sql = insertSql(target);
  const statements = [await connection.prepare(sql), await connection.prepare(sql)] as const;
  let written = 0;
  let underWay: Promise<number> = Promise.resolve(0);
  let turn = 0;
  try {
    for await (const batch of batches) {
      checkWidth(batch.columns.length, spec);
      const statement = statements[turn++ % 2 === 0 ? 0 : 1];
      bind(statement, batch);
      written += await underWay;
      underWay = insertBatch({ connection, statement, batch, spec });
      underWay.catch(() => undefined);
    }
    return written + (await underWay);
  } finally {
    await underWay.catch(() => undefined);
    for (const statement of statements) statement.destroySync();
  }
}

function checkWidth(width: number, spec: TableSpec): void {
  if (width === spec.columns.length) return;
  throw new Error(`a row of "${spec.name}" has ${width} values for ${spec.columns.length} columns`);
}

interface Batch {
  readonly connection: DuckDBConnection;
  readonly batch: TextColumns;
  readonly spec: TableSpec;
}

async function insertBatch({
  connection,
  statement,
  batch,
  spec,
}: Batch & { readonly statement: DuckDBPreparedStatement }): Promise<number> {
  try {
    const { rowsChanged } = await statement.run();
    if (rowsChanged === batch.rows) return batch.rows;
  } catch (error) {
    if (isInterrupt(error)) throw error;
    throw (await faultOf({ connection, batch, spec }, error)) ?? toPulseError(error);
  }
  throw new Error(`a batch of ${batch.rows} rows of "${spec.name}" holds the mark that stands between its texts`);
}

/** Which value it was that DuckDB refused: looked for column by column, now that there is one. */
async function faultOf({ connection, batch, spec }: Batch, cause: unknown): Promise<PulseError | undefined> {
  // The transaction is lost either way; it must end before the questions can be asked.
  await connection.run('ROLLBACK').catch(() => undefined);
  const rows = splitRows(batch);
  for (const [i, { name, type, required }] of spec.columns.entries()) {
    const texts = [...new Set(rows.map(row => row[i] ?? null))];
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
