// The table of scans: each gives the SELECT block that holds its rows. A kind that is not in the table is refused.

import { duckDbType } from '../duckdb-type.ts';
import type { SqlType } from '../type.ts';
import { aggregate } from './aggregate.ts';
import { callOf } from './aggregate-call.ts';
import {
  type Block,
  type Cell,
  type CellKind,
  cellOf,
  EMPTY,
  hasKind,
  indent,
  isLimited,
  isPlain,
  keep,
  outputsOf,
  reading,
  render,
  wrap,
} from './block.ts';
import { type Context, type Cte, NOTHING, type Scope, scopeOf } from './context.ts';
import { quoteName } from './names.ts';
import { orderItems } from './order.ts';
import { type Arg, Refusal } from './rule.ts';
import { mayShare, share, withOuter } from './sharing.ts';
import {
  type Column,
  child,
  children,
  columnOf,
  columnsOf,
  isSet,
  kindOf,
  type Node,
  need,
  referencesIn,
  textOf,
  walk,
} from './tree.ts';
import { windowCells } from './window.ts';

type ScanRule = (node: Node, context: Context, outer: Scope) => Block;

const SCANS: Readonly<Record<string, ScanRule>> = {
  aggregate_scan: aggregateScan,
  analytic_scan: analyticScan,
  array_scan: arrayScan,
  filter_scan: filterScan,
  join_scan: joinScan,
  limit_offset_scan: limitScan,
  order_by_scan: orderScan,
  project_scan: projectScan,
  recursive_ref_scan: refScan,
  set_operation_scan: setOperationScan,
  single_row_scan: () => ({ ...EMPTY, hint: 'row' }),
  table_scan: tableScan,
  with_ref_scan: refScan,
  with_scan: withScan,
};

/** What a scan is called in a refusal. */
const SCAN_NAMES: Readonly<Record<string, string>> = {
  sample_scan: 'TABLESAMPLE',
  tvfscan: 'a table function',
  pivot_scan: 'PIVOT',
  unpivot_scan: 'UNPIVOT',
  group_rows_scan: 'GROUP_ROWS',
};

function tableScan(node: Node, { aliases }: Context): Block {
  if (child(node, 'for_system_time_expr')) throw new Refusal('FOR SYSTEM_TIME AS OF');
  const name = textOf(need(node, 'table'), 'name');
  const columns = columnsOf(node, 'column_list');
  const alias = aliases.next(textOf(node, 'alias') || name);
  return reading(quoteName(name), columns, { alias, names: columns.map(column => column.name) });
}

// ---- one block after another -------------------------------------------------------------------------------------------

/** The block, wrapped where an expression that is about to use `ids` would repeat or misplace what stands behind them. */
function readyFor(block: Block, any: unknown, { aliases }: Context, free: readonly CellKind[]): Block {
  const used = referencesIn(any);
  // An aggregate that a subquery speaks of must be a column by then.
  const inline = hasSubquery(any) ? [] : free;
  const isFree = [...used].every(([id, times]) => {
    const cell = block.columns.get(id);
    if (!cell || cell.kind === 'ref' || cell.kind === 'constant') return true;
    return inline.includes(cell.kind) && (cell.kind === 'aggregate' || times === 1);
  });
  return isFree ? block : wrap(block, aliases);
}

const hasSubquery = (any: unknown): boolean => {
  let found = false;
  walk(any, ({ kind }) => {
    found ||= kind === 'subquery_expr';
  });
  return found;
};

/**
 * Expressions over a block inside a subquery. DuckDB binds a lambda in one query only: where one names columns of this and
 * of an outer query, the outer ones are made columns of this.
 */
function written(block: Block, exprs: readonly Node[], { context, outer }: { context: Context; outer: Scope }) {
  const seen = new Set<string>();
  const spy: Scope = id => {
    const cell = outer(id);
    if (cell?.kind === 'ref') seen.add(cell.sql);
    return cell;
  };
  const args = exprs.map(expr => context.expression(expr, scopeOf(block, spy)));
  const mixes = args.some(({ sql }) => /\blambda\b/.test(sql)) && seen.size > 0 && block.from !== undefined;
  if (!mixes || !isShareable(block)) return { block, args };
  const local = withOuter(block, [...seen], context.aliases);
  return { block: local.block, args: args.map(arg => ({ ...arg, sql: local.rebase(arg.sql) })) };
}

