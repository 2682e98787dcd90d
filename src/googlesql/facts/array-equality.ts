// Where a query compares arrays: GoogleSQL and the analyzer may, BigQuery does not. Pure.

import type { Analyzed } from '../analyzed.ts';
import { child, children, field, kindOf, type Node, textOf, typeOfNode, walk } from '../translate/tree.ts';
import { typeText } from '../type.ts';

export interface ArrayComparison {
  /** The type of what is compared: an array, or a struct that holds one. */
  readonly type: string;
  /** UTF-16 units in the analyzed text. */
  readonly start: number;
}

export function arrayComparisons({ statement, sql }: Analyzed): readonly ArrayComparison[] {
  const bytes = Buffer.from(sql);
  // A node may hang in the tree more than once.
  const found = new Map<number, ArrayComparison>();
  walk(statement, ({ kind, node }) => {
    if (kind !== 'function_call' || !/\$(?:not_)?equal$/.test(textOf(child(node, 'function') ?? {}, 'name'))) return;
    const range = field(node, 'parse_location_range') as Node | undefined;
    const [argument] = children(node, 'argument_list');
    if (range === undefined || argument === undefined) return;
    const type = typeText(typeOfNode(kindOf(argument).node));
    const start = bytes.subarray(0, Number(range.start)).toString().length;
    if (type.includes('ARRAY<')) found.set(start, { type, start });
  });
  return [...found.values()];
}
