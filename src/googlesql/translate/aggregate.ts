// The table of aggregate functions: each writes its call for GROUP BY or, with `over`, for a window. Pure.
// What is not in the table is refused.

import { duckDbType } from '../duckdb-type.ts';
import { newerNote } from '../taught.ts';
import type { SqlType } from '../type.ts';
import { FUNCTIONS } from './functions/index.ts';
import { intervalTotal, noDistinct } from './functions/interval.ts';
import { ONE as ONE_ROW } from './functions/sql.ts';
import { keyOf } from './order.ts';
import { percentile } from './percentile.ts';
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
  readonly having: { readonly kind: 'MAX' | 'MIN'; readonly sql: string; readonly type: SqlType } | undefined;
  /** `OVER (…)`; '' in GROUP BY. */
  readonly over: string;
  /** Whether FLOAT64 is added up as the reference does, in JavaScript: over rows of tables, of which there may be many, DuckDB does it. */
  readonly isToTheBit: boolean;
}

type AggregateRule = (call: AggregateCall) => string;

interface Extra {
  readonly filter?: string;
  readonly separator?: string;
}

/** `name(DISTINCT x ORDER BY …) FILTER (WHERE …) OVER (…)` */
function plain(name: string, call: AggregateCall, extra: Extra = {}): string {
  const separator = extra.separator === undefined ? '' : `, ${extra.separator}`;
  const order = call.order.length === 0 ? '' : ` ORDER BY ${call.order.join(', ')}`;
  if (call.having) return ofHaving(name, call, call.having, extra);
  const filter = extra.filter === undefined ? '' : ` FILTER (WHERE ${extra.filter})`;
  const over = call.over === '' ? '' : ` ${call.over}`;
  return `${name}(${call.isDistinct ? 'DISTINCT ' : ''}${first(call).sql}${separator}${order})${filter}${over}`;
}

/** The call over the rows only whose key is the greatest or least; a NaN among the keys leaves none. */
function ofHaving(
  name: string,
  call: AggregateCall,
  having: NonNullable<AggregateCall['having']>,
  extra: Extra,
): string {
  if (call.over !== '') throw new Refusal(`HAVING ${having.kind} over a window`);
  const arg = first(call);
  const order = call.order.length === 0 ? '' : ` ORDER BY ${call.order.join(', ')}`;
  const isGiven = extra.filter === undefined ? '' : ` AND (${extra.filter})`;
  const isNumber = having.type.kind === 'FLOAT64' ? ` AND NOT isnan(${having.sql})` : '';
  const best = `${having.kind === 'MAX' ? 'max' : 'min'}(${having.sql})`;
  const hasNan = having.type.kind === 'FLOAT64' ? `coalesce(bool_or(isnan(${having.sql})), FALSE)` : 'FALSE';
  const rows = `list({k: ${having.sql}, v: ${arg.sql}}${order}) FILTER (WHERE ${having.sql} IS NOT NULL${isGiven}${isNumber})`;
  const both = `{b: CASE WHEN NOT ${hasNan} THEN ${best} END, l: ${rows}}`;
  const chosen = 'list_transform(list_filter(_b.l, lambda _h: _h.k = _b.b), lambda _h: _h.v)';
  const some = `CASE WHEN len(list_filter(_b.l, lambda _h: _h.k = _b.b)) > 0 THEN ${chosen} END`;
  const values = `list_transform([${both}], lambda _b: ${some})[1]`;
  const told = call.isDistinct ? distinctOf(values) : values;
  if (name === 'list') return told;
  if (name === 'first' || name === 'any_value') return `${told}[1]`;
  const answer = `list_aggregate(${told}, '${name}'${extra.separator === undefined ? '' : `, ${extra.separator}`})`;
  return name === 'count' ? `CAST(coalesce(${answer}, 0) AS BIGINT)` : answer;
}

/** Each element where it first stands; list_distinct forgets the order, and NULL. */
const distinctOf = (list: string): string =>
  `list_transform([list_transform(${list}, lambda _d: {v: _d})], lambda _w: list_transform(list_filter(_w, lambda _d, _i: list_position(_w, _d) = _i), lambda _d: _d.v))[1]`;

function first(call: AggregateCall): Arg {
  const arg = call.args[0];
  if (!arg) throw new Refusal(`${call.name.toUpperCase()} without an argument`);
  return arg;
}

const second = (call: AggregateCall): Arg | undefined => call.args[1];

