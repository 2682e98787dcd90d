// GROUP BY with its aggregates, DISTINCT, grouping sets, and windows.

import { duckDbType } from '../duckdb-type.ts';
import { type AggregateCall, aggregate } from './aggregate.ts';
import { callOf, functionName } from './aggregate-call.ts';
import {
  type Block,
  type Cell,
  cellOf,
  hasKind,
  indent,
  isLimited,
  render,
  type Turn,
  unordered,
  wrap,
} from './block.ts';
import { type Context, type Scope, scopeOf } from './context.ts';
import { partitionOf, withFrames } from './frames.ts';
import { groupRowsOf, rowsInList } from './group-rows.ts';
import { inTurn, orderItems, turnItems } from './order.ts';
import { withOuterOfAggregates, withOuterOfWindows } from './outer-columns.ts';
import { asking, hasPlaces, placeAt, sideOf, withPlaces } from './places.ts';
import { kindOfExpression, readyFor, wrapOrdered } from './ready.ts';
import { Refusal } from './rule.ts';
import { type Column, child, children, columnOf, columnsOf, isSet, kindOf, type Node, need } from './tree.ts';
import { windowCells } from './window.ts';

export function aggregateScan(node: Node, context: Context, outer: Scope): Block {
  const keys = children(node, 'group_by_list').map(item => ({
    column: columnOf(need(item, 'column')),
    expr: need(item, 'expr'),
  }));
  const calls = children(node, 'aggregate_list').map(item => ({
    column: columnOf(need(item, 'column')),
    expr: need(item, 'expr'),
  }));
  const isInTurn = calls.some(({ expr }) => seesTurn(expr) || groupRowsOf(expr) !== undefined);
  const input = asking(context, isInTurn ? 'order' : 'nothing', () => context.scan(need(node, 'input_scan'), outer));
  const exprs = calls.map(({ expr }) => expr);
  const rows = withOuterOfAggregates(input, exprs, { scan: need(node, 'input_scan'), context, outer });
  const { block, order } = groupable(rows, keys, { calls, isInTurn, context });
  const scope = scopeOf(block, outer);
  const columns = new Map<string, Cell>();
  const keySql = new Map<string, string>();
  for (const { column, expr } of keys) {
    const written = context.expression(expr, scope).sql;
    const kind = kindOfExpression(expr, block);
    // DuckDB reads a bare constant as a position.
    const sql = kind === 'constant' ? `CAST(${written} AS ${duckDbType(column.type)})` : written;
    keySql.set(column.id, sql);
    columns.set(column.id, { sql, kind: kind === 'ref' ? 'ref' : 'computed', type: column.type, name: column.name });
  }
  const turn = turnOf(node, columns);
  if (isDistinctOnly(node, calls)) return { ...block, isDistinct: true, columns, turn, hint: 'distinct_rows' };
  for (const { column, expr } of calls) {
    const subquery = groupRowsOf(expr);
    const sql = context.at(expr, () =>
      subquery ? rowsInList(subquery, block, order) : aggregate(inOrder(callOf(expr, scope, context), order)),
    );
    columns.set(column.id, { sql, kind: 'aggregate', type: column.type, name: column.name });
  }
  for (const call of children(node, 'grouping_call_list')) {
    const column = columnOf(need(call, 'output_column'));
    const key = columnOf(need(need(call, 'group_by_column'), 'column'));
    const sql = `CAST(grouping(${keySql.get(key.id)}) AS BIGINT)`;
    columns.set(column.id, { sql, kind: 'aggregate', type: column.type, name: column.name });
  }
  const grouped: Block = { ...block, columns, turn, groupBy: groupByText(node, keySql), hint: 'grouped' };
  return calls.some(({ expr }) => groupRowsOf(expr)) ? withGroupRows(grouped, calls, context, outer) : grouped;
}

/** The aggregates over queries of the group's rows, in the place of the lists of these. */
function withGroupRows(grouped: Block, calls: readonly Computed[], context: Context, outer: Scope): Block {
  const rows = wrap(grouped, context.aliases);
  const scope = scopeOf(rows, outer);
  const columns = new Map(rows.columns);
  for (const { column, expr } of calls) {
    const subquery = groupRowsOf(expr);
    if (!subquery) continue;
    const isInTurn = seesTurn(expr);
    context.groupRows.push(cellOf(rows, column.id).sql);
    const input = asking(context, isInTurn ? 'order' : 'nothing', () => context.scan(subquery, scope));
    context.groupRows.pop();
    const { block, order } = groupable(input, [], { calls: [{ column, expr }], isInTurn, context });
    const sql = context.at(expr, () => aggregate(inOrder(callOf(expr, scopeOf(block, scope), context), order)));
    const cell: Cell = { sql, kind: 'aggregate', type: column.type, name: column.name };
    const query = render({ ...block, columns: new Map([[column.id, cell]]), turn: [], groupBy: '' }, [
      { id: column.id, name: 'answer' },
    ]);
    columns.set(column.id, { ...cell, sql: `(\n  ${indent(query)}\n)`, kind: 'computed' });
  }
  return { ...rows, columns };
}

/** By the keys, as they are listed. */
function turnOf(node: Node, columns: ReadonlyMap<string, Cell>): readonly Turn[] {
  if (children(node, 'grouping_set_list').length > 0) return [];
  const ids = children(node, 'group_by_list').map(item => columnOf(need(item, 'column')).id);
  return ids.flatMap(id => {
    const cell = columns.get(id);
    return cell ? [{ id, sql: cell.sql, type: cell.type }] : [];
  });
}