function filterScan(node: Node, context: Context, outer: Scope): Block {
  const input = context.scan(need(node, 'input_scan'), outer);
  const condition = need(node, 'filter_expr');
  const block = filterable(input, condition, context);
  const { block: ready, args } = written(block, [condition], { context, outer });
  // DuckDB takes no lambda over aggregates or windows.
  const isLate = block.groupBy !== undefined || block.qualify.length > 0 || hasKind(block, 'window');
  if (isLate && args.some(arg => /\blambda\b/.test(arg.sql))) {
    const inner = wrap(block, context.aliases);
    const late = written(inner, [condition], { context, outer });
    return { ...late.block, where: [...late.block.where, ...late.args.map(arg => arg.sql)] };
  }
  const clause =
    block.qualify.length > 0 || hasKind(block, 'window') ? 'qualify' : block.groupBy === undefined ? 'where' : 'having';
  const added = args.map(arg => arg.sql).filter(sql => clause === 'qualify' || sql !== 'TRUE');
  return { ...ready, [clause]: [...ready[clause], ...added] };
}

function filterable(input: Block, condition: Node, context: Context): Block {
  if (isLimited(input) || input.isDistinct) return wrap(input, context.aliases);
  if (!hasKind(input, 'window') && input.qualify.length === 0)
    return readyFor(input, condition, context, ['aggregate']);
  // QUALIFY stands for the filter only where the filter speaks of a window, and each window is written once.
  const asked =
    input.qualify.length > 0 || [...referencesIn(condition)].some(([id]) => input.columns.get(id)?.kind === 'window');
  return asked ? readyFor(input, condition, context, ['window']) : wrap(input, context.aliases);
}

function projectScan(node: Node, context: Context, outer: Scope): Block {
  const input = context.scan(need(node, 'input_scan'), outer);
  const computed = children(node, 'expr_list').map(item => ({
    column: columnOf(need(item, 'column')),
    expr: need(item, 'expr'),
  }));
  if (computed.length === 0) return input;
  const exprs = computed.map(item => item.expr);
  let block = input.isDistinct ? wrapOrdered(input, context) : readyOrdered(input, exprs, context);
  let args: readonly Arg[];
  ({ block, args } = written(block, exprs, { context, outer }));
  if (mayShare(args.map(arg => arg.sql))) {
    if (!isShareable(block)) {
      ({ block, args } = written(wrapOrdered(block, context), exprs, { context, outer }));
    }
    const shared = share(
      block,
      args.map(arg => arg.sql),
      context.aliases,
    );
    block = shared.block;
    args = args.map((arg, i) => ({ ...arg, sql: shared.sqls[i] ?? arg.sql }));
  }
  const columns = new Map(block.columns);
  computed.forEach(({ column, expr }, i) => {
    const sql = args[i]?.sql ?? '';
    columns.set(column.id, { sql, kind: kindOfExpression(expr, block), type: column.type, name: column.name });
  });
  return { ...block, columns };
}

/** Whether every column is one of the FROM, so that an inner SELECT may hand it on. */
const isShareable = (block: Block): boolean =>
  block.groupBy === undefined &&
  block.qualify.length === 0 &&
  [...block.columns.values()].every(cell => cell.kind === 'ref' || cell.kind === 'constant');

function kindOfExpression(expr: Node, block: Block): CellKind {
  const { kind, node } = kindOf(expr);
  if (kind === 'literal') return 'constant';
  if (kind !== 'column_ref') return 'computed';
  // A column of an outer query is as good as a constant to this one.
  return block.columns.get(columnOf(need(node, 'column')).id)?.kind ?? 'constant';
}

