// Where numbers of two types meet and what the analyzer casts there loses digits. Pure.

import type { Analyzed } from '../analyzed.ts';
import { functionName } from '../translate/aggregate-call.ts';
import {
  child,
  children,
  field,
  idOf,
  idsOf,
  kindOf,
  type Node,
  need,
  startOf,
  textOf,
  typeOfNode,
  walk,
} from '../translate/tree.ts';
import { typeText } from '../type.ts';
import { blanked } from './blanked.ts';
import type { SqlFinding } from './finding.ts';

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
  '$in_array',
  '$is_distinct_from',
  '$is_not_distinct_from',
  'coalesce',
  'ifnull',
  'nullif',
  'if',
  'greatest',
  'least',
  '$case_no_value',
  '$case_with_value',
  '$make_array',
  '$add',
  '$subtract',
  '$multiply',
]);

/** A sum of a whole number and a FLOAT64 is a FLOAT64 as anybody expects it: digits are lost by the FLOAT64 and not by the cast. */
const ARITHMETIC = new Set(['$add', '$subtract', '$multiply']);
const COUNTS = new Set(['count', '$count_star', 'countif', 'approx_count_distinct']);

/** One for each place. */
export function lossyCasts({ statement, sql }: Analyzed): readonly SqlFinding[] {
  const bytes = Buffer.from(sql);
  const found = new Map<number, SqlFinding>();
  const note = (from: string, at: number | undefined): void => {
    if (at !== undefined) found.set(at, { ...said(from), start: bytes.subarray(0, at).toString().length });
  };
  // Looked for once, and only where a set operation asks: the whole tree is much to look at.
  let known: Definitions | undefined;
  walk(statement, ({ kind, node }) => {
    if (kind === 'function_call' && MEETING.has(functionName(node))) {
      const all = children(node, 'argument_list');
      for (const argument of all) {
        const cast = lossyCast(argument);
        if (cast?.from === 'INT64') {
          if (ARITHMETIC.has(functionName(node)) || isLiteralBeside(argument, all)) continue;
          known ??= definitions(statement);
          if (isCount(cast.of, known)) continue;
        }
        if (cast !== undefined) note(cast.from, ownStart(cast.of) ?? ownStart(node));
      }
    }
    if (kind !== 'set_operation_scan') return;
    known ??= definitions(statement);
    const defined = known;
    for (const item of children(node, 'input_item_list')) {
      for (const id of idsOf(item, 'output_column_list')) {
        const made = defined.get(id);
        const cast = made === undefined ? undefined : lossyCast(made);
        if (cast?.from === 'INT64' && isCount(cast.of, defined)) continue;
        if (cast !== undefined) note(cast.from, branchStart(cast.of, { item, defined, bytes }));
      }
    }
  });
  return [...found.values()];
}

/** Whether all the FLOAT64s that it meets are written there: none of them is a key. */
function isLiteralBeside(argument: Node, all: readonly Node[]): boolean {
  const floats = all.filter(one => one !== argument && lossyCast(one) === undefined && isFloat(one));
  return floats.every(isWritten);
}

const isFloat = (any: Node): boolean => elementText(typeOfNode(kindOf(any).node)) === 'FLOAT64';

/** A literal, in an array or with a sign too. */
function isWritten(any: Node): boolean {
  const { kind, node } = kindOf(any);
  if (kind === 'literal') return true;
  if (kind === 'cast') return isWritten(need(node, 'expr'));
  const isMade = kind === 'function_call' && ['$unary_minus', '$make_array'].includes(functionName(node));
  return isMade && children(node, 'argument_list').every(isWritten);
}

/** What counts rows has no 16 digits. */
function isCount(of: Node, defined: Definitions): boolean {
  const column = child(of, 'column');
  const made = column && defined.get(idOf(column));
  return made !== undefined && COUNTS.has(functionName(kindOf(made).node));
}

const said = (from: string): Omit<SqlFinding, 'start'> => ({
  rule: 'lossy-cast',
  message: `${from} is cast to FLOAT64 here, which holds 15 digits of it.`,
  hint:
    from === 'INT64'
      ? 'Cast it yourself where that is meant.'
      : 'Cast the FLOAT64 to NUMERIC instead, or this one yourself where that is meant.',
});

type Definitions = ReadonlyMap<string, Node>;

function definitions(statement: Node): Definitions {
  const defined = new Map<string, Node>();
  walk(statement, ({ node }) => {
    for (const computed of [
      ...children(node, 'expr_list'),
      ...children(node, 'aggregate_list'),
      ...children(node, 'function_group_list').flatMap(group => children(group, 'analytic_function_list')),
      ...children(node, 'group_by_list'),
    ]) {
      const column = child(computed, 'column');
      if (column !== undefined) defined.set(idOf(column), need(computed, 'expr'));
    }
  });
  return defined;
}

/** The analyzer gives casts that a person wrote a place, those that it put in itself none. */
function lossyCast(any: Node): { readonly from: string; readonly of: Node } | undefined {
  const { kind, node } = kindOf(any);
  if (kind !== 'cast' || field(node, 'parse_location_range') !== undefined) return undefined;
  const of = kindOf(need(node, 'expr'));
  if (of.kind === 'literal') return undefined;
  const [from, to] = [elementText(typeOfNode(of.node)), elementText(typeOfNode(node))];
  const isLossy = to === 'FLOAT64' && (from === 'INT64' || from === 'NUMERIC' || from === 'BIGNUMERIC');
  return isLossy ? { from, of: of.node } : undefined;
}

/** Of an array its elements': those are cast. */
const elementText = (type: Parameters<typeof typeText>[0]): string => typeText(type).replace(/^ARRAY<(.*)>$/, '$1');

const ownStart = (node: Node): number | undefined => {
  const range = field(node, 'parse_location_range') as Node | undefined;
  return range === undefined ? undefined : Number(range.start);
};

interface Branch {
  readonly item: Node;
  readonly defined: Definitions;
  readonly bytes: Buffer;
}

/** Of what a branch of a set operation gives: where it is computed, or where the column stands in the branch's list. */
function branchStart(of: Node, { item, defined, bytes }: Branch): number | undefined {
  const own = ownStart(of);
  const column = child(of, 'column');
  if (own !== undefined || column === undefined) return own;
  const made = defined.get(idOf(column));
  const computed = made && ownStart(kindOf(made).node);
  if (computed !== undefined) return computed;
  // A list of plain columns has no places: it stands before the first thing of the branch that has one.
  const first = startOf(need(item, 'scan'));
  if (first === undefined) return undefined;
  const text = bytes.subarray(0, first).toString();
  const before = blanked(text);
  const select = [...before.matchAll(/\bselect\b/gi)].at(-1);
  if (select === undefined) return first;
  const name = textOf(column, 'name').replace(/[^\w]/g, String.raw`\$&`);
  const named = new RegExp(String.raw`(?<!\w)${name}(?!\w)`, 'i').exec(before.slice(select.index));
  return Buffer.byteLength(text.slice(0, select.index + (named?.index ?? 0)));
}
