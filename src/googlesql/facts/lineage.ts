// Where each column of a query's result comes from: the columns of tables that its value is made of, and the expression. Pure.
// Of values, not of influence: a filter, a join condition or a window's order decides which rows, not what a column holds.

import type { Analyzed } from '../analyzed.ts';
import { type CteScans, eachNode, LEAVES } from '../ctes.ts';
import { functionName } from '../translate/aggregate-call.ts';
import { children, field, idOf, idsOf, kindOf, type Node, need, textOf, typeOfNode } from '../translate/tree.ts';
import type { SqlType } from '../type.ts';
import { fieldKeys } from '../wire.ts';
import { windowCalls } from './picks.ts';

export interface ColumnSource {
  readonly asset: string;
  readonly column: string;
  /** What of a STRUCT is taken, as `address.city`; absent where it is all of it. */
  readonly field?: string;
}

interface Made {
  /** Sorted by asset, column and field. */
  readonly sources: readonly ColumnSource[];
  /** The expression that makes it, as it was written; null where a column is passed on as it is. */
  readonly expression: string | null;
  /** Where that stands, in UTF-16 units of the analyzed text; null where it is nowhere written. */
  readonly start: number | null;
}

export interface ColumnLineage extends Made {
  readonly column: string;
  /** Of a STRUCT: its fields, as `address.city`, that come from elsewhere than all of it does; absent where there are none. */
  readonly fields?: readonly (Made & { readonly field: string })[];
}

/** A column, or a field of a field of it: by positions from 0, the outermost first. */
interface Reference {
  readonly id: string;
  readonly path: readonly number[];
}

interface Definition {
  /** What its value is made of. */
  readonly from: readonly Reference[];
  readonly source?: ColumnSource & { readonly type: SqlType };
  readonly written?: { readonly start: number; readonly end: number };
  /** Of a STRUCT (or an ARRAY of such) that is put together here: each field's. */
  readonly fields?: readonly Definition[];
  /** Whose fields its own are. */
  readonly carries?: readonly Reference[];
  /** Takes a field of another and does nothing more. */
  readonly isField?: true;
}

/** The lineage of every output column, in their order. */
export function columnLineage(analyzed: Analyzed, scans: CteScans): readonly ColumnLineage[] {
  const { sql, statement, columns } = analyzed;
  const definitions = new Map<string, Definition>();
  define(statement, scans, definitions);
  const byteAt = (offset: number): number => Buffer.byteLength(sql.slice(0, offset));
  // The analyzer keeps no place of a window.
  for (const [column, { start, end }] of windowCalls(analyzed)) {
    const made = definitions.get(String(column));
    if (made !== undefined && made.written === undefined)
      definitions.set(String(column), { ...made, written: { start: byteAt(start), end: byteAt(end) } });
  }
  const bytes = Buffer.from(sql);
  const madeAt = (at: Reference): Made => {
    const written = expressionOf(at, definitions);
    return {
      sources: sourcesOf(at, definitions),
      expression: written === undefined ? null : bytes.subarray(written.start, written.end).toString(),
      start: written === undefined ? null : bytes.subarray(0, written.start).toString().length,
    };
  };
  return children(statement, 'output_column_list').map((output, at) => {
    const id = idOf(need(output, 'column'));
    const { name = '', type } = columns[at] ?? {};
    const whole = madeAt({ id, path: [] });
    const fields = fieldsOf(type)
      .map(({ field, path }) => ({ field, ...madeAt({ id, path }) }))
      .filter(one => !followsFrom(whole, one));
    return { column: name, ...whole, ...(fields.length > 0 && { fields }) };
  });
}

/** Whether a field is what its name says of a column that is passed on, or is made as all of the column is. */
function followsFrom(whole: Made, { field, sources, expression }: Made & { readonly field: string }): boolean {
  const [only, ...more] = whole.sources;
  const isPassed = whole.expression === null && only !== undefined && more.length === 0;
  const told = isPassed
    ? [{ ...only, field: only.field === undefined ? field : `${only.field}.${field}` }]
    : whole.sources;
  return expression === whole.expression && JSON.stringify(sources) === JSON.stringify(told);
}

