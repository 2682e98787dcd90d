// Arrays. GoogleSQL's positions outside an array are errors, and NULL arrays give NULL; DuckDB has it otherwise.

import { duckDbType } from '../../duckdb-type.ts';
import { literal } from '../literal.ts';
import { type Call, Refusal, type Rule } from '../rule.ts';
import { ELEMENTS_MAX } from '../runtime/float.ts';
import { equal } from './operators.ts';
import { argument, attempt, bound, byType, fault, ONE, raise, refuse, seriesOf, sqls, withBound } from './sql.ts';

const first = (call: Call): string => argument(call, 0).sql;

const elementAt = (base: 0 | 1, isLenient: boolean): Rule =>
  withBound(call => {
    const [a, i] = sqls(call);
    const isInside = base === 0 ? `${i} >= 0 AND ${i} < len(${a})` : `${i} >= 1 AND ${i} <= len(${a})`;
    const element = `${a}[${i}${base === 0 ? ' + 1' : ''}]`;
    if (isLenient) return `CASE WHEN ${isInside} THEN ${element} END`;
    const failed = raise(`'GoogleSQL: Array index ' || ${i} || ' is out of bounds'`, call.type);
    return `CASE WHEN ${isInside} THEN ${element} WHEN ${a} IS NULL OR ${i} IS NULL THEN NULL ELSE ${failed} END`;
  });

const concat: Rule = withBound(call => {
  const arrays = sqls(call);
  const isGiven = arrays.map(sql => `${sql} IS NOT NULL`).join(' AND ');
  return `CASE WHEN ${isGiven} THEN ${arrays.reduce((all, next) => `list_concat(${all}, ${next})`)} END`;
});

const toText: Rule = withBound(call => {
  const array = argument(call, 0);
  const isBytes = array.type.kind === 'ARRAY' && array.type.element.kind === 'BYTES';
  const [a, delimiter, forNull] = sqls(call);
  const separator = argument(call, 1).literal;
  // DuckDB takes a constant only, and chr(0) is none.
  const isConstant = typeof separator === 'string' && !separator.includes('\0');
  const join = isConstant ? 'array_to_string' : 'g_array_to_string';
  const shown =
    forNull === undefined
      ? `list_filter(${a}, lambda e: e IS NOT NULL)`
      : `list_transform(${a}, lambda e: coalesce(e, ${forNull}))`;
  const isGiven = sqls(call)
    .map(sql => `${sql} IS NOT NULL`)
    .join(' AND ');
  if (isBytes) return `CASE WHEN ${isGiven} THEN g_bytes_join(${shown}, ${delimiter}) END`;
  return `CASE WHEN ${isGiven} THEN coalesce(${join}(${shown}, ${delimiter}), '') END`;
});

const make: Rule = call => `[${sqls(call).join(', ')}]::${duckDbType(call.type)}`;

/** 2^42: as many times as there may be elements it is an INT64. */
const SMALL_STEP = 4_398_046_511_104;

const series: Rule = call => {
  const by = Number(call.args[2]?.literal ?? Number.NaN);
  return withBound(bound => {
    const [from = '', to = '', step = ONE] = sqls(bound);
    return seriesOf(bound, { from, to, step, isSmall: Math.abs(by) <= SMALL_STEP });
  })(call);
};

const floatSeries: Rule = call =>
  attempt(
    call,
    (from, to, step = '1.0::DOUBLE') => `g_float_series(${from}, ${to}, ${step})`,
    `Sequence step cannot be 0 or no finite number, nor give more than ${ELEMENTS_MAX} elements`,
  );

/** Computed in BIGNUMERIC (bignumeric.ts), whose every sum a NUMERIC that is in between also has. */
const decimalSeries: Rule = call => {
  const { kind } = argument(call, 0).type;
  const key = (sql: string): string => (kind === 'NUMERIC' ? `g_big_of_numeric(${sql})` : sql);
  const one = literal('1', { kind: 'BIGNUMERIC' });
  const texts = attempt(
    { ...call, type: { kind: 'ARRAY', element: { kind: 'STRING' } } },
    (from = '', to = '', step) => `g_decimal_series(${key(from)}, ${key(to)}, ${step === undefined ? one : key(step)})`,
    `Sequence step cannot be 0, nor give more than ${ELEMENTS_MAX} elements`,
  );
  return kind === 'NUMERIC'
    ? `CAST(${texts} AS DECIMAL(38, 9)[])`
    : `list_transform(${texts}, lambda _d: g_big_of_string(_d))`;
};

const nonEmpty = (index: string): Rule =>
  withBound(call => {
    const a = first(call);
    const failed = raise(fault(`${call.name.toUpperCase()} cannot get an element of an empty array`), call.type);
    return `CASE WHEN len(${a}) = 0 THEN ${failed} ELSE ${a}[${index}] END`;
  });

