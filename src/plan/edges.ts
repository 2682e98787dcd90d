// What the edges of a model mean: which of its cells a change upstream touches. A table is remembered with the meanings under
// which it was made, in words: with others, cells that were left alone may be wrong. Pure.

import { isTable, type ModelAsset, type TableAsset } from '../asset/asset.ts';
import type { Mapping, Partition } from '../asset/partition.ts';
import { must } from '../errors.ts';
import type { AssetGraph } from '../graph/graph.ts';
import { noteField } from './note-field.ts';

/** By upstream table: the same words mean the same. They are kept, so a change of them makes every table stale. */
export type Edges = Readonly<Record<string, string>>;

/** An edge that means something else than when the table was made. */
export interface ChangedEdge {
  readonly upstream: string;
  readonly was: string;
  readonly is: string;
}

/** The edges of a model as they are declared. */
export function edgesOf({ deps, partition }: ModelAsset, graph: AssetGraph): Edges {
  return Object.fromEntries(
    deps
      .map(({ asset, mapping }) => ({ read: must(graph.assets, asset), mapping }))
      .filter((dep): dep is { read: TableAsset; mapping: Mapping | undefined } => isTable(dep.read))
      .map(({ read, mapping }) => [read.name, meaning(mapping, read.partition, partition)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The edges that a publication was made under; undefined where its note does not say: an older pulse wrote it. */
export const edgesIn = (note: string | undefined): Edges | undefined => noteField(note, 'edges') as Edges | undefined;

/** In the order of their names. An edge that was not there, or is no more, is a matter of the SQL. */
export function changedEdges(now: Edges, note: string | undefined): readonly ChangedEdge[] {
  const before = edgesIn(note);
  if (before === undefined) return [];
  return Object.entries(now).flatMap(([upstream, is]) => {
    const was = before[upstream];
    return was === undefined || was === is ? [] : [{ upstream, was, is }];
  });
}

const EVERYTHING = 'all partitions';

/** What `touched` (touched.ts) makes of it: mappings that touch the same cells have the same words. */
function meaning(mapping: Mapping | undefined, from: Partition, to: Partition): string {
  if (mapping?.kind === 'by-key') return byKey(mapping);
  if (mapping === undefined || mapping.kind === 'all-partitions' || from.kind === 'none' || from.kind !== to.kind)
    return EVERYTHING;
  const cells = from.kind === 'time' ? `${from.grain} by ${from.column}` : `by ${from.column}`;
  const same = `same partition (${cells})`;
  if (mapping.kind === 'same-partition') return same;
  if (from.kind !== 'time' || to.kind !== 'time' || from.grain !== to.grain) return EVERYTHING;
  if (mapping.before === 0 && mapping.after === 0) return same;
  return `${mapping.before} before to ${mapping.after} after (${cells})`;
}

function byKey({ columns, through }: Extract<Mapping, { kind: 'by-key' }>): string {
  const key = `by ${inOrder(columns)}`;
  return through === undefined ? key : `${key} through ${through.asset} on ${inOrder(through.on)}`;
}

const inOrder = (columns: readonly string[]): string => [...columns].sort().join(', ');
