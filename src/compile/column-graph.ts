// Which column is made of which, across all models: upwards what it comes from, downwards what it goes into. Pure.

import { isTable } from '../asset/asset.ts';
import { hintClosest } from '../closest.ts';
import { must, type Place, PulseError } from '../errors.ts';
import type { ColumnSource } from '../googlesql/facts/lineage.ts';
import { type SqlType, type TypedColumn, typeText } from '../googlesql/type.ts';
import type { AssetGraph } from '../graph/graph.ts';
import { assetNamed } from '../graph/select.ts';
import type { MadeColumn, ModelFacts } from './facts.ts';

export interface ColumnNode {
  readonly asset: string;
  /** Null where a column is needed by a model but in none of its columns: in a filter, a join, a window. */
  readonly column: string | null;
  /** Of a STRUCT: what of it, as `address.city`; absent where it is all of it. */
  readonly field?: string;
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
  /** Of a table, as a model gives them or as they are declared. */
  columnsOf(asset: string): readonly TypedColumn[];
}

/**
 * The column that `ASSET.COLUMN` names, or the field of it that `ASSET.COLUMN.FIELD` does, however deep.
 *
 * @throws {PulseError} USAGE, ASSET_UNKNOWN, with what may have been meant.
 */
export function columnNamed(text: string, { graph, columnsOf }: ColumnWorld): At {
  const [name = '', column = '', ...more] = text.split('.');
  const asset = assetNamed(graph, name);
  const columns = columnsOf(name);
  const known = columns.map(one => one.name);
  if (column === '' || !isTable(asset)) {
    throw new PulseError('USAGE', `"${text}" names no column of a table.`, {
      hint: `Write ${asset.name}.COLUMN${known.length === 0 ? '' : `, such as ${asset.name}.${known[0]}`}.`,
    });
  }
  const found = columns.find(one => same(one.name, column));
  if (found === undefined) {
    throw new PulseError('USAGE', `${name} has no column "${column}".`, {
      hint: hintClosest(column, known, `It has ${known.join(', ')}.`),
    });
  }
  if (more.length === 0) return { asset: name, column: found.name };
  return { asset: name, column: found.name, field: fieldNamed(`${name}.${found.name}`, more, found.type) };
}

