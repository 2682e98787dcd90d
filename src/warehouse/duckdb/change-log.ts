// Writes DuckDB SQL for the log of changed rows, what readers have read of it, and parts of tables. Pure text; changes.ts runs it.
// Log and bookkeeping are tables of their own beside the published ones, under names that no asset can have.

import type { Partition } from '../../asset/partition.ts';
import type { KeyedEdge } from '../changes.ts';
import type { Added, CellKey, ChangedKeys, Region, TableSpec } from '../table.ts';
import { cellGroup, cellKey, inCells } from './cells.ts';
import { asideName, columnType, hashed } from './dialect.ts';
import { quoteName, quoteTable, quoteText } from './quote.ts';

/** Of each published table: its last publication, and the one after which its log is whole. */
export const TABLES = '_pulse_tables';
/** How far each reader has read each table. */
export const READS = '_pulse_reads';

/** The log of a table: rows that came (_count > 0) and went (_count < 0) with a publication. */
export const logName = (table: string): string => `_pulse_changes/${table}`;
/** What publishing a staged table would change. */
export const comparedName = (asset: string, runId: string): string => asideName(`${asset}.changes`, runId);
export const keysName = (asset: string, runId: string, name: string): string =>
  asideName(`${asset}.keys.${name}`, runId);

export const createBookkeeping = (): string => `CREATE TABLE IF NOT EXISTS ${quoteName(TABLES)} (
  asset VARCHAR NOT NULL, sequence BIGINT NOT NULL, since BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS ${quoteName(READS)} (reader VARCHAR NOT NULL, upstream VARCHAR NOT NULL, sequence BIGINT NOT NULL)`;

const list = (texts: readonly string[]): string => `(${texts.map(quoteText).join(', ')})`;

export const positionOf = (tables: readonly string[]): string =>
  `SELECT asset, sequence FROM ${quoteName(TABLES)} WHERE asset IN ${list(tables)}`;

/** By upstream table: what the reader has read of it, and whether the log goes back so far. Of '': it is ahead (NULL). */
export const readsOf = (reader: string, upstream: readonly string[]): string =>
  `SELECT r.upstream, r.sequence, t.since <= r.sequence
FROM ${quoteName(READS)} AS r LEFT JOIN ${quoteName(TABLES)} AS t ON t.asset = r.upstream
WHERE r.reader = ${quoteText(reader)} AND r.upstream IN ${list([...upstream, ''])}`;

export const forgetReads = (reader: string, upstream: readonly string[]): string =>
  `DELETE FROM ${quoteName(READS)} WHERE reader = ${quoteText(reader)} AND upstream IN ${list([...upstream, ''])}`;

/** Some cells of the reader were made of what is there now, and not noted as read: the others have not read it. */
export const rememberAhead = (reader: string, sequence: number): string =>
  `INSERT INTO ${quoteName(READS)} VALUES (${quoteText(reader)}, '', ${sequence})`;

export const rememberReads = (reader: string, position: readonly (readonly [string, number])[]): string =>
  `INSERT INTO ${quoteName(READS)} VALUES ${position.map(([upstream, at]) => `(${quoteText(reader)}, ${quoteText(upstream)}, ${at})`).join(', ')}`;

/** A table and its publication; the log is whole after `since`. `isKnown`: it has a row. */
export const rememberTable = (
  asset: string,
  { sequence, since, isKnown }: { readonly sequence: number; readonly since: number; readonly isKnown: boolean },
): string =>
  isKnown
    ? `UPDATE ${quoteName(TABLES)} SET sequence = ${sequence}, since = ${since} WHERE asset = ${quoteText(asset)}`
    : `INSERT INTO ${quoteName(TABLES)} VALUES (${quoteText(asset)}, ${sequence}, ${since})`;

export const tableRow = (asset: string): string =>
  `SELECT sequence, since FROM ${quoteName(TABLES)} WHERE asset = ${quoteText(asset)}`;

export const forgetTable = (name: string): string =>
  `DELETE FROM ${quoteName(TABLES)} WHERE asset = ${quoteText(name)};
DELETE FROM ${quoteName(READS)} WHERE reader = ${quoteText(name)} OR upstream = ${quoteText(name)}`;

