// The table of aggregate functions: each writes its call for GROUP BY or, with `over`, for a window. Pure.
// What is not in the table is refused.

import { duckDbType } from '../duckdb-type.ts';
import type { SqlType } from '../type.ts';
import { FUNCTIONS } from './functions/index.ts';
import { type Arg, Refusal } from './rule.ts';

export interface AggregateCall {
  readonly name: string;
  readonly args: readonly Arg[];
  readonly type: SqlType;
  readonly isDistinct: boolean;
  readonly nulls: 'ignore' | 'respect' | undefined;
  /** Items of ORDER BY inside the call. */
  readonly order: readonly string[];
  readonly limit: string | undefined;
  /** HAVING MAX or MIN inside the call: only the rows where it is that. */
  readonly having: { readonly kind: 'MAX' | 'MIN'; readonly sql: string } | undefined;
  /** `OVER (…)`; '' in GROUP BY. */
  readonly over: string;
}

export type AggregateRule = (call: AggregateCall) => string;

interface Extra {
  readonly filter?: string;
  readonly separator?: string;
}

/** `name(DISTINCT x ORDER BY …) FILTER (WHERE …) OVER (…)` */
function plain(name: string, call: AggregateCall, extra: Extra = {}): string {
  const separator = extra.separator === undefined ? '' : `, ${extra.separator}`;
  const order = call.order.length === 0 ? '' : ` ORDER BY ${call.order.join(', ')}`;
  const filter = extra.filter === undefined ? '' : ` FILTER (WHERE ${extra.filter})`;
  const over = call.over === '' ? '' : ` ${call.over}`;
  return `${name}(${call.isDistinct ? 'DISTINCT ' : ''}${first(call).sql}${separator}${order})${filter}${over}`;
}

function first(call: AggregateCall): Arg {
  const arg = call.args[0];
  if (!arg) throw new Refusal(`${call.name.toUpperCase()} without an argument`);
  return arg;
}

const second = (call: AggregateCall): Arg | undefined => call.args[1];

function sum(call: AggregateCall): string {
  const { kind } = call.type;
  if (kind === 'INT64') return `CAST(${plain('sum', call)} AS BIGINT)`;
  if (kind === 'FLOAT64') return plain('sum', call);
  // A sum of DECIMAL(38, 9) may grow beyond what NUMERIC holds before DuckDB notices.
  if (kind === 'NUMERIC') return `numeric_in_range(${plain('sum', call)})`;
  throw new Refusal(`SUM of ${kind}`);
}

function average(call: AggregateCall): string {
  const { kind } = first(call).type;
  if (kind === 'INT64' || kind === 'FLOAT64') return plain('avg', call);
  if (kind !== 'NUMERIC') throw new Refusal(`AVG of ${kind}`);
  const divide = FUNCTIONS.$divide;
  if (!divide) throw new Refusal('AVG of NUMERIC');
  const arg = (sql: string): Arg => ({ sql, type: call.type, literal: undefined });
  const count = `CAST(nullif(${plain('count', call)}, 0) AS ${duckDbType(call.type)})`;
  return divide({ name: '$divide', args: [arg(plain('sum', call)), arg(count)], type: call.type, isSafe: false });
}

/** NaN wins over every number in both MIN and MAX; DuckDB holds it for the greatest. */
function minimum(call: AggregateCall): string {
  const arg = first(call);
  const least = plain('min', call);
  if (arg.type.kind !== 'FLOAT64') return least;
  const hasNaN = plain('bool_or', { ...call, isDistinct: false, args: [{ ...arg, sql: `isnan(${arg.sql})` }] });
  return `(CASE WHEN ${hasNaN} THEN CAST('NaN' AS DOUBLE) ELSE ${least} END)`;
}

function list(call: AggregateCall): string {
  const arg = first(call);
  if (call.isDistinct && call.nulls !== 'ignore') return listDistinctWithNulls(call, arg);
  const items = plain('list', call, call.nulls === 'ignore' ? { filter: `${arg.sql} IS NOT NULL` } : {});
  return limited(items, call);
}

