// Graphs in a line for tests: "c: a b" is a model c that reads a and b. Names without a line of their own are seeds.

import { type Asset, model, seed, source } from '../../src/asset/asset.ts';
import { type AssetGraph, buildGraph } from '../../src/graph/graph.ts';

export function assetsOf(...lines: string[]): Asset[] {
  const deps = new Map(
    lines.map(line => [line.split(':')[0] ?? '', (line.split(':')[1] ?? '').split(' ').filter(Boolean)]),
  );
  const seeds = new Set([...deps.values()].flat().filter(name => !deps.has(name)));
  const files = source({ name: 'files', description: '', files: ['*.csv'], format: 'csv' });
  return [
    files,
    ...[...seeds].map(name => seed({ name, description: '', deps: ['files'], headers: {} })),
    ...[...deps].map(([name, reads]) => model({ name, description: '', deps: reads, model: `${name}.sql` })),
  ];
}

export const graphOf = (...lines: string[]): AssetGraph => buildGraph(assetsOf(...lines));
