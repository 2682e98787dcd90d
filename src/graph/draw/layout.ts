// Where boxes go: layers by longest path, long edges through dummies, fewer crossings by barycentre sweeps,
// heights by least squares within each layer's order (Sugiyama's method). Pure numbers; no SVG, no text.

export interface Box {
  readonly name: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export interface Link {
  readonly from: string;
  readonly to: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface PlacedBox extends Box {
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly layer: number;
}

interface PlacedLink extends Link {
  /** From the right edge of `from` to the left edge of `to`; two points (in, out) in each layer between. */
  readonly points: readonly Point[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  readonly links: readonly PlacedLink[];
}

const BOX_GAP = 16;
const DUMMY_HEIGHT = 4;
const LAYER_GAP = 56;
const SWEEPS = 24;
const STRAIGHTENINGS = 12;

/** A box, or the place where a long edge passes a layer. Edges of one upstream box share their dummies. */
interface Vertex {
  readonly box: number;
  readonly isDummy: boolean;
  readonly layer: number;
  readonly height: number;
  readonly left: number[];
  readonly right: number[];
}

interface Web {
  readonly vertices: Vertex[];
  readonly layers: number[][];
  /** For box b: the vertex that stands for it in a layer it passes through. */
  readonly dummies: readonly Map<number, number>[];
}

const at = <T>(list: ArrayLike<T>, index: number): T => {
  const value = list[index];
  if (value === undefined) throw new Error(`layout: no element ${index}`);
  return value;
};

interface Neighbours {
  readonly into: readonly number[][];
  readonly outOf: readonly number[][];
}

function neighboursOf(count: number, pairs: readonly (readonly [number, number])[]): Neighbours {
  const into: number[][] = Array.from({ length: count }, () => []);
  const outOf: number[][] = Array.from({ length: count }, () => []);
  for (const [from, to] of pairs) {
    at(into, to).push(from);
    at(outOf, from).push(to);
  }
  return { into, outOf };
}

/** Longest path from a box without upstream; such a box itself stands just before its first reader. */
function layersOf(count: number, { into, outOf }: Neighbours): number[] {
  const layer = new Array<number>(count).fill(0);
  const waiting = into.map(list => list.length);
  const ready = waiting.flatMap((left, box) => (left === 0 ? [box] : []));
  for (let index = 0; index < ready.length; index++) {
    const box = at(ready, index);
    for (const reader of at(outOf, box)) {
      layer[reader] = Math.max(at(layer, reader), at(layer, box) + 1);
      waiting[reader] = at(waiting, reader) - 1;
      if (waiting[reader] === 0) ready.push(reader);
    }
  }
  if (ready.length < count) throw new Error('layout: the edges go in a circle');
  for (let box = 0; box < count; box++) {
    if (at(into, box).length > 0 || at(outOf, box).length === 0) continue;
    layer[box] = Math.min(...at(outOf, box).map(reader => at(layer, reader))) - 1;
  }
  return layer;
}

function webOf(boxes: readonly Box[], pairs: readonly (readonly [number, number])[], layer: readonly number[]): Web {
  const vertices: Vertex[] = boxes.map((box, index) => ({
    box: index,
    isDummy: false,
    layer: at(layer, index),
    height: box.height,
    left: [],
    right: [],
  }));
  const dummies = boxes.map(() => new Map<number, number>());
  const join = (from: number, to: number): void => {
    if (at(vertices, from).right.includes(to)) return;
    at(vertices, from).right.push(to);
    at(vertices, to).left.push(from);
  };
  for (const [from, to] of pairs) {
    let last = from;
    for (let l = at(layer, from) + 1; l < at(layer, to); l++) {
      let dummy = at(dummies, from).get(l);
      if (dummy === undefined) {
        dummy = vertices.push({ box: from, isDummy: true, layer: l, height: DUMMY_HEIGHT, left: [], right: [] }) - 1;
        at(dummies, from).set(l, dummy);
      }
      join(last, dummy);
      last = dummy;
    }
    join(last, to);
  }
  const layers: number[][] = Array.from({ length: Math.max(0, ...layer) + 1 }, () => []);
  return { vertices, layers, dummies };
}

/** A first order: depth first from the left, so that what belongs together stands together. */
function firstOrder({ vertices, layers }: Web): void {
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

const mean = (list: readonly number[], values: Float64Array): number =>
  list.reduce((sum, vertex) => sum + at(values, vertex), 0) / list.length;

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
function untangle(web: Web): void {
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
function heights(web: Web): Float64Array {
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

function columnsOf(boxes: readonly Box[], layer: readonly number[]): { x: number; width: number }[] {
  const widths = new Array<number>(Math.max(-1, ...layer) + 1).fill(0);
  for (const [index, box] of boxes.entries()) {
    const l = at(layer, index);
    widths[l] = Math.max(at(widths, l), box.width);
  }
  let x = 0;
  return widths.map(width => {
    const column = { x, width };
    x += width + LAYER_GAP;
    return column;
  });
}

/**
 * Places `boxes` in columns from left to right so that each link goes to the right.
 *
 * @throws {Error} where the links go in a circle or name a box that is not there: the graph has refused that before.
 */
export function layOut(boxes: readonly Box[], links: readonly Link[]): Layout {
  const indexes = new Map(boxes.map((box, index) => [box.name, index]));
  const indexOf = (name: string): number => {
    const index = indexes.get(name);
    if (index === undefined) throw new Error(`layout: no box ${name}`);
    return index;
  };
  const pairs = links.map(link => [indexOf(link.from), indexOf(link.to)] as const);
  const layer = layersOf(boxes.length, neighboursOf(boxes.length, pairs));
  const web = webOf(boxes, pairs, layer);
  firstOrder(web);
  untangle(web);
  const middles = heights(web);
  const top = web.vertices.reduce(
    (least, vertex, index) => Math.min(least, at(middles, index) - vertex.height / 2),
    Number.POSITIVE_INFINITY,
  );
  const middle = (vertex: number): number => Math.round((at(middles, vertex) - top) * 10) / 10;
  const columns = columnsOf(boxes, layer);
  const placed = boxes.map(
    (box, index): PlacedBox => ({
      ...box,
      layer: at(layer, index),
      x: at(columns, at(layer, index)).x,
      y: middle(index) - box.height / 2,
    }),
  );
  const placedLinks = links.map((link, index): PlacedLink => {
    const [from, to] = at(pairs, index);
    const through: Point[] = [];
    for (let l = at(layer, from) + 1; l < at(layer, to); l++) {
      const y = middle(at(web.dummies, from).get(l) ?? from);
      const column = at(columns, l);
      through.push({ x: column.x, y }, { x: column.x + column.width, y });
    }
    const start = { x: at(placed, from).x + at(boxes, from).width, y: middle(from) };
    return { ...link, points: [start, ...through, { x: at(placed, to).x, y: middle(to) }] };
  });
  return {
    width: columns.reduce((most, column) => Math.max(most, column.x + column.width), 0),
    height: placed.reduce((most, box) => Math.max(most, box.y + box.height), 0),
    boxes: placed,
    links: placedLinks,
  };
}
