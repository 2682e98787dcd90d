// The lineage as a tree of text: what nobody reads at the left, what it reads below it, indented.
// A shared asset is drawn once; later it is one line with (*). No terminal codes but those of `paint`.

import { must } from '../../errors.ts';
import type { Drawing, DrawnEdge, DrawnNode } from './drawing.ts';
import { hasMapping, mappingWords, partitionWords } from './words.ts';

/** How the parts of a line are coloured; absent: not at all. */
export interface TreePaint {
  readonly name: (text: string) => string;
  readonly faint: (text: string) => string;
}

interface Row {
  /** What stands before the name: `│   └── `. */
  readonly branch: string;
  readonly node: DrawnNode;
  /** The edge that leads here; absent for a root. */
  readonly edge: DrawnEdge | undefined;
  /** Drawn above. */
  readonly isRepeat: boolean;
}

interface Pending {
  readonly node: DrawnNode;
  readonly edge: DrawnEdge | undefined;
  readonly branch: string;
  readonly indent: string;
}

const PLAIN: TreePaint = { name: text => text, faint: text => text };
/** Names longer than this do not push the second column to the right. */
const NAME_WIDTH_MAX = 64;

function edgesByReader(drawing: Drawing): Map<string, DrawnEdge[]> {
  const edges = new Map<string, DrawnEdge[]>(drawing.nodes.map(node => [node.name, []]));
  for (const edge of drawing.edges) must(edges, edge.to).push(edge);
  return edges;
}

/** Depth first, with a stack of its own: a chain of 10,000 assets is no deeper than one. */
function rowsOf(drawing: Drawing): Row[] {
  const nodes = new Map(drawing.nodes.map(node => [node.name, node]));
  const upstream = edgesByReader(drawing);
  const isRead = new Set(drawing.edges.map(edge => edge.from));
  const roots = drawing.nodes.filter(node => !isRead.has(node.name));
  const open: Pending[] = roots.map(node => ({ node, edge: undefined, branch: '', indent: '' })).reverse();
  const drawn = new Set<string>();
  const rows: Row[] = [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, edge, branch, indent } = next;
    const below = must(upstream, node.name);
    const isRepeat = drawn.has(node.name);
    rows.push({ branch, node, edge, isRepeat });
    if (isRepeat) continue;
    drawn.add(node.name);
    const children = below.map((child, index): Pending => {
      const isLast = index === below.length - 1;
      return {
        node: must(nodes, child.from),
        edge: child,
        branch: indent + (isLast ? '└── ' : '├── '),
        indent: indent + (isLast ? '    ' : '│   '),
      };
    });
    open.push(...children.reverse());
  }
  return rows;
}

function detailOf(row: Row, nodes: ReadonlyMap<string, DrawnNode>): string {
  const { node, edge } = row;
  const parts = row.isRepeat ? [] : [node.kind, partitionWords(node.partition)];
  if (edge !== undefined && hasMapping(edge, must(nodes, edge.to), node)) parts.push(`[${mappingWords(edge)}]`);
  return parts.filter(part => part !== '').join('  ');
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function footer(drawing: Drawing, rows: readonly Row[]): string[] {
  const nodes = new Map(drawing.nodes.map(node => [node.name, node]));
  const undeclared = drawing.edges.filter(
    edge =>
      edge.mapping === undefined && !edge.isIndirect && hasMapping(edge, must(nodes, edge.to), must(nodes, edge.from)),
  );
  const lines = [`${plural(drawing.nodes.length, 'asset')}, ${plural(drawing.edges.length, 'edge')}`];
  if (rows.some(row => row.isRepeat)) lines.push('(*) drawn above');
  if (undeclared.length > 0) {
    lines.push('[all (not declared)] a change touches every cell of the reader: the safe one');
  }
  return lines;
}

/** The drawing as lines of text. */
export function drawText(drawing: Drawing, paint: TreePaint = PLAIN): string {
  if (drawing.nodes.length === 0) return 'No assets.\n';
  const rows = rowsOf(drawing);
  const nodes = new Map(drawing.nodes.map(node => [node.name, node]));
  const labelOf = (row: Row): number => row.branch.length + row.node.name.length + (row.isRepeat ? 4 : 0);
  const width = Math.min(
    NAME_WIDTH_MAX,
    rows.reduce((most, row) => Math.max(most, labelOf(row)), 0),
  );
  const lines = rows.map(row => {
    const detail = detailOf(row, nodes);
    const name =
      paint.faint(row.branch) + (row.isRepeat ? paint.faint(`${row.node.name} (*)`) : paint.name(row.node.name));
    return detail === '' ? name : name + ' '.repeat(Math.max(0, width - labelOf(row)) + 2) + paint.faint(detail);
  });
  return [...lines, '', ...footer(drawing, rows).map(paint.faint)].join('\n').concat('\n');
}
