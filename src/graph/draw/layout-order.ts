// The order within each layer: a first one that keeps together what belongs together, then barycentre sweeps to and fro
// (Sugiyama's method); the order with the fewest crossings stays.

import { at, mean, type Vertex, type Web } from './layout-web.ts';

const SWEEPS = 24;

/** A first order: depth first from the left, so that what belongs together stands together. */
export function firstOrder({ vertices, layers }: Web): void {
  const seen = new Uint8Array(vertices.length);
  const open = vertices.flatMap((vertex, index) => (vertex.left.length === 0 ? [index] : [])).reverse();
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (seen[index] === 1) continue;
    seen[index] = 1;
    const vertex = at(vertices, index);
    at(layers, vertex.layer).push(index);
    open.push(...[...vertex.right].reverse());
  }
}

function rank(layer: readonly number[], position: Float64Array): void {
  for (const [index, vertex] of layer.entries()) position[vertex] = index;
}

/** Pairs of edges between two layers that cross, by a Fenwick tree over the right ends. */
function crossingsAfter(layer: readonly number[], vertices: readonly Vertex[], position: Float64Array): number {
  const ends = layer.flatMap(vertex =>
    at(vertices, vertex)
      .right.map(right => at(position, right))
      .sort((a, b) => a - b),
  );
  const tree = new Uint32Array(ends.reduce((most, end) => Math.max(most, end), 0) + 2);
  let crossings = 0;
  for (const [seen, end] of ends.entries()) {
    let notAbove = 0;
    for (let i = end + 1; i > 0; i -= i & -i) notAbove += at(tree, i);
    crossings += seen - notAbove;
    for (let i = end + 1; i < tree.length; i += i & -i) tree[i] = at(tree, i) + 1;
  }
  return crossings;
}

function sweep(web: Web, position: Float64Array, side: 'left' | 'right'): void {
  const order = side === 'left' ? web.layers : [...web.layers].reverse();
  for (const layer of order) {
    const wish = new Map(
      layer.map((vertex, index) => {
        const beside = at(web.vertices, vertex)[side];
        return [vertex, beside.length === 0 ? index : mean(beside, position)];
      }),
    );
    layer.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0) || at(position, a) - at(position, b));
    rank(layer, position);
  }
}

/** Sweeps to and fro and leaves the layers in the order that crossed least. */
export function untangle(web: Web): void {
  const position = new Float64Array(web.vertices.length);
  for (const layer of web.layers) rank(layer, position);
  const count = (): number => web.layers.reduce((sum, layer) => sum + crossingsAfter(layer, web.vertices, position), 0);
  let best = web.layers.map(layer => [...layer]);
  let fewest = count();
  for (let round = 0; round < SWEEPS && fewest > 0; round++) {
    sweep(web, position, round % 2 === 0 ? 'left' : 'right');
    const crossings = count();
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = web.layers.map(layer => [...layer]);
  }
  for (const [index, layer] of best.entries()) web.layers[index] = layer;
}
