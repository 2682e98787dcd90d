// Writes BigQuery SQL for tables: their DDL, staging, content and publication. Pure text; client.ts runs it.

import type { Partition } from '../../asset/partition.ts';
import { type TypedColumn, typeText } from '../../googlesql/type.ts';
import type { Slicing } from '../inspection.ts';
import type { CellKey, Region, TableSpec } from '../table.ts';
import { cellKey, inCells, partitionBy } from './cells.ts';
import { quoteName, quoteText } from './quote.ts';

const STAGE = '_pulse_stage__';
export const JOURNAL = '_pulse_publishes';
export const COUNTER = '_pulse_counter';
/** What the transaction that publishes says where a newer run was there; followed by nothing. */
export const FENCED = 'PULSE_FENCED';
/** What it says where it was through already: a call whose answer was lost is made again. */
export const PUBLISHED = 'PULSE_PUBLISHED';

/** A staging table of one asset in one run; `one` tells it from the asset's others. Ids of runs have no letters that a table's name may not. */
export const stagingName = (asset: string, runId: string, one = ''): string =>
  `${STAGE}${runId.replaceAll('-', '_')}__${asset}${one === '' ? '' : `__${one}`}`;

/** Keys of the same run, told from a table by a letter that no asset's name has. */
export const keysName = (asset: string, runId: string, name: string): string =>
  stagingName(`${asset}-keys-${name}`, runId);

/** The table that a statement of ours makes; undefined for any other statement. */
export const tableMadeBy = (sql: string): string | undefined => /^CREATE OR REPLACE TABLE `([^`]+)`/.exec(sql)?.[1];

/** Whether a table is a staging table of `runId`. */
export const isStagingOf = (table: string, runId: string): boolean => table.startsWith(stagingName('', runId));
export const isStaging = (table: string): boolean => table.startsWith(STAGE);

/** What its checks refused of a table. */
export const refusedName = (asset: string): string => `_pulse_refused__${asset}`;

/** Keeps a staged table under the name of what was refused, which is free, with the run that made it as its label. It expires as staging tables do. */
export const setAside = (table: string, asset: string): string =>
  `ALTER TABLE ${quoteName(table)} RENAME TO ${quoteName(refusedName(asset))}`;

/** The run of a refused table: labels have no capitals, ids of runs neither. */
export const refusedRun = (table: string): string =>
  `SELECT REGEXP_EXTRACT(option_value, r'"pulse_run", "([^"]*)"') FROM INFORMATION_SCHEMA.TABLE_OPTIONS
WHERE table_name = ${quoteText(table)} AND option_name = 'labels'`;

/** The columns as DDL lists them. */
function columnList(spec: TableSpec): string {
  const columns = spec.columns.map(({ name, type, required, description }) => {
    // BigQuery has no REQUIRED arrays: an absent one is an empty one.
    const isRequired = required && type.kind !== 'ARRAY';
    return `  ${quoteName(name)} ${typeText(type)}${isRequired ? ' NOT NULL' : ''} OPTIONS (description = ${quoteText(description)})`;
  });
  return `(\n${columns.join(',\n')}\n)`;
}

function layout(spec: TableSpec): string {
  const partition = partitionBy(spec.partition);
  const cluster = [...(spec.partition.kind === 'static' ? [spec.partition.column] : []), ...spec.clusterBy];
  return [
    ...(partition === undefined ? [] : [`PARTITION BY ${partition}`]),
    ...(cluster.length === 0 ? [] : [`CLUSTER BY ${cluster.slice(0, 4).map(quoteName).join(', ')}`]),
  ].join('\n');
}

/** An orphan that nobody sweeps goes by itself after a day; what a killed run has made is taken over until then. */
export function createStaging(table: string, spec: TableSpec, options: TableOptions): string {
  const expires = 'expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)';
  return `CREATE OR REPLACE TABLE ${quoteName(table)} ${columnList(spec)}\n${layout(spec)}\nOPTIONS (${expires}, ${optionList(options)})`;
}

/** The same, filled from a SELECT that gives its columns in order: one job, and none of DML's limits. */
export function createStagingAs(
  table: string,
  spec: TableSpec,
  select: {
    readonly options: TableOptions;
    readonly sql: string;
    readonly cells?: readonly CellKey[];
  },
): string {
  const where = select.cells === undefined ? '' : `\nWHERE ${inCells(spec.partition, select.cells)}`;
  return `${createStaging(table, spec, select.options)}\nAS SELECT * FROM (${named(spec, select.sql)})${where}`;
}

export function createPublished(spec: TableSpec, options: TableOptions): string {
  return `CREATE TABLE IF NOT EXISTS ${quoteName(spec.name)} ${columnList(spec)}\n${layout(spec)}\n${publishedOptions(spec, options)}`;
}

/** Columns by their types, and no rows: what a query is typed against where there is no such table. */
const emptyTable = (columns: TableSpec['columns'] | readonly TypedColumn[]): string =>
  `SELECT ${columns.map(({ name, type }) => `CAST(NULL AS ${typeText(type)}) AS ${quoteName(name)}`).join(', ')} FROM (SELECT 1) WHERE FALSE`;

/** `sql` with other tables in place of some; on its first line, so that places in it are a line further down. */
export function overPlanned(sql: string, planned: ReadonlyMap<string, readonly TypedColumn[]>): string {
  const tables = [...planned].map(([name, columns]) => `${quoteName(name)} AS (${emptyTable(columns)})`);
  return `${tables.length === 0 ? '' : `WITH ${tables.join(', ')} `}SELECT * FROM (\n${sql}\n)`;
}

/** Puts a table of other columns in the place of the published one, at once. */
export function replacePublished(table: string, spec: TableSpec, options: TableOptions): string {
  return `CREATE OR REPLACE TABLE ${quoteName(spec.name)} ${columnList(spec)}\n${layout(spec)}\n${publishedOptions(spec, options)}