/** SELECT DISTINCT comes as a grouping by everything without an aggregate. */
const isDistinctOnly = (node: Node, calls: readonly unknown[]): boolean =>
  calls.length === 0 &&
  children(node, 'group_by_list').length > 0 &&
  children(node, 'grouping_set_list').length === 0 &&
  children(node, 'group_by_list').length === columnsOf(node, 'column_list').length;

interface Computed {
  readonly column: Column;
  readonly expr: Node;
}

/** Aggregates that say in which turn rows come. */
const IN_TURN: ReadonlySet<string> = new Set(['any_value', 'array_agg', 'array_concat_agg', 'string_agg']);

const seesTurn = (expr: Node): boolean => IN_TURN.has(functionName(kindOf(expr).node));

/** Such a call without an order of its own takes the rows as its input has them. */
const inOrder = (call: AggregateCall, order: readonly string[]): AggregateCall =>
  IN_TURN.has(call.name) && call.order.length === 0 && !call.isDistinct ? { ...call, order } : call;

interface Calls {
  readonly calls: readonly Computed[];
  /** Whether one of them sees the order of the input. */
  readonly isInTurn: boolean;
  readonly context: Context;
}

/** The input as GROUP BY may follow it, and the order that its rows come in, where that is seen. */
function groupable(rows: Block, keys: readonly Computed[], { calls, isInTurn, context }: Calls) {
  const input = isInTurn ? inTurn(rows, context) : rows;
  const onlyFrom =
    input.groupBy === undefined &&
    input.qualify.length === 0 &&
    !isLimited(input) &&
    !input.isDistinct &&
    !hasKind(input, 'window');
  if (isInTurn && input.order.length > 0) {
    // DISTINCT takes no order but the one that the rows come in; the others are told, which holds for any number of rows.
    if (calls.some(({ expr }) => isSet(kindOf(expr).node, 'distinct')))
      return { block: wrap(input, context.aliases), order: [] };
    const ordered = wrapOrdered(input, context);
    return { block: { ...ordered, order: [] }, order: ordered.order };
  }
  if (!onlyFrom) return { block: wrap(unordered(input), context.aliases), order: [] };
  const inKeys = keys.filter(({ expr }) => kindOf(expr).kind !== 'column_ref').map(({ expr }) => expr);
  const free = readyFor(unordered(input), [inKeys, calls.map(call => call.expr)], context, []);
  return { block: free, order: [] };
}

function groupByText(node: Node, keySql: ReadonlyMap<string, string>): string {
  const sets = children(node, 'grouping_set_list').map(kindOf);
  if (sets.length === 0) return [...keySql.values()].join(', ');
  const texts = sets.map(({ kind, node: set }) => {
    if (kind !== 'grouping_set') throw new Refusal(kind.toUpperCase());
    const ids = children(set, 'group_by_column_list').map(ref => columnOf(need(ref, 'column')).id);
    return `(${ids.map(id => keySql.get(id)).join(', ')})`;
  });
  return `GROUPING SETS (${texts.join(', ')})`;
}

export function analyticScan(node: Node, context: Context, outer: Scope): Block {
  const groups = children(node, 'function_group_list');
  const rows = withPlaces(sideOf(need(node, 'input_scan'), context, outer), context);
  const known = withOuterOfWindows(rows, groups, { scan: need(node, 'input_scan'), context, outer });
  const isUnordered = groups.some(group => child(group, 'order_by') === undefined);
  const input = isUnordered && hasPlaces(known) ? inTurn(known, context) : known;
  const isFree = !isLimited(input) && !input.isDistinct && input.groupBy === undefined && input.qualify.length === 0;
  // Without an order of its own a window takes the rows as they come.
  const isInTurn = input.order.length > 0 && isUnordered;
  const block = isInTurn
    ? wrap(input, context.aliases)
    : isFree && !hasKind(input, 'window')
      ? readyFor(unordered(input), groups, context, [])
      : wrap(unordered(input), context.aliases);
  const framed = withFrames(block, groups, { context, outer });
  const scope = scopeOf(framed.block, outer);
  const cells = windowCells(groups, { scope, context, frames: framed.frames });
  const turn = hasPlaces(framed.block) ? turnOfWindows(framed.block, groups, { scope, context }) : [];
  return { ...framed.block, columns: new Map([...framed.block.columns, ...cells]), turn, hint: 'windowed' };
}

/** Each group of windows sorts the rows that it gets, by its parts and within them; the last does so last. */
function turnOfWindows(
  block: Block,
  groups: readonly Node[],
  { scope, context }: { readonly scope: Scope; readonly context: Context },
): readonly Turn[] {
  const sorts = [...groups].reverse().flatMap(group => {
    const parts = partitionOf(child(group, 'partition_by'), scope).map(sql => `${sql} ASC NULLS FIRST`);
    const ordering = child(group, 'order_by');
    return [...parts, ...(ordering ? orderItems(children(ordering, 'order_by_item_list'), scope) : [])];
  });
  if (sorts.length === 0) return block.turn;
  return [placeAt(`row_number() OVER (ORDER BY ${[...sorts, ...turnItems(block.turn)].join(', ')})`, context)];
}
