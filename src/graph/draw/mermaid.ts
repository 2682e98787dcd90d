// The lineage as a Mermaid flowchart, for Markdown that renders it. Names are labels, never ids or syntax.

import { must } from '../../errors.ts';
import type { Drawing, DrawnNode } from './drawing.ts';
import { hasMapping, mappingWords } from './words.ts';

/** Mermaid's own escape: an entity without its ampersand. */
const label = (text: string): string =>
  `"${text.replace(/["#<>&`]/g, sign => `#${sign.charCodeAt(0)};`).replace(/\s+/g, ' ')}"`;

const SHAPES: Readonly<Record<DrawnNode['kind'], readonly [string, string]>> = {
  source: ['[/', '/]'],
  ingest: ['([', '])'],
  extract: ['[(', ')]'],
  seed: ['[(', ')]'],
  model: ['[', ']'],
};

/** The drawing as Mermaid text. */
export function drawMermaid(drawing: Drawing): string {
  const ids = new Map(drawing.nodes.map((node, index) => [node.name, `n${index}`]));
  const nodes = new Map(drawing.nodes.map(node => [node.name, node]));
  const boxes = drawing.nodes.map(node => {
    const [open, close] = SHAPES[node.kind];
    return `  ${must(ids, node.name)}${open}${label(node.name)}${close}`;
  });
  const arrows = drawing.edges.map(edge => {
    const words = hasMapping(edge, must(nodes, edge.to), must(nodes, edge.from))
      ? `|${label(mappingWords(edge))}|`
      : '';
    return `  ${must(ids, edge.from)} ${edge.isIndirect ? '-.->' : '-->'}${words} ${must(ids, edge.to)}`;
  });
  return ['flowchart LR', ...boxes, ...arrows, ''].join('\n');
}
