// Where a query compares or orders arrays: GoogleSQL and the analyzer may, BigQuery does not. Pure.

import type { Analyzed } from '../analyzed.ts';
import { eachNode } from '../ctes.ts';
import { functionName } from '../translate/aggregate-call.ts';
import { children, columnOf, field, kindOf, type Node, need, typeOfNode, walk } from '../translate/tree.ts';
import { typeText } from '../type.ts';

export interface ArrayComparison {
  /** What is not there for arrays, as BigQuery says it. */
  readonly message: string;
  /** UTF-16 units in the analyzed text. */
  readonly start: number;
}

/** By function. */
const COMPARING: Readonly<Record<string, (type: string) => string>> = {
  ...Object.fromEntries(
    ['$equal', '$not_equal'].map(name => [name, type => `Equality is not defined for arguments of type ${type}`]),
  ),
  ...Object.fromEntries(
    ['$less', '$less_or_equal', '$greater', '$greater_or_equal', '$between'].map(name => [
      name,
      type => `Less than is not defined for arguments of type ${type}`,
    ]),
  ),
  min: type => `MIN is not defined for arguments of type ${type}`,
  max: type => `MAX is not defined for arguments of type ${type}`,
};
const CALLS: ReadonlySet<string> = new Set(['function_call', 'aggregate_function_call', 'analytic_function_call']);

export function arrayComparisons({ statement, sql }: Analyzed): readonly ArrayComparison[] {
  const bytes = Buffer.from(sql);
  // A node may hang in the tree more than once.
  const found = new Map<number, ArrayComparison>();
  const add = (node: Node, message: string): void => {
    const range = field(node, 'parse_location_range') as Node | undefined;
    const start = bytes.subarray(0, Number(range?.start ?? 0)).toString().length;
    found.set(start, { message, start });
  };
  walk(statement, ({ kind, node }) => {
    const message = CALLS.has(kind) ? COMPARING[functionName(node)] : undefined;
    const [argument] = message === undefined ? [] : children(node, 'argument_list');
    if (message === undefined || argument === undefined) return;
    const type = typeText(typeOfNode(kindOf(argument).node));
    if (type.includes('ARRAY<')) add(node, message(type));
  });
  return [...found.values()];
}

/** A value that rows are ordered by, which the analyzer keeps no place of. */
export interface ArrayOrder {
  readonly message: string;
  /** The column as it is called; of what is computed a name of the analyzer's own. */
  readonly column: string;
}

export function arrayOrders({ statement, sql }: Analyzed): readonly ArrayOrder[] {
  // Most queries order nothing, and a tree is large.
  if (!/\border\s+by\b/i.test(sql)) return [];
  const found = new Map<string, ArrayOrder>();
  eachNode(statement, node => {
    for (const item of (node.order_by_item_list ?? []) as Node[]) {
      const reference = need(item, 'column_ref');
      const type = typeText(typeOfNode(reference));
      const { id, name: column } = columnOf(need(reference, 'column'));
      if (type.includes('ARRAY<')) {
        found.set(id, { message: `ORDER BY does not support expressions of type ${type}`, column });
      }
    }
  });
  return [...found.values()];
}
