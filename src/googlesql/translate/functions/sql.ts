// Pieces of DuckDB SQL that the rules are built from. Text in, text out: knows no function of GoogleSQL.

import { duckDbType } from '../../duckdb-type.ts';
import type { ScalarKind, SqlType } from '../../type.ts';
import { type Arg, type Call, Refusal, type Rule } from '../rule.ts';
import { ELEMENTS_MAX } from '../runtime/float.ts';

/** A VARCHAR literal. DuckDB has no escape for the zero byte: it is spelt chr(0). */
export function text(value: string): string {
  const parts = value.split('\0').map(part => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? (parts[0] ?? "''") : `(${parts.join(' || chr(0) || ')})`;
}

/** SQL and the type of its value. */
export interface Typed {
  readonly sql: string;
  readonly type: SqlType;
}

export const typed = (kind: ScalarKind, sql: string): Typed => ({ sql, type: { kind } });

/**
 * Fails the query with `message` (SQL that gives text) when it is evaluated, in the place of a value of `type`.
 * A cast that can't succeed: error() is volatile to DuckDB, which TRY() refuses.
 */
export const raise = (message: string, type: SqlType): string =>
  `CAST(CAST(CAST(${message} AS BOOLEAN) AS VARCHAR) AS ${duckDbType(type)})`;

/** Words an error as `raise` and the engine's client want it: what stands after the mark is the message. */
export const fault = (message: string): string => text(`GoogleSQL: ${message}`);

/** True where repeating `sql` costs nothing, or less than a lambda: a name, a field of one, a literal, a cast of one, the larger of two. */
export const isPlain = (sql: string): boolean =>
  (sql.length < 120 && PLAIN.test(sql)) || (sql.length < 240 && LIGHT.test(sql));

const NAMED = String.raw`(?:\w|\.|"[^"]*")+`;
const PLAIN = new RegExp(String.raw`^(?:${NAMED}|(?:DATE )?'[^']*'|\(-?\d+\)|-?\d+)(?:::[A-Z]+(?:\(\d+, ?\d+\))?)?$`);
/** Of names only: a field, numbers to NUMERIC, abs(), and what GREATEST and LEAST of two become. */
const LIGHT = new RegExp(
  String.raw`^(?:abs\(${NAMED}\)|struct_extract_at\(${NAMED}, \d+\)|CAST\(${NAMED} AS DECIMAL\(38, 9\)\)|CASE WHEN ${NAMED} IS NULL OR ${NAMED} IS NULL THEN NULL ELSE (?:greatest|least)\(${NAMED}, ${NAMED}\) END)$`,
);

/**
 * `body` over names of `values`, so that each is computed once however often the body names it.
 * Values that are plain stand for themselves; the others are bound by a lambda over a list of one.
 * The list goes through a fixed-size array: a cast that could fail keeps DuckDB from running the lambda ahead of filters,
 * over all entries of a dictionary, where the body may fail for rows that are not asked for.
 */
export function bound(values: readonly Typed[], body: (...names: string[]) => string): string {
  const costly = values.filter(value => !isPlain(value.sql));
  if (costly.length === 0) return body(...values.map(value => value.sql));
  const naming = (name: string): string[] => {
    let at = 0;
    return values.map(value => {
      if (isPlain(value.sql)) return value.sql;
      at += 1;
      return costly.length === 1 ? name : `${name}.v${at}`;
    });
  };
  const level = 1 + Math.max(0, ...[...body(...naming('_g0')).matchAll(/\b_g(\d+)\b/g)].map(m => Number(m[1])));
  const name = `_g${level}`;
  return `list_transform(${cellOf(costly)}, lambda ${name}: ${body(...naming(name))})[1]`;
}

function cellOf(values: readonly Typed[]): string {
  if (values.length === 1) return `[${values[0]?.sql}]::${duckDbType(values[0]?.type ?? { kind: 'BOOL' })}[1]`;
  const row = values.map((value, i) => `v${i + 1}: ${value.sql}`).join(', ');
  const type = values.map((value, i) => `v${i + 1} ${duckDbType(value.type)}`).join(', ');
  return `[{${row}}]::STRUCT(${type})[1]`;
}

/** `rule` in a call whose arguments are names or literals, so that it may repeat them. */
export const withBound =
  (rule: Rule): Rule =>
  call =>
    bound(call.args, (...names) =>
      rule({ ...call, args: call.args.map((arg, i) => ({ ...arg, sql: names[i] ?? '' })) }),
    );

/**
 * A function of JavaScript that answers NULL where GoogleSQL fails: `make` writes the call over the names of the arguments.
 * NULL arguments give NULL.
 */
export function attempt(call: Call, make: (...names: string[]) => string, message: string): string {
  if (call.isSafe) return make(...sqls(call));
  return bound(call.args, (...names) => {
    const given = names.filter((_, i) => call.args[i]?.literal === undefined || call.args[i]?.literal === null);
    const answer = `coalesce(${make(...names)}, ${raise(fault(message), call.type)})`;
    if (given.length === 0) return answer;
    return `CASE WHEN ${given.map(name => `${name} IS NOT NULL`).join(' AND ')} THEN ${answer} END`;
  });
}

/** The argument at `index`, which the signature guarantees. */
export function argument(call: Call, index: number): Arg {
  const arg = call.args[index];
  if (!arg) throw new Error(`${call.name} came without argument ${index + 1}`);
  return arg;
}

export const sqls = (call: Call): string[] => call.args.map(arg => arg.sql);

/** The text of a literal argument. @throws {Refusal} where it is computed. */
export function literalText(call: Call, index: number, what: string): string {
  const { literal } = argument(call, index);
  if (typeof literal === 'string') return literal;
  throw new Refusal(`${call.name.toUpperCase()} with a computed ${what}`, `a literal ${what}`);
}

/** `name(arguments)`, as they come. */
export const plain =
  (name: string): Rule =>
  call =>
    `${name}(${sqls(call).join(', ')})`;

/** A function by its name, an operator (`$subtract`) in words. */
export const spelled = (name: string): string =>
  name.startsWith('$') ? `the operator ${name.slice(1).replaceAll('_', ' ')}` : name.toUpperCase();

/** Rules by the type of the first argument. @throws {Refusal} for every other type. */
export const byType =
  (rules: Readonly<Partial<Record<SqlType['kind'], Rule>>>): Rule =>
  call => {
    const { kind } = argument(call, 0).type;
    const rule = rules[kind];
    if (!rule) throw new Refusal(`${spelled(call.name)} of ${kind}`);
    return rule(call);
  };

/** The number 1; also the step of a series that names none. */
export const ONE = '1::BIGINT';

/** A BIGINT[] of numbers; `isSmall`: no multiple of the step can be beyond INT64. Fails for a step of 0, and where there were more elements than GoogleSQL makes. NULL where one is NULL. */
export function seriesOf(
  call: Call,
  of: { readonly from: string; readonly to: string; readonly step: string; readonly isSmall?: boolean },
): string {
  const { from, to, step } = of;
  const span = `CAST(${to} AS HUGEINT) - CAST(${from} AS HUGEINT)`;
  if (step === ONE)
    return `CASE WHEN ${span} >= ${ELEMENTS_MAX} THEN ${tooMany(call)} ELSE generate_series(${from}, ${to}, ${step}) END`;
  const isNull = [from, to, step].map(sql => `${sql} IS NULL`).join(' OR ');
  const zero = raise(fault('Sequence step cannot be 0.'), call.type);
  // It ends where a multiple of the step is no INT64, though the sum with the first element were one.
  const most = `CASE WHEN ${step} > 0 AND ${from} < 0 THEN least(${to}, ${from} + 9223372036854775807) WHEN ${step} < 0 AND ${from} >= 0 THEN greatest(${to}, ${from} + (-9223372036854775807 - 1)) ELSE ${to} END`;
  const series = `generate_series(${from}, ${of.isSmall ? to : most}, ${step})`;
  return `CASE WHEN ${isNull} THEN NULL WHEN ${step} = 0 THEN ${zero} WHEN (${span}) // ${step} >= ${ELEMENTS_MAX} THEN ${tooMany(call)} ELSE ${series} END`;
}

/** Fails: an array of so many elements, of the call's type. */
export const tooMany = (call: Call): string =>
  raise(fault(`Cannot generate arrays with more than ${ELEMENTS_MAX} elements.`), call.type);

/** A rule that always refuses. */
export const refuse =
  (instead?: string): Rule =>
  call => {
    throw new Refusal(call.name.replace(/^\$/, '').toUpperCase(), instead);
  };

/** A table whose functions give NULL where an argument is NULL: for a literal NULL at once, and of the right type. */
export const strict = (rules: Readonly<Record<string, Rule>>): Readonly<Record<string, Rule>> =>
  Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => [
      name,
      call => (call.args.some(arg => arg.literal === null) ? `NULL::${duckDbType(call.type)}` : rule(call)),
    ]),
  );
