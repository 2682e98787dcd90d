// The lineage in Graphviz' language. Names are quoted strings, never syntax.

import { must } from '../../errors.ts';
import type { Drawing, DrawnNode } from './drawing.ts';
import { hasMapping, mappingWords } from './words.ts';

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replace(/\r?\n/g, ' ')}"`;

const SHAPES: Readonly<Record<DrawnNode['kind'], string>> = {
  source: 'note',
  ingest: 'component',
  extract: 'cylinder',
  seed: 'cylinder',
  model: 'box',
};

/** The drawing as DOT text. */
export function drawDot(drawing: Drawing): string {
  const nodes = new Map(drawing.nodes.map(node => [node.name, node]));
  const boxes = drawing.nodes.map(
    node => `  ${quoted(node.name)} [shape=${SHAPES[node.kind]}, tooltip=${quoted(node.description)}];`,
  );
  const arrows = drawing.edges.map(edge => {
    const label = hasMapping(edge, must(nodes, edge.to), must(nodes, edge.from))
      ? ` [label=${quoted(mappingWords(edge))}${edge.isIndirect ? ', style=dashed' : ''}]`
      : '';
    return `  ${quoted(edge.from)} -> ${quoted(edge.to)}${label};`;
  });
  return ['digraph pulse {', '  rankdir=LR;', '  node [fontname="sans-serif"];', ...boxes, ...arrows, '}', ''].join(
    '\n',
  );
}
