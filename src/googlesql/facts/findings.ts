// What is right and yet asks for trouble, told from the resolved tree and the words of a query. Pure: knows no files and no rules' settings.

import type { Analyzed } from '../analyzed.ts';
import { ctesByUse } from '../ctes.ts';
import { functionName } from '../translate/aggregate-call.ts';
import {
  child,
  children,
  field,
  idOf,
  idsOf,
  isSet,
  kindOf,
  type Node,
  need,
  referencesIn,
  textOf,
  walk,
} from '../translate/tree.ts';
import type { SqlFinding } from './finding.ts';
import { lossyCasts } from './lossy-casts.ts';
import type { NullJudge } from './nulls.ts';
import { type Origins, originsOf, rowsOf } from './origins.ts';
import { orderlessAggregates, TABLES } from './picks.ts';

interface Judged {
  readonly sql: string;
  readonly bytes: Buffer;
  readonly found: SqlFinding[];
  readonly nulls: NullJudge;
  readonly origins: () => Origins;
  /** Joins whose condition stands in the WHERE above them. */
  readonly conditioned: Set<Node>;
  /** Scans whose rows only the fact that there are any is asked of. */
  readonly existing: Set<Node>;
}

/** All findings, by place. */
export function sqlFindings(analyzed: Analyzed, nulls: NullJudge): readonly SqlFinding[] {
  const judged: Judged = {
    sql: analyzed.sql,
    bytes: Buffer.from(analyzed.sql),
    found: [...lossyCasts(analyzed), ...orderlessAggregates(analyzed)],
    nulls,
    origins: once(() => originsOf(analyzed.statement)),
    conditioned: new Set(),
    existing: new Set(),
  };
  unusedCtes(analyzed.statement, judged);
  walk(analyzed.statement, ({ kind, node }) => JUDGES[kind]?.(node, judged));
  const seen = new Set<string>();
  return judged.found
    .sort((a, b) => a.start - b.start)
    .filter(one => {
      const key = `${one.rule} ${one.start}`;
      return !seen.has(key) && seen.add(key);
    });
}

/** Most queries have nothing that it is asked for, and it looks at the whole tree. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const JUDGES: Readonly<Record<string, (node: Node, judged: Judged) => void>> = {
  filter_scan: conditionOf,
  limit_offset_scan: anyRows,
  join_scan: crossJoin,
  function_call: call,
  subquery_expr: subquery,
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

/** Commas whose condition stands in the WHERE right above them: an equality of columns of both sides. */
function conditionOf(node: Node, { conditioned }: Judged): void {
  const pairs = equalities(need(node, 'filter_expr'));
  for (let at = kindOf(need(node, 'input_scan')); at.kind === 'join_scan'; at = kindOf(need(at.node, 'left_scan'))) {
    const [left, right] = (['left_scan', 'right_scan'] as const).map(
      side => new Set(idsOf(kindOf(need(at.node, side)).node, 'column_list')),
    );
    const isMet = (one: readonly string[], other: readonly string[]): boolean =>
      one.length > 0 && other.length > 0 && one.every(id => left?.has(id)) && other.every(id => right?.has(id));
    if (pairs.some(([one, other]) => isMet(one, other) || isMet(other, one))) conditioned.add(at.node);
  }
}

/** Of each conjunct that compares two values as equals, the columns of each. */
function equalities(any: Node): readonly (readonly [readonly string[], readonly string[]])[] {
  const { kind, node } = kindOf(any);
  const args = children(node, 'argument_list');
  if (kind !== 'function_call') return [];
  if (functionName(node) === '$and') return args.flatMap(equalities);
  const [one, other] = args.map(side => [...referencesIn(side).keys()]);
  const isEquality = functionName(node) === '$equal' || functionName(node) === '$is_not_distinct_from';
  return isEquality && one !== undefined && other !== undefined ? [[one, other]] : [];
}

/** No more than one row: nothing is multiplied by it. */
function isOneRow(any: Node, { origins }: Judged): boolean {
  const { kind, node } = rowsOf(any, origins());
  if (kind === 'single_row_scan') return true;
  const isGrouped = children(node, 'group_by_list').length + children(node, 'grouping_set_list').length > 0;
  return kind === 'aggregate_scan' && !isGrouped;
}

/** A LIMIT over rows of a table that nothing orders. */
function anyRows(node: Node, judged: Judged): void {
  const input = need(node, 'input_scan');
  if (judged.existing.has(node) || isSet(kindOf(input).node, 'is_ordered') || isOneRow(input, judged)) return;
  if (!TABLES.has(rowsOf(input, judged.origins()).kind)) return;
  note(judged, kindOf(need(node, 'limit')).node, {
    rule: 'nondeterministic',
    message: 'LIMIT without an ORDER BY keeps any of the rows: a partition made again may be another one.',
    hint: 'Write ORDER BY before it, by columns that no two rows share.',
  });
}

