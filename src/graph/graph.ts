// The asset graph: who reads whom, in which order. Pure and immutable; on graphology.
// Says nothing of staleness, SQL or stores. What is wrong with a declaration is found in faults.ts.

import { DirectedGraph } from 'graphology';
import { topologicalGenerations } from 'graphology-dag';
import type { Asset } from '../asset/asset.ts';
import { must, type PulseError, PulseErrors } from '../errors.ts';
import { findFaults } from './faults.ts';
import type { LoadedAsset } from './loaded-asset.ts';

export type { LoadedAsset };

/** Every method that takes a name throws a plain Error for one that is not in the graph. */
export interface AssetGraph {
  readonly assets: ReadonlyMap<string, Asset>;
  /** The file that declares each asset; '' where it was built from a bare asset. */
  readonly files: ReadonlyMap<string, string>;
  /** All names: what is read comes before its readers; assets with nothing (left) upstream first, each such layer by name. */
  readonly order: readonly string[];
  /** What the asset reads directly, sorted. */
  upstream(name: string): readonly string[];
  /** Who reads the asset directly, sorted. */
  downstream(name: string): readonly string[];
  /** What the asset reads at any distance (or at most `depth` edges away), without itself, in `order`. */
  ancestors(name: string, depth?: number): readonly string[];
  /** Who reads the asset at any distance (or at most `depth` edges away), without itself, in `order`. */
  descendants(name: string, depth?: number): readonly string[];
  /** `names` without repetition, in `order`. */
  sort(names: Iterable<string>): readonly string[];
}

/**
 * @throws {PulseError} the one thing that is wrong: ASSET_DUPLICATE, ASSET_UNKNOWN, ASSET_INVALID, GRAPH_CYCLE;
 * @throws {PulseErrors} PROJECT_BROKEN with all of them where there are several.
 */
export function buildGraph(declared: readonly (Asset | LoadedAsset)[]): AssetGraph {
  const loaded = declared.map(one => ('asset' in one ? one : { asset: one, file: '' }));
  const faults = findFaults(loaded).map(({ error }) => error);
  const [first] = faults;
  if (first !== undefined) {
    throw faults.length === 1 ? first : new PulseErrors(`${faults.length} things are wrong with the assets.`, faults);
  }
  return new Built(loaded);
}

/** The graph of what is right with a set of declarations, and what is left out of it. */
export interface SoundGraph {
  readonly graph: AssetGraph;
  readonly faults: readonly PulseError[];
  /** Each asset that is left out, with the wrong one that it is or reads. */
  readonly excluded: ReadonlyMap<string, string>;
}

/**
 * As buildGraph, but leaves out the assets that are wrong and their readers instead of refusing. `unloaded` are files of assets that
 * could not be loaded: who reads what a file is called for is not wrong, but cannot be judged.
 */
export function buildSoundGraph(loaded: readonly LoadedAsset[], unloaded: readonly string[] = []): SoundGraph {
  // Of two of one name the one whose file is called so is right.
  const ordered = [...loaded].sort((a, b) => Number(isCalledSo(b)) - Number(isCalledSo(a)));
  const names = new Set(loaded.map(({ asset }) => asset.name));
  const misnamed = ordered.filter((one, at) => ordered.findIndex(other => other.asset.name === one.asset.name) < at);
  const lost = [...unloaded, ...misnamed.map(({ file }) => file)]
    .map(nameOf)
    .filter(name => name !== '' && !names.has(name));
  const blocked = new Map(lost.map(name => [name, name]));
  let rest: readonly LoadedAsset[] = ordered;
  for (let before = -1; before !== blocked.size; ) {
    before = blocked.size;
    for (const { asset } of rest) {
      const wrong = needs(asset).find(name => blocked.has(name));
      if (wrong !== undefined) blocked.set(asset.name, must(blocked, wrong));
    }
    rest = rest.filter(({ asset }) => !blocked.has(asset.name));
  }
  const { graph, faults, excluded } = soundOf(rest);
  return { graph, faults, excluded: new Map([...blocked, ...excluded]) };
}

/** `assets/marts/fact_orders.ts` is called for fact_orders. */
const nameOf = (file: string): string => /([^/]*)\.ts$/.exec(file)?.[1] ?? '';
const isCalledSo = ({ asset, file }: LoadedAsset): boolean => nameOf(file) === asset.name;

/** What an asset cannot be judged without. */
const needs = ({ deps, checks }: Asset): readonly string[] => [
  ...deps.map(dep => dep.asset),
  ...checks.flatMap(check => (check.kind === 'refers-to' ? [check.asset] : [])),
];