function sum(call: AggregateCall): string {
  const { kind } = call.type;
  if (kind === 'INT64') return `CAST(${plain('sum', call)} AS BIGINT)`;
  if (kind === 'FLOAT64')
    return `float_sum(${call.isToTheBit ? moment('sum', call) : plain('sum', call)}, ${some(call, x => `isinf(${x})`)})`;
  // A sum of DECIMAL(38, 9) may grow beyond what NUMERIC holds before DuckDB notices.
  if (kind === 'NUMERIC') return `numeric_in_range(${plain('sum', call)})`;
  if (kind === 'BIGNUMERIC') return bigTotal('sum', call);
  if (kind === 'INTERVAL') return ofParts('sum', call);
  throw new Refusal(`SUM of ${kind}`);
}

/** Over a list of the values: of none it is NULL. */
function bigTotal(name: 'sum' | 'avg', call: AggregateCall): string {
  const values = plain('list', call, { filter: `${first(call).sql} IS NOT NULL` });
  return `big_in_range(g_big_${name}(${values}))`;
}

function ofParts(name: 'sum' | 'avg', call: AggregateCall): string {
  noDistinct(call);
  const arg = first(call);
  return intervalTotal(name, arg.sql, (aggregated, sql) => plain(aggregated, { ...call, args: [{ ...arg, sql }] }));
}

function average(call: AggregateCall): string {
  const { kind } = first(call).type;
  if (call.isToTheBit && (kind === 'INT64' || kind === 'FLOAT64')) return moment('avg', call);
  if (kind === 'INT64') return plain('avg', call);
  if (kind === 'FLOAT64') return floatAverage(call);
  if (kind === 'BIGNUMERIC') return bigTotal('avg', call);
  if (kind === 'INTERVAL') return ofParts('avg', call);
  if (kind !== 'NUMERIC') throw new Refusal(`AVG of ${kind}`);
  if (call.isToTheBit) return numericAverage(call);
  const divide = FUNCTIONS.$divide;
  if (!divide) throw new Refusal('AVG of NUMERIC');
  const arg = (sql: string): Arg => ({ sql, type: call.type, literal: undefined });
  const count = `CAST(nullif(${plain('count', call)}, 0) AS ${duckDbType(call.type)})`;
  return divide({ name: '$divide', args: [arg(plain('sum', call)), arg(count)], type: call.type, isSafe: false });
}

function numericAverage(call: AggregateCall): string {
  const { sql } = first(call);
  const text: Arg = { sql: `cast_numeric_string(${sql})`, type: { kind: 'STRING' }, literal: undefined };
  const texts = plain('list', { ...call, args: [text] }, { filter: `${sql} IS NOT NULL` });
  return `CAST(g_numeric_average(${texts}) AS ${duckDbType(call.type)})`;
}

/**
 * The sum on the way may overflow where the average does not: then it is taken of quarters.
 * GoogleSQL moves the average on from value to value: of an infinity there is no way but to NaN, unless it is the last.
 */
function floatAverage(call: AggregateCall): string {
  const arg = first(call);
  const quarters = plain('avg', { ...call, args: [{ ...arg, sql: `(${arg.sql} / 4)` }] });
  const infinities = plain('count', call, { filter: `isinf(${arg.sql})` });
  return `float_avg(${plain('avg', call)}, ${quarters}, ${infinities}, ${latest(call)})`;
}

/** The last value that is one; of distinct values, in the order in which they first come. */
function latest(call: AggregateCall): string {
  const arg = first(call);
  if (call.isDistinct) return `(${plain('list', call, { filter: `${arg.sql} IS NOT NULL` })})[-1]`;
  if (call.over !== '') return `last_value(${arg.sql} IGNORE NULLS) ${call.over}`;
  return plain('last', call, { filter: `${arg.sql} IS NOT NULL` });
}

/** Whether the condition holds for one of the values. */
function some(call: AggregateCall, condition: (value: string) => string): string {
  const arg = first(call);
  return plain('bool_or', { ...call, isDistinct: false, args: [{ ...arg, sql: condition(arg.sql) }] });
}

/** Of arrays by their keys, which hold their elements. */
function extreme(name: 'min' | 'max', call: AggregateCall): string {
  const arg = first(call);
  if (arg.type.kind !== 'ARRAY') return plain(name, call);
  const key = plain(name, { ...call, args: [{ ...arg, sql: keyOf(arg.sql, arg.type) }] });
  return `list_transform(${key}, lambda _k: _k.v)`;
}

