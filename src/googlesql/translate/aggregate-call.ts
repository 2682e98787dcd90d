// Reads an aggregate call out of the resolved tree, for GROUP BY and for windows alike.

import type { AggregateCall } from './aggregate.ts';
import type { Context, Scope } from './context.ts';
import { orderItems } from './order.ts';
import { type Arg, Refusal } from './rule.ts';
import { child, children, isSet, kindOf, type Node, need, textOf, typeOfNode } from './tree.ts';

export const functionName = (node: Node): string =>
  textOf(need(node, 'function'), 'name')
    .replace(/^[^:]*:/, '')
    .toLowerCase();

/** The arguments of a call. @throws {Refusal} where one is no expression. */
export function argumentsOf(node: Node, scope: Scope, context: Context): readonly Arg[] {
  const generic = children(node, 'generic_argument_list').map(argument => {
    const expr = child(argument, 'expr');
    if (!expr) throw new Refusal(`a lambda in ${functionName(node).toUpperCase()}`);
    return expr;
  });
  return [...children(node, 'argument_list'), ...generic].map(expr => context.expression(expr, scope));
}

export function callOf(any: Node, scope: Scope, context: Context, over = ''): AggregateCall {
  const { node } = kindOf(any);
  if (over !== '' && child(node, 'with_group_rows_subquery')) throw new Refusal('WITH GROUP_ROWS over a window');
  if (textOf(node, 'error_mode') === 'SAFE_ERROR_MODE') throw new Refusal(`SAFE.${functionName(node).toUpperCase()}`);
  const nulls = textOf(node, 'null_handling_modifier');
  const having = child(node, 'having_modifier');
  const limit = child(node, 'limit');
  return {
    name: functionName(node),
    args: argumentsOf(node, scope, context),
    type: typeOfNode(node),
    isDistinct: isSet(node, 'distinct'),
    nulls: nulls === 'IGNORE_NULLS' ? 'ignore' : nulls === 'RESPECT_NULLS' ? 'respect' : undefined,
    order: orderItems(children(node, 'order_by_item_list'), scope),
    limit: limit && context.expression(limit, scope).sql,
    having: having && {
      kind: textOf(having, 'kind') === 'MIN' ? 'MIN' : 'MAX',
      ...context.expression(need(having, 'having_expr'), scope),
    },
    over,
    isToTheBit: !context.readsTables,
  };
}
