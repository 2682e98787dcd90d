// Writes DuckDB SQL for what publications replaced: tables that were swapped out stay under another name, changed rows stay in
// the table's log (change-log.ts); `_pulse_past` says of which publications that is all there is to undo. Pure text; past.ts runs it.

import type { Partition } from '../../asset/partition.ts';
import type { CellKey, TableSpec } from '../table.ts';
import { cellGroup, cellKey, inCells } from './cells.ts';
import { logName } from './change-log.ts';
import { hashed } from './dialect.ts';
import { quoteName, quoteText } from './quote.ts';

export const PAST = '_pulse_past';
const JOURNAL = '_pulse_publishes';

/** How a publication is undone: by the rows in the log, by the table it replaced; `floor` is the last one that is not. */
export type PastKind = 'rows' | 'table' | 'floor';

/** The table that a publication replaced. */
export const keptName = (asset: string, sequence: number): string => `_pulse_kept/${asset}/${sequence}`;

export const createPast = (): string =>
  `CREATE TABLE IF NOT EXISTS ${quoteName(PAST)} (asset VARCHAR NOT NULL, sequence BIGINT NOT NULL, kind VARCHAR NOT NULL)`;

/** Sequence and kind, in order. */
export const pastOf = (asset: string): string =>
  `SELECT sequence, kind FROM ${quoteName(PAST)} WHERE asset = ${quoteText(asset)} ORDER BY sequence`;

export const allPast = (): string => `SELECT asset, sequence, kind FROM ${quoteName(PAST)} ORDER BY asset, sequence`;

export const rememberPast = (asset: string, sequence: number, kind: PastKind): string =>
  `INSERT INTO ${quoteName(PAST)} VALUES (${quoteText(asset)}, ${sequence}, ${quoteText(kind)})`;

/** By table: nothing up to its sequence can be undone any more. */
export function raiseFloors(floors: readonly (readonly [string, number])[]): string {
  const below = floors.map(([asset, sequence]) => `(asset = ${quoteText(asset)} AND sequence <= ${sequence})`);
  const rows = floors.map(([asset, sequence]) => `(${quoteText(asset)}, ${sequence}, 'floor')`);
  return `DELETE FROM ${quoteName(PAST)} WHERE ${below.join(' OR ')};
INSERT INTO ${quoteName(PAST)} VALUES ${rows.join(', ')}`;
}

export const forgetPast = (asset: string): string => `DELETE FROM ${quoteName(PAST)} WHERE asset = ${quoteText(asset)}`;

/** The publication of the table before `sequence`; NULL for none. */
export const publishedBefore = (asset: string, sequence: number): string =>
  `SELECT max(sequence) FROM ${quoteName(JOURNAL)} WHERE asset = ${quoteText(asset)} AND sequence < ${sequence}`;

/** By table: the last publication that can be undone and is from before the parameter, UTC text. */
export const pastBefore = (): string =>
  `SELECT p.asset, max(p.sequence) FROM ${quoteName(PAST)} AS p JOIN ${quoteName(JOURNAL)} AS j USING (sequence)
WHERE p.kind <> 'floor' AND j.published_at < CAST(CAST($1 AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP) GROUP BY p.asset`;

export interface Kept {
  readonly asset: string;
  readonly partition: Partition;
  readonly versions: number;
}

/** By table: of each cell, the publication that is one too many; the greatest of them. NULL for none. */
export const tooMany = (tables: readonly Kept[]): string =>
  tables
    .map(
      ({ asset, partition, versions }) => `SELECT ${quoteText(asset)}, max(_nth) FROM (
  SELECT list(_sequence ORDER BY _sequence DESC)[${versions + 1}] AS _nth
  FROM (SELECT DISTINCT ${cellGroup(partition)} AS "_cell", _sequence FROM ${quoteName(logName(asset))}) GROUP BY "_cell"
)`,
    )
    .join('\nUNION ALL ');

export interface Undone {
  /** The table to begin with. */
  readonly base: string;
  /** Publications of the log after `after` and before `before` (absent: all) are taken back. */
  readonly after: number;
  readonly before?: number;
}

const span = ({ after, before }: Undone): string =>
  `_sequence > ${after}${before === undefined ? '' : ` AND _sequence < ${before}`}`;

/** The cells of the rows that are taken back. */
export const undoneCells = (spec: Pick<TableSpec, 'name' | 'partition'>, undone: Undone): string =>
  `SELECT DISTINCT ${cellKey(spec.partition, '"_cell"')} FROM (
  SELECT ${cellGroup(spec.partition)} AS "_cell" FROM ${quoteName(logName(spec.name))} WHERE ${span(undone)}
) ORDER BY 1`;

/**
 * The rows of the base without what came since, with what went since; as often as they were there. `hasLog`: there is
 * something to take back. `cells` keeps those only.
 */
export function asOf(
  spec: TableSpec,
  undone: Undone,
  { hasLog, cells }: { readonly hasLog: boolean; readonly cells?: readonly CellKey[] },
): string {
  const names = spec.columns.map(column => quoteName(column.name)).join(', ');
  const where = cells === undefined ? 'TRUE' : inCells(spec.partition, cells);
  // Where a CTE has the table's name, this is the table.
  const base = `main.${quoteName(undone.base)}`;
  if (!hasLog) return `SELECT ${names} FROM ${base} WHERE ${where}`;
  const columns = spec.columns.map(column => {
    const name = quoteName(column.name);
    return hashed(column) === name ? name : `any_value(${name}) AS ${name}`;
  });
  return `SELECT ${names} FROM (SELECT ${names}, unnest(range(_count)) FROM (
  SELECT ${columns.join(', ')}, CAST(sum(_count) AS BIGINT) AS _count FROM (
    SELECT ${names}, 1 AS _count FROM ${base} WHERE ${where}
    UNION ALL SELECT ${names}, -_count FROM ${quoteName(logName(spec.name))} WHERE ${span(undone)}
  ) GROUP BY ${spec.columns.map(hashed).join(', ')} HAVING sum(_count) > 0
))`;
}
