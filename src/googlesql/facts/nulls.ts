// Which columns of a query's result are NULL in every row, where that is certain from what is written. Pure.

import type { Analyzed } from '../analyzed.ts';
import { type CteScans, eachNode } from '../ctes.ts';
import { functionName } from '../translate/aggregate-call.ts';
import { children, idOf, idsOf, isSet, kindOf, type Node, need, textOf, typeOfNode } from '../translate/tree.ts';

/** What gives a column its value: each of these, one a branch of a set operation. */
type Definitions = Map<string, readonly (Node | string)[]>;

/** Their positions among the output columns. */
export function nullColumns({ statement }: Analyzed, { isNullColumn }: NullJudge): readonly number[] {
  return children(statement, 'output_column_list').flatMap((output, at) =>
    isNullColumn(idOf(need(output, 'column'))) ? [at] : [],
  );
}

/** What is NULL whatever the rows are: columns by id, and expressions. */
export interface NullJudge {
  isNullColumn(id: string): boolean;
  isNullNode(expression: Node): boolean;
}

export function nullJudge(statement: Node, scans: CteScans): NullJudge {
  const definitions: Definitions = new Map();
  define(statement, scans, definitions);
  return judgeOf(definitions);
}

function define(statement: Node, scans: CteScans, definitions: Definitions): void {
  eachNode(statement, node => {
    const reference = node.resolved_with_ref_scan_node as Node | undefined;
    const scan = reference && scans.get(textOf(reference, 'with_query_name'));
    if (reference !== undefined && scan !== undefined) {
      const from = idsOf(kindOf(scan).node, 'column_list');
      for (const [at, id] of idsOf(reference, 'column_list').entries()) definitions.set(id, from.slice(at, at + 1));
    }
    const union = node.resolved_set_operation_scan_node as Node | undefined;
    if (union !== undefined) {
      const items = children(union, 'input_item_list').map(item => idsOf(item, 'output_column_list'));
      for (const [at, id] of idsOf(union, 'column_list').entries())
        definitions.set(
          id,
          items.map(item => item[at] ?? ''),
        );
    }
    const column = node.column as Node | undefined;
    if (column?.column_id !== undefined && node.expr !== undefined) definitions.set(idOf(column), [node.expr as Node]);
  });
}

/** Whether a column is NULL in every row; one that nothing defines comes from a table. */
function judgeOf(definitions: Definitions): NullJudge {
  const known = new Map<string, boolean>();
  const isNullColumn = (id: string): boolean => {
    const before = known.get(id);
    if (before !== undefined) return before;
    // A column that is made of itself (WITH RECURSIVE) is not certain.
    known.set(id, false);
    const all = definitions.get(id) ?? [];
    const isNull = all.length > 0 && all.every(one => (typeof one === 'string' ? isNullColumn(one) : isNullNode(one)));
    known.set(id, isNull);
    return isNull;
  };
  const isNullNode = (any: Node): boolean => {
    const { kind, node } = kindOf(any);
    if (kind === 'literal') return isNullLiteral(node);
    if (kind === 'cast') return isNullNode(need(node, 'expr'));
    if (kind === 'column_ref') return !isSet(node, 'is_correlated') && isNullColumn(idOf(need(node, 'column')));
    if (kind === 'subquery_expr') return textOf(node, 'subquery_type') === 'SCALAR' && isNullSubquery(node);
    return kind === 'function_call' && isNullCall(node);
  };
  /** NULL where it has no row, too. */
  const isNullSubquery = (node: Node): boolean =>
    idsOf(kindOf(need(node, 'subquery')).node, 'column_list')
      .slice(0, 1)
      .some(isNullColumn);
  const isNullCall = (node: Node): boolean => {
    const args = children(node, 'argument_list');
    const [first, second, third] = args;
    const name = functionName(node);
    if (STRICT.has(name)) return args.some(isNullNode);
    if (name === 'coalesce' || name === 'ifnull') return args.every(isNullNode);
    if (name === 'if' && second !== undefined && third !== undefined) return isNullNode(second) && isNullNode(third);
    if (name !== 'nullif' || first === undefined || second === undefined) return false;
    return isNullNode(first) || isSameValue(first, second);
  };
  return { isNullColumn, isNullNode };
}

/** NULL where one argument is, and nowhere else. */
export const STRICT: ReadonlySet<string> = new Set([
  '$add',
  '$subtract',
  '$multiply',
  '$divide',
  '$unary_minus',
  '$not',
  '$equal',
  '$not_equal',
  '$less',
  '$less_or_equal',
  '$greater',
  '$greater_or_equal',
  '$concat_op',
  'concat',
  'upper',
  'lower',
  'trim',
  'ltrim',
  'rtrim',
  'length',
  'substr',
  'replace',
  'abs',
  'round',
  'floor',
  'ceil',
  'trunc',
  'div',
  'mod',
  'date',
  'datetime',
  'timestamp',
  'date_trunc',
  'timestamp_trunc',
  'datetime_trunc',
  'date_diff',
  'timestamp_diff',
  'datetime_diff',
  'date_add',
  'date_sub',
  'timestamp_add',
  'timestamp_sub',
  '$extract',
  '$extract_date',
  'format_date',
  'format_timestamp',
]);

export function isNullLiteral(node: Node): boolean {
  const value = (need(node, 'value').value ?? {}) as Node;
  return value.value === undefined && Object.keys(value).length === 0;
}

/** One column twice. NaN is not equal to itself. */
function isSameValue(a: Node, b: Node): boolean {
  const [one, other] = [kindOf(a), kindOf(b)];
  if (one.kind !== 'column_ref' || other.kind !== 'column_ref' || typeOfNode(one.node).kind === 'FLOAT64') return false;
  return idOf(need(one.node, 'column')) === idOf(need(other.node, 'column'));
}
