// GROUP BY with its aggregates, DISTINCT, grouping sets, and windows.

import { duckDbType } from '../duckdb-type.ts';
import { aggregate } from './aggregate.ts';
import { callOf } from './aggregate-call.ts';
import { type Block, type Cell, hasKind, isLimited, wrap } from './block.ts';
import { type Context, type Scope, scopeOf } from './context.ts';
import { withFrames } from './frames.ts';
import { kindOfExpression, readyFor } from './ready.ts';
import { Refusal } from './rule.ts';
import { type Column, children, columnOf, columnsOf, kindOf, type Node, need } from './tree.ts';
import { windowCells } from './window.ts';

export function aggregateScan(node: Node, context: Context, outer: Scope): Block {
  const input = context.scan(need(node, 'input_scan'), outer);
  const keys = children(node, 'group_by_list').map(item => ({
    column: columnOf(need(item, 'column')),
    expr: need(item, 'expr'),
  }));
  const calls = children(node, 'aggregate_list').map(item => ({
    column: columnOf(need(item, 'column')),
    expr: need(item, 'expr'),
  }));
  const block = groupable(input, keys, calls, context);
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
  if (isDistinctOnly(node, calls)) return { ...block, isDistinct: true, columns, hint: 'distinct_rows' };
  for (const { column, expr } of calls) {
    const sql = context.at(expr, () => aggregate(callOf(expr, scope, context)));
    columns.set(column.id, { sql, kind: 'aggregate', type: column.type, name: column.name });
  }
  for (const call of children(node, 'grouping_call_list')) {
    const column = columnOf(need(call, 'output_column'));
    const key = columnOf(need(need(call, 'group_by_column'), 'column'));
    const sql = `CAST(grouping(${keySql.get(key.id)}) AS BIGINT)`;
    columns.set(column.id, { sql, kind: 'aggregate', type: column.type, name: column.name });
  }
  return { ...block, columns, groupBy: groupByText(node, keySql), hint: 'grouped' };
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

function groupable(input: Block, keys: readonly Computed[], calls: readonly Computed[], context: Context): Block {
  const onlyFrom =
    input.groupBy === undefined &&
    input.qualify.length === 0 &&
    !isLimited(input) &&
    !input.isDistinct &&
    !hasKind(input, 'window');
  const unordered = { ...input, order: [] };
  if (!onlyFrom) return wrap(input, context.aliases);
  const inKeys = keys.filter(({ expr }) => kindOf(expr).kind !== 'column_ref').map(({ expr }) => expr);
  return readyFor(unordered, [inKeys, calls.map(call => call.expr)], context, []);
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
  const input = context.scan(need(node, 'input_scan'), outer);
  const groups = children(node, 'function_group_list');
  const isFree = !isLimited(input) && !input.isDistinct && input.groupBy === undefined && input.qualify.length === 0;
  const block =
    isFree && !hasKind(input, 'window')
      ? readyFor({ ...input, order: [] }, groups, context, [])
      : wrap(input, context.aliases);
  const framed = withFrames(block, groups, { context, outer });
  const scope = scopeOf(framed.block, outer);
  const cells = windowCells(groups, { scope, context, frames: framed.frames });
  return { ...framed.block, columns: new Map([...framed.block.columns, ...cells]), hint: 'windowed' };
}