/** readyFor, but an order that the block has stays with it. */
function readyOrdered(block: Block, any: unknown, context: Context): Block {
  const ready = readyFor(block, any, context, ['aggregate', 'window']);
  return ready === block || block.order.length === 0 ? ready : wrapOrdered(block, context);
}

/** Wraps an ordered block and orders it again outside, by columns that carry its keys out. */
function wrapOrdered(block: Block, { aliases }: Context): Block {
  if (block.order.length === 0) return wrap(block, aliases);
  const keys = block.order.map(item => {
    const match = /^([\s\S]*) ((?:ASC|DESC) NULLS (?:FIRST|LAST))$/.exec(item);
    return { sql: match?.[1] ?? item, direction: match?.[2] ?? '' };
  });
  const type: SqlType = { kind: 'BOOL' };
  const carried = keys.map(
    (key, i) => [`order ${i}`, { sql: key.sql, kind: 'computed', type, name: `order_${i + 1}` }] as const,
  );
  const outside = wrap({ ...block, columns: new Map<string, Cell>([...block.columns, ...carried]) }, aliases);
  const order = keys.map((key, i) => `${cellOf(outside, `order ${i}`).sql} ${key.direction}`);
  return { ...outside, order };
}

function orderScan(node: Node, context: Context, outer: Scope): Block {
  const input = context.scan(need(node, 'input_scan'), outer);
  const items = children(node, 'order_by_item_list');
  const isFree = !isLimited(input) && !input.isDistinct && input.order.length === 0;
  const block = isFree ? readyFor(input, items, context, ['aggregate']) : wrap(input, context.aliases);
  return { ...block, order: orderItems(items, scopeOf(block, outer)) };
}

function limitScan(node: Node, context: Context, outer: Scope): Block {
  const input = context.scan(need(node, 'input_scan'), outer);
  const block = isLimited(input) ? wrapOrdered(input, context) : input;
  const text = (name: string): string | undefined => {
    const expr = child(node, name);
    return expr && context.expression(expr, outer).sql;
  };
  return { ...block, limit: text('limit'), offset: text('offset') };
}

// ---- joins -------------------------------------------------------------------------------------------------------------

const JOINS: Readonly<Record<string, string>> = {
  INNER: 'JOIN',
  LEFT: 'LEFT JOIN',
  RIGHT: 'RIGHT JOIN',
  FULL: 'FULL JOIN',
};

function joinScan(node: Node, context: Context, outer: Scope): Block {
  const type = textOf(node, 'join_type') || 'INNER';
  const left = joinable(context.scan(need(node, 'left_scan'), outer), type === 'RIGHT' || type === 'FULL', context);
  const right = joinable(context.scan(need(node, 'right_scan'), outer), type === 'LEFT' || type === 'FULL', context);
  const condition = child(node, 'join_expr');
  const columns = new Map([...left.columns, ...right.columns]);
  const rightFrom = right.isJoin ? `(${right.from})` : right.from;
  const joined: Block = { ...EMPTY, isJoin: true, columns, hint: 'joined' };
  if (!condition && type === 'INNER') return { ...joined, from: `${left.from}\nCROSS JOIN ${rightFrom}` };
  const on = condition ? context.expression(condition, scopeOf(joined, outer)).sql : 'TRUE';
  return { ...joined, from: `${left.from}\n${JOINS[type]} ${rightFrom} ON ${on}` };
}

/** The block as something FROM may name. Constants of a side that may be missing must become columns of it. */
function joinable(block: Block, mayBeMissing: boolean, { aliases }: Context): Block {
  const isFree = [...block.columns.values()].every(
    cell => cell.kind === 'ref' || (cell.kind === 'constant' && !mayBeMissing),
  );
  return isPlain(block) && block.from !== undefined && isFree ? block : wrap(block, aliases);
}

