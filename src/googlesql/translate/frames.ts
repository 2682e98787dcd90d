// Frames of RANGE with a distance that DuckDB's own arithmetic on keys does not hold exactly (FLOAT64 with an open end or a computed
// distance, BIGNUMERIC): each row's frame is looked up in the sorted keys of its partition and written as ROWS.

import type { SqlType } from '../type.ts';
import { type Block, type Cell, cellOf, wrap } from './block.ts';
import { type Context, cellIn, type Scope, scopeOf } from './context.ts';
import { bound, fault, raise } from './functions/sql.ts';
import { orderItems } from './order.ts';
import { child, children, columnOf, isSet, kindOf, type Node, need, textOf } from './tree.ts';

const INT64: SqlType = { kind: 'INT64' };

/** What stands for ORDER BY and the frame of a function, by the id of its column. */
export type Frames = ReadonlyMap<string, { readonly order: readonly string[]; readonly frame: string }>;

export const boundsOf = (frame: Node): readonly [Node, Node] => [need(frame, 'start_expr'), need(frame, 'end_expr')];
export const boundType = (bound: Node): string => textOf(bound, 'boundary_type') || 'UNBOUNDED_PRECEDING';

/** Whether the frame is RANGE with a distance from the row's key. */
export const isDistance = (frame: Node | undefined): frame is Node =>
  frame !== undefined &&
  textOf(frame, 'frame_unit') === 'RANGE' &&
  boundsOf(frame).some(bound => boundType(bound).startsWith('OFFSET'));

/** The one item that such a frame is measured by. */
export function keyItem(group: Node): Node | undefined {
  const ordering = child(group, 'order_by');
  return ordering && children(ordering, 'order_by_item_list')[0];
}

const frameOf = (item: Node): Node | undefined => child(kindOf(need(item, 'expr')).node, 'window_frame');

function keyCell(group: Node, scope: Scope): Cell {
  const ref = child(keyItem(group) ?? {}, 'column_ref');
  if (!ref) throw new Error('a distance without its key');
  return cellIn(scope, columnOf(ref.column as Node).id);
}

/** Literal distances on both sides are DuckDB's to measure, for FLOAT64. */
function isLookedUp(frame: Node | undefined, kind: string): frame is Node {
  if (!isDistance(frame)) return false;
  if (kind === 'BIGNUMERIC') return true;
  const isOpen = boundsOf(frame).some(bound => boundType(bound).startsWith('UNBOUNDED'));
  return kind === 'FLOAT64' && (isOpen || boundsOf(frame).some(bound => isComputed(child(bound, 'expression'))));
}

/** No literal, or an infinite one, which is an error beside an infinite key. */
function isComputed(expression: Node | undefined): boolean {
  if (expression === undefined) return false;
  const { kind, node } = kindOf(expression);
  const value = child(child(node, 'value') ?? {}, 'value');
  return kind !== 'literal' || !Number.isFinite(Number(value?.double_value ?? Number.NaN));
}

/** The block with the frames of all functions that need it as columns; the block itself where none does. */
export function withFrames(
  block: Block,
  groups: readonly Node[],
  { context, outer }: { readonly context: Context; readonly outer: Scope },
): { readonly block: Block; readonly frames: Frames } {
  const needed = groups.map(group => {
    const items = children(group, 'analytic_function_list');
    if (!items.some(item => isDistance(frameOf(item)))) return [];
    const { kind } = keyCell(group, scopeOf(block, outer)).type;
    return items.filter(item => isLookedUp(frameOf(item), kind));
  });
  if (needed.every(items => items.length === 0)) return { block, frames: new Map() };
  const sorted = withKeys(
    wrap(block, context.aliases),
    groups.filter((_, i) => needed[i]?.length !== 0),
    context,
    outer,
  );
  const edges = new Map(sorted.columns);
  groups.forEach((group, i) => {
    for (const item of needed[i] ?? []) addEdges(edges, { group, item, block: sorted, context, outer });
  });
  const whole = wrap({ ...sorted, columns: edges }, context.aliases);
  const frames = groups.flatMap((group, i) =>
    (needed[i] ?? []).map(item => {
      const id = columnOf(need(item, 'column')).id;
      const [before, after] = ['start', 'end'].map(edge => cellOf(whole, `${edge} ${id}`).sql);
      const order = [`${cellOf(whole, placeId(group)).sql} ASC`];
      return [id, { order, frame: `ROWS BETWEEN ${before} PRECEDING AND ${after} FOLLOWING` }] as const;
    }),
  );
  return { block: whole, frames: new Map(frames) };
}

