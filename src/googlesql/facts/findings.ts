// What is right and yet asks for trouble, told from the resolved tree and the words of a query. Pure: knows no files and no rules' settings.

import type { Analyzed } from '../analyzed.ts';
import { ctesByUse } from '../ctes.ts';
import { child, children, field, kindOf, type Node, textOf, typeOfNode, walk } from '../translate/tree.ts';
import { typeText } from '../type.ts';
import { type NullJudge, nullJudge } from './nulls.ts';

export type SqlRule =
  | 'unused-cte'
  | 'comma-join'
  | 'null-comparison'
  | 'nondeterministic'
  | 'row-number-ties'
  | 'lossy-cast';

export interface SqlFinding {
  readonly rule: SqlRule;
  readonly message: string;
  readonly hint: string;
  /** UTF-16 units in the analyzed text. */
  readonly start: number;
}

interface Judged {
  readonly sql: string;
  readonly bytes: Buffer;
  readonly found: SqlFinding[];
  readonly nulls: NullJudge;
}

/** All findings, by place. */
export function sqlFindings(analyzed: Analyzed): readonly SqlFinding[] {
  const judged: Judged = {
    sql: analyzed.sql,
    bytes: Buffer.from(analyzed.sql),
    found: [],
    nulls: nullJudge(analyzed.statement),
  };
  unusedCtes(analyzed.statement, judged);
  unordered(analyzed, judged);
  walk(analyzed.statement, ({ kind, node }) => JUDGES[kind]?.(node, judged));
  const seen = new Set<string>();
  return judged.found
    .sort((a, b) => a.start - b.start)
    .filter(one => {
      const key = `${one.rule} ${one.start}`;
      return !seen.has(key) && seen.add(key);
    });
}

const JUDGES: Readonly<Record<string, (node: Node, judged: Judged) => void>> = {
  join_scan: commaJoin,
  function_call: call,
};

function note({ bytes, found }: Judged, node: Node | undefined, finding: Omit<SqlFinding, 'start'>): void {
  const range = node && (field(node, 'parse_location_range') as Node | undefined);
  if (range === undefined) return;
  found.push({ ...finding, start: bytes.subarray(0, Number(range.start)).toString().length });
}

/** CTEs that neither the query nor a CTE that is read reads. */
function unusedCtes(statement: Node, { sql, found }: Judged): void {
  for (const name of ctesByUse(statement).unread) {
    const at = new RegExp(String.raw`(?<![\w.])\`?${name.replace(/[^\w]/g, String.raw`\$&`)}\`?\s+AS\s*\(`, 'i').exec(
      sql,
    );
    if (at === null) continue;
    found.push({
      rule: 'unused-cte',
      message: `Nothing reads the CTE ${name}.`,
      hint: 'Take it out.',
      start: at.index,
    });
  }
}

function commaJoin(node: Node, judged: Judged): void {
  const range = field(node, 'parse_location_range') as Node | undefined;
  if (range === undefined || judged.bytes.subarray(Number(range.start), Number(range.end)).toString() !== ',') return;
  note(judged, node, {
    rule: 'comma-join',
    message: 'A comma joins every row with every row.',
    hint: 'Write CROSS JOIN where that is meant, else INNER JOIN … ON.',
  });
}

const MOMENTS = new Set([
  'current_timestamp',
  'current_date',
  'current_datetime',
  'current_time',
  'rand',
  'generate_uuid',
  'session_user',
]);
/** Where numbers of two types meet as equals: what is cast there decides what is equal, or what is kept. */
const MEETING = new Set([
  '$equal',
  '$not_equal',
  '$less',
  '$less_or_equal',
  '$greater',
  '$greater_or_equal',
  '$between',
  '$in',
  'coalesce',
  'ifnull',
  'if',
  '$case_no_value',
  '$case_with_value',
  '$add',
  '$subtract',
  '$multiply',
]);

/** NULL where one side is. */
const COMPARES = new Set(['$equal', '$not_equal', '$less', '$less_or_equal', '$greater', '$greater_or_equal', '$like']);

const nameOf = (node: Node): string => textOf(child(node, 'function') ?? {}, 'name').replace(/^ZetaSQL:/, '');

function call(node: Node, judged: Judged): void {
  const name = nameOf(node);
  if (MOMENTS.has(name)) {
    note(judged, node, {
      rule: 'nondeterministic',
      message: `${name.toUpperCase()} gives another answer each time: a partition made again is another one.`,
      hint: 'Take the time from the data, or a key from a hash of it.',
    });
  }
  if (name === '$in' && children(node, 'argument_list').slice(1).some(isNullLiteral)) {
    note(judged, node, {
      rule: 'null-comparison',
      message: 'A NULL in the list of IN makes it NULL where nothing else matches, and NOT IN never TRUE.',
      hint: 'Take NULL out of the list; test for it with IS NULL.',
    });
  }
  const compared = children(node, 'argument_list');
  if (COMPARES.has(name) && compared.some(judged.nulls.isNullNode)) {
    note(judged, node, {
      rule: 'null-comparison',
      message: 'What is compared with NULL is NULL in every row, neither TRUE nor FALSE.',
      hint: 'Test for it with IS NULL, or compare with IS NOT DISTINCT FROM.',
    });
  }
  if (MEETING.has(name)) for (const argument of children(node, 'argument_list')) lossyCast(argument, node, judged);
}

