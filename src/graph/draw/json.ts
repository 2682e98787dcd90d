// The lineage as JSON for other programs: nodes and edges, mappings said even where they are not declared.
// The shape is a promise: fields are added, never renamed.

import type { Drawing, DrawnEdge } from './drawing.ts';
import { checkWords, mappingWords } from './words.ts';

const edgeJson = (edge: DrawnEdge) => ({
  from: edge.from,
  to: edge.to,
  mapping: edge.mapping ?? { kind: 'all-partitions' },
  isDeclared: edge.mapping !== undefined,
  isIndirect: edge.isIndirect,
  text: mappingWords(edge),
});

/** The drawing as indented JSON text. */
export function drawJson(drawing: Drawing): string {
  const nodes = drawing.nodes.map(({ sql: _, checks, owner, file, ...node }) => ({
    ...node,
    owner: owner ?? null,
    file: file ?? null,
    checks: checks.map(check => ({ name: checkWords(check), ...check })),
  }));
  return `${JSON.stringify({ nodes, edges: drawing.edges.map(edgeJson) }, null, 2)}\n`;
}