AS SELECT * FROM ${quoteName(table)}`;
}

/** What a table has besides its columns. */
export interface TableOptions {
  readonly labels: Readonly<Record<string, string>>;
  readonly kmsKey?: string;
  /** Of published tables with partitions. */
  readonly partitionExpirationDays?: number;
}

const optionList = ({ labels, kmsKey }: TableOptions): string => {
  const pairs = Object.entries(labels).map(([key, value]) => `(${quoteText(key)}, ${quoteText(value)})`);
  return [
    `labels = [${pairs.join(', ')}]`,
    ...(kmsKey === undefined ? [] : [`kms_key_name = ${quoteText(kmsKey)}`]),
  ].join(', ');
};

function publishedOptions(spec: TableSpec, options: TableOptions): string {
  const { partitionExpirationDays: days } = options;
  const expires =
    days === undefined || partitionBy(spec.partition) === undefined ? '' : `, partition_expiration_days = ${days}`;
  return `OPTIONS (description = ${quoteText(spec.description)}, ${optionList(options)}${expires})`;
}

/** A SELECT under the names of the columns: a set operation takes the names of its first input and the columns of both in order. */
function named(spec: TableSpec, sql: string): string {
  return `${emptyTable(spec.columns)}\nUNION ALL\n(\n${sql}\n)`;
}

/**
 * One row a cell: key, count, and the four 32-bit parts of two sums of row fingerprints: independent of order, counting
 * duplicates. In parts, because a sum of whole fingerprints overflows INT64, which is an error.
 */
export const contentSql = (table: string, spec: TableSpec, where = 'TRUE'): string =>
  contentBy(cellKey(spec.partition), { table, spec, where });

/** The same by slice of the rows' keys. */
export const sliceContentSql = (spec: TableSpec, slicing: Slicing): string =>
  contentBy(sliceOf(slicing), { table: spec.name, spec, where: within(spec, slicing) });

/** The slice that a row is in, by a hash of its key: from 0. */
export const sliceOf = ({ keys, of }: Slicing): string =>
  `MOD(FARM_FINGERPRINT(${keyText(keys)}) & 0x7fffffffffffffff, ${of})`;

export const within = ({ partition }: TableSpec, { cells }: Slicing): string => inCells(partition, cells);

function contentBy(
  group: string,
  { table, spec, where }: { readonly table: string; readonly spec: TableSpec; readonly where: string },
): string {
  const columns = spec.columns.map(column => quoteName(column.name)).join(', ');
  const part = (hash: string, shift: number): string => `SUM((${hash} >> ${shift}) & 0xffffffff)`;
  return `SELECT cell, COUNT(*), ${part('h1', 32)}, ${part('h1', 0)}, ${part('h2', 32)}, ${part('h2', 0)} FROM (
  SELECT cell, FARM_FINGERPRINT(said) AS h1, FARM_FINGERPRINT(CONCAT('pulse', said)) AS h2 FROM (
    SELECT ${group} AS cell, TO_JSON_STRING(STRUCT(${columns})) AS said FROM ${quoteName(table)} WHERE ${where}
  )
) GROUP BY cell ORDER BY cell`;
}

/** Sequences come from a counter in one row: two transactions that both raise it cannot both commit. */
export const createJournal = (options: TableOptions): string =>
  [
    `CREATE TABLE IF NOT EXISTS ${quoteName(JOURNAL)} (
  sequence INT64 NOT NULL, publication STRING NOT NULL, asset STRING NOT NULL, run_id STRING NOT NULL,
  fencing_token INT64 NOT NULL, code_version STRING NOT NULL, note STRING NOT NULL, written STRING NOT NULL,
  removed STRING NOT NULL, is_whole BOOL NOT NULL, settles STRING NOT NULL, is_logged BOOL NOT NULL,
  published_at TIMESTAMP NOT NULL
) OPTIONS (description = 'What pulse has published, in order.', ${optionList(options)})`,
    `CREATE TABLE IF NOT EXISTS ${quoteName(COUNTER)} (value INT64 NOT NULL, fence INT64) OPTIONS (description = 'The last sequence of ${JOURNAL}, and the token below which no run publishes any more.', ${optionList(options)})`,
    `INSERT INTO ${quoteName(COUNTER)} (value) SELECT 0 FROM (SELECT 1) WHERE NOT EXISTS (SELECT 1 FROM ${quoteName(COUNTER)})`,
  ]
    .map(statement => `${statement};`)
    .join('\n');

export const addFence = (): string => `ALTER TABLE ${quoteName(COUNTER)} ADD COLUMN IF NOT EXISTS fence INT64`;

/** By the parameter `fencing_token`. Two transactions that change the row cannot both commit: who publishes has done so before, or is refused. */
export const raiseFence = (): string =>
  `UPDATE ${quoteName(COUNTER)} SET fence = GREATEST(COALESCE(fence, 0), @fencing_token) WHERE TRUE`;

export const journalAfter = (
  sequence: number,
): string => `SELECT sequence, asset, run_id, fencing_token, code_version, note,
  written, removed, is_whole, settles, is_logged, published_at
