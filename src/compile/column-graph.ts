// Which column is made of which, across all models: upwards what it comes from, downwards what it goes into. Pure.

import { isTable } from '../asset/asset.ts';
import { must, type Place, PulseError } from '../errors.ts';
import { hintClosest } from '../graph/closest.ts';
import type { AssetGraph } from '../graph/graph.ts';
import { assetNamed } from '../graph/select.ts';
import type { ModelFacts } from './facts.ts';

export interface ColumnNode {
  readonly asset: string;
  /** Null where a column is needed by a model but in none of its columns: in a filter, a join, a window. */
  readonly column: string | null;
  /** How it is made of what is next to it, upwards; null where it is passed on as it is, or is no model's. */
  readonly expression: string | null;
  readonly place: Place | null;
  /** Told before in this tree: what is next to it stands there. */
  readonly isRepeated: boolean;
  readonly next: readonly ColumnNode[];
}

export interface ColumnWorld {
  readonly graph: AssetGraph;
  /** Undefined for what is no model, or is broken. */
  factsOf(asset: string): ModelFacts | undefined;
}

/**
 * The column that `ASSET.COLUMN` names.
 *
 * @throws {PulseError} USAGE, ASSET_UNKNOWN, with what may have been meant.
 */
export function columnNamed(text: string, { graph, factsOf }: ColumnWorld): { asset: string; column: string } {
  const [name = '', column = '', ...more] = text.split('.');
  const asset = assetNamed(graph, name);
  const known = factsOf(name)?.lineage.map(one => one.column) ?? asset.columns.map(one => one.name);
  if (column === '' || more.length > 0 || !isTable(asset)) {
    throw new PulseError('USAGE', `"${text}" names no column of a table.`, {
      hint: `Write ${asset.name}.COLUMN${known.length === 0 ? '' : `, such as ${asset.name}.${known[0]}`}.`,
    });
  }
  const found = known.find(one => one.toLowerCase() === column.toLowerCase());
  if (found !== undefined) return { asset: name, column: found };
  throw new PulseError('USAGE', `${name} has no column "${column}".`, {
    hint: hintClosest(column, known, `It has ${known.join(', ')}.`),
  });
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

interface At {
  readonly asset: string;
  readonly column: string;
}

/** What was told already: in a graph of many ways from here to there, each column is told once. */
type Told = Set<string>;

const isNew = ({ asset, column }: At, told: Told): boolean => {
  const key = `${asset}.${column.toLowerCase()}`;
  return !told.has(key) && told.add(key).size > 0;
};

/** Where a column comes from, down to what no model makes. */
export function columnOrigins(start: At, world: ColumnWorld, told: Told = new Set()): ColumnNode {
  const made = world.factsOf(start.asset)?.lineage.find(one => same(one.column, start.column));
  const sources = made?.sources ?? [];
  const isFirst = isNew(start, told);
  return {
    ...start,
    expression: made?.expression ?? null,
    place: made?.place ?? null,
    isRepeated: !isFirst && sources.length > 0,
    next: isFirst ? sources.map(source => columnOrigins(source, world, told)) : [],
  };
}

/** What a column goes into, at any distance: columns, and models that only need it. */
export function columnUses(start: At, world: ColumnWorld): ColumnNode {
  const told: Told = new Set();
  isNew(start, told);
  return { ...start, expression: null, place: null, isRepeated: false, next: readersOf(start, world, told) };
}

/** The columns (and models) right next to one: what it is made of, and what reads it. */
export function neighbours(start: At, world: ColumnWorld): { from: readonly string[]; into: readonly string[] } {
  const made = world.factsOf(start.asset)?.lineage.find(one => same(one.column, start.column));
  const text = (one: { asset: string; column: string | null }): string =>
    one.column === null ? one.asset : `${one.asset}.${one.column}`;
  return { from: (made?.sources ?? []).map(text), into: usesOf(start, world).map(text) };
}

interface Use {
  readonly asset: string;
  readonly column: string | null;
  readonly expression: string | null;
  readonly place: Place | null;
}

function usesOf(start: At, world: ColumnWorld): readonly Use[] {
  const isIt = (one: At): boolean => one.asset === start.asset && same(one.column, start.column);
  return world.graph.downstream(start.asset).flatMap((reader): Use[] => {
    const facts = world.factsOf(reader);
    if (facts === undefined) return isUnanalyzed(reader, world) ? [{ asset: reader, ...UNTOLD }] : [];
    const made = facts.lineage.filter(one => one.sources.some(isIt));
    if (made.length > 0)
      return made.map(({ column, expression, place }) => ({ asset: reader, column, expression, place }));
    return facts.uses.some(isIt) ? [{ asset: reader, column: null, expression: null, place: null }] : [];
  });
}

/** What nobody looks into may need anything that it reads. */
const UNTOLD = { column: null, expression: '(not analyzed: it may need it)', place: null };

const isUnanalyzed = (name: string, { graph }: ColumnWorld): boolean => {
  const asset = graph.assets.get(name);
  return asset?.kind === 'model' && asset.analyze === false;
};

function readersOf(start: At, world: ColumnWorld, told: Told): readonly ColumnNode[] {
  return usesOf(start, world).map(use => {
    if (use.column === null) return { ...use, isRepeated: false, next: [] };
    const at = { asset: use.asset, column: use.column };
    const isFirst = isNew(at, told);
    return { ...use, isRepeated: !isFirst, next: isFirst ? readersOf(at, world, told) : [] };
  });
}

/** What would not work any more, or hold something else, without a column: by asset, its columns (none: the model itself fails). */
export function impactOf(uses: ColumnNode): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  const visit = (node: ColumnNode): void => {
    for (const next of node.next) {
      const columns = found.get(next.asset) ?? new Set<string>();
      found.set(next.asset, columns);
      if (next.column !== null) columns.add(next.column);
      visit(next);
    }
  };
  visit(uses);
  return new Map([...found.keys()].sort().map(name => [name, [...must(found, name)].sort()]));
}
