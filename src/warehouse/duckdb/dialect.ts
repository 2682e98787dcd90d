// Writes DuckDB SQL for tables: their DDL, staging, content and publication. Pure text; client.ts runs it.
// Staging tables stand beside the published ones under a name no asset can have, because DuckDB can rename a table
// (2 ms) but not move it to another schema (copying 300,000 raw events: 400 ms and more).

import { PulseError } from '../../errors.ts';
import { DUCKDB_SCALARS, duckDbFieldNames } from '../../googlesql/duckdb-type.ts';
import { isTwin, twinName } from '../../googlesql/translate/plain-json.ts';
import type { SqlType } from '../../googlesql/type.ts';
import type { CellKey, TableSpec } from '../table.ts';
import { cellGroup, cellKey, inCells } from './cells.ts';
import { ASIDE, MEMORY, quoteName, quoteTable, quoteText } from './quote.ts';

const STAGE = '_pulse_stage/';
export const JOURNAL = '_pulse_publishes';
const JOURNAL_SEQUENCE = '_pulse_publishes_sequence';

/** DuckDB's type of a column. @throws {PulseError} ASSET_INVALID where it has none. */
export function columnType(type: SqlType): string {
  if (type.kind === 'ARRAY') return `${columnType(type.element)}[]`;
  if (type.kind === 'STRUCT') {
    const names = duckDbFieldNames(type);
    const fields = type.fields.map((field, i) => `${quoteName(names[i] ?? '')} ${columnType(field.type)}`);
    return `STRUCT(${fields.join(', ')})`;
  }
  // The texts that the translator makes of BIGNUMERICs are no values of a table.
  const text = type.kind === 'BIGNUMERIC' ? undefined : DUCKDB_SCALARS[type.kind];
  if (text !== undefined) return text;
  throw new PulseError('ASSET_INVALID', `${type.kind} has no type in DuckDB that holds it exactly.`, {
    hint: 'Use NUMERIC for BIGNUMERIC, STRING (as WKT) for GEOGRAPHY, two columns for RANGE.',
  });
}

/** The staging table of one asset in one run. */
export const stagingName = (asset: string, runId: string): string => `${STAGE}${runId}/${asset}`;

/** The same for some rows of it, in memory. */
export const asideName = (asset: string, runId: string): string => `${ASIDE}${runId}/${asset}`;

export const isAside = (table: string): boolean => table.startsWith(ASIDE);

export const attachMemory = (): string => `ATTACH IF NOT EXISTS ':memory:' AS ${MEMORY}`;

/** Makes a table that was staged in memory a published one. */
export function copyAside(table: string, spec: TableSpec): string {
  const names = spec.columns.map(column => quoteName(column.name)).join(', ');
  return `${createStaging(spec.name, spec)};\nINSERT INTO ${quoteName(spec.name)} (${names}) SELECT ${names} FROM ${quoteTable(table)}`;
}

/** What its checks refused of a table. */
export const refusedName = (asset: string): string => `_pulse_refused/${asset}`;

/** Keeps a staged table under the name of what was refused, with the run that made it as its comment. */
export function setAside(table: string, spec: TableSpec, runId: string): string {
  const name = refusedName(spec.name);
  const names = spec.columns.map(column => quoteName(column.name)).join(', ');
  const copied = `${createStaging(name, spec)};\nINSERT INTO ${quoteName(name)} (${names}) SELECT ${names} FROM ${quoteTable(table)}`;
  const moved = `${dropTable(name)};\n${rename(table, name)}`;
  return `${isAside(table) ? copied : moved};\nCOMMENT ON TABLE ${quoteName(name)} IS ${quoteText(runId)}`;
}

/** The comment of a table. */
export const commentOf = (table: string): string =>
  `SELECT comment FROM duckdb_tables()
WHERE database_name = current_database() AND schema_name = 'main' AND table_name = ${quoteText(table)}`;

/** The run that owns a staging table; undefined where it is none. */
export function runOfStaging(table: string): string | undefined {
  return table.startsWith(STAGE) ? table.slice(STAGE.length, table.lastIndexOf('/')) : undefined;
}

/** Creates the staging table with the declared types, constraints and descriptions; they stay when it is renamed. */
export function createStaging(table: string, spec: TableSpec): string {
  const columns = spec.columns.map(
    column => `${quoteName(column.name)} ${columnType(column.type)}${column.required ? ' NOT NULL' : ''}`,
  );
  const create = `CREATE OR REPLACE TABLE ${quoteTable(table)} (${columns.join(', ')})`;
  // What is aside in memory does not become the published table.
  return [create, ...(isAside(table) ? [] : describe(table, spec))].join(';\n');
}

/** The descriptions of the table and its columns, as COMMENTs; an empty one takes away what was there. */
export function describe(table: string, spec: TableSpec): readonly string[] {
  const name = quoteName(table);
  const said = (text: string): string => (text === '' ? 'NULL' : quoteText(text));
  return [
    `COMMENT ON TABLE ${name} IS ${said(spec.description)}`,
    ...spec.columns.map(column => `COMMENT ON COLUMN ${name}.${quoteName(column.name)} IS ${said(column.description)}`),
  ];
}