FROM ${quoteName(JOURNAL)} WHERE sequence > ${Math.trunc(sequence)} ORDER BY sequence`;

/** A condition that is TRUE for the rows of `regions`, and never NULL. */
export function inRegions(partition: Partition, regions: readonly Region[]): string {
  const parts = regions.map(region =>
    region.kind === 'keys'
      ? inKeys(region.keys.table, region.keys.columns)
      : inCells(partition, region.kind === 'cells' ? region.cells : []),
  );
  return parts.length === 0 ? 'FALSE' : `(${parts.join(' OR ')})`;
}

/** Whether a row has one of the keys; NULL is a key like any other. */
const inKeys = (table: string, columns: readonly string[]): string =>
  `${keyText(columns)} IN (SELECT ${keyText(columns)} FROM ${quoteName(table)})`;

const keyText = (columns: readonly string[]): string =>
  `TO_JSON_STRING([${columns.map(column => `TO_JSON_STRING(${quoteName(column)})`).join(', ')}])`;

/** Keys of one STRING column, from the parameter `values`: a JSON array of texts. */
export const createKeys = (
  table: string,
  column: string,
  options: TableOptions,
): string => `CREATE OR REPLACE TABLE ${quoteName(table)}
OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR), ${optionList(options)})
AS SELECT DISTINCT ${quoteName(column)} FROM UNNEST(JSON_VALUE_ARRAY(@values)) AS ${quoteName(column)}`;

/** Fills the staging table with the rows of a part; those of the parts before it are left out. */
export function insertPart(
  table: string,
  spec: TableSpec,
  part: { readonly sql: string; readonly region: Region; readonly before: readonly Region[] },
): string {
  const names = spec.columns.map(column => quoteName(column.name)).join(', ');
  const { partition } = spec;
  const isOwn = `${inRegions(partition, [part.region])} AND NOT ${inRegions(partition, part.before)}`;
  return `INSERT INTO ${quoteName(table)} (${names}) SELECT ${names} FROM (\n${named(spec, part.sql)}\n) WHERE ${isOwn}`;
}

/** The last sequence of each of the tables in the parameter `tables`: a JSON array of names. Under '' that of all. */
export const positions = (): string =>
  `SELECT asset, MAX(sequence) FROM ${quoteName(JOURNAL)} WHERE asset IN UNNEST(JSON_VALUE_ARRAY(@tables)) GROUP BY asset
