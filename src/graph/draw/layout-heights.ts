// How high each vertex stands: near its neighbours by least squares, in the order of its layer and with the gaps kept.

import { at, mean, type Vertex, type Web } from './layout-web.ts';

const BOX_GAP = 16;
const STRAIGHTENINGS = 12;

/**
 * Heights nearest to `wishes` (least squares, weighted) that keep the order and the gaps: isotonic regression
 * by pooling adjacent violators, on heights from which the gaps are taken off.
 */
function settle(wishes: readonly number[], weights: readonly number[], offsets: readonly number[]): number[] {
  const blocks: { sum: number; weight: number; count: number }[] = [];
  for (const [index, wish] of wishes.entries()) {
    const weight = at(weights, index);
    let block = { sum: (wish - at(offsets, index)) * weight, weight, count: 1 };
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      if (before.sum / before.weight <= block.sum / block.weight) break;
      blocks.pop();
      block = { sum: before.sum + block.sum, weight: before.weight + block.weight, count: before.count + block.count };
    }
    blocks.push(block);
  }
  return blocks
    .flatMap(block => new Array<number>(block.count).fill(block.sum / block.weight))
    .map((value, index) => value + at(offsets, index));
}

function offsetsOf(layer: readonly number[], vertices: readonly Vertex[]): number[] {
  let y = 0;
  return layer.map((vertex, index) => {
    const { height } = at(vertices, vertex);
    if (index > 0) y += at(vertices, at(layer, index - 1)).height / 2 + BOX_GAP + height / 2;
    return y;
  });
}

/** The middle of each vertex, in pixels. */
export function heights(web: Web): Float64Array {
  const y = new Float64Array(web.vertices.length);
  const offsets = web.layers.map(layer => offsetsOf(layer, web.vertices));
  for (const [l, layer] of web.layers.entries()) {
    for (const [index, vertex] of layer.entries()) y[vertex] = at(at(offsets, l), index);
  }
  for (let round = 0; round < STRAIGHTENINGS; round++) {
    const isForward = round % 2 === 0;
    const order = isForward ? [...web.layers.keys()] : [...web.layers.keys()].reverse();
    for (const l of order) {
      const layer = at(web.layers, l);
      const beside = layer.map(vertex => {
        const { left, right } = at(web.vertices, vertex);
        if (round >= STRAIGHTENINGS - 2) return [...left, ...right];
        return isForward ? left : right;
      });
      const wishes = layer.map((vertex, index) =>
        at(beside, index).length === 0 ? at(y, vertex) : mean(at(beside, index), y),
      );
      const weights = layer.map((vertex, index) =>
        at(beside, index).length === 0 ? 0.1 : at(web.vertices, vertex).isDummy ? 4 : 1,
      );
      for (const [index, height] of settle(wishes, weights, at(offsets, l)).entries()) y[at(layer, index)] = height;
    }
  }
  return y;
}
