// CTEs that read themselves, by how their terms are combined. Pure.

import { eachNode } from '../ctes.ts';
import { type Node, textOf } from '../translate/tree.ts';

/** Names of those whose terms a UNION DISTINCT combines. */
export function recursiveByDistinct(statement: Node): readonly string[] {
  const found: string[] = [];
  eachNode(statement, node => {
    for (const entry of (node.with_entry_list ?? []) as Node[]) {
      const subquery = (entry.with_subquery ?? {}) as Node;
      const scan = subquery.resolved_recursive_scan_node as Node | undefined;
      if (scan !== undefined && textOf(scan, 'op_type') === 'UNION_DISTINCT')
        found.push(textOf(entry, 'with_query_name'));
    }
  });
  return found;
}
