// Columns of outer queries where DuckDB takes none, or takes them for its own: an aggregate of outer columns alone it counts to the
// outer query, and in a window it knows none. They become columns of the rows at hand. Pure.

import { eachNode } from '../ctes.ts';
import type { Block, Cell } from './block.ts';
import { type Context, NOTHING, type Scope } from './context.ts';
import { isShareable, wrapOrdered } from './ready.ts';
import { columnOf, idOf, type Node, need, referencesIn, walk } from './tree.ts';

interface Surroundings {
  /** The scan that the block stands for. */
  readonly scan: Node;
  readonly context: Context;
  readonly outer: Scope;
}

/** The rows as these aggregates may read them. */
export function withOuterOfAggregates(block: Block, calls: readonly Node[], at: Surroundings): Block {
  if (at.outer === NOTHING) return block;
  const origin = originOf(block, at);
  const isForeign = (call: Node): boolean => {
    const ids = namedIn([call]);
    return ids.some(origin.isOuter) && !ids.some(id => block.columns.has(id) && origin.isOwn(id));
  };
  return calls.some(isForeign) ? withOuter(block, calls, at) : block;
}

/** The rows as these windows may read them. */
export function withOuterOfWindows(block: Block, groups: readonly Node[], at: Surroundings): Block {
  if (at.outer === NOTHING) return block;
  const origin = originOf(block, at);
  return namedIn(groups).some(origin.isOuter) ? withOuter(block, groups, at) : block;
}

/** All columns that are spoken of: those of PARTITION BY and ORDER BY stand there without the wrapper of an expression. */
function namedIn(exprs: readonly Node[]): readonly string[] {
  const found = new Set<string>();
  eachNode(exprs, ({ column }) => {
    if (column !== undefined) found.add(idOf(column as Node));
  });
  return [...found];
}

/** Where a column comes from; one that is computed comes from all that it is computed of. */
function originOf(block: Block, { scan, outer }: Surroundings) {
  const computed = new Map<string, readonly string[]>();
  walk(scan, ({ kind, node }) => {
    if (kind !== 'project_scan') return;
    for (const item of (node.expr_list ?? []) as Node[]) {
      computed.set(columnOf(need(item, 'column')).id, [...referencesIn(need(item, 'expr')).keys()]);
    }
  });
  const isOutermost = (id: string): boolean => !block.columns.has(id) && outer(id) !== undefined;
  const isOuter = (id: string): boolean => isOutermost(id) || computed.get(id)?.some(isOuter) === true;
  const isOwn = (id: string): boolean => !isOutermost(id) && computed.get(id)?.some(isOwn) !== false;
  return { isOuter, isOwn };
}

function withOuter(block: Block, exprs: readonly Node[], { context, outer }: Surroundings): Block {
  const plain = isShareable(block) ? block : wrapOrdered(block, context);
  const foreign = namedIn(exprs).flatMap(id => {
    const cell = block.columns.has(id) ? undefined : outer(id);
    // What tells that it is plain JSON would be one more of them.
    const own: Cell | undefined = cell && { ...cell, kind: 'computed', plain: undefined };
    return own === undefined ? [] : [[id, own] as const];
  });
  return wrapOrdered({ ...plain, columns: new Map([...plain.columns, ...foreign]) }, context);
}
