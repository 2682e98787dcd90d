// Where a query takes one of several rows, or puts them in an order, by chance: windows and aggregates that do not order theirs, or not
// fully. Pure: knows no keys of tables.

import type { Analyzed } from '../analyzed.ts';
import { functionName } from '../translate/aggregate-call.ts';
import { child, children, field, idOf, kindOf, type Node, need, textOf, walk } from '../translate/tree.ts';
import { blanked } from './blanked.ts';
import type { SqlFinding } from './finding.ts';
import { keptRows, type Origins, originsOf, rowsOf } from './origins.ts';

const PICKS = new Set(['row_number', 'first_value', 'last_value', 'nth_value', 'lag', 'lead']);

interface Window {
  readonly function: string;
  readonly columnId: number;
  readonly isOrdered: boolean;
  /** Whether it looks at so many rows before or behind: which those are, its order says. */
  readonly isCut: boolean;
  /** What it is ordered and partitioned by: ids of columns. */
  readonly by: readonly string[];
  readonly call: Node;
  /** The scan whose rows it looks at. */
  readonly input: Node;
}

const columnIds = (references: readonly (Node | undefined)[]): readonly string[] =>
  references.flatMap(one => (one === undefined ? [] : [idOf(need(one, 'column'))]));
const orderIds = (items: readonly Node[]): readonly string[] => columnIds(items.map(item => child(item, 'column_ref')));

function windowsOf({ statement, sql }: Analyzed): readonly Window[] {
  // Most queries have none, and the whole tree is much to look at.
  if (!/\bOVER\b/i.test(sql)) return [];
  const found: Window[] = [];
  walk(statement, ({ kind, node }) => {
    if (kind !== 'analytic_scan') return;
    for (const group of children(node, 'function_group_list')) {
      const ordered = orderIds(children(child(group, 'order_by') ?? {}, 'order_by_item_list'));
      const parted = columnIds(children(child(group, 'partition_by') ?? {}, 'partition_by_list'));
      for (const computed of children(group, 'analytic_function_list')) {
        const { node: call } = kindOf(need(computed, 'expr'));
        found.push({
          function: functionName(call),
          columnId: Number(need(computed, 'column').column_id),
          isOrdered: ordered.length > 0,
          isCut: isCut(child(call, 'window_frame')),
          by: [...ordered, ...parted],
          call,
          input: need(node, 'input_scan'),
        });
      }
    }
  });
  return found.sort((a, b) => a.columnId - b.columnId);
}

/** ROWS that are not all of them. */
function isCut(frame: Node | undefined): boolean {
  if (frame === undefined || textOf(frame, 'frame_unit') !== 'ROWS') return false;
  const bounds = [child(frame, 'start_expr'), child(frame, 'end_expr')].map(one => textOf(one ?? {}, 'boundary_type'));
  return bounds.some(bound => !bound.startsWith('UNBOUNDED'));
}

/** The analyzer keeps no place of a window: those of one function are told apart by their order, in which it numbers them. */
function placesOf(windows: readonly Window[], sql: string): ReadonlyMap<Window, number> {
  const plain = blanked(sql);
  const calls = callsWritten(sql);
  const places = new Map<Window, number>();
  for (const name of new Set(windows.map(window => window.function))) {
    const word = name === '$count_star' ? 'count' : name.replace('$', '');
    const own = windows.filter(window => window.function === name);
    const over = calls.filter(call => call.name === word).map(call => call.start);
    // One that is no window may be called so, too.
    const all = [...plain.matchAll(new RegExp(String.raw`\b${word}\s*\(`, 'gi'))].map(match => match.index);
    const starts = over.length === own.length ? over : all;
    for (const [at, window] of own.entries()) {
      const start = starts.length === own.length ? starts[at] : starts[0];
      if (start !== undefined) places.set(window, start);
    }
  }
  return places;
}

