// What a CASE does with a text after it has looked for several shapes of it: few rows are left, so what counts is what DuckDB's planner
// takes for it, which compiles every pattern some four times. JavaScript's functions, which answer the same, cost next to nothing to plan. Pure text.

import { callsOf, findBinders } from '../binder.ts';
import { likeAny } from '../pattern.ts';
import type { Arg } from '../rule.ts';

/** After so many shapes a text is a rare one. */
const SHAPES_BEFORE = 3;
const PATTERN = 'regexp_matches(';

/** A condition of a CASE and what follows from it, where those before it say that few rows come there. */
export interface RareArm {
  readonly condition: string;
  /** `sql` as it is written for few rows. */
  readonly value: (sql: string) => string;
}

/** The condition at `index`, if it looks for what is no shape of fixed length, behind several that are, of the same text. */
export function rareArm(conditions: readonly Arg[], index: number): RareArm | undefined {
  const { match, sql } = conditions[index] ?? {};
  if (!match || !sql?.startsWith(PATTERN)) return undefined;
  const shapes = conditions.slice(0, index).filter(one => one.match?.of === match.of && !one.sql.startsWith(PATTERN));
  const like = likeAny(match.texts, match.of);
  if (shapes.length < SHAPES_BEFORE || like === undefined) return undefined;
  // In a CASE of its own: DuckDB may turn an AND around, and a call of JavaScript costs a quarter of a millisecond however few rows it has.
  const condition = `CASE WHEN ${like} THEN g_regexp_contains(${sql.slice(PATTERN.length)} ELSE FALSE END`;
  return { condition, value: ofFew };
}

/** Without the fast roads of casts and products, and the lambdas that these need. */
function ofFew(sql: string): string {
  const numbers = sql.replace(/\bcast_number_numeric_or_null\(/g, 'cast_text_numeric(');
  const texts = callsOf(numbers, /\bregexp_replace(?=\()/g).reduce(scripted, numbers);
  for (const { start, end, values, body } of findBinders(texts)) {
    const [{ name, sql: value } = { name: '', sql: '' }] = values;
    const plain = values.length === 1 ? slowRoad(body, name, value) : undefined;
    if (plain !== undefined) return ofFew(`${texts.slice(0, start)}${plain}${texts.slice(end)}`);
  }
  return texts;
}

const ALL_MATCHES = ", 'g')";

/** `call` by JavaScript's RE2, which replaces all matches. */
const scripted = (sql: string, call: string): string =>
  call.endsWith(ALL_MATCHES) ? sql.replace(call, () => `g_${call.slice(0, -ALL_MATCHES.length)})`) : sql;

/** The body over the value itself, which it names once. */
function slowRoad(body: string, name: string, value: string): string | undefined {
  if (body === `cast_string_timestamp_or_null(${name})`) return `make_timestamp(cast_text_timestamp(${value}))`;
  const times = `numeric_times_or_null(${name}, `;
  return body.startsWith(times)
    ? `g_numeric_multiply(${value}, CAST(${body.slice(times.length, -1)} AS DECIMAL(38, 9)))`
    : undefined;
}
