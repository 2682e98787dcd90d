// What a query writes as a literal and no engine takes: a pattern that is no regular expression, a path that is none, a time zone
// that nobody has, a constant that cannot be computed. Finds what is to be tried and how; whether it fails the reference says. Pure.

import type { Analyzed } from '../analyzed.ts';
import { functionName } from '../translate/aggregate-call.ts';
import { child, children, isSet, kindOf, type Node, need, textOf, typeOfNode } from '../translate/tree.ts';
import { type LiteralRule, RULES } from './literal-rules.ts';

/** An expression over no table, which fails where what was written is wrong. */
export interface Trial {
  /** GoogleSQL. */
  readonly expression: string;
  /** Only such an error is one of the literal; absent: every one is. Then it may be tried together with others. */
  readonly says?: RegExp;
  /** UTF-16 units in the analyzed text. */
  readonly start: number;
}

interface Trying {
  readonly bytes: Buffer;
  readonly found: Map<number, Trial>;
}

/**
 * Trials of what is not plainly right, by place. Literals are tried wherever they stand: they are wrong for every row. Constant
 * expressions only where nothing says that they may not be evaluated: IF(x, DIV(1, 0), …) may be meant.
 */
export function literalTrials({ statement, sql }: Analyzed): readonly Trial[] {
  const trying: Trying = { bytes: Buffer.from(sql), found: new Map() };
  look(statement, false, trying);
  return [...trying.found.values()].sort((a, b) => a.start - b.start);
}

function look(any: unknown, isConditional: boolean, trying: Trying): void {
  if (Array.isArray(any)) {
    for (const item of any) look(item, isConditional, trying);
    return;
  }
  if (typeof any !== 'object' || any === null) return;
  const { kind, node } = typeof (any as Node).node === 'string' ? kindOf(any as Node) : { kind: '', node: any as Node };
  if (!isConditional && isTriable(kind, node) && isConstant(kind, node)) {
    tryNode(any as Node, trying);
    return;
  }
  if (CALLS.has(kind)) tryCall(node, isConditional, trying);
  if (kind === 'cast') tryCast(node, trying);
  const below = isConditional || kind === 'subquery_expr' || (kind === 'function_call' && isBranching(node));
  for (const value of Object.values(node)) if (typeof value === 'object') look(value, below, trying);
}

const CALLS: ReadonlySet<string> = new Set(['function_call', 'aggregate_function_call', 'analytic_function_call']);

/** What does not evaluate all of its arguments. */
const BRANCHING = new Set([
  'if',
  'ifnull',
  'coalesce',
  '$and',
  '$or',
  'iferror',
  'nulliferror',
  'iserror',
  '$case_no_value',
]);
const isBranching = (node: Node): boolean => {
  const name = functionName(node);
  return BRANCHING.has(name) || name.startsWith('$case') || name.startsWith('$with');
};

/** What gives another value each time, what is there to fail, and what a few letters make very large. */
const NO_CONSTANTS = /^(?:error|rand|session_user|current_\w+|\$current\w*|generate_\w+|range_\w+|repeat|[lr]pad)$/;
/** What cannot fail, however constant. */
const TOTAL = new Set(['$make_array', '$interval', '$equal', '$concat_op', 'concat']);

const isTriable = (kind: string, node: Node): boolean =>
  kind === 'cast' ? !isSet(node, 'return_null_on_error') : kind === 'function_call' && !TOTAL.has(functionName(node));

function isConstant(kind: string, node: Node): boolean {
  if (kind === 'literal') return true;
  if (kind === 'cast') return isConstantNode(need(node, 'expr')) && child(node, 'time_zone') === undefined;
  if (kind !== 'function_call' || NO_CONSTANTS.test(functionName(node))) return false;
  const isPlain = children(node, 'generic_argument_list').length === 0 && !isBranching(node);
  return isPlain && children(node, 'argument_list').every(isConstantNode);
}

function isConstantNode(any: Node): boolean {
  const { kind, node } = kindOf(any);
  return isConstant(kind, node);
}

/** As it is written; undefined where it is not, as an argument that is left out. */
function written(any: Node, { bytes }: Trying): { readonly text: string; readonly start: number } | undefined {
  const { node } = kindOf(any);
  const range = rangeOf(node);
  if (range === undefined) return undefined;
  const [from, to] = [Number(range.start), Number(range.end)];
  return { text: bytes.subarray(from, to).toString(), start: bytes.subarray(0, from).toString().length };
}

function rangeOf(node: Node): Node | undefined {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent as Node | undefined) {
    if (at.parse_location_range !== undefined) return at.parse_location_range as Node;
  }
  return undefined;
}

function tryNode(any: Node, trying: Trying): void {
  const found = written(any, trying);
  if (found !== undefined) trying.found.set(found.start, { expression: found.text, start: found.start });
}

function tryCall(node: Node, isConditional: boolean, trying: Trying): void {
  const name = functionName(node);
  // An error of a SAFE. function is NULL.
  if (!Object.hasOwn(RULES, name) || textOf(node, 'error_mode') === 'SAFE_ERROR_MODE') return;
  const args = children(node, 'argument_list');
  for (const rule of RULES[name] ?? []) {
    if (rule.isOfValue === true && isConditional) continue;
    const step = rule.every ?? args.length + 1;
    for (let at = rule.at; at < args.length; at += step) {
      const literal = args[at];
      if (literal !== undefined) tryLiteral(literal, { rule, name, args }, trying);
    }
  }
}

const TEXTS: ReadonlySet<string> = new Set(['STRING', 'BYTES']);

interface Called {
  readonly rule: LiteralRule;
  readonly name: string;
  readonly args: readonly Node[];
}

function tryLiteral(any: Node, { rule, name, args }: Called, trying: Trying): void {
  const type = typeOfNode(kindOf(any).node).kind;
  const constant = (one: Node) => (isConstantNode(one) ? written(one, trying) : undefined);
  const found = (rule.of ?? TEXTS).has(type) ? constant(any) : undefined;
  if (found === undefined || rule.isRight?.test(found.text) === true) return;
  const call = { name: name.toUpperCase(), isBytes: type === 'BYTES', args: args.map(one => constant(one)?.text) };
  const expression = rule.trial(found.text, call);
  if (expression === undefined) return;
  trying.found.set(found.start, { expression, start: found.start, ...(rule.says && { says: rule.says }) });
}

/** A value of each type that CAST … FORMAT takes. */
const SAMPLES: Readonly<Record<string, string>> = {
  STRING: "''",
  BYTES: "b''",
  DATE: "DATE '2023-01-01'",
  TIME: "TIME '00:00:00'",
  DATETIME: "DATETIME '2023-01-01 00:00:00'",
  TIMESTAMP: "TIMESTAMP '2023-01-01 00:00:00+00'",
  INT64: '1',
  FLOAT64: '1.5',
  NUMERIC: "NUMERIC '1'",
  BIGNUMERIC: "BIGNUMERIC '1'",
};

function tryCast(node: Node, trying: Trying): void {
  const format = child(node, 'format');
  if (format === undefined || isSet(node, 'return_null_on_error') || !isConstantNode(format)) return;
  const from = SAMPLES[typeOfNode(kindOf(need(node, 'expr')).node).kind];
  const found = written(format, trying);
  if (from === undefined || found === undefined) return;
  const expression = `CAST(${from} AS ${typeOfNode(node).kind} FORMAT ${found.text})`;
  trying.found.set(found.start, {
    expression,
    start: found.start,
    says: /^(?:Format element .* is not supported|Cannot find matched format element)/,
  });
}