/** A call of a window function as it was written, in UTF-16 units. */
interface WindowCall {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Where the windows of a query are written, by the number of the column that each makes; those that are told apart for certain. */
export function windowCalls(analyzed: Analyzed): ReadonlyMap<number, WindowCall> {
  const found = new Map<number, WindowCall>();
  const windows = windowsOf(analyzed);
  if (windows.length === 0) return found;
  const calls = callsWritten(analyzed.sql);
  for (const name of new Set(windows.map(window => window.function))) {
    const own = windows.filter(window => window.function === name);
    const written = calls.filter(one => one.name === (name === '$count_star' ? 'count' : name));
    // One that nothing reads is pruned from the tree, and a CTE that is read twice may be in it twice.
    if (own.length !== written.length) continue;
    for (const [at, { columnId }] of own.entries()) {
      const one = written[at];
      if (one !== undefined) found.set(columnId, one);
    }
  }
  return found;
}

function callsWritten(sql: string): readonly WindowCall[] {
  const tokens = [...blanked(sql).matchAll(/[A-Za-z_]\w*|[()]/g)];
  const word = (at: number): string => tokens[at]?.[0].toLowerCase() ?? '';
  const closing = (open: number): number => {
    let depth = 0;
    for (let at = open; at < tokens.length; at++) {
      if (word(at) === '(') depth += 1;
      if (word(at) === ')' && --depth === 0) return at;
    }
    return tokens.length;
  };
  return tokens.flatMap(({ index }, at) => {
    if (!/^[a-z_]/.test(word(at)) || word(at + 1) !== '(') return [];
    let next = closing(at + 1) + 1;
    if (word(next + 1) === 'nulls') next += 2;
    if (word(next) !== 'over') return [];
    const last = tokens[word(next + 1) === '(' ? closing(next + 1) : next + 1];
    return last === undefined ? [] : [{ name: word(at), start: index, end: last.index + last[0].length }];
  });
}

/** What a function that takes one of several rows is ordered and partitioned by, for who knows the keys of the tables. */
export interface Picking {
  readonly function: string;
  readonly by: readonly string[];
  /** Which of its rows is chance: one of those that tie, or, without an ORDER BY, any row of those that it takes. */
  readonly takes: 'ties' | 'row' | 'rows';
  /** The one table whose rows it looks at; absent where they are of several, or made here. */
  readonly table?: string;
  readonly start: number;
}

/** Those whose rows are not told apart by the query itself, as those of a GROUP BY are by its columns. */
export function pickings(analyzed: Analyzed): readonly Picking[] {
  const { statement, sql } = analyzed;
  const [allWindows, allAggregates] = [windowsOf(analyzed), orderedAggregatesOf(analyzed)];
  if (allWindows.length + allAggregates.length === 0) return [];
  const origins = originsOf(statement);
  const open = (by: readonly string[], input: Node): boolean => {
    const known = new Set(by.map(origins.of));
    return !keysOf(input, origins).some(key => key.every(id => known.has(origins.of(id))));
  };
  const names = (by: readonly string[]): readonly string[] => [
    ...new Set(by.map(id => origins.nameOf(id).toLowerCase())),
  ];
  const windows = [...placesOf(allWindows, sql)]
    .filter(
      ([window]) => (PICKS.has(window.function) || (!window.isOrdered && window.isCut)) && !isTold(window, origins),
    )
    .filter(([window]) => open(window.by, window.input))
    .map(([window, start]): Picking => {
      const rows = rowsOf(window.input, origins);
      const table = rows.kind === 'table_scan' ? textOf(need(rows.node, 'table'), 'name') : '';
      const takes = window.isOrdered ? 'ties' : window.isCut ? 'rows' : 'row';
      const name = window.function.replace('$count_star', 'count');
      return { function: name, by: names(window.by), takes, ...(table !== '' && { table }), start };
    });
  const bytes = Buffer.from(sql);
  const aggregates = allAggregates.flatMap(({ node, groupIds, input }): readonly Picking[] => {
    const by = [...orderIds(children(node, 'order_by_item_list')), ...groupIds];
    const isPicking = child(node, 'limit') !== undefined && children(node, 'order_by_item_list').length > 0;
    const start = startIn(node, bytes);
    if (!isPicking || start === undefined || isMadeOf(children(node, 'argument_list')[0], by, origins)) return [];
    return open(by, input) ? [{ function: functionName(node), by: names(by), takes: 'ties', start }] : [];
  });
  return [...windows, ...aggregates];
}

/**
 * Whether rows that tie give the same: a value that is among what they are ordered by. Not LAG and LEAD, which of two rows that tie give
 * the one the value before both, and the other its own; nor a frame of so many ROWS.
 */
const isTold = ({ function: name, call, by, isCut }: Window, origins: Origins): boolean =>
  VALUES.has(name) && !isCut && isMadeOf(children(call, 'argument_list')[0], by, origins);

const VALUES: ReadonlySet<string> = new Set(['first_value', 'last_value', 'nth_value']);

/** Columns that are among these, and STRUCTs of nothing else. */
function isMadeOf(any: Node | undefined, by: readonly string[], origins: Origins): boolean {
  if (any === undefined) return false;
  const { kind, node } = kindOf(any);
  if (kind === 'literal') return true;
  if (kind === 'make_struct') return children(node, 'field_list').every(one => isMadeOf(one, by, origins));
  if (kind !== 'column_ref') return false;
  const of = origins.of(idOf(need(node, 'column')));
  return by.some(id => origins.of(id) === of);
}

/** Columns of which no two rows of a scan have the same values, as the query itself says it: those of its GROUP BY, and of a
 * ROW_NUMBER of which only the first is kept. */
function keysOf(input: Node, origins: Origins): readonly (readonly string[])[] {
  const { kind, node } = rowsOf(input, origins);
  const firsts = keptFirsts(input, origins);
  return kind === 'aggregate_scan' && children(node, 'grouping_set_list').length === 0
    ? [...firsts, children(node, 'group_by_list').map(one => idOf(need(one, 'column')))]
    : firsts;
}

/** What the ROW_NUMBERs are partitioned by of which the scans below keep 1 alone. */
function keptFirsts(input: Node, origins: Origins): readonly (readonly string[])[] {
  const numbers = new Map<string, readonly string[]>();
  const kept = new Set<string>();
  for (const { kind, node } of keptRows(input, origins)) {
    if (kind === 'filter_scan') for (const id of onesIn(need(node, 'filter_expr'))) kept.add(origins.of(id));
    if (kind !== 'analytic_scan') continue;
    for (const group of children(node, 'function_group_list')) {
      const parted = columnIds(children(child(group, 'partition_by') ?? {}, 'partition_by_list'));
      for (const computed of children(group, 'analytic_function_list')) {
        const isNumber = functionName(kindOf(need(computed, 'expr')).node) === 'row_number';
        if (isNumber) numbers.set(idOf(need(computed, 'column')), parted);
      }
    }
  }
  return [...numbers].flatMap(([id, parted]) => (kept.has(id) ? [parted] : []));
}

/** Columns that a condition says are 1. */
function onesIn(any: Node): readonly string[] {
  const { kind, node } = kindOf(any);
  if (kind !== 'function_call') return [];
  const args = children(node, 'argument_list');
  if (functionName(node) === '$and') return args.flatMap(onesIn);
  if (functionName(node) !== '$equal') return [];
  const sides = args.map(kindOf);
  const isOne = sides.some(side => side.kind === 'literal' && String(literalInt(side.node)) === '1');
  return isOne ? sides.flatMap(side => (side.kind === 'column_ref' ? [idOf(need(side.node, 'column'))] : [])) : [];
}

const literalInt = (node: Node): unknown => ((need(node, 'value').value ?? {}) as Node).int64_value;

interface Aggregate {
  readonly node: Node;
  readonly id: string;
  readonly groupIds: readonly string[];
  readonly input: Node;
}

const ORDERED: ReadonlySet<string> = new Set(['array_agg', 'string_agg', 'array_concat_agg']);

/** The aggregates that may have an order or a limit of their own. */
function orderedAggregatesOf({ statement, sql }: Analyzed): readonly Aggregate[] {
  if (!/_AGG\b/i.test(sql)) return [];
  // A node in several wrappers is met in each.
  const found = new Map<string, Aggregate>();
  walk(statement, ({ kind, node }) => {
    if (kind !== 'aggregate_scan') return;
    const groupIds = children(node, 'group_by_list').map(one => idOf(need(one, 'column')));
    for (const computed of children(node, 'aggregate_list')) {
      const { node: call } = kindOf(need(computed, 'expr'));
      const id = idOf(need(computed, 'column'));
      if (ORDERED.has(functionName(call))) found.set(id, { node: call, id, groupIds, input: need(node, 'input_scan') });
    }
  });
  return [...found.values()];
}

/**
 * Aggregates that put rows in an order of chance, where that is a column of the result, or where they keep only some. What is taken
 * apart again, counted or searched may be in any order.
 */
export function orderlessAggregates(analyzed: Analyzed): readonly SqlFinding[] {
  const { statement, sql } = analyzed;
  const aggregates = orderedAggregatesOf(analyzed);
  if (aggregates.length === 0) return [];
  const origins = originsOf(statement);
  const given = new Set(children(statement, 'output_column_list').map(one => origins.of(idOf(need(one, 'column')))));
  const bytes = Buffer.from(sql);
  return aggregates.flatMap(({ node, id, input }) => {
    const name = functionName(node);
    const start = startIn(node, bytes);
    if (children(node, 'order_by_item_list').length > 0 || start === undefined) return [];
    const isCut = child(node, 'limit') !== undefined;
    // An array that is unnested has its order, and so has one row.
    if ((!isCut && !given.has(id)) || !TABLES.has(rowsOf(input, origins).kind)) return [];
    return [
      {
        rule: 'nondeterministic' as const,
        message: isCut
          ? `${name.toUpperCase()} with a LIMIT and without an ORDER BY keeps any of the rows: a partition made again may be another one.`
          : `${name.toUpperCase()} without an ORDER BY puts them in any order: a partition made again may be another one.`,
        hint: 'Write ORDER BY within it, by columns that no two rows share.',
        start,
      },
    ];
  });
}

/** What gives many rows in an order of chance. */
export const TABLES: ReadonlySet<string> = new Set(['table_scan', 'join_scan', 'aggregate_scan', 'set_operation_scan']);

function startIn(node: Node, bytes: Buffer): number | undefined {
  const range = field(node, 'parse_location_range') as Node | undefined;
  return range === undefined ? undefined : bytes.subarray(0, Number(range.start)).toString().length;
}