/** UNNEST, alone or for each row of an input. */
function arrayScan(node: Node, context: Context, outer: Scope): Block {
  const inputScan = child(node, 'input_scan');
  const array = need(node, 'array_expr');
  const before = inputScan && joinable(context.scan(inputScan, outer), false, context);
  const input = before && readyFor(before, array, context, []);
  const scope = input ? scopeOf(input, outer) : outer;
  const element = columnOf(need(node, 'element_column'));
  const holder = child(node, 'array_offset_column');
  const offset = holder && columnOf(need(holder, 'column'));
  const alias = context.aliases.next(element.name.startsWith('$') ? 'elements' : element.name);
  const names = offset ? ['value', 'ordinal'] : ['value'];
  const at = (name: string): string => `${quoteName(alias)}.${quoteName(name)}`;
  const unnest = `UNNEST(${context.expression(array, scope).sql})${offset ? ' WITH ORDINALITY' : ''} AS ${quoteName(alias)}(${names.map(quoteName).join(', ')})`;
  const columns = new Map(input?.columns ?? []);
  columns.set(element.id, { sql: at('value'), kind: 'ref', type: element.type, name: element.name });
  if (offset) {
    columns.set(offset.id, { sql: `(${at('ordinal')} - 1)`, kind: 'ref', type: offset.type, name: offset.name });
  }
  const block: Block = { ...EMPTY, columns, hint: 'unnested', isJoin: input !== undefined };
  if (!input) return { ...block, from: unnest };
  const join = isSet(node, 'is_outer') ? 'LEFT JOIN' : 'JOIN';
  const condition = child(node, 'join_expr');
  if (!condition && join === 'JOIN') return { ...block, from: `${input.from}\nCROSS JOIN ${unnest}` };
  const on = condition ? context.expression(condition, scopeOf(block, outer)).sql : 'TRUE';
  return { ...block, from: `${input.from}\n${join} ${unnest} ON ${on}` };
}

// ---- groups and windows ------------------------------------------------------------------------------------------------

function aggregateScan(node: Node, context: Context, outer: Scope): Block {
  const input = context.scan(need(node, 'input_scan'), outer);
  const keys = children(node, 'group_by_list').map(item => ({
    column: columnOf(need(item, 'column')),
    expr: need(item, 'expr'),
  }));
  const calls = children(node, 'aggregate_list').map(item => ({
    column: columnOf(need(item, 'column')),
    expr: need(item, 'expr'),
  }));
  const block = groupable(input, keys, calls, context);
  const scope = scopeOf(block, outer);
  const columns = new Map<string, Cell>();
  const keySql = new Map<string, string>();
  for (const { column, expr } of keys) {
    const written = context.expression(expr, scope).sql;
    const kind = kindOfExpression(expr, block);
    // DuckDB reads a bare constant as a position.
    const sql = kind === 'constant' ? `CAST(${written} AS ${duckDbType(column.type)})` : written;
    keySql.set(column.id, sql);
    columns.set(column.id, { sql, kind: kind === 'ref' ? 'ref' : 'computed', type: column.type, name: column.name });
  }
  if (isDistinctOnly(node, calls)) return { ...block, isDistinct: true, columns, hint: 'distinct_rows' };
  for (const { column, expr } of calls) {
    const sql = context.at(expr, () => aggregate(callOf(expr, scope, context)));
    columns.set(column.id, { sql, kind: 'aggregate', type: column.type, name: column.name });
  }
  for (const call of children(node, 'grouping_call_list')) {
    const column = columnOf(need(call, 'output_column'));
    const key = columnOf(need(need(call, 'group_by_column'), 'column'));
    const sql = `CAST(grouping(${keySql.get(key.id)}) AS BIGINT)`;
    columns.set(column.id, { sql, kind: 'aggregate', type: column.type, name: column.name });
  }
  return { ...block, columns, groupBy: groupByText(node, keySql), hint: 'grouped' };
}

/** SELECT DISTINCT comes as a grouping by everything without an aggregate. */
const isDistinctOnly = (node: Node, calls: readonly unknown[]): boolean =>
  calls.length === 0 &&
  children(node, 'group_by_list').length > 0 &&
  children(node, 'grouping_set_list').length === 0 &&
  children(node, 'group_by_list').length === columnsOf(node, 'column_list').length;

interface Computed {
  readonly column: Column;
  readonly expr: Node;
}

