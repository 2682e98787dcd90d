// Writes calls of a signature: operators and functions with a syntax of their own as GoogleSQL has them.

import type { Signature } from './catalog.ts';
import { TEMPLATES, valuesFor } from './values.ts';

/** A call to compare: an expression, or for aggregates and analytic functions the query it stands in. */
export interface Case {
  readonly signature: Signature;
  readonly sql: string;
  /** Whether `sql` is an expression, which may stand beside others in one SELECT. */
  readonly isExpression: boolean;
}

const infix =
  (operator: string) =>
  (args: readonly string[]): string =>
    args.join(` ${operator} `);
const added =
  (name: string) =>
  ([x, n, part]: readonly string[]): string =>
    `${name}(${x}, INTERVAL ${n} ${part})`;

/** What is not written NAME(arguments). */
const SYNTAX: Readonly<Record<string, (args: readonly string[]) => string>> = {
  $add: infix('+'),
  $subtract: infix('-'),
  $multiply: infix('*'),
  $divide: infix('/'),
  $unary_minus: ([x]) => `-(${x})`,
  $equal: infix('='),
  $not_equal: infix('!='),
  $less: infix('<'),
  $less_or_equal: infix('<='),
  $greater: infix('>'),
  $greater_or_equal: infix('>='),
  $is_distinct_from: infix('IS DISTINCT FROM'),
  $is_not_distinct_from: infix('IS NOT DISTINCT FROM'),
  $and: infix('AND'),
  $or: infix('OR'),
  $not: ([x]) => `NOT ${x}`,
  $is_null: ([x]) => `${x} IS NULL`,
  $is_true: ([x]) => `${x} IS TRUE`,
  $is_false: ([x]) => `${x} IS FALSE`,
  $between: ([x, low, high]) => `${x} BETWEEN ${low} AND ${high}`,
  $in: ([x, ...rest]) => `${x} IN (${rest.join(', ')})`,
  $in_array: ([x, list]) => `${x} IN UNNEST(${list})`,
  $like: infix('LIKE'),
  $like_any: ([x, ...rest]) => `${x} LIKE ANY (${rest.join(', ')})`,
  $like_all: ([x, ...rest]) => `${x} LIKE ALL (${rest.join(', ')})`,
  $concat_op: infix('||'),
  $bitwise_and: infix('&'),
  $bitwise_or: infix('|'),
  $bitwise_xor: infix('^'),
  $bitwise_not: ([x]) => `~(${x})`,
  $bitwise_left_shift: infix('<<'),
  $bitwise_right_shift: infix('>>'),
  $case_no_value: ([when, value, other]) => `CASE WHEN ${when} THEN ${value} ELSE ${other} END`,
  $case_with_value: ([x, when, value, other]) => `CASE ${x} WHEN ${when} THEN ${value} ELSE ${other} END`,
  $array_at_offset: ([list, at]) => `${list}[OFFSET(${at})]`,
  $array_at_ordinal: ([list, at]) => `${list}[ORDINAL(${at})]`,
  $safe_array_at_offset: ([list, at]) => `${list}[SAFE_OFFSET(${at})]`,
  $safe_array_at_ordinal: ([list, at]) => `${list}[SAFE_ORDINAL(${at})]`,
  $make_array: args => `[${args.join(', ')}]`,
  $subscript: ([x, at]) => `${x}[${at}]`,
  $extract: ([x, part, zone]) => `EXTRACT(${part} FROM ${x}${zone === undefined ? '' : ` AT TIME ZONE ${zone}`})`,
  $extract_date: ([x, zone]) => `EXTRACT(DATE FROM ${x}${zone === undefined ? '' : ` AT TIME ZONE ${zone}`})`,
  $extract_time: ([x, zone]) => `EXTRACT(TIME FROM ${x}${zone === undefined ? '' : ` AT TIME ZONE ${zone}`})`,
  $extract_datetime: ([x, zone]) => `EXTRACT(DATETIME FROM ${x}${zone === undefined ? '' : ` AT TIME ZONE ${zone}`})`,
  $interval: ([n, part]) => `INTERVAL ${n} ${part}`,
  ...Object.fromEntries(
    ['date', 'datetime', 'timestamp', 'time'].flatMap(type =>
      ['add', 'sub'].map(way => [`${type}_${way}`, added(`${type}_${way}`.toUpperCase())] as const),
    ),
  ),
  generate_date_array: ([from, to, n, part]) =>
    `GENERATE_DATE_ARRAY(${from}, ${to}${n === undefined ? '' : `, INTERVAL ${n} ${part ?? 'DAY'}`})`,
  generate_timestamp_array: ([from, to, n, part]) => `GENERATE_TIMESTAMP_ARRAY(${from}, ${to}, INTERVAL ${n} ${part})`,
};