/** A group has an id of its own in none of its fields: that of its first function stands for it. */
const groupId = (group: Node): string =>
  columnOf(need(children(group, 'analytic_function_list')[0] ?? {}, 'column')).id;
const placeId = (group: Node): string => `place ${groupId(group)}`;
const keysId = (group: Node): string => `keys ${groupId(group)}`;

function withKeys(block: Block, groups: readonly Node[], context: Context, outer: Scope): Block {
  const scope = scopeOf(block, outer);
  const columns = new Map(block.columns);
  for (const group of groups) {
    const key = keyCell(group, scope);
    const by = partitionOf(child(group, 'partition_by'), scope);
    const order = orderItems(children(need(group, 'order_by'), 'order_by_item_list'), scope);
    const sorting = [
      by.length === 0 ? '' : `PARTITION BY ${by.join(', ')} `,
      order.length === 0 ? '' : `ORDER BY ${order.join(', ')}`,
    ].join('');
    columns.set(keysId(group), {
      sql: `list(${key.sql}) OVER (${sorting} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)`,
      kind: 'window',
      type: { kind: 'ARRAY', element: key.type },
      name: 'keys',
    });
    columns.set(placeId(group), {
      sql: `row_number() OVER (${sorting})`,
      kind: 'window',
      type: { kind: 'INT64' },
      name: 'place',
    });
  }
  return wrap({ ...block, columns }, context.aliases);
}

export function partitionOf(node: Node | undefined, scope: Scope): readonly string[] {
  if (!node) return [];
  return children(node, 'partition_by_list').map(ref => cellIn(scope, columnOf(need(ref, 'column')).id).sql);
}

interface Edged {
  readonly group: Node;
  readonly item: Node;
  readonly block: Block;
  readonly context: Context;
  readonly outer: Scope;
}

/** How many rows before and behind the row its frame begins and ends. */
function addEdges(columns: Map<string, Cell>, { group, item, block, context, outer }: Edged): void {
  const scope = scopeOf(block, outer);
  const key = keyCell(group, scope);
  const script = key.type.kind === 'FLOAT64' ? 'g_frame_float' : 'g_frame_big';
  const isDescending = isSet(keyItem(group) ?? {}, 'is_descending');
  const bounds = boundsOf(frameOf(item) as Node);
  const failed = raise(fault('Window frame distance must not be negative, NULL or NaN'), INT64);
  (['start', 'end'] as const).forEach((edge, i) => {
    const side = bounds[i] as Node;
    const expression = child(side, 'expression');
    const distance = expression && context.expression(expression, scope).sql;
    const zero = key.type.kind === 'FLOAT64' ? '0e0' : "''";
    const list = cellOf(block, keysId(group)).sql;
    const place = cellOf(block, placeId(group)).sql;
    const call = `${script}(${list}, ${place}, '${edge} ${boundType(side)}', ${distance ?? zero}, ${isDescending})`;
    const id = columnOf(need(item, 'column')).id;
    columns.set(`${edge} ${id}`, {
      sql: bound([{ sql: call, type: INT64 }], rows => `CASE WHEN ${rows} IS NULL THEN ${failed} ELSE ${rows} END`),
      kind: 'computed',
      type: { kind: 'INT64' },
      name: edge === 'start' ? 'before' : 'behind',
    });
  });
}
