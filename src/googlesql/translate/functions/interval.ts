// INTERVAL: DuckDB's has the same three parts, compares alike (a month is 30 days, a day 24 hours), and has no limits: they are checked here.

import type { SqlType } from '../../type.ts';
import { type Arg, type Call, Refusal, type Rule } from '../rule.ts';
import { argument, bound, fault, raise, sqls, withBound } from './sql.ts';

const macro = (head: string, body: string): string => `CREATE OR REPLACE TEMP MACRO ${head} AS ${body}`;

export const INTERVAL: SqlType = { kind: 'INTERVAL' };
const DAY = 86_400_000_000n;

/** Ten thousand years, each part for itself. */
const IN_RANGE = `abs(m) <= 120000 AND abs(d) <= 3660000 AND abs(u) <= 316224000000000000`;

/**
 * interval_of(m, d, u): of months, days, microseconds; fails beyond what an INTERVAL holds. interval_of_list: of [m, d, u].
 * interval_divided(m, d, u, n): what is left of months goes to days of 30, what is left of days to the clock; all towards zero.
 */
export const INTERVAL_MACROS: readonly string[] = [
  macro('interval_months(i)', `(datepart('year', i) * 12 + datepart('month', i))`),
  macro('interval_days(i)', `datepart('day', i)`),
  macro(
    'interval_micros(i)',
    `(datepart('hour', i) * 3600000000 + datepart('minute', i) * 60000000 + datepart('microsecond', i))`,
  ),
  macro(
    'interval_list(i)',
    'CASE WHEN i IS NOT NULL THEN [interval_months(i), interval_days(i), interval_micros(i)] END',
  ),
  macro(
    'interval_of(m, d, u)',
    `CASE WHEN ${IN_RANGE} THEN to_months(CAST(m AS INTEGER)) + to_days(CAST(d AS INTEGER)) + to_microseconds(CAST(u AS BIGINT))
WHEN m IS NOT NULL AND d IS NOT NULL AND u IS NOT NULL THEN ${raise(fault('Interval field is out of range'), INTERVAL)} END`,
  ),
  macro('interval_of_list(l)', 'interval_of(l[1], l[2], l[3])'),
  macro(
    'interval_divided(m, d, u, n)',
    `interval_of(m // n, (d + m % n * 30) // n, (u + (d + m % n * 30) % n * ${DAY}) // n)`,
  ),
  macro('interval_text(i)', 'g_interval_text(interval_list(i))'),
];

const months = (i: string): string => `interval_months(${i})`;
const days = (i: string): string => `interval_days(${i})`;
const micros = (i: string): string => `interval_micros(${i})`;
const partsOf = (i: string): readonly [string, string, string] => [months(i), days(i), micros(i)];

const ofParts = (parts: readonly string[]): string =>
  `interval_of(${parts.map(part => `CAST(${part} AS HUGEINT)`).join(', ')})`;

const UNITS: Readonly<Record<string, readonly [place: number, factor: bigint]>> = {
  YEAR: [0, 12n],
  QUARTER: [0, 3n],
  MONTH: [0, 1n],
  WEEK: [1, 7n],
  DAY: [1, 1n],
  HOUR: [2, 3_600_000_000n],
  MINUTE: [2, 60_000_000n],
  SECOND: [2, 1_000_000n],
};

const made: Rule = withBound(call => {
  const [count = ''] = sqls(call);
  const part = String(argument(call, 1).literal);
  const unit = UNITS[part];
  if (unit === undefined) return raise(fault(`Invalid interval datetime field ${part}`), INTERVAL);
  const parts = ['0', '0', '0'].map((zero, i) => (i === unit[0] ? `CAST(${count} AS HUGEINT) * ${unit[1]}` : zero));
  return ofParts(parts);
});

const makeInterval: Rule = withBound(call => {
  const wide = sqls(call).map(sql => `CAST(${sql} AS HUGEINT)`);
  const [y = '0', m = '0', d = '0', h = '0', i = '0', s = '0'] = wide;
  return `interval_of(${y} * 12 + ${m}, ${d}, ((${h} * 60 + ${i}) * 60 + ${s}) * 1000000)`;
});

const isInterval = (arg: Arg | undefined): boolean => arg?.type.kind === 'INTERVAL';

/** Sums and differences of two intervals, or of a point in time and one; undefined where there is none. */
export function intervalSum(call: Call, sign: '+' | '-'): string | undefined {
  const [left, right] = [argument(call, 0), argument(call, 1)];
  if (isInterval(left) && isInterval(right)) {
    return bound([left, right], (a = '', b = '') => {
      const [x, y] = [partsOf(a), partsOf(b)];
      return ofParts(x.map((part, i) => `CAST(${part} AS HUGEINT) ${sign} ${y[i]}`));
    });
  }
  if (isInterval(left)) return shifted(right, left, sign);
  if (isInterval(right)) return shifted(left, right, sign);
  return sign === '-' && call.type.kind === 'INTERVAL' ? difference(left, right) : undefined;
}

const OUTSIDE = `BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999'`;

