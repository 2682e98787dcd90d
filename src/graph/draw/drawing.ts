// What is drawn: assets and edges of a selection, as plain values that every format reads.
// No text, no positions: those are each format's own.

import type { Asset, Column } from '../../asset/asset.ts';
import type { Check } from '../../asset/check.ts';
import type { Mapping, Partition } from '../../asset/partition.ts';

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

export interface Drawing {
  readonly title: string;
  /** Upstream before downstream. */
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

/** What drawing an asset needs beside its declaration. */
export interface DrawingDetails {
  readonly title: string;
  readonly fileOf?: (asset: string) => string | undefined;
  readonly sqlOf?: (asset: string) => DrawnNode['sql'];
}

const NO_PARTITION: Partition = { kind: 'none' };

function nodeOf(asset: Asset, details: DrawingDetails): DrawnNode {
  return {
    name: asset.name,
    kind: asset.kind,
    description: asset.description,
    owner: asset.owner,
    tags: asset.tags,
    partition: 'partition' in asset ? asset.partition : NO_PARTITION,
    columns: asset.columns,
    checks: asset.checks,
    file: details.fileOf?.(asset.name),
    sql: details.sqlOf?.(asset.name) ?? [],
  };
}

/** The selected assets that `asset` reads through unselected ones only. */
function behind(asset: Asset, byName: ReadonlyMap<string, Asset>, selected: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const open = asset.deps.map(dep => dep.asset).filter(name => !selected.has(name));
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const dep of byName.get(name)?.deps ?? []) {
      if (selected.has(dep.asset)) found.add(dep.asset);
      else open.push(dep.asset);
    }
  }
  return found;
}

/**
 * The drawing of `selected` among `assets`.
 *
 * @param assets every asset of the project, upstream before downstream.
 */
export function drawingOf(assets: readonly Asset[], selected: ReadonlySet<string>, details: DrawingDetails): Drawing {
  const byName = new Map(assets.map(asset => [asset.name, asset]));
  const shown = assets.filter(asset => selected.has(asset.name));
  const edges = shown.flatMap(asset => {
    const direct = asset.deps.filter(dep => selected.has(dep.asset));
    const indirect = behind(asset, byName, selected);
    for (const dep of direct) indirect.delete(dep.asset);
    return [
      ...direct.map(dep => ({ from: dep.asset, to: asset.name, mapping: dep.mapping, isIndirect: false })),
      ...[...indirect].sort().map(from => ({ from, to: asset.name, mapping: undefined, isIndirect: true })),
    ];
  });
  return { title: details.title, nodes: shown.map(asset => nodeOf(asset, details)), edges };
}