/** Fills the staging table from a SELECT that gives its columns in order. */
export function insertSelect(
  table: string,
  spec: TableSpec,
  select: { sql: string; cells?: readonly CellKey[] },
): string {
  const names = spec.columns.map(column => quoteName(column.name)).join(', ');
  const where = select.cells === undefined ? '' : `\nWHERE ${inCells(spec.partition, select.cells)}`;
  return `INSERT INTO ${quoteTable(table)} SELECT ${names} FROM (\n${select.sql}\n) AS "_made" (${names})${where}`;
}

/** Before rows are told by their places: no checkpoint comes of itself, and the one in the end puts no groups of rows together. */
export const rowsInPlace = (): string => "SET GLOBAL checkpoint_threshold = '1TB';\nSET GLOBAL max_vacuum_tasks = 0";

/** Publications after which the groups of rows that were appended one by one are put together. */
const TIDY_EVERY = 256;

/** What follows publication `sequence`: now and then the checkpoint in the end puts together what is in small groups. */
export const tidied = (sequence: number): string | undefined =>
  sequence % TIDY_EVERY === 0 ? 'SET GLOBAL max_vacuum_tasks = 100' : undefined;

export const dropTable = (table: string): string => `DROP TABLE IF EXISTS ${quoteTable(table)}`;

/**
 * What stands for a column in the content hash. DuckDB's hash takes 0.0 and -0.0 for one, and NULL, [], [NULL] and
 * [[1], [2]] and [[1, 2]] too: floats and nested values are hashed by their text, where all of these differ.
 */
export function hashed(column: TableSpec['columns'][number]): string {
  const name = quoteName(column.name);
  if (column.type.kind === 'ARRAY' || column.type.kind === 'STRUCT') return `CAST(to_json(${name}) AS VARCHAR)`;
  return column.type.kind === 'FLOAT64' ? `CAST(${name} AS VARCHAR)` : name;
}

/** The two hashes of a row. The second takes the columns the other way round behind a salt, so that they do not fail together. */
export function rowHashes(spec: TableSpec): readonly [string, string] {
  const columns = spec.columns.map(hashed);
  return [`hash(${columns.join(', ')})`, `hash('pulse', ${[...columns].reverse().join(', ')})`];
}

/**
 * One row a cell: key, count, and two sums of row hashes: independent of order, counting duplicates.
 */
export function contentSql(table: string, spec: TableSpec): string {
  const [hash1, hash2] = rowHashes(spec);
  return `SELECT ${cellKey(spec.partition, '"_cell"')}, "_rows", "_sum1", "_sum2" FROM (
  SELECT ${cellGroup(spec.partition)} AS "_cell", count(*) AS "_rows", sum(${hash1}) AS "_sum1", sum(${hash2}) AS "_sum2"
  FROM ${quoteTable(table)} GROUP BY 1
) ORDER BY 1`;
}

/** Gives a table, where it has none yet, the twins of columns of JSON texts: NULL in rows that are there. */
export const addTwins = (table: string, json: readonly string[]): readonly string[] =>
  json.map(
    column => `ALTER TABLE ${quoteTable(table)} ADD COLUMN IF NOT EXISTS ${quoteName(twinName(column))} VARCHAR`,
  );

export const createJournal = (): string =>
  `CREATE SEQUENCE IF NOT EXISTS ${quoteName(JOURNAL_SEQUENCE)};
CREATE TABLE IF NOT EXISTS ${quoteName(JOURNAL)} (
  sequence BIGINT NOT NULL, asset VARCHAR NOT NULL, run_id VARCHAR NOT NULL, fencing_token BIGINT NOT NULL,
  code_version VARCHAR NOT NULL, note VARCHAR NOT NULL, written VARCHAR NOT NULL, removed VARCHAR NOT NULL,
  is_whole BOOLEAN NOT NULL, published_at TIMESTAMP NOT NULL, settles VARCHAR, is_logged BOOLEAN
)`;

/** Brings a journal of an earlier version to this one's columns. */
export const growJournal = (): string =>
  `ALTER TABLE ${quoteName(JOURNAL)} ADD COLUMN IF NOT EXISTS settles VARCHAR;
ALTER TABLE ${quoteName(JOURNAL)} ADD COLUMN IF NOT EXISTS is_logged BOOLEAN`;

/** The parameters are the columns' values from asset to is_whole, then settles and is_logged. No row: a higher token was there. */
export const insertJournal = (): string =>
  `INSERT INTO ${quoteName(JOURNAL)}
SELECT nextval(${quoteText(JOURNAL_SEQUENCE)}), $1, $2, $3, $4, $5, $6, $7, $8, CAST(timezone('UTC', now()) AS TIMESTAMP), $9, $10
WHERE NOT EXISTS (SELECT 1 FROM ${quoteName(JOURNAL)} WHERE asset = $1 AND fencing_token > $3)
RETURNING sequence, published_at`;