// list(DISTINCT x) of DuckDB leaves NULL out; GoogleSQL keeps one.
function listDistinctWithNulls(_call: AggregateCall, _arg: Arg): string {
  throw new Refusal('ARRAY_AGG(DISTINCT …) that keeps NULLs', 'ARRAY_AGG(DISTINCT … IGNORE NULLS)');
}

const limited = (items: string, call: AggregateCall): string =>
  call.limit === undefined ? items : `(${items})[1:${call.limit}]`;

function stringAgg(call: AggregateCall): string {
  const arg = first(call);
  if (arg.type.kind !== 'STRING') throw new Refusal(`STRING_AGG of ${arg.type.kind}`);
  const separator = second(call)?.sql ?? "','";
  if (call.limit === undefined) return plain('string_agg', call, { separator });
  const items = plain('list', call, { filter: `${arg.sql} IS NOT NULL` });
  return `array_to_string(${limited(items, call)}, ${separator})`;
}

function arrayConcat(call: AggregateCall): string {
  return `flatten(${limited(plain('list', call, { filter: `${first(call).sql} IS NOT NULL` }), call)})`;
}

function anyValue(call: AggregateCall): string {
  if (call.having) {
    const order = [`${call.having.sql} ${call.having.kind === 'MAX' ? 'DESC' : 'ASC'} NULLS LAST`];
    return plain('first', { ...call, order });
  }
  return plain(call.nulls === 'ignore' ? 'any_value' : 'first', call);
}

function count(call: AggregateCall): string {
  return plain('count', call);
}

const countStar = (call: AggregateCall): string => `count(*)${call.over === '' ? '' : ` ${call.over}`}`;

function countIf(call: AggregateCall): string {
  if (call.isDistinct) throw new Refusal('COUNTIF(DISTINCT …)');
  return `count(*) FILTER (WHERE ${first(call).sql})${call.over === '' ? '' : ` ${call.over}`}`;
}

const bits =
  (name: string): AggregateRule =>
  call =>
    plain(name, call);

/** Over FLOAT64; NaN and infinity are errors to DuckDB, NaN to GoogleSQL, so they are asked for first. */
const spread =
  (name: string): AggregateRule =>
  call => {
    const arg = first(call);
    const asDouble = arg.type.kind === 'FLOAT64' ? arg.sql : `CAST(${arg.sql} AS DOUBLE)`;
    if (arg.type.kind !== 'FLOAT64' && arg.type.kind !== 'INT64')
      throw new Refusal(`${call.name.toUpperCase()} of ${arg.type.kind}`);
    const over = { ...call, args: [{ ...arg, sql: `CASE WHEN isfinite(${asDouble}) THEN ${asDouble} END` }] };
    const isWild = plain('bool_or', {
      ...call,
      isDistinct: false,
      args: [{ ...arg, sql: `NOT isfinite(${asDouble})` }],
    });
    return `(CASE WHEN ${isWild} THEN CAST('NaN' AS DOUBLE) ELSE ${plain(name, over)} END)`;
  };

const logical =
  (name: string): AggregateRule =>
  call =>
    plain(name, call);

export const AGGREGATES: Readonly<Record<string, AggregateRule>> = {
  $count_star: countStar,
  any_value: anyValue,
  approx_count_distinct: call => count({ ...call, isDistinct: true }),
  array_agg: list,
  array_concat_agg: arrayConcat,
  avg: average,
  bit_and: bits('bit_and'),
  bit_or: bits('bit_or'),
  bit_xor: bits('bit_xor'),
  count,
  countif: countIf,
  logical_and: logical('bool_and'),
  logical_or: logical('bool_or'),
  max: call => plain('max', call),
  min: minimum,
  stddev_pop: spread('stddev_pop'),
  stddev_samp: spread('stddev_samp'),
  string_agg: stringAgg,
  sum,
  var_pop: spread('var_pop'),
  var_samp: spread('var_samp'),
};

/** @throws {Refusal} where the function has no rule. */
export function aggregate(call: AggregateCall): string {
  const rule = AGGREGATES[call.name];
  if (call.having && call.name !== 'any_value')
    throw new Refusal(`HAVING ${call.having.kind} in ${call.name.toUpperCase()}`);
  if (!rule) throw new Refusal(`the aggregate function ${call.name.toUpperCase()}`);
  return rule(call);
}
