// Makes a block ready for an expression: wrapped where a value would be repeated or misplaced, with its order kept.

import type { SqlType } from '../type.ts';
import { type Block, type Cell, type CellKind, cellOf, unordered, wrap } from './block.ts';
import { type Context, type Scope, scopeOf } from './context.ts';
import { withOuter } from './sharing.ts';
import { columnOf, kindOf, type Node, need, referencesIn, walk } from './tree.ts';

/** The block, wrapped where an expression that is about to use `ids` would repeat or misplace what stands behind them. */
export function readyFor(block: Block, any: unknown, { aliases }: Context, free: readonly CellKind[]): Block {
  const used = referencesIn(any);
  // An aggregate that a subquery speaks of must be a column by then.
  const seesSubquery = hasSubquery(any);
  const inline = seesSubquery ? [] : free;
  const isFree = [...used].every(([id, times]) => {
    const cell = block.columns.get(id);
    if (!cell || cell.kind === 'ref' || cell.kind === 'constant') return true;
    // A row of its own stays one: many of them are VALUES, whose order is kept.
    if (block.from === undefined && cell.kind === 'computed' && times === 1 && !seesSubquery) return true;
    return inline.includes(cell.kind) && (cell.kind === 'aggregate' || times === 1);
  });
  return isFree ? block : wrap(block, aliases);
}

export const hasSubquery = (any: unknown): boolean => {
  let found = false;
  walk(any, ({ kind }) => {
    found ||= kind === 'subquery_expr';
  });
  return found;
};

/**
 * Expressions over a block inside a subquery. DuckDB binds a lambda in one query only: where one names columns of this and
 * of an outer query, the outer ones are made columns of this.
 */
export function written(block: Block, exprs: readonly Node[], { context, outer }: { context: Context; outer: Scope }) {
  const seen = new Set<string>();
  const spy: Scope = id => {
    const cell = outer(id);
    if (cell?.kind === 'ref') seen.add(cell.sql);
    // What tells that it is plain would be another column of the outer query.
    return cell && { ...cell, plain: undefined };
  };
  const args = exprs.map(expr => context.expression(expr, scopeOf(block, spy)));
  const mixes = args.some(({ sql }) => /\blambda\b/.test(sql)) && seen.size > 0 && block.from !== undefined;
  if (!mixes || !isShareable(block)) return { block, args };
  const local = withOuter(block, [...seen], context.aliases);
  return { block: local.block, args: args.map(arg => ({ ...arg, sql: local.rebase(arg.sql) })) };
}

/** Whether every column is one of the FROM, so that an inner SELECT may hand it on. */
export const isShareable = (block: Block): boolean =>
  block.groupBy === undefined &&
  block.qualify.length === 0 &&
  [...block.columns.values()].every(cell => cell.kind === 'ref' || cell.kind === 'constant');

export function kindOfExpression(expr: Node, block: Block): CellKind {
  const { kind, node } = kindOf(expr);
  if (kind === 'literal') return 'constant';
  if (kind !== 'column_ref') return 'computed';
  // A column of an outer query is as good as a constant to this one.
  return block.columns.get(columnOf(need(node, 'column')).id)?.kind ?? 'constant';
}

/** readyFor, but an order that the block has stays with it. */
export function readyOrdered(block: Block, any: unknown, context: Context): Block {
  const ready = readyFor(block, any, context, ['aggregate', 'window']);
  return ready === block || block.order.length === 0 ? ready : wrapOrdered(block, context);
}

/** Wraps an ordered block and orders it again outside, by columns that carry its keys out. */
export function wrapOrdered(block: Block, { aliases }: Context): Block {
  if (block.order.length === 0) return wrap(block, aliases);
  const keys = block.order.map(item => {
    const match = /^([\s\S]*) ((?:ASC|DESC) NULLS (?:FIRST|LAST))$/.exec(item);
    return { sql: match?.[1] ?? item, direction: match?.[2] ?? '' };
  });
  const type: SqlType = { kind: 'BOOL' };
  const carried = keys.map(
    (key, i) => [`order ${i}`, { sql: key.sql, kind: 'computed', type, name: `order_${i + 1}` }] as const,
  );
  const inside = { ...unordered(block), columns: new Map<string, Cell>([...block.columns, ...carried]) };
  const outside = wrap(inside, aliases);
  const order = keys.map((key, i) => `${cellOf(outside, `order ${i}`).sql} ${key.direction}`);
  return { ...outside, order };
}
