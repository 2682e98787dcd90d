// Whether a table must be made now, and which of its cells: judged with what this run has changed so far (early cutoff).

import type { TableAsset } from '../asset/asset.ts';
import { ALL } from '../plan/touched.ts';
import type { CellKey } from '../warehouse/warehouse.ts';
import type { RunContext } from './context.ts';

/** `whole`, the cells to make, or nothing. */
export function scopeOf(
  asset: TableAsset,
  codeVersion: string,
  context: RunContext,
): 'whole' | 'nothing' | readonly CellKey[] {
  const asked = context.asked.get(asset.name);
  if (asked !== undefined) return asked;
  const build = context.snapshot.builds.get(asset.name);
  if (build === undefined || context.forced.has(asset.name) || build.codeVersion !== codeVersion) return 'whole';
  const marked = [...new Set((context.marks.get(asset.name) ?? []).map(mark => mark.cell))];
  if (marked.length === 0) return 'nothing';
  if (marked.includes(ALL) || asset.partition.kind === 'none') return 'whole';
  return marked.sort();
}