function soundOf(loaded: readonly LoadedAsset[]): SoundGraph {
  const faults = findFaults(loaded);
  const excluded = new Map<string, string>();
  for (const { assets, error } of faults) {
    // Who names an asset that is not there is wrong; who is named twice is there, once.
    if (error.code !== 'ASSET_DUPLICATE') for (const name of assets) excluded.set(name, name);
  }
  const above = new Map(loaded.map(({ asset }) => [asset.name, asset.deps.map(dep => dep.asset)]));
  const known = new Map([...above].map(([name, deps]) => [name, deps.filter(dep => above.has(dep))]));
  const below = invert(known);
  for (const wrong of [...excluded.keys()].sort(compare)) {
    for (const reader of reach([wrong], name => must(below, name))) {
      if (!excluded.has(reader)) excluded.set(reader, wrong);
    }
  }
  const names = new Set<string>();
  const sound = loaded.filter(({ asset }) => !excluded.has(asset.name) && names.size < names.add(asset.name).size);
  const { graph, faults: more, excluded: others } = nextSound(sound);
  return {
    graph,
    faults: [...faults.map(({ error }) => error), ...more],
    excluded: new Map([...excluded, ...others]),
  };
}

/** What is right alone may refer, in a check, to what was left out. */
function nextSound(loaded: readonly LoadedAsset[]): SoundGraph {
  return findFaults(loaded).length === 0
    ? { graph: new Built(loaded), faults: [], excluded: new Map() }
    : soundOf(loaded);
}

/** All that can be reached from `starts` by `next`, the starts included, at most `depth` steps away. */
export function reach(
  starts: Iterable<string>,
  next: (name: string) => readonly string[],
  depth = Number.POSITIVE_INFINITY,
): Set<string> {
  const found = new Set(starts);
  let edge = [...found];
  for (let step = 0; step < depth && edge.length > 0; step++) {
    const further: string[] = [];
    for (const name of edge) {
      for (const neighbour of next(name)) {
        if (found.has(neighbour)) continue;
        found.add(neighbour);
        further.push(neighbour);
      }
    }
    edge = further;
  }
  return found;
}

class Built implements AssetGraph {
  readonly assets: ReadonlyMap<string, Asset>;
  readonly files: ReadonlyMap<string, string>;
  readonly order: readonly string[];
  readonly #above = new Map<string, readonly string[]>();
  readonly #below: ReadonlyMap<string, readonly string[]>;
  readonly #rank: ReadonlyMap<string, number>;

  constructor(loaded: readonly LoadedAsset[]) {
    const sorted = [...loaded].sort((a, b) => compare(a.asset.name, b.asset.name));
    this.assets = new Map(sorted.map(({ asset }) => [asset.name, asset]));
    this.files = new Map(sorted.map(({ asset, file }) => [asset.name, file]));
    for (const [name, asset] of this.assets) this.#above.set(name, asset.deps.map(dep => dep.asset).sort(compare));
    this.#below = invert(this.#above);
    this.order = orderOf(this.#above);
    this.#rank = new Map(this.order.map((name, rank) => [name, rank]));
  }

  upstream(name: string): readonly string[] {
    return must(this.#above, name);
  }

  downstream(name: string): readonly string[] {
    return must(this.#below, name);
  }

  ancestors(name: string, depth?: number): readonly string[] {
    return this.#without(
      name,
      reach([name], each => this.upstream(each), depth),
    );
  }

  descendants(name: string, depth?: number): readonly string[] {
    return this.#without(
      name,
      reach([name], each => this.downstream(each), depth),
    );
  }

  sort(names: Iterable<string>): readonly string[] {
    return [...new Set(names)].sort((a, b) => must(this.#rank, a) - must(this.#rank, b));
  }

  #without(name: string, names: Set<string>): readonly string[] {
    names.delete(name);
    return this.sort(names);
  }
}

/** Code-unit order: the same on every machine, whatever its locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Who reads each name; sorted, as the names of `above` are. */
function invert(above: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const below = new Map<string, string[]>([...above.keys()].map(name => [name, []]));
  for (const [name, reads] of above) {
    for (const read of reads) must(below, read).push(name);
  }
  return below;
}

/** Layer by layer, each by name. Keys get a `/`, as graphology keeps them in plain objects, which have a "constructor". */
function orderOf(above: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const edges = new DirectedGraph({ allowSelfLoops: false });
  for (const name of above.keys()) edges.addNode(`/${name}`);
  for (const [name, reads] of above) {
    for (const read of reads) edges.addEdge(`/${read}`, `/${name}`);
  }
  return topologicalGenerations(edges).flatMap(layer => layer.sort(compare).map(key => key.slice(1)));
}