/** Functions whose answer is not one, or not of the query's making. */
const UNANSWERABLE = /^(rand|generate_uuid|session_user|error|current_\w+|filter_fields|flatten|typeof)$/;
/** The reference takes minutes for some of these. */
const SLOW = /^(exp|pow|ln|log|log10|sqrt|cbrt)\((BIG)?NUMERIC/i;
/** Series that would take too much: their ends are far apart. */
const LARGE = /^(generate_\w+|repeat|lpad|rpad)$/;

/** Calls that vary one argument over its values while the others stand still, then some at random. */
export function casesOf(signature: Signature, random: (n: number) => number): readonly Case[] {
  if (
    UNANSWERABLE.test(signature.name) ||
    SLOW.test(signature.text) ||
    (signature.name.startsWith('$') && SYNTAX[signature.name] === undefined)
  )
    return [];
  const calls = argumentLists(signature, random).map(args => written(signature, args));
  return [...new Set(calls)].map(sql => ({ signature, sql, isExpression: true }));
}

const RANDOM_CASES = 8;

function argumentLists(signature: Signature, random: (n: number) => number): readonly (readonly string[])[] {
  const isTemplate = signature.parameters.some(p => /ANY|ARBITRARY/.test(p.kind));
  const lists: (readonly string[])[] = [];
  for (const type of isTemplate ? TEMPLATES : ['INT64']) {
    for (const count of lengthsOf(signature)) {
      const choices = signature.parameters.slice(0, count).map((_, i) => choicesOf(signature, i, type));
      if (choices.some(choice => choice.length === 0)) continue;
      const still = choices.map(choice => choice[0] ?? 'NULL');
      for (const [at, choice] of choices.entries()) for (const value of choice) lists.push(still.with(at, value));
      const times = choices.length > 1 ? RANDOM_CASES : 0;
      for (let i = 0; i < times; i++) lists.push(choices.map(choice => choice[random(choice.length)] ?? 'NULL'));
      if (choices.length === 0) lists.push([]);
    }
  }
  return lists;
}

/** With no, one, … of the optional arguments. */
function lengthsOf({ parameters }: Signature): readonly number[] {
  const required = parameters.findIndex(p => p.cardinality === 'OPTIONAL');
  if (required < 0) return [parameters.length];
  return Array.from({ length: parameters.length - required + 1 }, (_, i) => required + i);
}

function choicesOf(signature: Signature, at: number, type: string): readonly string[] {
  const parameter = signature.parameters[at];
  if (!parameter) return [];
  const { kind, lambdaOf, name } = parameter;
  if (lambdaOf > 0) return lambdas(signature.name, lambdaOf, type);
  const real = kind.startsWith('ARRAY_ANY') ? `ARRAY<${type}>` : /ANY|ARBITRARY/.test(kind) ? type : kind;
  const values = valuesFor(signature.name, at, real).filter(value => !(LARGE.test(signature.name) && isLarge(value)));
  return name === undefined ? values : values.map(value => `${name} => ${value}`);
}

const isLarge = (value: string): boolean => /\d{10}|e308|e15|0001-|9999-|e38/.test(value);

function lambdas(name: string, count: number, type: string): readonly string[] {
  const head = count === 1 ? 'e' : '(e, i)';
  const still = valuesFor(name, -1, type)[0] ?? 'NULL';
  const body = name === 'array_transform' ? ['e', `COALESCE(e, ${still})`] : ['e IS NOT NULL', `e = ${still}`, 'NULL'];
  return (count === 1 ? body : [...body, name === 'array_transform' ? 'i' : 'i > 0']).map(text => `${head} -> ${text}`);
}

function written({ name }: Signature, args: readonly string[]): string {
  const special = SYNTAX[name];
  return special === undefined ? `${name.toUpperCase()}(${args.join(', ')})` : special(args);
}

/** Aggregate and analytic functions over columns of edge values, alone, grouped and over windows. */
export function setCasesOf(signature: Signature): readonly Case[] {
  const [first, ...rest] = signature.parameters;
  const made: Case[] = [];
  const add = (sql: string): void => void made.push({ signature, sql, isExpression: false });
  const types = first === undefined ? ['INT64'] : /ANY/.test(first.kind) ? TEMPLATES : [first.kind];
  for (const type of types) {
    const isArray = first?.kind.startsWith('ARRAY_ANY') === true;
    const values = valuesFor(signature.name, 0, isArray ? `ARRAY<${type}>` : type);
    if (values.length === 0) continue;
    const args = argumentsFor(signature, rest, type);
    const call = first === undefined ? written(signature, []) : written(signature, ['x', ...args]);
    const whole = signature.name === '$count_star' ? 'COUNT(*)' : call;
    const rows = values.map((value, i) => `SELECT ${i} AS id, MOD(${i}, 2) AS g, ${value} AS x`);
    const from = `FROM (${rows.join(' UNION ALL ')})`;
    if (signature.mode === 'AGGREGATE') {
      add(`SELECT ${whole} ${from}`);
      add(`SELECT ${whole} ${from} WHERE FALSE`);
      add(`SELECT g, ${whole} ${from} WHERE id < 3 GROUP BY g`);
      add(`SELECT ${whole} ${from} WHERE x IS NULL`);
      if (first !== undefined && rest.length === 0) add(`SELECT ${written(signature, ['DISTINCT x'])} ${from}`);
    }
    if (signature.takesOver) {
      add(`SELECT id, ${whole} OVER () ${from}`);
      add(`SELECT id, ${whole} OVER (ORDER BY id) ${from}`);
      add(`SELECT id, ${whole} OVER (PARTITION BY g ORDER BY id DESC) ${from}`);
      add(`SELECT id, ${whole} OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) ${from}`);
    }
  }
  return made;
}

function argumentsFor(signature: Signature, rest: Signature['parameters'], type: string): readonly string[] {
  return rest
    .filter(p => p.cardinality === 'REQUIRED')
    .map((p, i) => (/ANY/.test(p.kind) ? type : p.kind) && stillOf(signature.name, i + 1, p.kind));
}

/** A constant where the function wants one, else the first column again. */
function stillOf(name: string, place: number, kind: string): string {
  if (/^(corr|covar)/.test(name)) return 'CAST(id AS FLOAT64)'.replace('FLOAT64', kind);
  if (/^percentile/.test(name)) return kind === 'FLOAT64' ? '0.5' : `${kind} '0.5'`;
  return valuesFor(name, place, kind)[0] ?? 'NULL';
}
