// Whether a table must be made now, and which of its cells: judged with what this run has changed so far (early cutoff).

import type { TableAsset } from '../asset/asset.ts';
import { ALL } from '../plan/touched.ts';
import type { CellKey } from '../warehouse/warehouse.ts';
import type { RunContext } from './context.ts';

/** Rows whose partition column is NULL: no hint can name their cell. */
const NULL_CELL = '__NULL__';

/** `whole`, the cells to make, or nothing. */
export function scopeOf(
  asset: TableAsset,
  codeVersion: string,
  context: RunContext,
): 'whole' | 'nothing' | readonly CellKey[] {
  const build = context.snapshot.builds.get(asset.name);
  if (build === undefined || context.forced.has(asset.name) || build.codeVersion !== codeVersion) return 'whole';
  const marked = [...new Set((context.marks.get(asset.name) ?? []).map(mark => mark.cell))];
  if (marked.length === 0) return 'nothing';
  if (marked.includes(ALL) || marked.includes(NULL_CELL) || asset.partition.kind === 'none') return 'whole';
  return marked.sort();
}
