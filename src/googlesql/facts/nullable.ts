// Which columns of a query's result may be NULL by how they are made, whatever the tables hold: the right side of a LEFT JOIN, NULLIF, an
// aggregate of no rows. Of what is filtered, compared or tested for NULL anywhere above nothing is said: only what is certain is. Pure.

import type { Analyzed } from '../analyzed.ts';
import { type CteScans, eachNode } from '../ctes.ts';
import { functionName } from '../translate/aggregate-call.ts';
import { child, children, field, idOf, idsOf, isSet, kindOf, type Node, need, textOf } from '../translate/tree.ts';
import { isNullLiteral, STRICT } from './nulls.ts';

export interface NullableColumn {
  /** Position among the output columns. */
  readonly at: number;
  /** A sentence's end: "comes from …". */
  readonly why: string;
}

/** May it be NULL? `why` not: nothing is known. */
type Nullness =
  | { readonly kind: 'never' }
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'may';
      readonly why: string;
      /** What a filter may not look at for it to stay so: of a join or an aggregate all that comes from it. */
      readonly marks: ReadonlySet<string>;
      /** Of one row over all: beside rows of what it was made of there is one at least. */
      readonly isAlone?: true;
    };

const NEVER: Nullness = { kind: 'never' };
const UNKNOWN: Nullness = { kind: 'unknown' };

export function nullableColumns({ statement }: Analyzed, scans: CteScans): readonly NullableColumn[] {
  const judge = new Judge(scans);
  const columns = judge.scan(need(statement, 'query'));
  return children(statement, 'output_column_list').flatMap((output, at) => {
    const found = columns.get(idOf(need(output, 'column')));
    return found?.kind === 'may' ? [{ at, why: found.why }] : [];
  });
}

type Columns = ReadonlyMap<string, Nullness>;

/** Goes up the tree from the tables; a join changes what is known of a column above it and not below. */
class Judge {
  readonly #ctes: CteScans;
  readonly #known = new Map<string, Columns>();
  /** Columns that each column is made of, itself included. */
  readonly #parts = new Map<string, ReadonlySet<string>>();
  /** Columns that any filter below looked at. */
  readonly #looked = new Set<string>();
  #marks = 0;

  constructor(ctes: CteScans) {
    this.#ctes = ctes;
  }

  scan(any: Node): Columns {
    const { kind, node } = kindOf(any);
    const of = SCANS[kind];
    return of === undefined ? unknown(idsOf(node, 'column_list')) : of.call(this, node);
  }

  read(node: Node): Columns {
    const name = textOf(node, 'with_query_name');
    const scan = this.#ctes.get(name);
    if (scan === undefined) return unknown(idsOf(node, 'column_list'));
    const before = this.#known.get(name);
    // A CTE that reads itself is not certain.
    if (before === undefined) this.#known.set(name, new Map());
    const columns = before ?? this.scan(scan);
    this.#known.set(name, columns);
    const from = idsOf(kindOf(scan).node, 'column_list');
    return new Map(
      idsOf(node, 'column_list').map((id, at) => {
        const origin = from[at] ?? '';
        this.#parts.set(id, new Set([id, ...this.#partsOf(origin)]));
        return [id, columns.get(origin) ?? UNKNOWN];
      }),
    );
  }

  project(node: Node): Columns {
    const input = this.scan(need(node, 'input_scan'));
    return this.#computed(children(node, 'expr_list'), input);
  }

  filter(node: Node): Columns {
    return this.#seen(this.scan(need(node, 'input_scan')), [child(node, 'filter_expr')]);
  }