export function createLog(spec: TableSpec): string {
  const columns = spec.columns.map(column => `${quoteName(column.name)} ${columnType(column.type)}`);
  return `CREATE TABLE IF NOT EXISTS ${quoteName(logName(spec.name))} (_sequence BIGINT NOT NULL, _count BIGINT NOT NULL, ${columns.join(', ')})`;
}

const names = (spec: TableSpec): string => spec.columns.map(column => quoteName(column.name)).join(', ');

/** Rows of a staged table, once each, or of what was compared, into the log. */
export function appendToLog(spec: TableSpec, sequence: number, from: { table: string; isCompared: boolean }): string {
  return `INSERT INTO ${quoteName(logName(spec.name))} SELECT ${sequence}, ${from.isCompared ? '_count' : '1'}, ${names(spec)} FROM ${quoteTable(from.table)}`;
}

/** By table: its last publication. */
export const allTables = (): string => `SELECT asset, sequence FROM ${quoteName(TABLES)}`;

/** By table and reader: how far it has read. */
export const allReads = (): string => `SELECT upstream, reader, sequence FROM ${quoteName(READS)}`;

/** The tables whose log has a row up to a publication. */
export const anyUpTo = (limits: readonly (readonly [string, number])[]): string =>
  limits
    .map(
      ([table, upTo]) =>
        `SELECT ${quoteText(table)} WHERE EXISTS (SELECT 1 FROM ${quoteName(logName(table))} WHERE _sequence <= ${upTo})`,
    )
    .join(' UNION ALL ');

/** By table: its log up to a publication goes. */
export function trimLogs(limits: readonly (readonly [string, number])[]): string {
  const deletes = limits.map(([table, upTo]) => `DELETE FROM ${quoteName(logName(table))} WHERE _sequence <= ${upTo}`);
  const cases = limits.map(([table, upTo]) => `WHEN ${quoteText(table)} THEN ${upTo}`);
  return `${deletes.join(';\n')};
UPDATE ${quoteName(TABLES)} SET since = greatest(since, CASE asset ${cases.join(' ')} END)
WHERE asset IN ${list(limits.map(([table]) => table))}`;
}

/** By table: how many publications of its log are within the span, whether rows only came with them, and how many more there are. */
export const publicationsBetween = (tables: readonly (readonly [string, Span])[]): string =>
  tables
    .map(
      ([table, span]) => `SELECT ${quoteText(table)}, count(DISTINCT _sequence), min(_count) > 0, sum(_count)
FROM ${quoteName(logName(table))} WHERE ${within(span)}`,
    )
    .join(' UNION ALL ');

export interface Span {
  readonly after: number;
  readonly upTo: number;
}

const within = ({ after, upTo }: Span): string => `_sequence > ${after} AND _sequence <= ${upTo}`;

/**
 * Keys of the rows that came or went. Those that did both, of the columns `among` as often, are left out: told by their text, in
 * which, unlike by comparison, 0.0 and -0.0 differ.
 */
export function keysBetween(
  { upstream, columns, through }: Pick<KeyedEdge, 'upstream' | 'columns' | 'through'>,
  span: Span,
  among?: readonly string[],
): string {
  const changed = (names: readonly string[]): string => {
    const keys = names.map(quoteName).join(', ');
    const rows = `FROM ${quoteName(logName(upstream))} WHERE ${within(span)}`;
    if (among === undefined) return `SELECT DISTINCT ${keys} ${rows}`;
    return `SELECT DISTINCT ${keys} FROM (SELECT ${keys} ${rows} GROUP BY ${keys}, ${rowText(among)} HAVING sum(_count) <> 0)`;
  };
  if (through === undefined) return changed(columns);
  return `SELECT DISTINCT ${columns.map(quoteName).join(', ')} FROM ${quoteName(through.asset)} AS "_row"
SEMI JOIN (${changed(through.on)}) AS "_key" ON ${isKey({ columns: through.on })}`;
}

const rowText = (columns: readonly string[]): string =>
  `CAST(to_json({${columns.map(column => `${quoteText(column)}: ${quoteName(column)}`).join(', ')}}) AS VARCHAR)`;

