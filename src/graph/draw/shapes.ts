// Boxes and curves that svg and html share: sizes, corners, path texts. No colours, no markup.

import type { Drawing } from './drawing.ts';
import { type Layout, layOut, type Point } from './layout.ts';

/** Pixels. */
export const BOX_HEIGHT = 40;
const BOX_WIDTH_MIN = 112;
const BOX_WIDTH_MAX = 320;
const CHARACTER_WIDTH = 7.3;
const PADDING = 26;

/** Wide scripts take two characters' room. */
const columnsOf = (text: string): number =>
  [...text].reduce((sum, sign) => sum + ((sign.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1), 0);

/** The drawing's boxes and curves, placed. */
export function placed(drawing: Drawing): Layout {
  const boxes = drawing.nodes.map(node => ({
    name: node.name,
    width: Math.round(
      Math.min(BOX_WIDTH_MAX, Math.max(BOX_WIDTH_MIN, columnsOf(node.name) * CHARACTER_WIDTH + PADDING)),
    ),
    height: BOX_HEIGHT,
  }));
  return layOut(boxes, drawing.edges);
}

/** Longest name that fits the widest box; longer ones end in …. */
export function fitted(name: string): string {
  const most = Math.floor((BOX_WIDTH_MAX - PADDING) / CHARACTER_WIDTH);
  return columnsOf(name) <= most ? name : `${[...name].slice(0, most - 1).join('')}…`;
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