/** Positions count from 0, negative ones from the end; both ends are in. */
const slice: Rule = withBound(call => {
  const [a, from, to] = sqls(call);
  const at = (i: string | undefined): string => `CASE WHEN ${i} < 0 THEN ${i} + len(${a}) ELSE ${i} END`;
  const empty = `[]::${duckDbType(call.type)}`;
  return bound(
    [
      { sql: at(from), type: { kind: 'INT64' } },
      { sql: at(to), type: { kind: 'INT64' } },
    ],
    (low = '', high = '') => {
      const isNull = [a, from, to].map(sql => `${sql} IS NULL`).join(' OR ');
      return `CASE WHEN ${isNull} THEN NULL WHEN ${high} < 0 OR ${low} > ${high} OR ${low} >= len(${a}) THEN ${empty} ELSE ${a}[greatest(${low}, 0) + 1:least(${high}, len(${a}) - 1) + 1] END`;
    },
  );
});

/** The first or last n, or all but these. */
const some = (write: (a: string, n: string) => string): Rule =>
  withBound(call => {
    const [a = '', n = ''] = sqls(call);
    const failed = raise(fault(`${call.name.toUpperCase()}: n cannot be negative`), call.type);
    return `CASE WHEN ${a} IS NULL OR ${n} IS NULL THEN NULL WHEN ${n} < 0 THEN ${failed} ELSE ${write(a, `least(${n}, len(${a}))`)} END`;
  });

const isDistinct: Rule = withBound(call => {
  const { type, sql } = argument(call, 0);
  if (
    type.kind !== 'ARRAY' ||
    (type.element.kind === 'STRUCT' && type.element.fields.some(f => f.type.kind === 'FLOAT64'))
  ) {
    throw new Refusal('ARRAY_IS_DISTINCT of STRUCT that holds FLOAT64');
  }
  // As texts a NaN is the same as another; adding 0 takes the sign off -0.
  const items = type.element.kind === 'FLOAT64' ? `list_transform(${sql}, lambda _e: CAST(_e + 0e0 AS VARCHAR))` : sql;
  return `(len(list_distinct(${items})) + least(len(${sql}) - list_count(${sql}), 1) = len(${sql}))`;
});

/** How many of the sorted boundaries the point has reached. */
const rangeBucket: Rule = withBound(call => {
  const [point, array] = [argument(call, 0), argument(call, 1)];
  const hasNull = `list_count(${array.sql}) < len(${array.sql})`;
  const failed = raise(fault('Elements in input array to RANGE_BUCKET cannot be null'), call.type);
  const disordered = raise(fault('Elements in input array to RANGE_BUCKET must be in ascending order'), call.type);
  const count = `CAST(len(list_filter(${array.sql}, lambda e: e <= ${point.sql})) AS BIGINT)`;
  const isNan = point.type.kind === 'FLOAT64' ? ` OR isnan(${point.sql})` : '';
  const nan = raise(fault('Elements in input array to RANGE_BUCKET cannot be NaN'), call.type);
  const hasNan = isNan === '' ? '' : `WHEN len(list_filter(${array.sql}, lambda e: isnan(e))) > 0 THEN ${nan} `;
  return `CASE WHEN ${point.sql} IS NULL${isNan} OR ${array.sql} IS NULL THEN NULL ${hasNan}WHEN ${hasNull} THEN ${failed} WHEN ${array.sql} <> list_sort(${array.sql}) THEN ${disordered} ELSE ${count} END`;
});

const elementRule = (write: (a: string, call: Call) => string): Rule =>
  withBound(call => `CASE WHEN ${first(call)} IS NOT NULL THEN ${write(first(call), call)} END`);

const offsets: Rule = withBound(call => {
  const [array, target] = [argument(call, 0), argument(call, 1)];
  if (array.type.kind !== 'ARRAY') throw new Error('an array that is none');
  const hit = equal(array.type.element, `${array.sql}[i + 1]`, target.sql);
  return `CASE WHEN ${array.sql} IS NOT NULL AND ${target.sql} IS NOT NULL THEN list_filter(range(len(${array.sql})), lambda i: ${hit}) END`;
});

export const ARRAY: Readonly<Record<string, Rule>> = {
  $array_at_offset: elementAt(0, false),
  $array_at_ordinal: elementAt(1, false),
  $safe_array_at_offset: elementAt(0, true),
  $safe_array_at_ordinal: elementAt(1, true),
  // However the elements are written, there are as many.
  array_length: call => argument(call, 0).items?.length ?? `len(${first(call)})`,
  array_concat: concat,
  array_to_string: toText,
  array_reverse: call => `list_reverse(${first(call)})`,
  generate_array: byType({ INT64: series, FLOAT64: floatSeries, NUMERIC: decimalSeries, BIGNUMERIC: decimalSeries }),
  array_first: nonEmpty('1'),
  array_last: nonEmpty('-1'),
  array_slice: slice,
  array_first_n: some((a, n) => `${a}[1:${n}]`),
  array_last_n: some((a, n) => `${a}[len(${a}) - ${n} + 1:len(${a})]`),
  array_remove_first_n: some((a, n) => `${a}[${n} + 1:len(${a})]`),
  array_remove_last_n: some((a, n) => `${a}[1:len(${a}) - ${n}]`),
  array_is_distinct: isDistinct,
  array_offsets: offsets,
  array_find_all: refuse('a subquery over UNNEST'),
  range_bucket: rangeBucket,
  array_min: elementRule(a => `list_min(${a})`),
  array_max: elementRule(a => `list_max(${a})`),
  flatten: refuse('a subquery over UNNEST'),
};

export const ARRAY_MAKERS: Readonly<Record<string, Rule>> = { $make_array: make };