/** NaN wins over every number in both MIN and MAX; DuckDB holds it for the greatest. */
function minimum(call: AggregateCall): string {
  const arg = first(call);
  const least = extreme('min', call);
  if (arg.type.kind !== 'FLOAT64') return least;
  return `(CASE WHEN ${some(call, x => `isnan(${x})`)} THEN 'NaN'::DOUBLE ELSE ${least} END)`;
}

function list(call: AggregateCall): string {
  const arg = first(call);
  if (isOfOne(call)) {
    const one = plain('first', call, { filter: `${arg.sql} IS NOT NULL` });
    return `CASE WHEN ${one} IS NOT NULL THEN [${one}] END`;
  }
  const items = plain('list', call, call.nulls === 'ignore' ? { filter: `${arg.sql} IS NOT NULL` } : {});
  return limited(items, call);
}

/** ARRAY_AGG(x IGNORE NULLS ORDER BY … LIMIT 1): DuckDB finds the first without sorting them all, ten times faster. */
const isOfOne = ({ nulls, order, limit, isDistinct, having, over }: AggregateCall): boolean =>
  nulls === 'ignore' && order.length > 0 && limit === ONE_ROW && !isDistinct && !having && over === '';

/** The first of them; NULL, as without any, where they are limited to none. */
const limited = (items: string, call: AggregateCall): string =>
  call.limit === undefined ? items : `CASE WHEN ${call.limit} > 0 THEN (${items})[1:${call.limit}] END`;

function stringAgg(call: AggregateCall): string {
  const arg = first(call);
  if (arg.type.kind === 'BYTES') {
    const parts = plain('list', call, { filter: `${arg.sql} IS NOT NULL` });
    return `g_bytes_join(${limited(parts, call)}, ${second(call)?.sql ?? "'\\x2C'::BLOB"})`;
  }
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
  if (call.having && call.having.type.kind !== 'FLOAT64' && call.over === '') {
    const { kind, sql } = call.having;
    const order = [`${sql} ${kind === 'MAX' ? 'DESC' : 'ASC'}`];
    return plain('first', { ...call, having: undefined, order }, { filter: `${sql} IS NOT NULL` });
  }
  return plain(call.nulls === 'ignore' ? 'any_value' : 'first', call);
}

function count(call: AggregateCall): string {
  return plain('count', call);
}

const ONE: Arg = { sql: '1', type: { kind: 'INT64' }, literal: undefined };

const countStar = (call: AggregateCall): string =>
  call.having ? plain('count', { ...call, args: [ONE] }) : `count(*)${call.over === '' ? '' : ` ${call.over}`}`;

function countIf(call: AggregateCall): string {
  if (call.isDistinct || call.having) {
    const arg = first(call);
    return plain('count', { ...call, args: [{ ...arg, sql: `CASE WHEN ${arg.sql} THEN TRUE END` }] });
  }
  return `count(*) FILTER (WHERE ${first(call).sql})${call.over === '' ? '' : ` ${call.over}`}`;
}

const bits =
  (name: string): AggregateRule =>
  call =>
    plain(name, call);

/** Of FLOAT64, to the last bit. */
function moment(name: string, call: AggregateCall): string {
  const x = asDouble(call, first(call));
  const values = { ...call, args: [{ ...first(call), sql: x }] };
  return `g_float_moment(${plain('list', values, { filter: `${x} IS NOT NULL` })}, '${name}')`;
}

/** NaN where a value is NaN or infinite, which DuckDB fails at. */
const spread =
  (name: string): AggregateRule =>
  call => {
    if (isDecimal(first(call))) return exactSpread(name, call, [first(call)]);
    if (call.isToTheBit) return moment(name, call);
    const x = asDouble(call, first(call));
    const finite = { ...call, args: [{ ...first(call), sql: `CASE WHEN isfinite(${x}) THEN ${x} END` }] };
    const isWild = some(call, () => `NOT isfinite(${x})`);
    const isFew = name.endsWith('_samp') ? `WHEN ${plain('count', call)} < 2 THEN NULL ` : '';
    return `(CASE ${isFew}WHEN ${isWild} THEN 'NaN'::DOUBLE ELSE ${plain(name, finite)} END)`;
  };