/** Rows that only came, as often as they did. */
export const addedRows = (columns: readonly string[], { upstream, after, upTo }: Added): string => {
  const names = columns.map(quoteName).join(', ');
  return `SELECT ${names} FROM (SELECT ${names}, unnest(range(_count)) FROM ${quoteName(logName(upstream))} WHERE ${within({ after, upTo })})`;
};

/** The same where rows only came, each of a key of its own. */
export const newRowsOfLog = (upstream: string, columns: readonly string[], span: Span): string =>
  `SELECT ${columns.map(quoteName).join(', ')} FROM ${quoteName(logName(upstream))} WHERE ${within(span)}`;

/** What of a table with one row a key, at most, has a key that changed: what came and did not go again. */
export const rowsOfLog = (upstream: string, columns: readonly string[], span: Span): string =>
  `SELECT ${columns.map(column => `any_value(${quoteName(column)}) AS ${quoteName(column)}`).join(', ')}
FROM ${quoteName(logName(upstream))} WHERE ${within(span)} GROUP BY ${rowText(columns)} HAVING sum(_count) > 0`;

/** The parameter is a JSON array of texts. */
export const createKeys = (table: string, column: string): string =>
  `CREATE OR REPLACE TABLE ${quoteTable(table)} AS SELECT DISTINCT unnest(from_json($1, '["VARCHAR"]')) AS ${quoteName(column)}`;

/** Whether the row `row` has one of the keys; NULL is a key like any other. */
function hasKey(keys: ChangedKeys, row: string): string {
  const equal = keys.columns.map(
    column => `"_key".${quoteName(column)} IS NOT DISTINCT FROM ${row}.${quoteName(column)}`,
  );
  return `EXISTS (SELECT 1 FROM ${quoteTable(keys.table)} AS "_key" WHERE ${equal.join(' AND ')})`;
}

/** Whether a row of `row` (an alias; the columns of the partition stand alone) is in the region. */
export function inRegion(region: Region, spec: TableSpec, row: string): string {
  if (region.kind === 'added') return 'FALSE';
  return region.kind === 'cells' ? inCells(spec.partition, region.cells) : hasKey(region.keys, row);
}

const isKey = (keys: Pick<ChangedKeys, 'columns'>): string =>
  keys.columns
    .map(column => `"_key".${quoteName(column)} IS NOT DISTINCT FROM "_row".${quoteName(column)}`)
    .join(' AND ');

/**
 * A FROM clause, with its WHERE, of what is in this region and in none before it; `row` is what stands there as "_row". Joins,
 * because EXISTS with IS NOT DISTINCT FROM makes DuckDB keep all rows of the table, and all their columns, on the way.
 */
function fromRegion(row: string, spec: TableSpec, { regions, at }: Nth): string {
  const joins: string[] = [];
  const wheres: string[] = [];
  for (const [nth, region] of regions.slice(0, at + 1).entries()) {
    const isMine = nth === at;
    // What comes beside the others is whatever is staged for it.
    if (region.kind === 'added') continue;
    if (region.kind === 'cells') wheres.push(`${isMine ? '' : 'NOT '}${inCells(spec.partition, region.cells)}`);
    else
      joins.push(
        `${isMine ? 'SEMI' : 'ANTI'} JOIN ${quoteTable(region.keys.table)} AS "_key" ON ${isKey(region.keys)}`,
      );
  }
  return `FROM ${row} AS "_row"${joins.map(join => ` ${join}`).join('')}${wheres.length === 0 ? '' : ` WHERE ${wheres.join(' AND ')}`}`;
}

interface Nth {
  readonly regions: readonly Region[];
  readonly at: number;
}

/**
 * A SELECT of a part's rows: its SQL over tables that are narrowed to the keys. They are narrowed by CTEs of their names, which
 * every reference in the SQL finds first, however deep it stands.
 */
export function partRows(
  sql: string,
  spec: TableSpec,
  {
    regions,
    at,
    narrowed,
  }: { regions: readonly Region[]; at: number; narrowed: readonly (readonly [string, string])[] },
): string {
  const ctes = narrowed.map(([table, select]) => `${quoteName(table)} AS NOT MATERIALIZED (${select})`);
  const prefix = ctes.length === 0 ? '' : `WITH ${ctes.join(',\n')}\n`;
  const made = `(SELECT ${names(spec)} FROM (\n${sql}\n) AS "_made" (${names(spec)}))`;
  return `${prefix}SELECT ${names(spec)} ${fromRegion(made, spec, { regions, at })}`;
}

