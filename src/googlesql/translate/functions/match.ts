// What REGEXP_CONTAINS tells of a text, and the casts that need not look at the text again where it holds:
// IF(REGEXP_CONTAINS(x, r'^[0-9]{4}$'), SAFE_CAST(x AS INT64), NULL). Pure text.

import { callsOf } from '../binder.ts';
import { INSTANT, NUMBER, WHOLE } from '../macros.ts';
import { followedBy, isWithin, replaced, type Texts, textsOf, wholeTextsOf } from '../pattern.ts';
import type { Call, Match } from '../rule.ts';
import { groupsIn } from './regexp.ts';
import { bound, isPlain, typed } from './sql.ts';

/** What is known where the call is TRUE. */
export function matchOf(call: Call): Match | undefined {
  if (call.name !== 'regexp_contains') return undefined;
  const [of, pattern] = call.args;
  if (of?.type.kind !== 'STRING' || typeof pattern?.literal !== 'string' || !isPlain(of.sql)) return undefined;
  const texts = textsOf(pattern.literal);
  return texts && { of: of.sql, texts };
}

/** What REGEXP_EXTRACT can take out of a text, where its one group has none in it. */
export function capturedBy(call: Call): Texts | undefined {
  const [of, pattern] = call.args;
  if (call.name !== 'regexp_extract' || of?.type.kind !== 'STRING' || typeof pattern?.literal !== 'string')
    return undefined;
  const isRead = !/\[[^\]]*[()]|\\[Q()]/.test(pattern.literal) && groupsIn(pattern.literal) === 1;
  const [, group] = (isRead && /\((?!\?)([^()]*)\)/.exec(pattern.literal)) || [];
  return group === undefined ? undefined : wholeTextsOf(group);
}

/** Whether DuckDB reads all of these as the whole numbers that GoogleSQL reads, or as NULL beyond INT64. */
export const areWhole = (texts: Texts | undefined): boolean => texts !== undefined && within(texts, WHOLE);

/** Casts of ours that look at a text first, and what is left of them where that is known. */
const LOOKING = [
  { cast: 'cast_string_int_or_null', takes: WHOLE, rest: (x: string) => `TRY_CAST(${x} AS BIGINT)` },
  { cast: 'cast_string_timestamp_or_null', takes: INSTANT, rest: (x: string) => `TRY_CAST(${x} AS TIMESTAMP)` },
  { cast: 'cast_string_numeric_or_null', takes: NUMBER, rest: (x: string) => `cast_number_numeric_or_null(${x})` },
] as const;

/** Seconds since 1970 that are surely of years 1 to 9999. */
const SECONDS = '[0-9]{1,11}';

/** `sql` where that is known: texts that DuckDB's own cast surely reads alike are given to it as they are. */
export function underMatch(sql: string, match: Match | undefined): string {
  if (!match || !sql.includes('_or_null(')) return sql;
  let simpler = sql;
  for (const { cast, takes, rest } of LOOKING) {
    for (const call of new Set(callsOf(sql, new RegExp(String.raw`\b${cast}(?=\()`, 'g')))) {
      const given = call.slice(cast.length + 1, -1);
      const texts = textsIn(given, match);
      if (texts && within(texts, takes)) simpler = simpler.replaceAll(call, () => rest(given));
    }
  }
  const number = `TRY_CAST(${match.of} AS BIGINT)`;
  const inRange = bound([typed('INT64', number)], n => `timestamp_seconds_or_null(${n})`);
  return simpler.includes(inRange) && within(match.texts, SECONDS)
    ? simpler.replaceAll(inRange, `make_timestamp(${number} * 1000000)`)
    : simpler;
}

function within(texts: Texts, pattern: string): boolean {
  const outer = wholeTextsOf(pattern);
  return outer !== undefined && isWithin(texts, outer);
}

/** What a value made of the matched text can be. */
function textsIn(sql: string, { of, texts }: Match): Texts | undefined {
  if (sql === of) return texts;
  if (sql.startsWith(`replace(${of}, `)) {
    const [, from, to] = /^, '([^'])', '([^'])'\)$/.exec(sql.slice(`replace(${of}`.length)) ?? [];
    return from === undefined || to === undefined ? undefined : replaced(texts, from, to);
  }
  const [, behind] = sql.startsWith(`(${of} || `) ? (/^ \|\| '([^']*)'\)$/.exec(sql.slice(of.length + 1)) ?? []) : [];
  return behind === undefined ? undefined : followedBy(texts, behind);
}