/** An instant has no months: they are of no one length. */
function shifted(at: Arg, by: Arg, sign: '+' | '-'): string {
  const type: SqlType = { kind: at.type.kind === 'TIMESTAMP' ? 'TIMESTAMP' : 'DATETIME' };
  return bound([at, by], (t = '', i = '') =>
    bound([{ sql: `(CAST(${t} AS TIMESTAMP) ${sign} ${i})`, type }], moved => {
      const hasMonths =
        type.kind === 'TIMESTAMP' ? `WHEN ${months(i)} <> 0 AND ${t} IS NOT NULL THEN ${NO_MONTHS} ` : '';
      const failed = raise(fault('Adding an interval causes overflow'), type);
      return `CASE ${hasMonths}WHEN ${moved} IS NULL OR ${moved} ${OUTSIDE} THEN ${moved} ELSE ${failed} END`;
    }),
  );
}

const NO_MONTHS = raise(
  fault('TIMESTAMP +/- INTERVAL is not supported for intervals with non-zero MONTH or YEAR part.'),
  {
    kind: 'TIMESTAMP',
  },
);

/** Days and a clock between civil times, a clock alone between instants and between times of the day. */
function difference(left: Arg, right: Arg): string {
  const wide = (sql: string): string => `CAST(epoch_us(${sql}) AS HUGEINT)`;
  const { kind } = left.type;
  const both = `${wide(kind === 'DATE' ? `CAST(${left.sql} AS TIMESTAMP)` : left.sql)} - ${wide(right.type.kind === 'DATE' ? `CAST(${right.sql} AS TIMESTAMP)` : right.sql)}`;
  if (kind === 'TIMESTAMP' || kind === 'TIME') return `interval_of(0, 0, ${both})`;
  return `interval_of(0, (${both}) // ${DAY}, (${both}) % ${DAY})`;
}

/** Both orders of the arguments. */
export const intervalProduct: Rule = call => {
  const [i, n] = isInterval(argument(call, 0)) ? [0, 1] : [1, 0];
  return bound([argument(call, i), argument(call, n)], (x = '', count = '') =>
    ofParts(partsOf(x).map(part => `CAST(${part} AS HUGEINT) * ${count}`)),
  );
};

export const intervalQuotient: Rule = withBound(call => {
  const [i = '', n = ''] = sqls(call);
  const byZero = raise(fault('Interval division by zero'), INTERVAL);
  const [m, d, u] = partsOf(i).map(part => `CAST(${part} AS HUGEINT)`);
  return `CASE WHEN ${n} = 0 AND ${i} IS NOT NULL THEN ${byZero} ELSE interval_divided(${m}, ${d}, ${u}, ${n}) END`;
});

export const intervalNegated: Rule = withBound(call => {
  const [i = ''] = sqls(call);
  return ofParts(partsOf(i).map(part => `-${part}`));
});

const justified =
  (kind: string): Rule =>
  call =>
    `interval_of_list(g_interval_justify(interval_list(${argument(call, 0).sql}), '${kind}'))`;

const EXTRACTS: Readonly<Record<string, (i: string) => string>> = {
  YEAR: i => `(${months(i)} // 12)`,
  MONTH: i => `(${months(i)} % 12)`,
  DAY: days,
  HOUR: i => `(${micros(i)} // 3600000000)`,
  MINUTE: i => `(${micros(i)} // 60000000 % 60)`,
  SECOND: i => `(${micros(i)} // 1000000 % 60)`,
  MILLISECOND: i => `(${micros(i)} % 1000000 // 1000)`,
  MICROSECOND: i => `(${micros(i)} % 1000000)`,
  NANOSECOND: i => `(${micros(i)} % 1000000 * 1000)`,
};

/** EXTRACT(part FROM interval). */
export function extractedFromInterval(call: Call, part: string): string {
  const write = EXTRACTS[part];
  if (!write) return raise(fault(`Unsupported date part ${part} in EXTRACT FROM INTERVAL`), call.type);
  return bound([argument(call, 0)], write);
}

/** SUM and AVG: of each part for itself. `aggregated` writes the aggregate over an expression. */
export function intervalTotal(
  name: 'sum' | 'avg',
  x: string,
  aggregated: (name: string, sql: string) => string,
): string {
  const sums = partsOf(x).map(part => `CAST(${aggregated('sum', part)} AS HUGEINT)`);
  if (name === 'sum') return `interval_of(${sums.join(', ')})`;
  return `interval_divided(${sums.join(', ')}, nullif(${aggregated('count', x)}, 0))`;
}

export const INTERVALS: Readonly<Record<string, Rule>> = {
  $interval: made,
  make_interval: makeInterval,
  justify_days: justified('days'),
  justify_hours: justified('hours'),
  justify_interval: justified('interval'),
};

/** @throws {Refusal} what no rule here knows. */
export const noDistinct = (call: { readonly isDistinct: boolean; readonly name: string }): void => {
  if (call.isDistinct) throw new Refusal(`${call.name.toUpperCase()}(DISTINCT …) of INTERVAL`);
};
