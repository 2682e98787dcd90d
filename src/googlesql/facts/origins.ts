// Where a column is from that is only passed on: through CTEs, SELECTs and the keys of a GROUP BY, back to the column that is read or made.
// Pure.

import { type CteScans, cteScans, eachNode } from '../ctes.ts';
import { child, idOf, idsOf, kindOf, type Node, need, textOf } from '../translate/tree.ts';

export interface Origins {
  /** The id of the column that it is; its own, where it is one itself. */
  of(id: string): string;
  /** As columns are called where they are from. */
  nameOf(id: string): string;
  /** The scans of CTEs, by name. */
  readonly scans: CteScans;
}

export function originsOf(statement: Node): Origins {
  const scans = cteScans(statement);
  const passed = new Map<string, string>();
  const names = new Map<string, string>();
  eachNode(statement, node => {
    if (node.column_id !== undefined) names.set(idOf(node), String(node.name ?? ''));
    const reference = node.resolved_with_ref_scan_node as Node | undefined;
    const scan = reference && scans.get(textOf(reference, 'with_query_name'));
    if (reference !== undefined && scan !== undefined) {
      const from = idsOf(kindOf(scan).node, 'column_list');
      for (const [at, id] of idsOf(reference, 'column_list').entries()) passed.set(id, from[at] ?? id);
    }
    const column = node.column as Node | undefined;
    if (column?.column_id === undefined || node.expr === undefined) return;
    const { kind, node: made } = kindOf(node.expr as Node);
    if (kind === 'column_ref') passed.set(idOf(column), idOf(need(made, 'column')));
  });
  const of = (id: string): string => {
    const seen = new Set<string>();
    let at = id;
    for (let next = passed.get(at); next !== undefined && !seen.has(next); next = passed.get(at)) {
      seen.add(next);
      at = next;
    }
    return at;
  };
  return { of, nameOf: id => names.get(of(id)) ?? '', scans };
}

/** The scan below those that keep its rows as they are, or leave some out. */
export function rowsOf(any: Node, origins: Origins): { readonly kind: string; readonly node: Node } {
  return keptRows(any, origins).at(-1) ?? kindOf(any);
}

/** A scan and those below it whose rows it has, or some of them, down to the one that makes or reads them. */
export function keptRows(any: Node, origins: Origins): readonly { readonly kind: string; readonly node: Node }[] {
  const found = [kindOf(any)];
  for (let at = kindOf(any); found.length < STEPS_MAX; found.push(at)) {
    const below = at.kind === 'with_ref_scan' ? origins.scans.get(textOf(at.node, 'with_query_name')) : belowOf(at);
    if (below === undefined) break;
    at = kindOf(below);
  }
  return found;
}

/** A query is nested less deep than that. */
const STEPS_MAX = 1000;
const KEEPING: ReadonlySet<string> = new Set([
  'project_scan',
  'filter_scan',
  'order_by_scan',
  'limit_offset_scan',
  'analytic_scan',
]);

const belowOf = ({ kind, node }: { readonly kind: string; readonly node: Node }): Node | undefined =>
  kind === 'with_scan' ? child(node, 'query') : KEEPING.has(kind) ? child(node, 'input_scan') : undefined;
