// The web that a layout works on: boxes in layers by longest path, and places where long edges pass a layer.
// Edges of one upstream box share these places, so that they run as one line as long as they can.

const DUMMY_HEIGHT = 4;

export interface Box {
  readonly name: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** A box, or the place where a long edge passes a layer. Edges of one upstream box share their dummies. */
export interface Vertex {
  readonly box: number;
  readonly isDummy: boolean;
  readonly layer: number;
  readonly height: number;
  readonly left: number[];
  readonly right: number[];
}

export interface Web {
  readonly vertices: Vertex[];
  readonly layers: number[][];
  /** For box b: the vertex that stands for it in a layer it passes through. */
  readonly dummies: readonly Map<number, number>[];
}

export const at = <T>(list: ArrayLike<T>, index: number): T => {
  const value = list[index];
  if (value === undefined) throw new Error(`layout: no element ${index}`);
  return value;
};

export const mean = (list: readonly number[], values: Float64Array): number =>
  list.reduce((sum, vertex) => sum + at(values, vertex), 0) / list.length;

interface Neighbours {
  readonly into: readonly number[][];
  readonly outOf: readonly number[][];
}

export function neighboursOf(count: number, pairs: readonly (readonly [number, number])[]): Neighbours {
  const into: number[][] = Array.from({ length: count }, () => []);
  const outOf: number[][] = Array.from({ length: count }, () => []);
  for (const [from, to] of pairs) {
    at(into, to).push(from);
    at(outOf, from).push(to);
  }
  return { into, outOf };
}

/** Longest path from a box without upstream; such a box itself stands just before its first reader. */
export function layersOf(count: number, { into, outOf }: Neighbours): number[] {
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

export function webOf(
  boxes: readonly Box[],
  pairs: readonly (readonly [number, number])[],
  layer: readonly number[],
): Web {
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