/** Every field of a type, the outer ones first: as a name, and by positions. */
function fieldsOf(type: SqlType | undefined): readonly { readonly field: string; readonly path: readonly number[] }[] {
  if (type?.kind === 'ARRAY') return fieldsOf(type.element);
  if (type?.kind !== 'STRUCT') return [];
  const names = fieldKeys(type);
  return type.fields.flatMap((own, at) => {
    const name = names[at] ?? '';
    const below = fieldsOf(own.type).map(({ field, path }) => ({ field: `${name}.${field}`, path: [at, ...path] }));
    return [{ field: name, path: [at] }, ...below];
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

function define(statement: Node, scans: CteScans, definitions: Map<string, Definition>): void {
  const pass = (to: readonly string[], from: readonly string[]): void => {
    for (const [at, id] of to.entries()) {
      const source = from[at];
      const before = definitions.get(id)?.from ?? [];
      if (source === undefined || source === id) continue;
      const all = [...before, { id: source, path: [] }];
      definitions.set(id, { from: all, carries: all });
    }
  };
  eachNode(statement, node => {
    const table = node.resolved_table_scan_node as Node | undefined;
    if (table !== undefined) {
      const asset = textOf(need(table, 'table'), 'name');
      for (const column of children(table, 'column_list'))
        definitions.set(idOf(column), {
          from: [],
          source: { asset, column: String(column.name), type: typeOfNode(column) },
        });
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
      const arrays = [array.array_expr, ...((array.array_expr_list ?? []) as Node[])].filter(one => one !== undefined);
      const [only] = arrays.length === 1 ? (arrays as Node[]) : [];
      const made = { from: referencesIn(arrays), ...(only !== undefined && structureOf(only)) };
      for (const element of elements) if (element !== undefined) definitions.set(idOf(element), made);
    }
    const column = node.column as Node | undefined;
    if (column?.column_id !== undefined && node.expr !== undefined) definitions.set(idOf(column), madeOf(node.expr));
  });
}

/** What an expression refers to, what its subqueries give included. */
function madeOf(expression: unknown): Definition {
  const any = expression as Node;
  const { kind, node } = kindOf(any);
  const range = field(node, 'parse_location_range') as Node | undefined;
  const isWritten = range !== undefined && kind !== 'column_ref';
  return {
    from: referencesIn(any),
    ...structureOf(any),
    ...(isWritten && { written: { start: Number(range.start), end: Number(range.end) } }),
    ...(kind === 'get_struct_field' && { isField: true }),
  };
}

function referencesIn(any: unknown): readonly Reference[] {
  const found: Reference[] = [];
  const look = (one: unknown): void => {
    if (Array.isArray(one)) for (const item of one) look(item);
    else if (typeof one === 'object' && one !== null) lookAt(one as Node);
  };
  const lookAt = (node: Node): void => {
    const reference = referenceOf(node);
    if (reference !== undefined) {
      found.push(reference);
      return;
    }
    const subquery = node.resolved_subquery_expr_node as Node | undefined;
    if (subquery !== undefined) for (const id of columnIds(need(subquery, 'subquery'))) found.push({ id, path: [] });
    for (const name in node) if (!LEAVES.has(name)) look(node[name]);
  };
  look(any);
  return found;
}

/** The column, or the field of a column (or of one of its elements), that an expression is and nothing else. */
function referenceOf(any: Node): Reference | undefined {
  const column = any.resolved_column_ref_node as Node | undefined;
  if (column !== undefined) return { id: idOf(need(column, 'column')), path: [] };
  const taken = any.resolved_get_struct_field_node as Node | undefined;
  const [from] = (taken && structureOf(need(taken, 'expr')).carries) ?? [];
  // The first field's position is the default, which a message leaves out.
  return from && { id: from.id, path: [...from.path, Number(taken?.field_idx ?? 0)] };
}

/** What gives its first argument's fields as its own, once or many times. */
const CARRYING = new Set([
  'array_agg',
  'any_value',
  'first_value',
  'last_value',
  'array_first',
  'array_last',
  'array_reverse',
  '$array_at_offset',
  '$array_at_ordinal',
  '$safe_array_at_offset',
  '$safe_array_at_ordinal',
]);
const CALLS = new Set(['function_call', 'aggregate_function_call', 'analytic_function_call']);

/** Where the fields of a value come from, if that can be told. */
function structureOf(any: Node): Pick<Definition, 'fields' | 'carries'> {
  const reference = referenceOf(any);
  if (reference !== undefined) return { carries: [reference] };
  const { kind, node } = kindOf(any);
  if (kind === 'make_struct') return { fields: children(node, 'field_list').map(madeOf) };
  if (kind === 'cast') return structureOf(need(node, 'expr'));
  const [first] = CALLS.has(kind) && CARRYING.has(functionName(node)) ? children(node, 'argument_list') : [];
  return first === undefined ? {} : structureOf(first);
}

type Definitions = ReadonlyMap<string, Definition>;

/** What a definition says of a field of its value: that field's own, or whose fields to ask. */
function within(definition: Definition, path: readonly number[]): Definition {
  const [first, ...rest] = path;
  if (first === undefined) return definition;
  const own = definition.fields?.[first];
  if (own !== undefined) return within(own, rest);
  if (definition.carries === undefined) return definition;
  const from = definition.carries.map(one => ({ id: one.id, path: [...one.path, ...path] }));
  return { from, carries: from };
}

function sourcesOf(start: Reference, definitions: Definitions): readonly ColumnSource[] {
  const found = new Map<string, ColumnSource>();
  const seen = new Set<string>();
  const follow = (at: Reference): void => {
    const key = `${at.id} ${at.path.join('.')}`;
    // A recursion may take a field of a field of itself for ever.
    if (seen.has(key) || at.path.length > DEPTH_MAX) return;
    seen.add(key);
    const known = definitions.get(at.id);
    if (known === undefined) return;
    const { source, from } = within(known, at.path);
    if (source !== undefined) {
      const { asset, column, type } = source;
      const field = fieldsOf(type).find(({ path }) => path.join() === at.path.join())?.field;
      found.set(`${asset}.${column}.${field ?? ''}`, { asset, column, ...(field !== undefined && { field }) });
    }
    for (const next of from) follow(next);
  };
  follow(start);
  // All of a column holds each of its fields.
  const isHeld = ({ asset, column, field }: ColumnSource): boolean =>
    field !== undefined && found.has(`${asset}.${column}.`);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, source]) => (isHeld(source) ? [] : [source]));
}

/** Types are nested no deeper (BigQuery's limit is 15). */
const DEPTH_MAX = 32;

/** The nearest expression that does more than pass a column, or a field of one, on. */
function expressionOf(start: Reference, definitions: Definitions): Definition['written'] {
  const seen = new Set<string>();
  let taken: Definition['written'];
  let at: Reference | undefined = start;
  while (at !== undefined && at.path.length <= DEPTH_MAX) {
    const key = `${at.id} ${at.path.join('.')}`;
    const known = definitions.get(at.id);
    if (seen.has(key) || known === undefined) break;
    seen.add(key);
    const definition: Definition = within(known, at.path);
    if (definition.written !== undefined && definition.isField !== true) return definition.written;
    taken ??= definition.written;
    at = definition.from.length === 1 ? definition.from[0] : undefined;
  }
  return taken;
}