/** A join of every row with every row that does not say so. */
function crossJoin(node: Node, judged: Judged): void {
  const range = field(node, 'parse_location_range') as Node | undefined;
  if (range === undefined) return;
  if (judged.conditioned.has(node)) return;
  const isOfOneRow = (): boolean => ['left_scan', 'right_scan'].some(side => isOneRow(need(node, side), judged));
  if (judged.bytes.subarray(Number(range.start), Number(range.end)).toString() === ',') {
    if (isOfOneRow()) return;
    note(judged, node, {
      rule: 'comma-join',
      message: 'A comma joins every row with every row.',
      hint: 'Write CROSS JOIN where that is meant, else INNER JOIN … ON.',
    });
    return;
  }
  const on = child(node, 'join_expr');
  // An outer join has no other way to say it.
  if (on === undefined || (textOf(node, 'join_type') || 'INNER') !== 'INNER' || !isAlwaysTrue(on) || isOfOneRow())
    return;
  note(judged, node, {
    rule: 'comma-join',
    message: 'The condition of this JOIN holds whatever the rows are: it joins every row with every row.',
    hint: 'Write CROSS JOIN where that is meant, else compare a column of each side.',
  });
}

/** A constant, or a column that is compared with itself. */
function isAlwaysTrue(any: Node): boolean {
  const { kind, node } = kindOf(any);
  if (kind === 'literal') return true;
  if (kind !== 'function_call' || functionName(node) !== '$equal') return false;
  const [left, right] = children(node, 'argument_list').map(kindOf);
  if (left?.kind === 'literal' && right?.kind === 'literal') return true;
  if (left?.kind !== 'column_ref' || right?.kind !== 'column_ref') return false;
  return idOf(need(left.node, 'column')) === idOf(need(right.node, 'column'));
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
/** NULL where one side is. */
const COMPARES = new Set(['$equal', '$not_equal', '$less', '$less_or_equal', '$greater', '$greater_or_equal', '$like']);

function call(node: Node, judged: Judged): void {
  const name = functionName(node);
  if (MOMENTS.has(name)) {
    note(judged, node, {
      rule: 'nondeterministic',
      message: `${name.toUpperCase()} gives another answer each time: a partition made again is another one.`,
      hint: 'Take the time from the data, or a key from a hash of it.',
    });
  }
  const said = comparedWithNull(name, children(node, 'argument_list'), judged.nulls);
  if (said !== undefined) note(judged, node, { rule: 'null-comparison', ...said });
}

const IN_NULL = {
  message: 'A NULL in the list of IN makes it NULL where nothing else matches, and NOT IN never TRUE.',
  hint: 'Take NULL out of the list; test for it with IS NULL.',
};

type Said = Pick<SqlFinding, 'message' | 'hint'>;

/** What a comparison of these arguments is, where one of them is NULL in every row. */
function comparedWithNull(name: string, args: readonly Node[], { isNullNode }: NullJudge): Said | undefined {
  const [first, ...others] = args;
  if (first === undefined) return undefined;
  if (name === '$in' && others.some(isNullNode)) return IN_NULL;
  if (name === '$between' && others.some(isNullNode)) {
    return {
      message: 'BETWEEN with a bound that is NULL is never TRUE.',
      hint: 'Compare with the bound that there is: >= or <=.',
    };
  }
  if (
    name === '$case_with_value' &&
    others.some((one, at) => at % 2 === 0 && at < others.length - 1 && isNullNode(one))
  ) {
    return {
      message: 'WHEN NULL never matches: CASE compares with =, and what is compared with NULL is NULL.',
      hint: 'Write CASE WHEN … IS NULL THEN.',
    };
  }
  if (!COMPARES.has(name) || !args.some(isNullNode)) return undefined;
  return {
    message: 'What is compared with NULL is NULL in every row, neither TRUE nor FALSE.',
    hint: 'Test for it with IS NULL, or compare with IS NOT DISTINCT FROM.',
  };
}

/** IN over a subquery that gives NULL alone. */
function subquery(node: Node, judged: Judged): void {
  if (textOf(node, 'subquery_type') === 'EXISTS') judged.existing.add(kindOf(need(node, 'subquery')).node);
  if (textOf(node, 'subquery_type') !== 'IN') return;
  const [column] = children(kindOf(need(node, 'subquery')).node, 'column_list');
  if (column === undefined || !judged.nulls.isNullColumn(idOf(column))) return;
  note(judged, node, {
    rule: 'null-comparison',
    message: 'The subquery of IN gives nothing but NULL: IN is never TRUE, nor is NOT IN where it gives a row.',
    hint: 'Take NULL out of the subquery; test for it with IS NULL.',
  });
}