  join(node: Node): Columns {
    const type = textOf(node, 'join_type') || 'INNER';
    const on = child(node, 'join_expr');
    const [left, right] = [
      besideOthers(this.scan(need(node, 'left_scan'))),
      besideOthers(this.scan(need(node, 'right_scan'))),
    ];
    if (type === 'INNER') return this.#seen(new Map([...left, ...right]), [on]);
    // What is read twice may be joined with itself, by a key that is always there; a condition of one side alone may always hold.
    const isOpen = on !== undefined && !sharesTable(node, this.#ctes) && namesBoth(on, left, right);
    const outer = (columns: Columns, side: string): Columns =>
      isOpen ? this.#may(columns, `the ${side} side of a ${type} JOIN: NULL where nothing matches`) : weakened(columns);
    return new Map([
      ...(type === 'LEFT' ? left : outer(left, 'left')),
      ...(type === 'RIGHT' ? right : outer(right, 'right')),
    ]);
  }

  array(node: Node): Columns {
    const input = child(node, 'input_scan');
    const above = input === undefined ? new Map<string, Nullness>() : this.scan(input);
    const elements = [child(node, 'element_column'), ...children(node, 'element_column_list')].flatMap(one =>
      one === undefined ? [] : [idOf(one)],
    );
    const offset = child(node, 'array_offset_column');
    const offsets = offset === undefined ? [] : [idOf(need(offset, 'column'))];
    const all: Columns = new Map([
      ...above,
      ...unknown(elements),
      ...offsets.map(id => [id, isSet(node, 'is_outer') ? UNKNOWN : NEVER] as const),
    ]);
    return this.#seen(all, [child(node, 'join_expr')]);
  }

  aggregate(node: Node): Columns {
    const input = this.scan(need(node, 'input_scan'));
    const keys = children(node, 'group_by_list');
    const isRolled = children(node, 'grouping_set_list').length > 0 || children(node, 'rollup_column_list').length > 0;
    const grouped = this.#computed(keys, input, true);
    const marks = new Set([this.#mark()]);
    const found = new Map<string, Nullness>(isRolled ? weakened(grouped) : grouped);
    for (const computed of children(node, 'aggregate_list')) {
      const id = idOf(need(computed, 'column'));
      const call = need(computed, 'expr');
      this.#note(id, call);
      for (const mark of marks) this.#parts.set(id, new Set([...this.#partsOf(id), mark]));
      const isAlone = keys.length === 0 && !isRolled && tablesOf(need(node, 'input_scan'), this.#ctes).size > 0;
      found.set(id, this.#aggregated(kindOf(call).node, input, isAlone ? marks : undefined));
    }
    return found;
  }

  window(node: Node): Columns {
    const found = new Map(this.scan(need(node, 'input_scan')));
    // Who looks at another window of these rows may look for the first of them.
    const mark = this.#mark();
    for (const group of children(node, 'function_group_list')) {
      for (const computed of children(group, 'analytic_function_list')) {
        const id = idOf(need(computed, 'column'));
        this.#note(id, need(computed, 'expr'));
        this.#parts.set(id, new Set([...this.#partsOf(id), mark]));
        found.set(id, windowed(kindOf(need(computed, 'expr')).node, new Set([id, mark])));
      }
    }
    return found;
  }

  union(node: Node): Columns {
    const items = children(node, 'input_item_list');
    const branches = items.map(item => ({
      columns: this.scan(need(item, 'scan')),
      ids: idsOf(item, 'output_column_list'),
    }));
    const isUnion = textOf(node, 'op_type').startsWith('UNION');
    return new Map(
      idsOf(node, 'column_list').map((id, at) => {
        const all = branches.map(({ columns, ids }) => columns.get(ids[at] ?? '') ?? UNKNOWN);
        this.#parts.set(id, new Set([id, ...branches.flatMap(({ ids }) => [...this.#partsOf(ids[at] ?? '')])]));
        return [id, isUnion ? anyOf(all) : UNKNOWN];
      }),
    );
  }

  below(node: Node): Columns {
    return this.scan(need(node, 'input_scan'));
  }

  within(node: Node): Columns {
    return this.scan(need(node, 'query'));
  }

  #computed(computed: readonly Node[], input: Columns, isNew = false): Columns {
    const found = new Map<string, Nullness>(isNew ? [] : input);
    for (const one of computed) {
      const id = idOf(need(one, 'column'));
      this.#note(id, need(one, 'expr'));
      found.set(id, this.#expression(need(one, 'expr'), input));
    }
    return found;
  }

  #aggregated(call: Node, input: Columns, alone: ReadonlySet<string> | undefined): Nullness {
    const name = functionName(call);
    if (COUNTS.has(name)) return NEVER;
    if (!VALUED.has(name)) return UNKNOWN;
    if (alone !== undefined)
      return {
        kind: 'may',
        why: `${name.toUpperCase()} without GROUP BY: NULL where there is no row`,
        marks: alone,
        isAlone: true,
      };
    const [argument] = children(call, 'argument_list');
    return argument === undefined ? UNKNOWN : this.#expression(argument, input);
  }

  #expression(any: Node, input: Columns): Nullness {
    const { kind, node } = kindOf(any);
    if (kind === 'literal') return isNullLiteral(node) ? writtenNull(node) : NEVER;
    if (kind === 'column_ref')
      return isSet(node, 'is_correlated') ? UNKNOWN : (input.get(idOf(need(node, 'column'))) ?? UNKNOWN);
    if (kind === 'cast')
      return isSet(node, 'return_null_on_error') ? UNKNOWN : this.#expression(need(node, 'expr'), input);
    if (kind === 'get_struct_field') {
      const of = this.#expression(need(node, 'expr'), input);
      return of.kind === 'may' ? of : UNKNOWN;
    }
    if (kind === 'make_struct') return NEVER;
    return kind === 'function_call' ? this.#call(node, input) : UNKNOWN;
  }

  #call(node: Node, input: Columns): Nullness {
    const name = functionName(node);
    const args = children(node, 'argument_list');
    const all = (): readonly Nullness[] => args.map(one => this.#expression(one, input));
    if (name === 'coalesce' || name === 'ifnull') {
      const of = all();
      if (of.some(one => one.kind === 'never')) return NEVER;
      const [first] = of;
      // Of several joins one may always match where the other does not.
      const isSame = of.every(one => one.kind === 'may' && first?.kind === 'may' && one.marks === first.marks);
      return isSame && first !== undefined ? first : UNKNOWN;
    }
    if (name === 'nullif') {
      const [first] = args;
      const marks = first === undefined ? new Set<string>() : this.#columnsIn(first);
      if (this.#isLookedAt(marks)) return UNKNOWN;
      return { kind: 'may', why: 'NULLIF, which gives NULL where both are equal', marks };
    }
    if (name === 'if' || name.startsWith('$case')) return this.#branches(name, args, input);
    if (TESTS.has(name)) return NEVER;
    if (!STRICT.has(name) || textOf(node, 'error_mode') === 'SAFE_ERROR_MODE') return UNKNOWN;
    const of = all();
    return of.find(one => one.kind === 'may') ?? (of.every(one => one.kind === 'never') ? NEVER : UNKNOWN);
  }

  /** What a condition looks at is not known in the branches: it may be what keeps NULL out. */
  #branches(name: string, args: readonly Node[], input: Columns): Nullness {
    const shift = name === '$case_with_value' ? 1 : 0;
    const isCondition = (at: number): boolean => at < shift || ((at - shift) % 2 === 0 && at < args.length - 1);
    const conditions = args.filter((_, at) => isCondition(at));
    const seen = this.#seen(input, conditions, false);
    const marks = new Set(conditions.flatMap(one => [...this.#columnsIn(one)]));
    const isOpen = !this.#isLookedAt(marks) && !conditions.some(testsForNull);
    return anyOf(
      args.flatMap((one, at) => {
        if (isCondition(at)) return [];
        const of = this.#expression(one, seen);
        if (of.kind !== 'may' || of.marks.size > 0) return [of];
        return [isOpen ? { ...of, marks } : UNKNOWN];
      }),
    );
  }

  #isLookedAt(columns: ReadonlySet<string>): boolean {
    return [...columns].some(one => this.#looked.has(one));
  }

  /** What is looked at is no longer certain, nor is what comes from the same join. */
  #seen(columns: Columns, looking: readonly (Node | undefined)[], isFilter = true): Columns {
    const looked = new Set(looking.flatMap(one => (one === undefined ? [] : [...this.#columnsIn(one)])));
    if (looked.size === 0) return columns;
    if (isFilter) for (const one of looked) this.#looked.add(one);
    return new Map(
      [...columns].map(([id, one]) => {
        const isSeen = looked.has(id) || (one.kind === 'may' && [...one.marks].some(mark => looked.has(mark)));
        return [id, isSeen && one.kind === 'may' ? UNKNOWN : one];
      }),
    );
  }

  #may(columns: Columns, why: string): Columns {
    const mark = this.#mark();
    const marks = new Set([mark]);
    return new Map(
      [...columns.keys()].map(id => {
        this.#parts.set(id, new Set([...this.#partsOf(id), mark]));
        return [id, { kind: 'may', why, marks }];
      }),
    );
  }

  #mark(): string {
    this.#marks += 1;
    return `mark ${this.#marks}`;
  }

  #partsOf(id: string): ReadonlySet<string> {
    return this.#parts.get(id) ?? new Set([id]);
  }

  #note(id: string, expression: Node): void {
    this.#parts.set(id, new Set([...this.#partsOf(id), ...this.#columnsIn(expression)]));
  }

  /** All columns that an expression is made of, to the tables, with their joins' marks. */
  #columnsIn(any: Node): ReadonlySet<string> {
    const found = new Set<string>();
    eachNode(any, node => {
      const reference = node.resolved_column_ref_node as Node | undefined;
      if (reference === undefined) return;
      for (const part of this.#partsOf(idOf(need(reference, 'column')))) found.add(part);
    });
    return found;
  }
}

const SCANS: Readonly<Record<string, (this: Judge, node: Node) => Columns>> = {
  with_ref_scan: Judge.prototype.read,
  with_scan: Judge.prototype.within,
  project_scan: Judge.prototype.project,
  filter_scan: Judge.prototype.filter,
  join_scan: Judge.prototype.join,
  array_scan: Judge.prototype.array,
  aggregate_scan: Judge.prototype.aggregate,
  analytic_scan: Judge.prototype.window,
  set_operation_scan: Judge.prototype.union,
  order_by_scan: Judge.prototype.below,
  limit_offset_scan: Judge.prototype.below,
};

const unknown = (ids: readonly string[]): Columns => new Map(ids.map(id => [id, UNKNOWN]));
const besideOthers = (columns: Columns): Columns =>
  new Map([...columns].map(([id, one]) => [id, one.kind === 'may' && one.isAlone === true ? UNKNOWN : one]));
const weakened = (columns: Columns): Columns => unknown([...columns.keys()]);
const anyOf = (all: readonly Nullness[]): Nullness =>
  all.find(one => one.kind === 'may') ?? (all.length > 0 && all.every(one => one.kind === 'never') ? NEVER : UNKNOWN);

/** Never NULL, whatever they are given. */
const COUNTS = new Set(['count', '$count_star', 'countif', 'approx_count_distinct']);
/** NULL where all that they are given is. */
const VALUED = new Set([
  'sum',
  'min',
  'max',
  'avg',
  'any_value',
  'string_agg',
  'logical_and',
  'logical_or',
  'bit_and',
  'bit_or',
  'bit_xor',
]);
const TESTS = new Set([
  '$is_null',
  '$is_true',
  '$is_false',
  '$is_distinct_from',
  '$is_not_distinct_from',
  '$make_array',
  'row_number',
]);
const NUMBERING = new Set([
  'row_number',
  'rank',
  'dense_rank',
  'ntile',
  'percent_rank',
  'cume_dist',
  'count',
  '$count_star',
  'countif',
]);
function windowed(call: Node, marks: ReadonlySet<string>): Nullness {
  const name = functionName(call);
  if (NUMBERING.has(name)) return NEVER;
  if ((name !== 'lag' && name !== 'lead') || children(call, 'argument_list').length > 2) return UNKNOWN;
  const where = name === 'lag' ? 'before the first row' : 'behind the last row';
  return { kind: 'may', why: `${name.toUpperCase()} without a default: NULL ${where}`, marks };
}

/** A branch that nobody wrote (CASE without ELSE) may be one that is never taken. */
const writtenNull = (node: Node): Nullness =>
  field(node, 'parse_location_range') === undefined
    ? UNKNOWN
    : { kind: 'may', why: 'a branch that is NULL', marks: new Set() };

/** A guard against NULL that gives NULL adds none. */
function testsForNull(condition: Node): boolean {
  let found = false;
  eachNode(condition, node => {
    const call = node.resolved_function_call_node as Node | undefined;
    if (call !== undefined && functionName(call) === '$is_null') found = true;
  });
  return found;
}

function namesBoth(on: Node, left: Columns, right: Columns): boolean {
  let [ofLeft, ofRight] = [false, false];
  eachNode(on, node => {
    const reference = node.resolved_column_ref_node as Node | undefined;
    if (reference === undefined) return;
    const id = idOf(need(reference, 'column'));
    ofLeft ||= left.has(id);
    ofRight ||= right.has(id);
  });
  return ofLeft && ofRight;
}

function sharesTable(node: Node, ctes: CteScans): boolean {
  const left = tablesOf(need(node, 'left_scan'), ctes);
  return [...tablesOf(need(node, 'right_scan'), ctes)].some(table => left.has(table));
}

/** Tables that are read below a node, through CTEs too. */
function tablesOf(
  any: unknown,
  ctes: CteScans,
  found = new Set<string>(),
  seen = new Set<string>(),
): ReadonlySet<string> {
  eachNode(any, node => {
    const table = node.resolved_table_scan_node as Node | undefined;
    if (table !== undefined) found.add(textOf(need(table, 'table'), 'name'));
    const name = (node.resolved_with_ref_scan_node as Node | undefined)?.with_query_name;
    if (name === undefined || seen.has(String(name))) return;
    seen.add(String(name));
    tablesOf(ctes.get(String(name)), ctes, found, seen);
  });
  return found;
}
