// Boxes and curves that svg and html share: sizes, corners, path texts. No colours, no markup.

import type { Drawing, DrawnNode } from './drawing.ts';
import { type Layout, layOut, type Point } from './layout.ts';

/** Pixels. */
const BOX_HEIGHT = 40;
const BOX_WIDTH_MIN = 112;
const BOX_WIDTH_MAX = 320;
/** Of bold 13 px and plain 11 px sans-serif, the wider ones: what a viewer's font is cannot be known here. */
const NAME_WIDTH = 8.1;
const KIND_WIDTH = 6.4;
const PADDING = 24;

/** Wide scripts take two characters' room. */
const columnsOf = (text: string): number =>
  [...text].reduce((sum, sign) => sum + ((sign.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1), 0);

/** What stands below the name: `model · daily`; by which column is told elsewhere. */
export const kindLine = ({ kind, partition }: DrawnNode): string =>
  partition.kind === 'none' ? kind : `${kind} · ${partition.kind === 'time' ? partition.grain : 'by key'}`;

function widthOf(node: DrawnNode): number {
  const text = Math.max(columnsOf(node.name) * NAME_WIDTH, columnsOf(kindLine(node)) * KIND_WIDTH);
  return Math.round(Math.min(BOX_WIDTH_MAX, Math.max(BOX_WIDTH_MIN, text + PADDING)));
}

/** The drawing's boxes and curves, placed. */
export function placed(drawing: Drawing): Layout {
  const boxes = drawing.nodes.map(node => ({ name: node.name, width: widthOf(node), height: BOX_HEIGHT }));
  return layOut(boxes, drawing.edges);
}

/** As much of `text` as fits the widest box, a longer one ending in …. */
export function fitted(text: string, line: 'name' | 'kind'): string {
  const most = Math.floor((BOX_WIDTH_MAX - PADDING) / (line === 'name' ? NAME_WIDTH : KIND_WIDTH));
  return columnsOf(text) <= most ? text : `${[...text].slice(0, most - 1).join('')}…`;
}

/** An SVG path through `points`, level at each of them. */
export function curve(points: readonly Point[]): string {
  const [start, ...rest] = points;
  if (start === undefined) return '';
  let last = start;
  let path = `M${start.x} ${start.y}`;
  for (const point of rest) {
    const half = (last.x + point.x) / 2;
    path += point.y === last.y ? `H${point.x}` : `C${half} ${last.y} ${half} ${point.y} ${point.x} ${point.y}`;
    last = point;
  }
  return path;
}
