// All nodes of a resolved tree, and its CTEs by name: what questions about a whole query begin with. Pure: judges nothing.

import type { ResolvedNode } from './analyzed.ts';

/** Fields that hold no node, however deep: half of a tree's objects are there. */
export const LEAVES: ReadonlySet<string> = new Set(['type', 'parse_location_range', 'signature', 'function']);

/** Calls `look` with every object below, wrappers and messages that are no nodes included but for those in `LEAVES`, outermost first. */
export function eachNode(any: unknown, look: (node: ResolvedNode) => void): void {
  if (Array.isArray(any)) for (const item of any) eachNode(item, look);
  else if (typeof any === 'object' && any !== null) {
    look(any as ResolvedNode);
    for (const name in any) {
      const value = (any as ResolvedNode)[name];
      if (typeof value === 'object' && !LEAVES.has(name)) eachNode(value, look);
    }
  }
}

const entriesOf = (node: ResolvedNode): readonly ResolvedNode[] => (node.with_entry_list ?? []) as ResolvedNode[];

/** The scan of each CTE, read or not, in its wrapper. */
export type CteScans = ReadonlyMap<string, ResolvedNode>;

export function cteScans(statement: ResolvedNode): CteScans {
  const found = new Map<string, ResolvedNode>();
  eachNode(statement, node => {
    for (const entry of entriesOf(node)) found.set(String(entry.with_query_name), entry.with_subquery as ResolvedNode);
  });
  return found;
}

/** Names of the CTEs that are read, by the query or by one that is, and of those that are not. */
export function ctesByUse(statement: ResolvedNode): {
  readonly read: ReadonlySet<string>;
  readonly unread: readonly string[];
} {
  const scans = new Map<string, unknown>();
  const read = new Set<string>();
  const look = (any: unknown): void => {
    if (Array.isArray(any)) for (const item of any) look(item);
    else if (typeof any === 'object' && any !== null) lookAt(any as ResolvedNode);
  };
  const lookAt = (node: ResolvedNode): void => {
    for (const entry of entriesOf(node)) scans.set(String(entry.with_query_name), entry.with_subquery);
    const name = (node.resolved_with_ref_scan_node as ResolvedNode | undefined)?.with_query_name;
    if (name !== undefined && !read.has(String(name))) {
      read.add(String(name));
      look(scans.get(String(name)));
    }
    for (const field in node)
      if (field !== 'with_entry_list' && field !== 'resolved_with_ref_scan_node') look(node[field]);
  };
  look(statement);
  return { read, unread: [...scans.keys()].filter(name => !read.has(name)) };
}