/** @throws {PulseError} USAGE where a type has no such field. */
function fieldNamed(of: string, [first = '', ...more]: readonly string[], type: SqlType): string {
  if (type.kind === 'ARRAY') return fieldNamed(of, [first, ...more], type.element);
  const fields = type.kind === 'STRUCT' ? type.fields : [];
  const field = fields.find(one => same(one.name, first));
  if (field === undefined) {
    const names = fields.map(one => one.name);
    throw new PulseError('USAGE', `${of} has no field "${first}".`, {
      hint:
        names.length === 0 ? `It is of ${typeText(type)}.` : hintClosest(first, names, `It has ${names.join(', ')}.`),
    });
  }
  return more.length === 0 ? field.name : `${field.name}.${fieldNamed(`${of}.${field.name}`, more, field.type)}`;
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

interface At {
  readonly asset: string;
  readonly column: string;
  readonly field?: string;
}

/** What stands in `inner` below `outer`; undefined where it does not stand there, '' where they are the same. */
function below(outer: string | undefined, inner: string | undefined): string | undefined {
  if (outer === undefined) return inner ?? '';
  if (inner === undefined) return undefined;
  if (same(outer, inner)) return '';
  return inner.toLowerCase().startsWith(`${outer.toLowerCase()}.`) ? inner.slice(outer.length + 1) : undefined;
}

const withField = <T extends ColumnSource>({ field: before, ...at }: T, field: string): Omit<T, 'field'> & At => {
  const whole = [before, field].filter(Boolean).join('.');
  return whole === '' ? at : { ...at, field: whole };
};

/** What a column, or a field of one, is made of: of a field nothing is known about, the same field of what is passed on, or all of it. */
function madeOf({ asset, column, field }: At, { factsOf }: Pick<ColumnWorld, 'factsOf'>): MadeColumn | undefined {
  const made = factsOf(asset)?.lineage.find(one => same(one.column, column));
  if (made === undefined || field === undefined) return made;
  const outer = (made.fields ?? []).filter(one => below(one.field, field) !== undefined);
  const nearest = outer.sort((a, b) => b.field.length - a.field.length)[0];
  const { sources, expression, place } = nearest ?? made;
  const rest = below(nearest?.field, field) ?? '';
  const [only, ...others] = sources;
  if (rest === '' || expression !== null || only === undefined || others.length > 0)
    return { sources, expression, place };
  return { sources: [withField(only, rest)], expression, place };
}

/** What was told already: in a graph of many ways from here to there, each column is told once. */
type Told = Set<string>;

const isNew = ({ asset, column, field = '' }: At, told: Told): boolean => {
  const key = `${asset}.${column}.${field}`.toLowerCase();
  return !told.has(key) && told.add(key).size > 0;
};

/** Where a column comes from, down to what no model makes. */
export function columnOrigins(start: At, world: ColumnWorld, told: Told = new Set()): ColumnNode {
  const made = madeOf(start, world);
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
export function neighbours(
  start: At,
  world: Pick<ColumnWorld, 'graph' | 'factsOf'>,
): { from: readonly string[]; into: readonly string[] } {
  const made = world.factsOf(start.asset)?.lineage.find(one => same(one.column, start.column));
  // Of a column, whatever field of it: a drawing has columns.
  const text = (one: { asset: string; column: string | null }): string =>
    one.column === null ? one.asset : `${one.asset}.${one.column}`;
  const texts = (all: readonly { asset: string; column: string | null }[]): string[] => [...new Set(all.map(text))];
  return { from: texts(made?.sources ?? []), into: texts(usesOf(start, world)) };
}

interface Use {
  readonly asset: string;
  readonly column: string | null;
  readonly field?: string;
  readonly expression: string | null;
  readonly place: Place | null;
}

function usesOf(start: At, world: Pick<ColumnWorld, 'graph' | 'factsOf'>): readonly Use[] {
  const isColumn = (one: ColumnSource): boolean => one.asset === start.asset && same(one.column, start.column);
  const isIt = (one: ColumnSource): boolean =>
    isColumn(one) && (below(one.field, start.field) ?? below(start.field, one.field)) !== undefined;
  return world.graph.downstream(start.asset).flatMap((reader): Use[] => {
    const facts = world.factsOf(reader);
    if (facts === undefined) return isUnanalyzed(reader, world) ? [{ asset: reader, ...UNTOLD }] : [];
    const made = facts.lineage.flatMap(one => madeUses(one, { reader, start, isIt }));
    if (made.length > 0) return made;
    if (!facts.uses.some(isColumn)) return [];
    // Of what only decides which rows there are, columns are known and not their fields.
    return [{ asset: reader, ...(start.field === undefined ? NEEDED : PERHAPS) }];
  });
}

const NEEDED = { column: null, expression: null, place: null };
const PERHAPS = { ...NEEDED, expression: '(needs it, or another field of it, in a filter, join or window)' };

/** A column of a reader as far as it is made of something: its fields that are, or all of it. */
function madeUses(
  { column, fields = [], sources, expression, place }: ModelFacts['lineage'][number],
  { reader, start, isIt }: { readonly reader: string; readonly start: At; isIt(source: ColumnSource): boolean },
): readonly Use[] {
  const source = sources.find(isIt);
  if (source === undefined) return [];
  const hit = fields.filter(one => one.sources.some(isIt));
  const innermost = hit.filter(one => !hit.some(other => other !== one && below(one.field, other.field) !== undefined));
  if (innermost.length > 0)
    return innermost.map(one => ({
      asset: reader,
      column,
      field: one.field,
      expression: one.expression,
      place: one.place,
    }));
  const rest = expression === null && sources.length === 1 ? below(source.field, start.field) : undefined;
  return [{ asset: reader, column, ...(rest && { field: rest }), expression, place }];
}

/** What nobody looks into may need anything that it reads. */
const UNTOLD = { column: null, expression: '(not analyzed: it may need it)', place: null };

const isUnanalyzed = (name: string, { graph }: Pick<ColumnWorld, 'graph'>): boolean => {
  const asset = graph.assets.get(name);
  return asset?.kind === 'model' && asset.analyze === false;
};

function readersOf(start: At, world: ColumnWorld, told: Told): readonly ColumnNode[] {
  return usesOf(start, world).map(use => {
    if (use.column === null) return { ...use, isRepeated: false, next: [] };
    const at = withField({ asset: use.asset, column: use.column }, use.field ?? '');
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
