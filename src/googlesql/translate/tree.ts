// Reads nodes of the resolved tree: their kind behind the wrappers, and fields that sit in a parent message. Pure.

import type { ResolvedNode } from '../analyzed.ts';
import { LEAVES } from '../ctes.ts';
import type { SqlType } from '../type.ts';
import { type TypeMessage, typeOf } from '../wire.ts';

export type Node = ResolvedNode;

/** A node with the name of its kind: `project_scan`, `function_call`. */
export interface Kinded {
  readonly kind: string;
  readonly node: Node;
}

/** Every column of the whole tree has its own id. */
export interface Column {
  readonly id: string;
  readonly name: string;
  /** The table or CTE it comes from, or `$aggregate` and the like. */
  readonly table: string;
  readonly type: SqlType;
}

/** Takes off the `Any…` wrappers: each names, in `node`, which of its fields is set. */
export function kindOf(any: Node): Kinded {
  let kind = '';
  let node = any;
  while (typeof node.node === 'string') {
    kind = node.node;
    node = node[kind] as Node;
  }
  return { kind: kind.replace(/^resolved_/, '').replace(/_node$/, ''), node };
}

/** A field of the node or of the messages it extends. */
export function field(node: Node, name: string): unknown {
  let at: Node | undefined = node;
  while (at) {
    if (at[name] !== undefined) return at[name];
    at = at.parent as Node | undefined;
  }
  return undefined;
}

export const child = (node: Node, name: string): Node | undefined => field(node, name) as Node | undefined;
export const children = (node: Node, name: string): readonly Node[] => (field(node, name) ?? []) as Node[];
export const textOf = (node: Node, name: string): string => (field(node, name) ?? '') as string;
export const isSet = (node: Node, name: string): boolean => field(node, name) === true;

/** A field that the analyzer always sets. */
export function need(node: Node, name: string): Node {
  const found = child(node, name);
  if (!found) throw new Error(`the resolved tree has no ${name}`);
  return found;
}

export function columnOf(message: Node): Column {
  return {
    id: String(message.column_id),
    name: String(message.name ?? ''),
    table: String(message.table_name ?? ''),
    type: typeOf((message.type ?? {}) as TypeMessage),
  };
}

export const columnsOf = (node: Node, name: string): readonly Column[] => children(node, name).map(columnOf);

/** The ids of columns, of which no more is asked. */
export const idOf = (column: Node): string => String(column.column_id);
export const idsOf = (node: Node, name: string): readonly string[] => children(node, name).map(idOf);

/** The type of an expression node. */
export const typeOfNode = (node: Node): SqlType => typeOf((field(node, 'type') ?? {}) as TypeMessage);

/** Byte offset in the SQL where the node, or else the first thing in it that was, was written; undefined where nothing was. */
export function startOf(any: Node): number | undefined {
  const range = child(kindOf(any).node, 'parse_location_range');
  return range === undefined ? firstStart(any) : Number(range.start);
}

function firstStart(any: unknown): number | undefined {
  if (typeof any !== 'object' || any === null) return undefined;
  const range = (any as Node).parse_location_range as Node | undefined;
  const starts = [range && Number(range.start), ...Object.values(any).map(firstStart)].filter(
    start => start !== undefined,
  );
  return starts.length === 0 ? undefined : Math.min(...starts);
}

/** How often each column is referred to anywhere below, subqueries included. */
export function referencesIn(any: unknown, found = new Map<string, number>()): ReadonlyMap<string, number> {
  if (Array.isArray(any)) for (const item of any) referencesIn(item, found);
  else if (typeof any === 'object' && any !== null) {
    for (const [name, value] of Object.entries(any)) {
      if (name === 'resolved_column_ref_node') {
        const id = String(((value as Node).column as Node).column_id);
        found.set(id, (found.get(id) ?? 0) + 1);
      } else if (typeof value === 'object' && !LEAVES.has(name)) referencesIn(value, found);
    }
  }
  return found;
}

/** Calls `visit` with every wrapped node below, outermost first. */
export function walk(any: unknown, visit: (kinded: Kinded) => void): void {
  if (Array.isArray(any)) for (const item of any) walk(item, visit);
  else if (typeof any === 'object' && any !== null) {
    const node = any as Node;
    if (typeof node.node === 'string') visit(kindOf(node));
    for (const name in node) {
      const value = node[name];
      if (typeof value === 'object' && !LEAVES.has(name)) walk(value, visit);
    }
  }
}
