// Whether a table must be made now, and how much of it: judged with what this run has changed so far (early cutoff).

import type { TableAsset } from '../asset/asset.ts';
import { ALL_CELLS, KEYED_CELLS } from '../asset/partition.ts';
import { changedEdges, edgesOf } from '../plan/edges.ts';
import type { Mark } from '../state/state-store.ts';
import type { CellKey } from '../warehouse/warehouse.ts';
import type { RunContext } from './context.ts';

export type Extent =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'whole' }
  /** `settles` are the marks that making it takes away. */
  | {
      readonly kind: 'part';
      readonly cells: readonly CellKey[];
      readonly isKeyed: boolean;
      readonly settles: readonly string[];
    };

type Known = Pick<RunContext, 'asked' | 'snapshot' | 'forced' | 'project'> & {
  readonly marks: ReadonlyMap<string, readonly Mark[]>;
};

/** All of it, the cells that are marked or asked for and the rows by key, or nothing. */
export function extentOf(asset: TableAsset, codeVersion: string, context: Known): Extent {
  const asked = context.asked.get(asset.name);
  if (asked !== undefined) return { kind: 'part', cells: asked, isKeyed: false, settles: asked };
  const build = context.snapshot.builds.get(asset.name);
  if (build === undefined || context.forced.has(asset.name) || build.codeVersion !== codeVersion)
    return { kind: 'whole' };
  if (asset.kind === 'model' && changedEdges(edgesOf(asset, context.project.graph), build.note).length > 0)
    return { kind: 'whole' };
  const marked = [...new Set((context.marks.get(asset.name) ?? []).map(mark => mark.cell))].sort();
  if (marked.length === 0) return { kind: 'nothing' };
  const cells = marked.filter(cell => cell !== KEYED_CELLS);
  if (cells.includes(ALL_CELLS) || (asset.partition.kind === 'none' && cells.length > 0)) return { kind: 'whole' };
  return { kind: 'part', cells, isKeyed: cells.length < marked.length, settles: marked };
}
