// Analytic functions: the window of each group, and the functions that exist only over one. Aggregates come from aggregate.ts.

import { type AggregateCall, aggregate } from './aggregate.ts';
import { callOf } from './aggregate-call.ts';
import type { Cell } from './block.ts';
import { type Context, cellIn, type Scope } from './context.ts';
import { boundsOf, boundType, type Frames, isDistance, partitionOf } from './frames.ts';
import { fault, raise } from './functions/sql.ts';
import { orderItems } from './order.ts';
import { percentile } from './percentile.ts';
import { Refusal } from './rule.ts';
import { child, children, columnOf, kindOf, type Node, need, textOf } from './tree.ts';

/** The columns that an analytic scan adds. */
export function windowCells(
  groups: readonly Node[],
  { scope, context, frames }: { readonly scope: Scope; readonly context: Context; readonly frames: Frames },
): [string, Cell][] {
  return groups.flatMap(group => {
    const partition = partitionOf(child(group, 'partition_by'), scope);
    const ordering = child(group, 'order_by');
    const order = ordering ? orderItems(children(ordering, 'order_by_item_list'), scope) : [];
    return children(group, 'analytic_function_list').map(item => {
      const column = columnOf(need(item, 'column'));
      const { node } = kindOf(need(item, 'expr'));
      const looked = frames.get(column.id);
      const over = looked
        ? overText({ partition, ...looked })
        : overOf({ partition, order, frame: child(node, 'window_frame'), ordering, scope, context });
      const sql = context.at(need(item, 'expr'), () => {
        const call = callOf(need(item, 'expr'), scope, context, over);
        return (WINDOW_FUNCTIONS[call.name] ?? aggregate)(call);
      });
      return [column.id, { sql, kind: 'window', type: column.type, name: column.name }] as [string, Cell];
    });
  });
}

interface Window {
  readonly partition: readonly string[];
  readonly order: readonly string[];
  readonly ordering: Node | undefined;
  readonly frame: Node | undefined;
  readonly scope: Scope;
  readonly context: Context;
}

const overOf = (window: Window): string =>
  overText(isDistance(window.frame) ? withOneKey(window) : { ...window, frame: frameOf(window) });

interface Over {
  readonly partition: readonly string[];
  readonly order: readonly string[];
  readonly frame: string;
}

const overText = ({ partition, order, frame }: Over): string => {
  const parts = [
    partition.length === 0 ? '' : `PARTITION BY ${partition.join(', ')}`,
    order.length === 0 ? '' : `ORDER BY ${order.join(', ')}`,
    frame,
  ];
  return `OVER (${parts.filter(part => part !== '').join(' ')})`;
};

function frameOf(window: Window, wide: (sql: string) => string = sql => sql): string {
  const { frame } = window;
  if (!frame) return '';
  const [start, end] = boundsOf(frame).map(bound => boundOf(bound, window, wide));
  return `${textOf(frame, 'frame_unit') || 'ROWS'} BETWEEN ${start} AND ${end}`;
}

function boundOf(node: Node, { scope, context }: Window, wide: (sql: string) => string): string {
  const type = boundType(node);
  const expression = child(node, 'expression');
  if (!type.startsWith('OFFSET')) return type.replace('_', ' ');
  if (!expression) throw new Error('a frame offset without its distance');
  const distance = context.expression(expression, scope);
  return `${wide(distance.sql)} ${type.replace('OFFSET_', '')}`;
}

/**
 * The window of a RANGE with a distance, which wants one key: an INT64 is widened, so that no distance leaves its type, a NUMERIC counted in
 * billionths for the same reason;
 * a FLOAT64 has its NaNs, whose only neighbours are each other, in partitions of their own.
 */
function withOneKey(window: Window) {
  const item = children(window.ordering ?? {}, 'order_by_item_list')[0];
  const ref = item && child(item, 'column_ref');
  if (!item || !ref || !window.frame) throw new Error('a distance without its key');
  const { sql, type, kind } = cellIn(window.scope, columnOf(ref.column as Node).id);
  if (type.kind !== 'INT64' && type.kind !== 'FLOAT64' && type.kind !== 'NUMERIC')
    throw new Refusal(`RANGE with a distance over ${type.kind}`, 'a CAST to NUMERIC, or ROWS');
  if (kind === 'constant') throw new Refusal('RANGE with a distance from a constant', 'ROWS');
  const direction = window.order[window.order.length - 1]?.slice(sql.length) ?? '';
  if (type.kind === 'FLOAT64') {
    return { partition: [...window.partition, `isnan(${sql})`], order: [`${sql}${direction}`], frame: frameOf(window) };
  }
  const wide = (value: string): string =>
    type.kind === 'INT64'
      ? `CAST(${value} AS HUGEINT)`
      : `CAST(replace(CAST(CAST(${value} AS DECIMAL(38, 9)) AS VARCHAR), '.', '') AS HUGEINT)`;
  return { partition: window.partition, order: [`${wide(sql)}${direction}`], frame: frameOf(window, wide) };
}

type WindowRule = (call: AggregateCall) => string;

/** `name(arguments NULLS) OVER (…)` as DuckDB has it too. */
const plain =
  (name: string): WindowRule =>
  call =>
    `${name}(${call.args.map(arg => arg.sql).join(', ')}${call.nulls === 'ignore' ? ' IGNORE NULLS' : ''}) ${call.over}`;

/** LAG and LEAD: DuckDB takes a distance below zero for one in the other direction, GoogleSQL for an error. */
const neighbour =
  (name: string): WindowRule =>
  call => {
    const distance = call.args[1];
    if (distance?.literal === undefined && distance !== undefined)
      throw new Refusal(`${name.toUpperCase()} with a distance that is not a literal`);
    if (distance?.literal === null || Number(distance?.literal ?? 0) < 0)
      return raise(fault(`The offset to the function ${name.toUpperCase()} must not be negative or NULL`), call.type);
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
  percentile_cont: percentile,
  percentile_disc: percentile,
  rank: plain('rank'),
  row_number: plain('row_number'),
};
