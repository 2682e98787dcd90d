// What is drawn: assets and edges of a selection, as plain values that every format reads.
// No text, no positions: those are each format's own.

import type { Asset, Column } from '../../asset/asset.ts';
import type { Check } from '../../asset/check.ts';
import type { Mapping, Partition } from '../../asset/partition.ts';
import { must } from '../../errors.ts';
import { type AssetGraph, reach } from '../graph.ts';

export interface DrawnNode {
  readonly name: string;
  readonly kind: Asset['kind'];
  readonly description: string;
  readonly owner: string | undefined;
  readonly tags: readonly string[];
  readonly partition: Partition;
  readonly columns: readonly Column[];
  readonly checks: readonly Check[];
  /** Where it is declared, relative to the project. */
  readonly file: string | undefined;
  /** Texts a reader may want to see, in order: the template, and what it compiles to. */
  readonly sql: readonly { readonly title: string; readonly text: string }[];
}

export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  /** Absent: not declared, so all cells. */
  readonly mapping: Mapping | undefined;
  /** True where the path leads through assets that were not selected. */
  readonly isIndirect: boolean;
}

/** Where one column comes from and what it goes into; columns as `asset.column`, a model that only filters by it as `asset`. */
export interface DrawnColumn {
  readonly column: string;
  /** Null where it is passed on as it is. */
  readonly expression: string | null;
  readonly from: readonly string[];
  readonly into: readonly string[];
}

export interface Drawing {
  readonly title: string;
  /** By asset; empty where nobody asked for it. */
  readonly lineage: ReadonlyMap<string, readonly DrawnColumn[]>;
  /** Upstream before downstream. */
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

/** What drawing an asset needs beside its declaration. */
export interface DrawingDetails {
  readonly title: string;
  readonly sqlOf?: (asset: string) => DrawnNode['sql'];
  readonly lineage?: Drawing['lineage'];
}

const NO_PARTITION: Partition = { kind: 'none' };

function nodeOf(asset: Asset, graph: AssetGraph, details: DrawingDetails): DrawnNode {
  const file = graph.files.get(asset.name);
  return {
    name: asset.name,
    kind: asset.kind,
    description: asset.description,
    owner: asset.owner,
    tags: asset.tags,
    partition: 'partition' in asset ? asset.partition : NO_PARTITION,
    columns: asset.columns,
    checks: asset.checks,
    file: file === '' ? undefined : file,
    sql: details.sqlOf?.(asset.name) ?? [],
  };
}

/** The selected assets that `asset` reads through unselected ones only. */
function behind(asset: Asset, graph: AssetGraph, selected: ReadonlySet<string>): Set<string> {
  const unselected = graph.upstream(asset.name).filter(name => !selected.has(name));
  const passed = reach(unselected, name => graph.upstream(name).filter(above => !selected.has(above)));
  return new Set([...passed].flatMap(name => graph.upstream(name).filter(above => selected.has(above))));
}

/** The drawing of the assets `selected`, none of them unknown to the graph. */
export function drawingOf(graph: AssetGraph, selected: Iterable<string>, details: DrawingDetails): Drawing {
  const names = new Set(selected);
  const shown = graph.sort(names).map(name => must(graph.assets, name));
  const edges = shown.flatMap(asset => {
    const direct = asset.deps.filter(dep => names.has(dep.asset));
    const indirect = behind(asset, graph, names);
    for (const dep of direct) indirect.delete(dep.asset);
    return [
      ...direct.map(dep => ({ from: dep.asset, to: asset.name, mapping: dep.mapping, isIndirect: false })),
      ...graph.sort(indirect).map(from => ({ from, to: asset.name, mapping: undefined, isIndirect: true })),
    ];
  });
  return {
    title: details.title,
    lineage: details.lineage ?? new Map(),
    nodes: shown.map(asset => nodeOf(asset, graph, details)),
    edges,
  };
}