/** Of two columns, over the rows where neither is NULL. */
const correlation =
  (name: string): AggregateRule =>
  call => {
    if (isDecimal(first(call)) && !call.isDistinct)
      return exactSpread(name, call, [first(call), second(call) ?? first(call)]);
    const [y, x] = [first(call), second(call)].map(arg => asDouble(call, arg ?? first(call)));
    if (call.isDistinct) throw new Refusal(`${call.name.toUpperCase()}(DISTINCT …)`);
    const over = call.over === '' ? '' : ` ${call.over}`;
    if (call.isToTheBit) {
      const given = ` FILTER (WHERE ${y} IS NOT NULL AND ${x} IS NOT NULL)${over}`;
      return `g_float_common(list(${y})${given}, list(${x})${given}, '${name}')`;
    }
    const pairs = `regr_count(${y}, ${x})${over}`;
    const finite = `isfinite(${y}) AND isfinite(${x})`;
    const isWild = `bool_or(NOT (${finite}))${over}`;
    const answer = `${name}(${y}, ${x}) FILTER (WHERE ${finite})${over}`;
    return `(CASE WHEN ${pairs} < ${name === 'covar_pop' ? 1 : 2} THEN NULL WHEN ${isWild} THEN 'NaN'::DOUBLE ELSE ${answer} END)`;
  };

const isDecimal = ({ type }: Arg): boolean => type.kind === 'NUMERIC' || type.kind === 'BIGNUMERIC';

/** Over all rows in a list, by their digits: sums of squares in DOUBLE would lose what they differ in. */
function exactSpread(name: string, call: AggregateCall, args: readonly Arg[]): string {
  const texts = args.map(({ sql, type }) =>
    type.kind === 'NUMERIC' ? `cast_numeric_string(${sql})` : `g_big_text(${sql})`,
  );
  const isGiven = args.map(({ sql }) => `${sql} IS NOT NULL`).join(' AND ');
  const row: Arg = { sql: `(${texts.join(` || ' ' || `)})`, type: { kind: 'STRING' }, literal: undefined };
  return `g_exact_spread(${plain('list', { ...call, args: [row] }, { filter: isGiven })}, '${name}')`;
}

function asDouble(call: AggregateCall, { sql, type }: Arg): string {
  if (type.kind === 'FLOAT64') return sql;
  if (type.kind === 'INT64') return `CAST(${sql} AS DOUBLE)`;
  throw new Refusal(`${call.name.toUpperCase()} of ${type.kind}`, 'a CAST to FLOAT64');
}

const logical =
  (name: string): AggregateRule =>
  call =>
    plain(name, call);

const AGGREGATES: Readonly<Record<string, AggregateRule>> = {
  $count_star: countStar,
  any_value: anyValue,
  approx_count_distinct: call => count({ ...call, isDistinct: true }),
  array_agg: list,
  array_concat_agg: arrayConcat,
  avg: average,
  approx_quantiles: call => {
    throw new Refusal(call.name.toUpperCase(), 'PERCENTILE_CONT or PERCENTILE_DISC, which are exact');
  },
  bit_and: bits('bit_and'),
  bit_or: bits('bit_or'),
  bit_xor: bits('bit_xor'),
  corr: correlation('corr'),
  count,
  covar_pop: correlation('covar_pop'),
  covar_samp: correlation('covar_samp'),
  countif: countIf,
  logical_and: logical('bool_and'),
  logical_or: logical('bool_or'),
  max: call => extreme('max', call),
  min: minimum,
  percentile_cont: percentile,
  stddev_pop: spread('stddev_pop'),
  stddev_samp: spread('stddev_samp'),
  string_agg: stringAgg,
  sum,
  var_pop: spread('var_pop'),
  var_samp: spread('var_samp'),
};

/** Their calls are not of the form that `plain` writes. */
const NO_HAVING = new Set(['corr', 'covar_pop', 'covar_samp']);

/** What is exact, for sketches that no other engine has bit by bit and for what the reference does not answer. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [/^percentile_disc$/, 'PERCENTILE_DISC … OVER (PARTITION BY …)'],
  [/^hll_count\./, 'COUNT(DISTINCT …) or APPROX_COUNT_DISTINCT over the rows themselves'],
  [/^approx_top_/, 'COUNT or SUM with GROUP BY, ORDER BY and LIMIT'],
];

/** @throws {Refusal} where the function has no rule. */
export function aggregate(call: AggregateCall): string {
  const rule = AGGREGATES[call.name];
  if (call.having && NO_HAVING.has(call.name))
    throw new Refusal(`HAVING ${call.having.kind} in ${call.name.toUpperCase()}`);
  if (!rule) {
    const [, instead] = INSTEAD.find(([names]) => names.test(call.name)) ?? [];
    throw new Refusal(`the aggregate function ${call.name.toUpperCase()}${newerNote(call.name)}`, instead);
  }
  return rule(call);
}
