// Outer joins that BigQuery refuses: of tables, with a condition of both sides in which nothing is an equality of the one with the other.
// Only what is certain: what a condition above may turn into an inner join is left to BigQuery. Pure.

import type { Analyzed } from '../analyzed.ts';
import { functionName } from '../translate/aggregate-call.ts';
import {
  child,
  children,
  idsOf,
  kindOf,
  type Node,
  need,
  referencesIn,
  startOf,
  textOf,
  walk,
} from '../translate/tree.ts';
import { type Origins, originsOf, rowsOf } from './origins.ts';
import { TABLES } from './picks.ts';

export interface OuterJoin {
  readonly kind: 'LEFT' | 'RIGHT' | 'FULL';
  /** UTF-16 units in the analyzed text. */
  readonly start: number;
}

type Ids = ReadonlySet<string>;
interface Sides {
  readonly left: Ids;
  readonly right: Ids;
}

export function outerJoinsWithoutEquality({ statement, sql }: Analyzed): readonly OuterJoin[] {
  // Most queries have none, and the whole tree is much to look at.
  if (!/\b(?:LEFT|RIGHT|FULL)\b/i.test(sql)) return [];
  const found = new Map<number, OuterJoin & { readonly nullable: readonly string[] }>();
  let origins: Origins | undefined;
  const bytes = Buffer.from(sql);
  walk(statement, ({ kind, node }) => {
    const type = kind === 'join_scan' ? textOf(node, 'join_type') : '';
    const on = child(node, 'join_expr');
    if ((type !== 'LEFT' && type !== 'RIGHT' && type !== 'FULL') || on === undefined) return;
    const ids = (side: string): Ids => new Set(idsOf(kindOf(need(node, side)).node, 'column_list'));
    const sides = { left: ids('left_scan'), right: ids('right_scan') };
    if (!isSurelyNoEquality(on, sides)) return;
    origins ??= originsOf(statement);
    const { of } = origins;
    if (!isTable(need(node, 'left_scan'), origins) || !isTable(need(node, 'right_scan'), origins)) return;
    const at = startOf({ parse_location_range: child(node, 'parse_location_range') });
    if (at === undefined) return;
    const nullable = [...(type === 'RIGHT' ? [] : sides.right), ...(type === 'LEFT' ? [] : sides.left)].map(of);
    const start = bytes.subarray(0, at).toString().length;
    found.set(start, { kind: type, start, nullable });
  });
  if (origins === undefined || found.size === 0) return [];
  const asked = askedAbove(statement, origins);
  return [...found.values()].filter(({ nullable }) => !nullable.some(id => asked.has(id)));
}

/** A table, or what is made of the rows of one: many of them. */
function isTable(scan: Node, origins: Origins): boolean {
  const { kind, node } = rowsOf(scan, origins);
  return TABLES.has(kind) && (kind !== 'aggregate_scan' || children(node, 'group_by_list').length > 0);
}

/** Columns that a WHERE or an inner join asks something of: where they are NULL the row goes, and the join may be an inner one. */
function askedAbove(statement: Node, { of }: Origins): Ids {
  const asked = new Set<string>();
  walk(statement, ({ kind, node }) => {
    const isInner = kind === 'join_scan' && ['', 'INNER'].includes(textOf(node, 'join_type'));
    const condition =
      kind === 'filter_scan' ? child(node, 'filter_expr') : isInner ? child(node, 'join_expr') : undefined;
    for (const id of referencesIn(condition).keys()) asked.add(of(id));
  });
  return asked;
}

/** Of two sides none of these is an equality, however it is written. */
const UNEQUAL: ReadonlySet<string> = new Set([
  '$not_equal',
  '$less',
  '$less_or_equal',
  '$greater',
  '$greater_or_equal',
  '$between',
  '$like',
  'starts_with',
  'ends_with',
  'strpos',
  'regexp_contains',
]);
const EQUAL: ReadonlySet<string> = new Set(['$equal', '$is_not_distinct_from']);

/** Whether a condition names both sides, each conjunct that does by something that is surely no equality of the one with the other. */
function isSurelyNoEquality(on: Node, sides: Sides): boolean {
  const both = conjuncts(on).filter(one => isOf(one, sides.left) && isOf(one, sides.right));
  return both.length > 0 && both.every(one => isUnequal(one, sides));
}

function isUnequal(any: Node, sides: Sides): boolean {
  const { kind, node } = kindOf(any);
  if (kind !== 'function_call') return false;
  const name = functionName(node);
  if (UNEQUAL.has(name)) return true;
  // a = b OR (a IS NULL AND b IS NULL) is an equality to BigQuery, too.
  if (name !== '$or' || asksForNull(node)) return false;
  // What all of its branches say alike might be taken out of it.
  const branches = children(node, 'argument_list').map(conjuncts);
  const said = branches.map(branch => new Set(branch.filter(one => isEquality(one, sides)).map(textOfRefs)));
  const isKnown = branches.flat().every(one => isEquality(one, sides) || !isMixed(one, sides) || isUnequal(one, sides));
  return isKnown && ![...(said[0] ?? [])].some(text => said.every(set => set.has(text)));
}

function asksForNull(any: Node): boolean {
  let asks = false;
  walk(any, ({ kind, node }) => {
    asks ||= kind === 'function_call' && functionName(node) === '$is_null';
  });
  return asks;
}

const isMixed = (any: Node, { left, right }: Sides): boolean => isOf(any, left) && isOf(any, right);
const isOf = (any: Node, ids: Ids): boolean => [...referencesIn(any).keys()].some(id => ids.has(id));
const textOfRefs = (any: Node): string => [...referencesIn(any).keys()].sort().join();

function isEquality(any: Node, { left, right }: Sides): boolean {
  const { kind, node } = kindOf(any);
  if (kind !== 'function_call' || !EQUAL.has(functionName(node))) return false;
  const [one = [], other = []] = children(node, 'argument_list').map(side => [...referencesIn(side).keys()]);
  const isMet = (a: readonly string[], b: readonly string[]): boolean =>
    a.length > 0 && b.length > 0 && a.every(id => left.has(id)) && b.every(id => right.has(id));
  return isMet(one, other) || isMet(other, one);
}

function conjuncts(any: Node): readonly Node[] {
  const { kind, node } = kindOf(any);
  const isAnd = kind === 'function_call' && functionName(node) === '$and';
  return isAnd ? children(node, 'argument_list').flatMap(conjuncts) : [any];
}
