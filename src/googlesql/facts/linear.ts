// In which tables a query is linear: that over rows A and B of one together it gives what it gives over A and what it gives over B,
// as often as they do. Rows that come then bring rows of their own and change no other. Pure.
// Where it is not certain the answer is no: a table is left out.

import { type CteScans, eachNode } from '../ctes.ts';
import { child, children, kindOf, type Node, need, textOf } from '../translate/tree.ts';

interface Found {
  /** Tables that it reads at all. */
  readonly reads: ReadonlySet<string>;
  readonly linear: ReadonlySet<string>;
}

interface World {
  /** The scans of CTEs, by name. */
  readonly scans: CteScans;
  readonly known: Map<string, Found>;
}

const NONE: ReadonlySet<string> = new Set();

/** Tables in which the query is linear, sorted. */
export function linearTables(statement: Node, scans: CteScans): readonly string[] {
  const world = { scans, known: new Map() };
  return [...scan(need(statement, 'query'), world).linear].sort();
}

function scan(any: Node, world: World): Found {
  const { kind, node } = kindOf(any);
  switch (kind) {
    case 'table_scan': {
      const tables = new Set([textOf(need(node, 'table'), 'name')]);
      return { reads: tables, linear: tables };
    }
    case 'with_ref_scan':
      return entryOf(textOf(node, 'with_query_name'), world);
    case 'with_scan':
      return scan(need(node, 'query'), world);
    case 'filter_scan':
      return beside(scan(need(node, 'input_scan'), world), readsOf(child(node, 'filter_expr'), world));
    case 'project_scan':
      return beside(scan(need(node, 'input_scan'), world), readsOf(children(node, 'expr_list'), world));
    case 'order_by_scan':
      return scan(need(node, 'input_scan'), world);
    case 'array_scan':
      return ofArray(node, world);
    case 'join_scan':
      return ofJoin(node, world);
    case 'set_operation_scan':
      return textOf(node, 'op_type') === 'UNION_ALL'
        ? ofUnion(children(node, 'input_item_list').map(item => scan(need(item, 'scan'), world)))
        : { reads: readsOf(node, world), linear: NONE };
    default:
      return { reads: readsOf(node, world), linear: NONE };
  }
}

function entryOf(name: string, world: World): Found {
  const known = world.known.get(name);
  if (known !== undefined) return known;
  // Until it is known; a CTE that reads itself stays so.
  const entry = world.scans.get(name);
  world.known.set(name, { reads: NONE, linear: NONE });
  const found = entry === undefined ? { reads: NONE, linear: NONE } : scan(entry, world);
  world.known.set(name, found);
  return found;
}

/** What an expression reads beside its rows is the same for all of them only while it is not what grows. */
const beside = ({ reads, linear }: Found, others: ReadonlySet<string>): Found => ({
  reads: new Set([...reads, ...others]),
  linear: without(linear, others),
});

const without = (tables: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...tables].filter(table => !others.has(table)));

function ofArray(node: Node, world: World): Found {
  const others = readsOf(
    [child(node, 'array_expr'), children(node, 'array_expr_list'), child(node, 'join_expr')],
    world,
  );
  const input = child(node, 'input_scan');
  return input === undefined ? { reads: others, linear: NONE } : beside(scan(input, world), others);
}

function ofJoin(node: Node, world: World): Found {
  const type = textOf(node, 'join_type') || 'INNER';
  const left = scan(need(node, 'left_scan'), world);
  const right = scan(need(node, 'right_scan'), world);
  const kept = [
    ...(type === 'INNER' || type === 'LEFT' ? without(left.linear, right.reads) : []),
    ...(type === 'INNER' || type === 'RIGHT' ? without(right.linear, left.reads) : []),
  ];
  const both = { reads: new Set([...left.reads, ...right.reads]), linear: new Set(kept) };
  return beside(both, readsOf(child(node, 'join_expr'), world));
}

/** What does not read a table would give its rows twice. */
function ofUnion(items: readonly Found[]): Found {
  const [first, ...others] = items;
  const linear = [...(first?.linear ?? [])].filter(table => others.every(item => item.linear.has(table)));
  return { reads: new Set(items.flatMap(item => [...item.reads])), linear: new Set(linear) };
}

/** All tables that are read below a node, through CTEs too. */
function readsOf(any: unknown, world: World): ReadonlySet<string> {
  const found = new Set<string>();
  eachNode(any, node => {
    const table = node.resolved_table_scan_node as Node | undefined;
    if (table !== undefined) found.add(textOf(need(table, 'table'), 'name'));
    const reference = node.resolved_with_ref_scan_node as Node | undefined;
    if (reference !== undefined)
      for (const name of entryOf(textOf(reference, 'with_query_name'), world).reads) found.add(name);
  });
  return found;
}
