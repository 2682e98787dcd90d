// Cells in BigQuery SQL: the key of a row's cell, and which rows are in given cells. Pure text.
// Keys are those of asset/partition.ts: '' for an unpartitioned table, `__NULL__` for rows without a partition value.

import {
  type Grain,
  KEY_ESCAPE,
  NULL_CELL,
  type Partition,
  RESERVED_KEYS,
  staticValue,
} from '../../asset/partition.ts';
import type { CellKey } from '../warehouse.ts';
import { quoteName, quoteText } from './quote.ts';

interface GrainText {
  /** The start of the cell, in the column's own type. */
  readonly start: (column: string) => string;
  /** The key of a cell from its start. */
  readonly key: (start: string) => string;
  readonly pattern: RegExp;
  /** The start of the cell from its key, and of the cell after it. */
  readonly literal: (key: string) => string;
  readonly next: (start: string) => string;
  /** What the table is partitioned by; weeks are no partitions of BigQuery's, so they are days. */
  readonly partitionBy: (column: string) => string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const date = (text: string): string => `DATE ${quoteText(text)}`;
// Not by FORMAT_DATE, whose %Y writes the year 999 with three digits.
const dayKey = (start: string): string => `CAST(${start} AS STRING)`;

const GRAINS: Readonly<Record<Grain, GrainText>> = {
  hourly: {
    start: column => `TIMESTAMP_TRUNC(${column}, HOUR)`,
    key: start => `CONCAT(CAST(DATE(${start}, 'UTC') AS STRING), FORMAT_TIMESTAMP('T%H', ${start}, 'UTC'))`,
    pattern: /^\d{4}-\d{2}-\d{2}T\d{2}$/,
    literal: key => `TIMESTAMP ${quoteText(`${key.replace('T', ' ')}:00:00+00`)}`,
    next: start => `TIMESTAMP_ADD(${start}, INTERVAL 1 HOUR)`,
    partitionBy: column => `TIMESTAMP_TRUNC(${column}, HOUR)`,
  },
  daily: {
    start: column => column,
    key: dayKey,
    pattern: DAY,
    literal: date,
    next: start => `DATE_ADD(${start}, INTERVAL 1 DAY)`,
    partitionBy: column => column,
  },
  weekly: {
    start: column => `DATE_TRUNC(${column}, WEEK(MONDAY))`,
    key: dayKey,
    pattern: DAY,
    literal: date,
    next: start => `DATE_ADD(${start}, INTERVAL 7 DAY)`,
    partitionBy: column => column,
  },
  monthly: {
    start: column => `DATE_TRUNC(${column}, MONTH)`,
    key: start => `SUBSTR(CAST(${start} AS STRING), 1, 7)`,
    pattern: /^\d{4}-\d{2}$/,
    literal: key => date(`${key}-01`),
    next: start => `DATE_ADD(${start}, INTERVAL 1 MONTH)`,
    partitionBy: column => `DATE_TRUNC(${column}, MONTH)`,
  },
};

/** The cell's key, a STRING that is never NULL. */
export function cellKey(partition: Partition): string {
  if (partition.kind === 'none') return "''";
  const column = quoteName(partition.column);
  const grain = partition.kind === 'static' ? undefined : GRAINS[partition.grain];
  const key = grain === undefined ? staticKey(column) : grain.key(grain.start(column));
  return `COALESCE(${key}, ${quoteText(NULL_CELL)})`;
}

/** What PARTITION BY is followed by; undefined where the table has no partitions in BigQuery. */
export function partitionBy(partition: Partition): string | undefined {
  return partition.kind === 'time' ? GRAINS[partition.grain].partitionBy(quoteName(partition.column)) : undefined;
}

/** Whether a row is in one of `cells`: a condition that is never NULL, and that lets BigQuery skip partitions. */
export function inCells(partition: Partition, cells: readonly CellKey[]): string {
  if (partition.kind === 'none') return cells.includes('') ? 'TRUE' : 'FALSE';
  const keys = cells.filter(cell => cell !== NULL_CELL);
  const column = quoteName(partition.column);
  const parts = [
    ...(keys.length > 0 ? [`(${column} IS NOT NULL AND ${isIn(partition, keys)})`] : []),
    ...(keys.length < cells.length ? [`${column} IS NULL`] : []),
  ];
  return parts.length === 0 ? 'FALSE' : `(${parts.join(' OR ')})`;
}

function isIn(partition: Exclude<Partition, { kind: 'none' }>, keys: readonly CellKey[]): string {
  const column = quoteName(partition.column);
  if (partition.kind === 'static') return `${column} IN (${keys.map(key => quoteText(staticValue(key))).join(', ')})`;
  const grain = GRAINS[partition.grain];
  const bad = keys.find(key => !grain.pattern.test(key));
  if (bad !== undefined) throw new Error(`"${bad}" is not a key of a ${partition.grain} cell`);
  if (partition.grain === 'daily') return `${column} IN (${keys.map(grain.literal).join(', ')})`;
  // Ranges of the bare column: BigQuery does not skip partitions through a function of it.
  return `(${keys
    .map(key => `(${column} >= ${grain.literal(key)} AND ${column} < ${grain.next(grain.literal(key))})`)
    .join(' OR ')})`;
}

/** What staticCell of asset/partition.ts says, in SQL. */
const staticKey = (value: string): string =>
  `CASE WHEN ${value} IN (${RESERVED_KEYS.map(quoteText).join(', ')}) OR STARTS_WITH(${value}, ${quoteText(KEY_ESCAPE)}) THEN CONCAT(${quoteText(KEY_ESCAPE)}, ${value}) ELSE ${value} END`;