function groupable(input: Block, keys: readonly Computed[], calls: readonly Computed[], context: Context): Block {
  const onlyFrom =
    input.groupBy === undefined &&
    input.qualify.length === 0 &&
    !isLimited(input) &&
    !input.isDistinct &&
    !hasKind(input, 'window');
  const unordered = { ...input, order: [] };
  if (!onlyFrom) return wrap(input, context.aliases);
  const inKeys = keys.filter(({ expr }) => kindOf(expr).kind !== 'column_ref').map(({ expr }) => expr);
  return readyFor(unordered, [inKeys, calls.map(call => call.expr)], context, []);
}

function groupByText(node: Node, keySql: ReadonlyMap<string, string>): string {
  const sets = children(node, 'grouping_set_list').map(kindOf);
  if (sets.length === 0) return [...keySql.values()].join(', ');
  const texts = sets.map(({ kind, node: set }) => {
    if (kind !== 'grouping_set') throw new Refusal(kind.toUpperCase());
    const ids = children(set, 'group_by_column_list').map(ref => columnOf(need(ref, 'column')).id);
    return `(${ids.map(id => keySql.get(id)).join(', ')})`;
  });
  return `GROUPING SETS (${texts.join(', ')})`;
}

function analyticScan(node: Node, context: Context, outer: Scope): Block {
  const input = context.scan(need(node, 'input_scan'), outer);
  const groups = children(node, 'function_group_list');
  const isFree = !isLimited(input) && !input.isDistinct && input.groupBy === undefined && input.qualify.length === 0;
  const block =
    isFree && !hasKind(input, 'window')
      ? readyFor({ ...input, order: [] }, groups, context, [])
      : wrap(input, context.aliases);
  const columns = new Map([...block.columns, ...windowCells(groups, scopeOf(block, outer), context)]);
  return { ...block, columns, hint: 'windowed' };
}

// ---- set operations and CTEs -------------------------------------------------------------------------------------------

const SET_OPERATIONS: Readonly<Record<string, string>> = {
  UNION_ALL: 'UNION ALL',
  UNION_DISTINCT: 'UNION',
  INTERSECT_ALL: 'INTERSECT ALL',
  INTERSECT_DISTINCT: 'INTERSECT',
  EXCEPT_ALL: 'EXCEPT ALL',
  EXCEPT_DISTINCT: 'EXCEPT',
};

function setOperationScan(node: Node, context: Context, outer: Scope): Block {
  const columns = columnsOf(node, 'column_list');
  const operation = SET_OPERATIONS[textOf(node, 'op_type')];
  if (!operation) throw new Refusal(`the set operation ${textOf(node, 'op_type')}`);
  const outputs = outputsOf(columns);
  const names = outputs.map(output => output.name);
  const parts = children(node, 'input_item_list').map(item => itemQuery(item, names, context, outer));
  const sql = parts.reduce((left, right) => `${left}\n${operation}\n${right}`);
  return queryBlock(sql, columns, names, context);
}

/** One input of a set operation, its columns in the operation's order and under its names. */
function itemQuery(item: Node, names: readonly string[], context: Context, outer: Scope): string {
  const block = context.scan(need(item, 'scan'), outer);
  const ids = columnsOf(item, 'output_column_list').map(column => column.id);
  const sql = render(
    isLimited(block) ? block : { ...block, order: [] },
    ids.map((id, i) => ({ id, name: names[i] ?? '' })),
  );
  return `(${indent(`\n${sql}`)}\n)`;
}

function queryBlock(sql: string, columns: readonly Column[], names: readonly string[], { aliases }: Context): Block {
  const alias = aliases.next('united');
  const block = reading(`(\n  ${indent(sql)}\n)`, columns, { alias, names });
  return { ...block, query: { sql, ids: columns.map(column => column.id), names } };
}

function withScan(node: Node, context: Context, outer: Scope): Block {
  const query = need(node, 'query');
  for (const entry of children(node, 'with_entry_list')) {
    const name = textOf(entry, 'with_query_name');
    if (context.usesOf(name) > 0) context.ctes.set(name, cteOf(name, need(entry, 'with_subquery'), context));
  }
  return context.scan(query, outer);
}

