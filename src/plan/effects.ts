// What a publication does to the state: which cells came out different, which marks that clears and sets. Pure.

import { isTable } from '../asset/asset.ts';
import { must } from '../errors.ts';
import type { AssetGraph } from '../graph/graph.ts';
import type { Cell, Mark } from '../state/state-store.ts';
import type { CellKey, Publication } from '../warehouse/warehouse.ts';
import { ALL, touched } from './touched.ts';

export interface Effects {
  /** Cells whose content differs from before: what the wave goes on with. */
  readonly changed: readonly CellKey[];
  readonly clears: readonly (CellKey | '*')[];
  readonly marks: readonly Mark[];
}

/** `before` are the asset's cells as the state knew them; `built` the assets that were made at least once. */
export function effectsOf(
  publication: Publication,
  before: ReadonlyMap<CellKey, Cell>,
  { graph, built }: { readonly graph: AssetGraph; readonly built: ReadonlySet<string> },
): Effects {
  const changed = [
    ...publication.written
      .filter(content => before.get(content.cell)?.dataVersion !== content.dataVersion)
      .map(content => content.cell),
    ...publication.removed,
  ];
  const clears = publication.isWhole
    ? [ALL]
    : [...publication.written.map(content => content.cell), ...publication.removed];
  return { changed, clears, marks: marksFor(publication, changed, { graph, built }) };
}

function marksFor(
  publication: Publication,
  changed: readonly CellKey[],
  { graph, built }: { readonly graph: AssetGraph; readonly built: ReadonlySet<string> },
): Mark[] {
  const asset = must(graph.assets, publication.asset);
  if (!isTable(asset) || changed.length === 0) return [];
  return graph.downstream(asset.name).flatMap(name => {
    const reader = must(graph.assets, name);
    // A reader that was never made reads everything when it is.
    if (!isTable(reader) || !built.has(name)) return [];
    const mapping = reader.deps.find(dep => dep.asset === asset.name)?.mapping;
    const cells = touched(changed, { mapping, from: asset.partition, to: reader.partition });
    return cells.map(cell => ({ asset: name, cell, cause: asset.name, runId: publication.runId }));
  });
}