function isNullLiteral(any: Node): boolean {
  const { kind, node } = kindOf(any);
  if (kind === 'cast') return isNullLiteral(child(node, 'expr') ?? {});
  if (kind !== 'literal') return false;
  const value = (child(node, 'value') as { value?: object } | undefined)?.value ?? {};
  return !Object.keys(value).some(key => key.endsWith('_value'));
}

/** The analyzer gives casts that a person wrote a place, those that it put in itself none. */
function lossyCast(any: Node, parent: Node, judged: Judged): void {
  const { kind, node } = kindOf(any);
  if (kind !== 'cast' || field(node, 'parse_location_range') !== undefined) return;
  const inner = child(node, 'expr') ?? {};
  if (kindOf(inner).kind === 'literal') return;
  const [from, to] = [typeText(typeOfNode(kindOf(inner).node)), typeText(typeOfNode(node))];
  const isLossy = to === 'FLOAT64' && (from === 'INT64' || from === 'NUMERIC' || from === 'BIGNUMERIC');
  if (!isLossy) return;
  const place = field(kindOf(inner).node, 'parse_location_range') === undefined ? parent : kindOf(inner).node;
  note(judged, place, {
    rule: 'lossy-cast',
    message: `${from} is cast to FLOAT64 here, which holds 15 digits of it.`,
    hint:
      from === 'INT64'
        ? 'Cast it yourself where that is meant.'
        : 'Cast the FLOAT64 to NUMERIC instead, or this one yourself where that is meant.',
  });
}

const PICKS = new Set(['row_number', 'first_value', 'last_value', 'nth_value', 'lag', 'lead']);

interface Window {
  readonly function: string;
  readonly columnId: number;
  readonly ordered: readonly string[];
  readonly parted: readonly string[];
}

function windowsOf(statement: Node): readonly Window[] {
  const found: Window[] = [];
  const names = (columns: readonly (Node | undefined)[]): string[] =>
    columns.map(one => textOf(child(one ?? {}, 'column') ?? {}, 'name').toLowerCase());
  walk(statement, ({ kind, node }) => {
    if (kind !== 'analytic_scan') return;
    for (const group of children(node, 'function_group_list')) {
      const items = children(child(group, 'order_by') ?? {}, 'order_by_item_list');
      const ordered = names(items.map(item => child(item, 'column_ref')));
      const parted = names(children(child(group, 'partition_by') ?? {}, 'partition_by_list'));
      for (const computed of children(group, 'analytic_function_list')) {
        const called = nameOf(kindOf(child(computed, 'expr') ?? {}).node);
        const columnId = Number(child(computed, 'column')?.column_id);
        found.push({ function: called, columnId, ordered, parted });
      }
    }
  });
  return found.sort((a, b) => a.columnId - b.columnId);
}

/** Without comments and texts, everything else in its place. */
const blanked = (sql: string): string =>
  sql.replace(/--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, text =>
    ' '.repeat(text.length),
  );

/** The analyzer keeps no place of a window: those of one function are told apart by their order, in which it numbers them. */
function placesOf(windows: readonly Window[], sql: string): ReadonlyMap<Window, number> {
  const plain = blanked(sql);
  const places = new Map<Window, number>();
  for (const name of new Set(windows.map(window => window.function))) {
    const starts = [...plain.matchAll(new RegExp(String.raw`\b${name.replace('$', '')}\s*\(`, 'gi'))].map(
      match => match.index,
    );
    const own = windows.filter(window => window.function === name);
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
export function windowCalls({ statement, sql }: Analyzed): ReadonlyMap<number, WindowCall> {
  const calls = callsWritten(sql);
  const windows = windowsOf(statement);
  const found = new Map<number, WindowCall>();
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

/** Windows that pick a row and do not order theirs at all: which one it is is chance. */
function unordered({ statement, sql }: Analyzed, { found }: Judged): void {
  const windows = windowsOf(statement);
  for (const [window, start] of placesOf(windows, sql)) {
    if (window.ordered.length > 0 || !PICKS.has(window.function)) continue;
    found.push({
      rule: 'row-number-ties',
      message: `${window.function.toUpperCase()} without an ORDER BY takes any row.`,
      hint: 'Order by columns that no two rows share.',
      start,
    });
  }
}

/** What a ROW_NUMBER is ordered and partitioned by, for who knows the keys of the tables. */
export interface Picking {
  readonly by: readonly string[];
  readonly start: number;
}

export function pickingWindows({ statement, sql }: Analyzed): readonly Picking[] {
  return [...placesOf(windowsOf(statement), sql)]
    .filter(([window]) => window.function === 'row_number' && window.ordered.length > 0)
    .map(([{ ordered, parted }, start]) => ({ by: [...ordered, ...parted], start }));
}