function cteOf(id: string, subquery: Node, context: Context): Cte {
  const { kind, node } = kindOf(subquery);
  if (kind === 'recursive_scan') return recursiveCte(id, node, context);
  const columns = columnsOf(node, 'column_list');
  const outputs = outputsOf(named(columns, context.namesOf(id)));
  const names = outputs.map(output => output.name);
  const block = context.scan(subquery, NOTHING);
  const isShared = context.usesOf(id) > 1;
  if (isShared && isCopyable(block)) {
    const ids = columns.map(column => column.id);
    return { name: id, outputs: names, copy: () => [context.scan(subquery, NOTHING), ids] };
  }
  const name = context.cteNames.next(id);
  const sql = render(isLimited(block) ? block : { ...block, order: [] }, outputs);
  context.written.push(`${quoteName(name)} AS ${isShared ? 'MATERIALIZED ' : ''}(\n  ${indent(sql)}\n)`);
  return { name, outputs: names, copy: undefined };
}

/** Columns under the names by which the CTE's readers know them: `$agg1` is called what its AS says. */
const named = (columns: readonly Column[], names: readonly string[]): readonly Column[] =>
  columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));

/** A table's own columns, perhaps filtered by nothing that asks further: reading it twice costs less than keeping it. */
const isCopyable = (block: Block): boolean =>
  isPlain({ ...block, where: [] }) &&
  !block.isJoin &&
  block.query === undefined &&
  block.from !== undefined &&
  !block.from.startsWith('(') &&
  !block.from.startsWith('UNNEST') &&
  !block.where.some(clause => clause.includes('SELECT')) &&
  [...block.columns.values()].every(cell => cell.kind === 'ref' || cell.kind === 'constant');

function recursiveCte(id: string, node: Node, context: Context): Cte {
  const columns = columnsOf(node, 'column_list');
  const operation = SET_OPERATIONS[textOf(node, 'op_type')];
  if (!operation) throw new Refusal(`the recursive operation ${textOf(node, 'op_type')}`);
  const names = outputsOf(named(columns, context.namesOf(id))).map(output => output.name);
  const name = context.cteNames.next(id);
  const cte: Cte = { name, outputs: names, copy: undefined };
  context.ctes.set(id, cte);
  context.recursive.push(id);
  const base = itemQuery(need(node, 'non_recursive_term'), names, context, NOTHING);
  const step = itemQuery(need(node, 'recursive_term'), names, context, NOTHING);
  context.recursive.pop();
  context.flags.isRecursive = true;
  context.written.push(`${quoteName(name)} AS (\n  ${indent(`${base}\n${operation}\n${step}`)}\n)`);
  return cte;
}

function refScan(node: Node, context: Context): Block {
  const name = textOf(node, 'with_query_name') || context.recursive.at(-1);
  const cte = name === undefined ? undefined : context.ctes.get(name);
  if (!cte) throw new Error(`the resolved tree reads ${name}, which no WITH defines`);
  const columns = columnsOf(node, 'column_list');
  if (cte.copy) {
    const [block, ids] = cte.copy();
    const renamed = columns.map(
      (column, i) => [column.id, { ...cellOf(block, ids[i] ?? ''), name: column.name }] as const,
    );
    return { ...block, columns: new Map(renamed) };
  }
  return reading(quoteName(cte.name), columns, { alias: context.aliases.next(cte.name), names: cte.outputs });
}

/** A scan, with exactly the columns of its column_list visible. */
export function scan(any: Node, context: Context, outer: Scope): Block {
  const { kind, node } = kindOf(any);
  const rule = SCANS[kind];
  if (!rule) throw new Refusal(SCAN_NAMES[kind] ?? kind.replaceAll('_', ' '));
  const block = rule(node, context, outer);
  const columns = columnsOf(node, 'column_list');
  const seen = new Set(columns.map(column => column.id));
  const losesColumns = [...block.columns.keys()].some(id => !seen.has(id));
  return keep(block.isDistinct && losesColumns ? wrap(block, context.aliases) : block, columns);
}
