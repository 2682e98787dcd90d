// Which cells of a reader a changed cell of its upstream touches: the edge's mapping. Pure.

import type { Grain, Mapping, Partition } from '../asset/partition.ts';
import type { CellKey } from '../warehouse/warehouse.ts';
import { cellSpan, cellsWithin } from './partitions.ts';

/** All of the reader's cells. */
export const ALL = '*';
/** The reader's cells that hold, or will hold, a row with a changed key: the warehouse's log of changes knows which. */
export const KEYED = '?';

export interface Edge {
  readonly mapping: Mapping | undefined;
  readonly from: Partition;
  readonly to: Partition;
  /** Whether the rows that changed are in the upstream's log. */
  readonly isLogged?: boolean;
}

/** The reader's cells that `changed` cells of the upstream touch; `['*']` where only all of them is safe. */
export function touched(
  changed: readonly CellKey[],
  { mapping, from, to, isLogged = false }: Edge,
): readonly CellKey[] {
  if (changed.length === 0) return [];
  if (mapping?.kind === 'by-key') return [isLogged ? KEYED : ALL];
  if (to.kind === 'none' || mapping === undefined || from.kind === 'none') return [ALL];
  if (mapping.kind === 'same-partition') return samePartition(changed, from, to);
  if (mapping.kind === 'window' && from.kind === 'time' && to.kind === 'time' && from.grain === to.grain) {
    return windowed(changed, from.grain, mapping);
  }
  return [ALL];
}

function samePartition(changed: readonly CellKey[], from: Partition, to: Partition): readonly CellKey[] {
  if (from.kind === 'static' && to.kind === 'static') return changed;
  if (from.kind !== 'time' || to.kind !== 'time') return [ALL];
  if (from.grain === to.grain) return changed;
  const { grain } = to;
  const isInside = RANK[from.grain] < RANK[grain] && from.grain !== 'weekly';
  const cells = new Set(changed.flatMap(cell => (isInside ? coarsen(cell, grain) : overlapping(cell, from, grain))));
  return cells.size > FINER_MAX && cells.size > changed.length ? [ALL] : [...cells];
}

/** A mark a cell: where years of months changed, the hours of them all cost more to name than to make. */
const FINER_MAX = 5_000;

const RANK: Record<Grain, number> = { hourly: 0, daily: 1, weekly: 2, monthly: 3 };
const NULL_CELL = '__NULL__';

/** The cells of a finer grain within `cell`; a week may lie in two months, and a month begins and ends in the middle of a week. */
const overlapping = (cell: CellKey, from: Partition, grain: Grain): CellKey[] =>
  cell === NULL_CELL ? [cell] : [...cellsWithin(cellSpan(cell, from), grain)];

/** The cell of a coarser grain that holds `cell`, which is no week. */
function coarsen(cell: CellKey, grain: Grain): CellKey {
  if (cell === NULL_CELL) return cell;
  const day = cell.slice(0, 10);
  if (grain === 'daily') return day;
  if (grain === 'monthly') return day.slice(0, 7);
  const date = new Date(`${day}T00:00:00Z`);
  return addDays(day, -((date.getUTCDay() + 6) % 7));
}

function windowed(
  changed: readonly CellKey[],
  grain: Grain,
  span: { before: number; after: number },
): readonly CellKey[] {
  const cells = new Set<CellKey>();
  for (const cell of changed) {
    if (cell === NULL_CELL) return [ALL];
    // A reader's cell d reads d-before … d+after, so a changed cell c touches c-after … c+before.
    for (let step = -span.after; step <= span.before; step++) cells.add(shift(cell, grain, step));
  }
  return [...cells].sort();
}

function shift(cell: CellKey, grain: Grain, steps: number): CellKey {
  if (grain === 'daily') return addDays(cell, steps);
  if (grain === 'weekly') return addDays(cell, steps * 7);
  if (grain === 'hourly') {
    return new Date(Date.parse(`${cell}:00:00Z`) + steps * 3_600_000).toISOString().slice(0, 13);
  }
  const [year, month] = cell.split('-').map(Number);
  const months = (year ?? 0) * 12 + (month ?? 1) - 1 + steps;
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}`;
}

const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
