// Which tables a test is about: those that are given, those that are made from them, and those that stay empty. Pure.
// The graph of a test holds these alone: what is given reads nothing.

import { type Asset, isTable, type ModelAsset, type TableAsset } from '../asset/asset.ts';
import type { Check } from '../asset/check.ts';
import { must } from '../errors.ts';
import { type TypedColumn, typeText } from '../googlesql/type.ts';
import { type AssetGraph, buildGraph } from '../graph/graph.ts';

export interface TestTables {
  /** Given, or empty because nothing that it is made from is given. */
  readonly given: readonly string[];
  /** Models that are made, what is read before its readers; the tested one is the last. */
  readonly made: readonly string[];
  /** Those that are given by name and read by nothing that is made. */
  readonly unread: readonly string[];
}

/** Tables that `model` is made from, at any distance. */
export const inputsOf = (graph: AssetGraph, model: string): readonly string[] =>
  graph.ancestors(model).filter(name => isTable(must(graph.assets, name)));

export function tablesOf(graph: AssetGraph, model: string, given: ReadonlySet<string>): TestTables {
  const tables = (name: string): readonly string[] =>
    graph.upstream(name).filter(one => isTable(must(graph.assets, one)));
  const known = new Map<string, boolean>();
  const isFed = (name: string): boolean => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const fed = given.has(name) || tables(name).some(isFed);
    known.set(name, fed);
    return fed;
  };
  const made = new Set<string>();
  const read = new Set<string>();
  const make = (name: string): void => {
    made.add(name);
    for (const input of tables(name)) {
      if (given.has(input) || !isFed(input)) read.add(input);
      else if (!made.has(input)) make(input);
    }
  };
  make(model);
  return { given: graph.sort(read), made: graph.sort(made), unread: [...given].filter(name => !read.has(name)) };
}

/** The graph of the tables alone. `columnsOf` gives the columns of a table as its readers see them. */
export function testGraph(
  graph: AssetGraph,
  { given, made }: TestTables,
  columnsOf: (table: string) => readonly TypedColumn[],
): AssetGraph {
  const isThere = new Set([...given, ...made]);
  return buildGraph([
    ...given.map(name => givenAsset(must(graph.assets, name) as TableAsset, columnsOf(name))),
    ...made.map(name => madeAsset(must(graph.assets, name) as ModelAsset, isThere)),
  ]);
}

/** As if it were a model that is made of nothing: what reads it takes it as it is in the warehouse. */
function givenAsset(asset: TableAsset, columns: readonly TypedColumn[]): Asset {
  const declared = new Map(asset.columns.map(column => [column.name, column]));
  return {
    ...asset,
    kind: 'model',
    model: '',
    deps: [],
    strict: false,
    clusterBy: [],
    checks: asset.checks.filter(isOwn),
    columns: columns.map(({ name, type }) => ({
      name,
      type: typeText(type),
      mode: declared.get(name)?.mode ?? 'NULLABLE',
      description: '',
    })),
  };
}

/** Rows may be sparse: nothing is required of what is made of them. */
const madeAsset = (asset: ModelAsset, isThere: ReadonlySet<string>): Asset => ({
  ...asset,
  deps: asset.deps.filter(dep => isThere.has(dep.asset)),
  checks: asset.checks.filter(isOwn),
  columns: asset.columns.map(column => ({ ...column, mode: 'NULLABLE' })),
});

/** A check that looks at no other table. */
const isOwn = (check: Check): boolean => check.kind !== 'refers-to';
