// Cells in DuckDB SQL: the key of a row's cell, and which rows are in given cells. Pure text.
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
  /** The start of the cell from its key. */
  readonly literal: (key: string) => string;
  readonly length: string;
}

const date = (text: string): string => `CAST(${quoteText(text)} AS DATE)`;

const GRAINS: Readonly<Record<Grain, GrainText>> = {
  hourly: {
    start: column => `date_trunc('hour', ${column})`,
    key: start => `strftime(${start}, '%Y-%m-%dT%H')`,
    pattern: /^\d{4}-\d{2}-\d{2}T\d{2}$/,
    literal: key => `CAST(${quoteText(`${key.replace('T', ' ')}:00:00`)} AS TIMESTAMP)`,
    length: "INTERVAL '1 hour'",
  },
  daily: {
    start: column => column,
    key: start => `CAST(${start} AS VARCHAR)`,
    pattern: /^\d{4}-\d{2}-\d{2}$/,
    literal: date,
    length: "INTERVAL '1 day'",
  },
  weekly: {
    start: column => `CAST(date_trunc('week', ${column}) AS DATE)`,
    key: start => `CAST(${start} AS VARCHAR)`,
    pattern: /^\d{4}-\d{2}-\d{2}$/,
    literal: date,
    length: "INTERVAL '7 days'",
  },
  monthly: {
    start: column => `CAST(date_trunc('month', ${column}) AS DATE)`,
    key: start => `strftime(${start}, '%Y-%m')`,
    pattern: /^\d{4}-\d{2}$/,
    literal: key => date(`${key}-01`),
    length: "INTERVAL '1 month'",
  },
};

/** What rows are grouped by to get at cells: cheaper than the key's text. NULL where the partition value is. */
export function cellGroup(partition: Partition): string {
  if (partition.kind === 'none') return "''";
  const column = quoteName(partition.column);
  return partition.kind === 'static' ? column : GRAINS[partition.grain].start(column);
}

/** The cell's key (VARCHAR, never NULL) from what `cellGroup` gave. */
export function cellKey(partition: Partition, group: string): string {
  if (partition.kind === 'none') return group;
  const key = partition.kind === 'static' ? staticKey(group) : GRAINS[partition.grain].key(group);
  return `coalesce(${key}, ${quoteText(NULL_CELL)})`;
}

function isIn(partition: Exclude<Partition, { kind: 'none' }>, keys: readonly CellKey[]): string {
  const column = quoteName(partition.column);
  if (partition.kind === 'static') return `${column} IN (${keys.map(key => quoteText(staticValue(key))).join(', ')})`;
  const grain = GRAINS[partition.grain];
  const bad = keys.find(key => !grain.pattern.test(key));
  if (bad !== undefined) throw new Error(`"${bad}" is not a key of a ${partition.grain} cell`);
  const within = `${grain.start(column)} IN (${keys.map(grain.literal).join(', ')})`;
  if (partition.grain === 'daily') return within;
  // The range lets DuckDB skip row groups, which it can't through date_trunc. The keys' text sorts as their time does.
  const sorted = [...keys].sort();
  const first = grain.literal(sorted[0] ?? '');
  const last = grain.literal(sorted.at(-1) ?? '');
  return `(${column} >= ${first} AND ${column} < ${last} + ${grain.length} AND ${within})`;
}

/** Whether a row is in one of `cells`: a condition that is never NULL. */
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

/** What staticCell of asset/partition.ts says, in SQL. */
const staticKey = (value: string): string =>
  `CASE WHEN ${value} IN (${RESERVED_KEYS.map(quoteText).join(', ')}) OR starts_with(${value}, ${quoteText(KEY_ESCAPE)}) THEN concat(${quoteText(KEY_ESCAPE)}, ${value}) ELSE ${value} END`;
