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
      for (const argument of children(node, 'argument_list')) {
        const cast = lossyCast(argument);
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
        if (cast !== undefined) note(cast.from, branchStart(cast.of, { item, defined, bytes }));
      }
    }
  });
  return [...found.values()];
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
