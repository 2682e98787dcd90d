// Analytic functions: the window of each group, and the functions that exist only over one. Aggregates come from aggregate.ts.

import { type AggregateCall, aggregate } from './aggregate.ts';
import { callOf } from './aggregate-call.ts';
import type { Cell } from './block.ts';
import { type Context, cellIn, type Scope } from './context.ts';
import { orderItems } from './order.ts';
import { Refusal } from './rule.ts';
import { child, children, columnOf, kindOf, type Node, need, textOf } from './tree.ts';

/** The columns that an analytic scan adds. */
export function windowCells(groups: readonly Node[], scope: Scope, context: Context): [string, Cell][] {
  return groups.flatMap(group => {
    const partition = partitionOf(child(group, 'partition_by'), scope);
    const ordering = child(group, 'order_by');
    const order = ordering ? orderItems(children(ordering, 'order_by_item_list'), scope) : [];
    return children(group, 'analytic_function_list').map(item => {
      const column = columnOf(need(item, 'column'));
      const { node } = kindOf(need(item, 'expr'));
      const frame = frameOf(child(node, 'window_frame'), { order, scope, context });
      const over = `OVER (${[partition, order.length > 0 ? `ORDER BY ${order.join(', ')}` : '', frame].filter(t => t !== '').join(' ')})`;
      const sql = context.at(need(item, 'expr'), () => {
        const call = callOf(need(item, 'expr'), scope, context, over);
        return (WINDOW_FUNCTIONS[call.name] ?? aggregate)(call);
      });
      return [column.id, { sql, kind: 'window', type: column.type, name: column.name }] as [string, Cell];
    });
  });
}

function partitionOf(node: Node | undefined, scope: Scope): string {
  if (!node) return '';
  const keys = children(node, 'partition_by_list').map(ref => cellIn(scope, columnOf(need(ref, 'column')).id).sql);
  return keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')}`;
}

interface Window {
  readonly order: readonly string[];
  readonly scope: Scope;
  readonly context: Context;
}

function frameOf(node: Node | undefined, window: Window): string {
  if (!node) return '';
  const unit = textOf(node, 'frame_unit') || 'ROWS';
  const start = need(node, 'start_expr');
  const end = need(node, 'end_expr');
  const hasOffset = [start, end].some(bound => textOf(bound, 'boundary_type').startsWith('OFFSET'));
  // With NaN put in its place FLOAT64 has two keys, and a distance needs one.
  if (unit === 'RANGE' && hasOffset && window.order.length !== 1)
    throw new Refusal('RANGE with a distance over FLOAT64', 'ROWS');
  return `${unit} BETWEEN ${boundOf(start, window)} AND ${boundOf(end, window)}`;
}

function boundOf(node: Node, { scope, context }: Window): string {
  const type = textOf(node, 'boundary_type') || 'UNBOUNDED_PRECEDING';
  const expression = child(node, 'expression');
  if (!type.startsWith('OFFSET')) return type.replace('_', ' ');
  if (!expression) throw new Error('a frame offset without its distance');
  return `${context.expression(expression, scope).sql} ${type.replace('OFFSET_', '')}`;
}

type WindowRule = (call: AggregateCall) => string;

/** `name(arguments NULLS) OVER (…)` as DuckDB has it too. */
const plain =
  (name: string): WindowRule =>
  call =>
    `${name}(${call.args.map(arg => arg.sql).join(', ')}${call.nulls === 'ignore' ? ' IGNORE NULLS' : ''}) ${call.over}`;

const percentile =
  (name: string): WindowRule =>
  call => {
    const [value, fraction] = call.args;
    if (!value || !fraction) throw new Error(`${call.name} wants two arguments`);
    if (call.nulls === 'respect') throw new Refusal(`${call.name.toUpperCase()} with RESPECT NULLS`);
    if (value.type.kind !== 'FLOAT64' || fraction.literal === undefined) {
      if (call.name === 'percentile_cont')
        throw new Refusal('PERCENTILE_CONT over NUMERIC', 'PERCENTILE_CONT over FLOAT64');
    }
    return `${name}(${value.sql}, ${fraction.sql}) ${call.over}`;
  };

/** LAG and LEAD: DuckDB takes a distance below zero for one in the other direction, GoogleSQL for an error. */
const neighbour =
  (name: string): WindowRule =>
  call => {
    const distance = call.args[1];
    if (distance && (distance.literal === undefined || Number(distance.literal) < 0)) {
      throw new Refusal(`${name.toUpperCase()} with a distance that is not a literal`);
    }
    return plain(name)(call);
  };

const WINDOW_FUNCTIONS: Readonly<Record<string, WindowRule>> = {
  cume_dist: plain('cume_dist'),
  dense_rank: plain('dense_rank'),
  first_value: plain('first_value'),
  lag: neighbour('lag'),
  last_value: plain('last_value'),
  lead: neighbour('lead'),
  nth_value: plain('nth_value'),
  ntile: plain('ntile'),
  percent_rank: plain('percent_rank'),
  percentile_cont: percentile('quantile_cont'),
  percentile_disc: percentile('quantile_disc'),
  rank: plain('rank'),
  row_number: plain('row_number'),
};