UNION ALL SELECT '', MAX(value) FROM ${quoteName(COUNTER)}`;

export interface PublishText {
  readonly spec: TableSpec;
  readonly table: string;
  /** Cells (or regions) whose published rows go; 'all' rows; or none. */
  readonly replaced: readonly CellKey[] | 'all' | 'none' | { readonly regions: readonly Region[] };
  /** Cells whose staged rows come; undefined: every staged row. Null: none, they are there already. */
  readonly added: readonly CellKey[] | undefined | null;
  /** Set where the table was replaced before the transaction: a moment before that (UTC, as BigQuery writes a TIMESTAMP). */
  readonly since?: string;
}

/** One transaction: refuses an older token, replaces, and writes the journal. Parameters: those of the journal's columns. */
export function publishScript({ spec, table, replaced, added, since }: PublishText): string {
  const name = quoteName(spec.name);
  const columns = spec.columns.map(column => quoteName(column.name)).join(', ');
  const condition = conditionOf(spec, replaced);
  const where = added === undefined || added === null ? '' : ` WHERE ${inCells(spec.partition, added)}`;
  return [
    'BEGIN TRANSACTION',
    `UPDATE ${quoteName(COUNTER)} SET value = value + 1 WHERE TRUE`,
    `ASSERT NOT EXISTS (SELECT 1 FROM ${quoteName(JOURNAL)} WHERE publication = @publication) AS '${PUBLISHED}'`,
    `ASSERT (SELECT COALESCE(MAX(fence), 0) FROM ${quoteName(COUNTER)}) <= @fencing_token AS '${FENCED}'`,
    `ASSERT (SELECT COALESCE(MAX(fencing_token), 0) FROM ${quoteName(JOURNAL)} WHERE asset = @asset) <= @fencing_token AS '${FENCED}'`,
    ...(condition === 'FALSE' ? [] : [`DELETE FROM ${name} WHERE ${condition}`]),
    ...(added === null ? [] : [`INSERT INTO ${name} (${columns}) SELECT ${columns} FROM ${quoteName(table)}${where}`]),
    `INSERT INTO ${quoteName(JOURNAL)} (sequence, publication, asset, run_id, fencing_token, code_version, note, written, removed, is_whole, settles, is_logged, published_at)
SELECT value, @publication, @asset, @run_id, @fencing_token, @code_version, @note, @written, @removed, @is_whole = 'true', @settles, @is_logged = 'true', ${since === undefined ? 'CURRENT_TIMESTAMP()' : `TIMESTAMP ${quoteText(since)}`} FROM ${quoteName(COUNTER)}`,
    'COMMIT TRANSACTION',
  ]
    .map(statement => `${statement};`)
    .join('\n');
}

function conditionOf({ partition }: TableSpec, replaced: PublishText['replaced']): string {
  if (replaced === 'all') return 'TRUE';
  if (replaced === 'none') return 'FALSE';
  return 'regions' in replaced ? inRegions(partition, replaced.regions) : inCells(partition, replaced);
}

/** The clock of the server, as text. */
export const now = (): string => `SELECT FORMAT_TIMESTAMP('%Y-%m-%d %H:%M:%E6S+00', CURRENT_TIMESTAMP(), 'UTC')`;

export const publishedRow = (): string =>
  `SELECT sequence, published_at FROM ${quoteName(JOURNAL)} WHERE publication = @publication`;

export const deleteFromJournal = (): string => `DELETE FROM ${quoteName(JOURNAL)} WHERE asset = @asset`;

/** The parameter `before` is a time, UTC text. An asset's last row stays, whatever `living` says. */
export const compactJournal = (living: readonly number[]): string => `DELETE FROM ${quoteName(JOURNAL)}
WHERE published_at < TIMESTAMP(@before) AND removed = '[]'
  ${living.length === 0 ? '' : `AND sequence NOT IN (${living.join(', ')})`}
  AND sequence NOT IN (SELECT MAX(sequence) FROM ${quoteName(JOURNAL)} GROUP BY asset)`;

export const highestToken = (): string => `SELECT MAX(fencing_token) FROM ${quoteName(JOURNAL)} WHERE asset = @asset`;