export const narrowedTo = (table: string, keys: ChangedKeys): string =>
  `SELECT * FROM main.${quoteName(table)} AS "_row" SEMI JOIN ${quoteTable(keys.table)} AS "_key" ON ${isKey(keys)}`;

export const cellsOfTable = (table: string, partition: Partition, cells: readonly CellKey[]): string =>
  `SELECT * FROM main.${quoteName(table)} WHERE ${inCells(partition, cells)}`;

/** A row where the published table has any in the region. */
export const anyInRegion = (spec: TableSpec, regions: readonly Region[], at: number): string =>
  `SELECT 1 ${fromRegion(quoteName(spec.name), spec, { regions, at })} LIMIT 1`;

/**
 * The rows of `regions` as they are published, and the staged ones, into one table: what differs, with how often, and where
 * in the published table such rows are.
 */
export function compareRows(
  spec: TableSpec,
  staged: string,
  {
    into,
    regions,
    isWhole,
    held,
  }: { into: string; regions: readonly Region[]; isWhole: boolean; held: ReadonlySet<number> },
): string {
  const published = [...held].map(
    at =>
      `SELECT ${names(spec)}, -1 AS _count, "_row".rowid AS _id ${fromRegion(quoteName(spec.name), spec, { regions, at })}`,
  );
  // Staged parts hold rows of their regions only; of a whole table only some cells are asked for.
  const [only] = regions;
  const where = isWhole && only !== undefined ? ` WHERE ${inRegion(only, spec, '"_row"')}` : '';
  const rows = [
    `SELECT ${names(spec)}, 1 AS _count, CAST(NULL AS BIGINT) AS _id FROM ${quoteTable(staged)} AS "_row"${where}`,
    ...published,
  ];
  const columns = spec.columns.map(column => {
    const name = quoteName(column.name);
    return hashed(column) === name ? name : `any_value(${name}) AS ${name}`;
  });
  return `CREATE OR REPLACE TABLE ${quoteTable(into)} AS SELECT ${columns.join(', ')}, CAST(sum(_count) AS BIGINT) AS _count,
  list(_id) FILTER (WHERE _id IS NOT NULL) AS _ids
FROM (${rows.join(' UNION ALL ')}) GROUP BY ${spec.columns.map(hashed).join(', ')} HAVING sum(_count) <> 0`;
}

/** One row a cell with a difference: key, then number and sums of the rows that go, then of those that come. */
export function comparedContent(spec: TableSpec, compared: string, hashes: readonly string[]): string {
  const sums = (sign: '<' | '>'): string =>
    ['1', ...hashes]
      .map(hash => `coalesce(sum(CAST(${hash} AS HUGEINT) * abs(_count)) FILTER (WHERE _count ${sign} 0), 0)`)
      .join(', ');
  return `SELECT ${cellKey(spec.partition, '"_cell"')}, * EXCLUDE ("_cell") FROM (
  SELECT ${cellGroup(spec.partition)} AS "_cell", ${sums('<')}, ${sums('>')} FROM ${quoteTable(compared)} GROUP BY 1
) ORDER BY 1`;
}

/** Takes what goes, by what was compared, out of the published table. Rows are where they were: nothing was written since. */
export const deleteCompared = (spec: TableSpec, compared: string): string =>
  `DELETE FROM ${quoteName(spec.name)} WHERE rowid IN (SELECT unnest(_ids[1:-_count]) FROM ${quoteTable(compared)} WHERE _count < 0)`;

/** Puts what comes into it, each row as often as it comes. */
export const insertCompared = (spec: TableSpec, compared: string): string =>
  `INSERT INTO ${quoteName(spec.name)} (${names(spec)})
SELECT ${names(spec)} FROM (SELECT ${names(spec)}, unnest(range(_count)) FROM ${quoteTable(compared)} WHERE _count > 0)`;
