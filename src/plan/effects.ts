// What a publication does to the state: which cells came out different, which marks that clears and sets. Pure.

import { isTable, type TableAsset } from '../asset/asset.ts';
import { ALL_CELLS } from '../asset/partition.ts';
import { must } from '../errors.ts';
import type { AssetGraph } from '../graph/graph.ts';
import type { Build, Cell, Mark } from '../state/state-store.ts';
import type { CellKey, Publication } from '../warehouse/warehouse.ts';
import { changedEdges, edgesIn, edgesOf } from './edges.ts';
import { REWOUND, rewoundOf } from './rewound.ts';
import { touched } from './touched.ts';

export interface Effects {
  /** Cells whose content differs from before: what the wave goes on with. */
  readonly changed: readonly CellKey[];
  readonly clears: readonly string[];
  readonly marks: readonly Mark[];
}

export interface Built {
  readonly graph: AssetGraph;
  /** The code version of every asset that was made at least once, before this publication. */
  readonly built: ReadonlyMap<string, string>;
  /** Their notes: under which mappings they were made. */
  readonly builds: ReadonlyMap<string, Pick<Build, 'note'>>;
}

/** `before` are the asset's cells as the state knew them. */
export function effectsOf(
  publication: Publication,
  before: ReadonlyMap<CellKey, Pick<Cell, 'dataVersion'>>,
  world: Built,
): Effects {
  const changed = [
    ...publication.written
      .filter(content => before.get(content.cell)?.dataVersion !== content.dataVersion)
      .map(content => content.cell),
    ...publication.removed,
  ];
  return {
    changed,
    clears: publication.settles,
    marks: [...ownMarks(publication, changed, world), ...marksFor(publication, changed, world)],
  };
}

/** The models that read `name` by key: what changes in it is logged for them. */
export const keyedReaders = (graph: AssetGraph, name: string): readonly string[] =>
  graph
    .downstream(name)
    .filter(reader =>
      must(graph.assets, reader).deps.some(dep => dep.asset === name && dep.mapping?.kind === 'by-key'),
    );

/**
 * Where only some cells were made of a table that never was, or with SQL or mappings that the others are not made with: all of them.
 * Where it was rewound: what is now of an older version.
 */
function ownMarks(publication: Publication, changed: readonly CellKey[], world: Built): Mark[] {
  const { graph, built, builds } = world;
  const { asset, runId, codeVersion, isWhole, note } = publication;
  if (rewoundOf(note)?.by === runId)
    return (isWhole ? [ALL_CELLS] : changed).map(cell => ({ asset, cell, cause: REWOUND, runId }));
  const isSame =
    built.get(asset) === codeVersion && changedEdges(edgesIn(note) ?? {}, builds.get(asset)?.note).length === 0;
  if (isWhole || isSame || must(graph.assets, asset).kind !== 'model') return [];
  return [{ asset, cell: ALL_CELLS, cause: asset, runId }];
}

function marksFor(publication: Publication, changed: readonly CellKey[], world: Built): Mark[] {
  const { graph, built } = world;
  const asset = must(graph.assets, publication.asset);
  if (!isTable(asset) || changed.length === 0) return [];
  return graph.downstream(asset.name).flatMap(name => {
    const reader = must(graph.assets, name);
    // A reader that was never made reads everything when it is.
    if (!isTable(reader) || !built.has(name)) return [];
    const mapping = reader.deps.find(dep => dep.asset === asset.name)?.mapping;
    const { isLogged } = publication;
    const cells = isOtherEdge(reader, asset.name, world)
      ? [ALL_CELLS]
      : touched(changed, { mapping, from: asset.partition, to: reader.partition, isLogged });
    return cells.map(cell => ({ asset: name, cell, cause: asset.name, runId: publication.runId }));
  });
}

/**
 * Whether a reader was made under another mapping than is declared now: it is to be made whole for that, and still is where the
 * mapping is put back before it was.
 */
const isOtherEdge = (reader: TableAsset, upstream: string, { graph, builds }: Built): boolean =>
  reader.kind === 'model' &&
  changedEdges(edgesOf(reader, graph), builds.get(reader.name)?.note).some(edge => edge.upstream === upstream);
