// What a query writes as a literal and no engine takes: a pattern that is no regular expression, a path that is none, a time zone
// that nobody has, a constant that cannot be computed. Finds what is to be tried and how; whether it fails the reference says. Pure.

import type { Analyzed } from '../analyzed.ts';
import { functionName } from '../translate/aggregate-call.ts';
import { child, children, isSet, kindOf, type Node, need, textOf, typeOfNode } from '../translate/tree.ts';

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
  if (kind === 'function_call') tryCall(node, trying);
  if (kind === 'cast') tryCast(node, trying);
  const below = isConditional || kind === 'subquery_expr' || (kind === 'function_call' && isBranching(node));
  for (const value of Object.values(node)) if (typeof value === 'object') look(value, below, trying);
}

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

interface LiteralRule {
  /** Of the argument; with `every`, of each so many behind it too. */
  readonly at: number;
  readonly every?: number;
  /** What needs no trial. */
  readonly isRight?: Pick<RegExp, 'test'>;
  readonly says?: RegExp;
  readonly trial: (literal: string, call: { readonly name: string; readonly isBytes: boolean }) => string;
}

/** No character of it has a meaning but those that always have one. */
const PLAIN_PATTERN = /^r?(['"])\^?[\w\s,:;\-/@#%&=<>~]*\$?\1$/;
const PLAIN_PATH = /^r?(['"])\$(?:\.[A-Za-z_]\w*|\[\d+\])*\1$/;
/** The modes of JSON_QUERY are younger than the analyzer. */
const MODE = /^r?['"]\s*lax\b/i;
/** The names of zones change, and a small machine may have none of its own: one that anybody knows is right. */
const KNOWN_ZONE = {
  test: (literal: string): boolean => {
    const name = /^(['"])([\w/+:-]+)\1$/.exec(literal)?.[2];
    return name !== undefined && isZone(name);
  },
};

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const regexp = (more = ''): LiteralRule => ({
  at: 1,
  isRight: PLAIN_PATTERN,
  trial: (pattern, { name, isBytes }) => {
    const empty = isBytes ? "b''" : "''";
    return `${name}(${empty}, ${pattern}${more === '' ? '' : `, ${empty}`})`;
  },
});
const path = (document: string, more = ''): LiteralRule => ({
  at: 1,
  isRight: { test: text => PLAIN_PATH.test(text) || MODE.test(text) },
  trial: (text, { name }) => `${name}(${document}, ${text}${more})`,
});
const zone = (at: number): LiteralRule => ({
  at,
  isRight: KNOWN_ZONE,
  trial: text => `STRING(TIMESTAMP '2023-01-01 00:00:00+00', ${text})`,
});
const parsed = (elements: string): LiteralRule => ({
  at: 0,
  isRight: new RegExp(String.raw`^(['"])(?:[^%\\]|%(?:[${elements}%]|E\*S|E\dS))*\1$`),
  says: /^Invalid format/i,
  trial: (text, { name }) => `${name}(${text}, '')`,
});

const DAY = 'YmdFbBhjyeD';
const CLOCK = 'HMSTRIp';
const JSON_TEXT = "'{}'";
const JSON_VALUE = "PARSE_JSON('{}')";

const RULES: Readonly<Record<string, readonly LiteralRule[]>> = {
  regexp_contains: [regexp()],
  regexp_extract: [regexp()],
  regexp_extract_all: [regexp()],
  regexp_instr: [regexp()],
  regexp_substr: [regexp()],
  regexp_replace: [regexp('replacement')],
  $like: [{ at: 1, isRight: /^[^\\]*$/, trial: (text, { isBytes }) => `${isBytes ? "b''" : "''"} LIKE ${text}` }],
  json_value: [path(JSON_TEXT)],
  json_query: [path(JSON_TEXT)],
  json_value_array: [path(JSON_TEXT)],
  json_query_array: [path(JSON_TEXT)],
  json_extract: [path(JSON_TEXT)],
  json_extract_scalar: [path(JSON_TEXT)],
  json_extract_array: [path(JSON_TEXT)],
  json_extract_string_array: [path(JSON_TEXT)],
  json_remove: [{ ...path(JSON_VALUE), every: 1 }],
  json_set: [{ ...path(JSON_VALUE, ', 1'), every: 2 }],
  json_array_append: [{ ...path(JSON_VALUE, ', 1'), every: 2 }],
  json_array_insert: [{ ...path(JSON_VALUE, ', 1'), every: 2 }],
  date: [zone(1)],
  datetime: [zone(1)],
  time: [zone(1)],
  timestamp: [zone(1)],
  string: [zone(1)],
  $extract: [zone(2)],
  $extract_date: [zone(1)],
  $extract_time: [zone(1)],
  $extract_datetime: [zone(1)],
  timestamp_trunc: [zone(2)],
  format_timestamp: [zone(2)],
  parse_date: [parsed(DAY)],
  parse_time: [parsed(CLOCK)],
  parse_datetime: [parsed(DAY + CLOCK)],
  parse_timestamp: [parsed(`${DAY}${CLOCK}zZ`), zone(2)],
};

function tryCall(node: Node, trying: Trying): void {
  const name = functionName(node);
  // An error of a SAFE. function is NULL.
  if (!Object.hasOwn(RULES, name) || textOf(node, 'error_mode') === 'SAFE_ERROR_MODE') return;
  const args = children(node, 'argument_list');
  for (const rule of RULES[name] ?? []) {
    const step = rule.every ?? args.length + 1;
    for (let at = rule.at; at < args.length; at += step) {
      const literal = args[at];
      if (literal !== undefined) tryLiteral(literal, { rule, name }, trying);
    }
  }
}

function tryLiteral(any: Node, { rule, name }: { rule: LiteralRule; name: string }, trying: Trying): void {
  const type = typeOfNode(kindOf(any).node).kind;
  const found = (type === 'STRING' || type === 'BYTES') && isConstantNode(any) ? written(any, trying) : undefined;
  if (found === undefined || rule.isRight?.test(found.text) === true) return;
  const expression = rule.trial(found.text, { name: name.toUpperCase(), isBytes: type === 'BYTES' });
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
