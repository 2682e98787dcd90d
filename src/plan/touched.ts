// Which cells of a reader a changed cell of its upstream touches: the edge's mapping. Pure.

import { cellAfter, cellSpan, cellsWithin } from '../asset/calendar.ts';
import { ALL_CELLS, type Grain, KEYED_CELLS, type Mapping, NULL_CELL, type Partition } from '../asset/partition.ts';
import type { CellKey } from '../warehouse/warehouse.ts';

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
  if (mapping?.kind === 'by-key') return [isLogged ? KEYED_CELLS : ALL_CELLS];
  if (to.kind === 'none' || mapping === undefined || from.kind === 'none') return [ALL_CELLS];
  if (mapping.kind === 'same-partition') return samePartition(changed, from, to);
  if (mapping.kind === 'window' && from.kind === 'time' && to.kind === 'time' && from.grain === to.grain) {
    return windowed(changed, from.grain, mapping);
  }
  return [ALL_CELLS];
}

function samePartition(changed: readonly CellKey[], from: Partition, to: Partition): readonly CellKey[] {
  if (from.kind === 'static' && to.kind === 'static') return changed;
  if (from.kind !== 'time' || to.kind !== 'time') return [ALL_CELLS];
  if (from.grain === to.grain) return changed;
  const cells = new Set(changed.flatMap(cell => overlapping(cell, from.grain, to.grain)));
  return cells.size > FINER_MAX && cells.size > changed.length ? [ALL_CELLS] : [...cells];
}

/** A mark a cell: where years of months changed, the hours of them all cost more to name than to make. */
const FINER_MAX = 5_000;

/** A week may lie in two months, and a month begins and ends in the middle of a week. */
const overlapping = (cell: CellKey, from: Grain, to: Grain): CellKey[] =>
  cell === NULL_CELL ? [cell] : [...cellsWithin(cellSpan(cell, from), to)];

function windowed(
  changed: readonly CellKey[],
  grain: Grain,
  span: { before: number; after: number },
): readonly CellKey[] {
  const cells = new Set<CellKey>();
  for (const cell of changed) {
    if (cell === NULL_CELL) return [ALL_CELLS];
    // A reader's cell d reads d-before … d+after, so a changed cell c touches c-after … c+before.
    for (let step = -span.after; step <= span.before; step++) {
      const reader = cellAfter(cell, grain, step);
      if (reader !== undefined) cells.add(reader);
    }
  }
  return [...cells].sort();
}
