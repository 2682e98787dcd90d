// Where each column of a query's result comes from: the columns of tables that its value is made of, and the expression. Pure.
// Of values, not of influence: a filter, a join condition or a window's order decides which rows, not what a column holds.

import type { Analyzed } from '../analyzed.ts';
import { cteScans, eachNode } from '../ctes.ts';
import { children, field, idOf, idsOf, kindOf, type Node, need, textOf } from '../translate/tree.ts';
import { windowCalls } from './findings.ts';

export interface ColumnSource {
  readonly asset: string;
  readonly column: string;
}

export interface ColumnLineage {
  readonly column: string;
  /** Sorted by asset and column. */
  readonly sources: readonly ColumnSource[];
  /** The expression that makes it, as it was written; null where a column is passed on as it is. */
  readonly expression: string | null;
  /** Where that stands, in UTF-16 units of the analyzed text; null where it is nowhere written. */
  readonly start: number | null;
}

interface Definition {
  /** Columns its value is made of. */
  readonly from: readonly string[];
  readonly source?: ColumnSource;
  readonly written?: { readonly start: number; readonly end: number };
}

/** The lineage of every output column, in their order. */
export function columnLineage(analyzed: Analyzed): readonly ColumnLineage[] {
  const { sql, statement, columns } = analyzed;
  const definitions = new Map<string, Definition>();
  define(statement, definitions);
  const byteAt = (offset: number): number => Buffer.byteLength(sql.slice(0, offset));
  // The analyzer keeps no place of a window.
  for (const [column, { start, end }] of windowCalls(analyzed)) {
    const made = definitions.get(String(column));
    if (made !== undefined && made.written === undefined)
      definitions.set(String(column), { ...made, written: { start: byteAt(start), end: byteAt(end) } });
  }
  const bytes = Buffer.from(sql);
  return children(statement, 'output_column_list').map((output, at) => {
    const id = idOf(need(output, 'column'));
    const written = expressionOf(id, definitions);
    return {
      column: columns[at]?.name ?? '',
      sources: sourcesOf(id, definitions),
      expression: written === undefined ? null : bytes.subarray(written.start, written.end).toString(),
      start: written === undefined ? null : bytes.subarray(0, written.start).toString().length,
    };
  });
}

/** Every column of a table that a query needs, also where it only decides which rows there are. Sorted. */
export function columnsUsed({ statement }: Analyzed): readonly ColumnSource[] {
  const found = new Map<string, ColumnSource>();
  eachNode(statement, node => {
    const table = node.resolved_table_scan_node as Node | undefined;
    if (table === undefined) return;
    const asset = textOf(need(table, 'table'), 'name');
    // The analyzer prunes what nothing asks for.
    for (const column of children(table, 'column_list'))
      found.set(`${asset}.${column.name}`, { asset, column: String(column.name) });
  });
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, source]) => source);
}

const columnIds = (any: Node): readonly string[] => idsOf(kindOf(any).node, 'column_list');

function define(statement: Node, definitions: Map<string, Definition>): void {
  const scans = cteScans(statement);
  const pass = (to: readonly string[], from: readonly string[]): void => {
    for (const [at, id] of to.entries()) {
      const source = from[at];
      const before = definitions.get(id)?.from ?? [];
      if (source !== undefined && source !== id) definitions.set(id, { from: [...before, source] });
    }
  };
  eachNode(statement, node => {
    const table = node.resolved_table_scan_node as Node | undefined;
    if (table !== undefined) {
      const asset = textOf(need(table, 'table'), 'name');
      for (const column of children(table, 'column_list'))
        definitions.set(idOf(column), { from: [], source: { asset, column: String(column.name) } });
    }
    const reference = node.resolved_with_ref_scan_node as Node | undefined;
    const scan = reference && scans.get(textOf(reference, 'with_query_name'));
    if (reference !== undefined && scan !== undefined) pass(idsOf(reference, 'column_list'), columnIds(scan));
    const union = (node.resolved_set_operation_scan_node ?? node.resolved_recursive_scan_node) as Node | undefined;
    if (union !== undefined) {
      const items = [...children(union, 'input_item_list'), union.non_recursive_term, union.recursive_term] as (
        | Node
        | undefined
      )[];
      for (const item of items)
        if (item !== undefined) pass(idsOf(union, 'column_list'), idsOf(item, 'output_column_list'));
    }
    const array = node.resolved_array_scan_node as Node | undefined;
    if (array !== undefined) {
      const elements = [array.element_column, ...((array.element_column_list ?? []) as Node[])] as (Node | undefined)[];
      const made = madeOf([array.array_expr, array.array_expr_list]);
      for (const element of elements) if (element !== undefined) definitions.set(idOf(element), made);
    }
    const column = node.column as Node | undefined;
    if (column?.column_id !== undefined && node.expr !== undefined) definitions.set(idOf(column), madeOf(node.expr));
  });
}

/** The columns that an expression refers to, those that its subqueries give included. */
function madeOf(expression: unknown): Definition {
  const from = new Set<string>();
  eachNode(expression, node => {
    const reference = node.resolved_column_ref_node as Node | undefined;
    if (reference !== undefined) from.add(idOf(need(reference, 'column')));
    const subquery = node.resolved_subquery_expr_node as Node | undefined;
    if (subquery !== undefined) for (const id of columnIds(need(subquery, 'subquery'))) from.add(id);
  });
  const { node } = kindOf(expression as Node);
  const range = field(node, 'parse_location_range') as Node | undefined;
  const isPassed = node.column !== undefined && (expression as Node).node === 'resolved_column_ref_node';
  return {
    from: [...from],
    ...(range === undefined || isPassed ? {} : { written: { start: Number(range.start), end: Number(range.end) } }),
  };
}

function sourcesOf(id: string, definitions: ReadonlyMap<string, Definition>): readonly ColumnSource[] {
  const found = new Map<string, ColumnSource>();
  const seen = new Set<string>();
  const follow = (at: string): void => {
    if (seen.has(at)) return;
    seen.add(at);
    const definition = definitions.get(at);
    if (definition?.source !== undefined)
      found.set(`${definition.source.asset}.${definition.source.column}`, definition.source);
    for (const next of definition?.from ?? []) follow(next);
  };
  follow(id);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, source]) => source);
}

/** The nearest expression that does more than pass a column on. */
function expressionOf(id: string, definitions: ReadonlyMap<string, Definition>): Definition['written'] {
  const seen = new Set<string>();
  for (let at: string | undefined = id; at !== undefined && !seen.has(at); ) {
    seen.add(at);
    const definition: Definition | undefined = definitions.get(at);
    if (definition?.written !== undefined) return definition.written;
    at = definition?.from.length === 1 ? definition.from[0] : undefined;
  }
  return undefined;
}