/** `isGrown`: it has the columns of this version. */
export const journalAfter = (
  isGrown: boolean,
): string => `SELECT sequence, asset, run_id, fencing_token, code_version, note, written, removed, is_whole, published_at,
  ${isGrown ? 'settles, is_logged' : 'NULL, NULL'}
FROM ${quoteName(JOURNAL)} WHERE sequence > $1 ORDER BY sequence`;

export const deleteFromJournal = (): string => `DELETE FROM ${quoteName(JOURNAL)} WHERE asset = $1`;

/** The parameter is a time, UTC text. An asset's last row stays, whatever `living` says. */
export const compactJournal = (living: readonly number[]): string => `DELETE FROM ${quoteName(JOURNAL)} AS old
WHERE published_at < CAST(CAST($1 AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP) AND removed = '[]'
  ${living.length === 0 ? '' : `AND sequence NOT IN (${living.join(', ')})`}
  AND sequence < (SELECT max(sequence) FROM ${quoteName(JOURNAL)} AS last WHERE last.asset = old.asset)`;

export const highestToken = (): string => `SELECT max(fencing_token) FROM ${quoteName(JOURNAL)} WHERE asset = $1`;

/** Makes the staging table the published one, which goes, or stays under the name of `kept`. */
export const swap = (table: string, name: string, kept?: string): string =>
  `${kept === undefined ? dropTable(name) : rename(name, kept)};\n${rename(table, name)}`;

export const rename = (table: string, name: string): string =>
  `ALTER TABLE ${quoteName(table)} RENAME TO ${quoteName(name)}`;

/** Removes the rows of `cells` from the published table. */
export const deleteCells = (spec: TableSpec, cells: readonly CellKey[]): string =>
  `DELETE FROM ${quoteName(spec.name)} WHERE ${inCells(spec.partition, cells)}`;

/** Adds the staged rows (of `cells`, or all of them) to the published table, with the twins of their columns of JSON texts. */
export function insertStaged(
  table: string,
  spec: TableSpec,
  {
    cells,
    json = [],
  }: { readonly cells?: readonly CellKey[] | undefined; readonly json?: readonly string[] | undefined },
): string {
  const names = [...spec.columns.map(column => column.name), ...json.map(twinName)].map(quoteName).join(', ');
  const where = cells === undefined ? '' : ` WHERE ${inCells(spec.partition, cells)}`;
  return `INSERT INTO ${quoteName(spec.name)} (${names}) SELECT ${names} FROM ${quoteTable(table)}${where}`;
}

/** The columns of a table: name, type, whether NULL is allowed, comment; and the table's comment. The parameter is the table. */
export const columnsOf = (): string => `SELECT c.column_name, c.data_type, c.is_nullable, c.comment, t.comment
FROM duckdb_columns() AS c JOIN duckdb_tables() AS t USING (database_name, schema_name, table_name)
WHERE c.database_name = current_database() AND c.schema_name = 'main' AND c.table_name = $1
  AND NOT ${isTwin('c.column_name')} ORDER BY c.column_index`;

/** Name and type of the columns of one table. */
export const columnTypes = (table: string): string =>
  `SELECT column_name, data_type FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = 'main' AND table_name = ${quoteText(table)}
  AND NOT ${isTwin('column_name')} ORDER BY column_index`;

/** The same of all tables, after the table's name. */
export const allColumns =
  (): string => `SELECT table_name, c.column_name, c.data_type, c.is_nullable, c.comment, t.comment
FROM duckdb_columns() AS c JOIN duckdb_tables() AS t USING (database_name, schema_name, table_name)
WHERE c.database_name = current_database() AND c.schema_name = 'main' AND NOT ${isTwin('c.column_name')} ORDER BY c.column_index`;

/** A table's columns without its rows. */
export const noRows = (table: string): string => `SELECT ${ALL} FROM ${quoteName(table)} LIMIT 0`;

/** The columns that a table has by its asset: all but twins. */
export const ALL = `COLUMNS(lambda _c: NOT ${isTwin('_c')})`;

/** All tables of the main schema. */
export const tableNames = (): string =>
  `SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' AND NOT temporary`;

/** @throws {PulseError} WAREHOUSE_QUERY_FAILED where cells would go into a table of other columns. */
export function refuseOtherColumns(spec: TableSpec, published: readonly (readonly unknown[])[]): void {
  if (hasColumnsOf(spec, published)) return;
  throw new PulseError(
    'WAREHOUSE_QUERY_FAILED',
    `The columns of "${spec.name}" have changed, and only some of its cells were made.`,
    {
      hint: `Make all of it: pulse materialize ${spec.name} --full-refresh`,
    },
  );
}

/** Whether a published table, by what `columnsOf` gives of it, has the columns of `spec`. */
export function hasColumnsOf(spec: TableSpec, published: readonly (readonly unknown[])[]): boolean {
  const plain = (type: string): string => type.replace(/["\s]/g, '').toUpperCase();
  const given = published.map(([name, type, nullable]) => [name, plain(String(type)), nullable]);
  const wanted = spec.columns.map(({ name, type, required }) => [name, plain(columnType(type)), !required]);
  return JSON.stringify(given) === JSON.stringify(wanted);
}
