// Where boxes go: columns from left to right, edges through the gaps between boxes. Pure numbers; no SVG, no text.

import { heights } from './layout-heights.ts';
import { firstOrder, untangle } from './layout-order.ts';
import { at, type Box, layersOf, neighboursOf, webOf } from './layout-web.ts';

export type { Box };

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

const LAYER_GAP = 56;

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
