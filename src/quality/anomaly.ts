// What is unusual for an asset, told from its own history: median and MAD over the same weekday, silent while too little is known.
// Pure: history comes in, a judgement goes out.

import { addDays, weekdayName } from './day.ts';
import { scoreOf, usualOf } from './robust.ts';

export interface AnomalyRule {
  /** Days that are looked back. */
  readonly days: number;
  /** Days of the same weekday that must be known. */
  readonly minHistory: number;
  /** Deviations beyond which a value is an anomaly. */
  readonly warnAbove: number;
}

export const DEFAULT_RULE: AnomalyRule = { days: 56, minHistory: 4, warnAbove: 4 };

export interface Finding {
  /** `silent`: too little is known. */
  readonly kind: 'usual' | 'unusual' | 'silent';
  readonly text: string;
  readonly value: number | null;
  readonly median: number | null;
  /** Deviations from the median. */
  readonly score: number | null;
}

const silent = (text: string): Finding => ({ kind: 'silent', text, value: null, median: null, score: null });

/** How a value and its floor are told: a count, a share, a mean. */
export interface Scale {
  /** Below this one deviation never is, whatever the history. */
  floor(median: number): number;
  say(value: number): string;
}

/**
 * Judges the value of `day` against the same weekdays before it. `history` has the days that are known; a day in between that
 * is not counts as `absent`, or is passed over where that is undefined.
 */
export function judgeDay(
  day: string,
  history: ReadonlyMap<string, number>,
  options: { readonly rule: AnomalyRule; readonly scale: Scale; readonly absent?: number },
): Finding {
  const { rule, scale, absent } = options;
  const value = history.get(day) ?? absent;
  if (value === undefined) return silent(`nothing is known of ${day}`);
  const before = weekdaysBefore(day, rule.days);
  const known = before.filter(one => history.has(one));
  if (known.length < rule.minHistory) {
    return silent(
      `${known.length} ${weekdayName(day)}s in the ${rule.days} days before are known, ${rule.minHistory} are needed`,
    );
  }
  const [first = day] = known;
  const values = before.filter(one => one >= first).flatMap(one => history.get(one) ?? absent ?? []);
  const finding = judgeValue(value, values, { rule, scale, what: `${weekdayName(day)}s` });
  // Nothing at all, where there always was something, is no matter of deviations.
  return absent === 0 && value === 0 && Math.min(...values) > 0 ? { ...finding, kind: 'unusual' } : finding;
}

/** Oldest first. */
function weekdaysBefore(day: string, days: number): readonly string[] {
  const count = Math.floor(days / 7);
  return Array.from({ length: count }, (_, at) => addDays(day, -7 * (count - at)));
}

export function judgeValue(
  value: number,
  values: readonly number[],
  { rule, scale, what }: { readonly rule: AnomalyRule; readonly scale: Scale; readonly what: string },
): Finding {
  const usual = usualOf(values, scale.floor(usualOf(values, 0)?.median ?? 0));
  if (usual === undefined || usual.scale === 0) return silent('its history does not move');
  const score = scoreOf(value, usual);
  const isUnusual = Math.abs(score) > rule.warnAbove;
  const text = `${scale.say(value)}, usually ${scale.say(usual.median)} (${values.length} ${what})`;
  return {
    kind: isUnusual ? 'unusual' : 'usual',
    text,
    value,
    median: usual.median,
    score: Math.round(score * 100) / 100,
  };
}

/** Rows a day: a count varies by its own square root. */
export const ROWS: Scale = {
  floor: median => Math.max(1, Math.sqrt(Math.abs(median))),
  say: value => `${value.toLocaleString('en-US')} rows`,
};
/** A share from 0 to 1. */
export const SHARE: Scale = { floor: () => 0.02, say: value => `${(100 * value).toFixed(1)} %` };
/** A mean of so many rows: it varies by its own standard error, so a single row that is far off does not make a day unusual. */
const meanOf = (standardError: number): Scale => ({
  floor: median => Math.max(Math.abs(median) / 10, standardError),
  say: value => value.toLocaleString('en-US', { maximumSignificantDigits: 6 }),
});
export const HOURS: Scale = { floor: () => 0.5, say: value => `${value.toFixed(1)} h` };

/** Columns of a day that are compared with other days. */
export interface DayProfile {
  readonly rows: number;
  /** By column: NULLs ÷ rows. */
  readonly nullShares: Readonly<Record<string, number>>;
  readonly means: Readonly<Record<string, number>>;
  /** By column: the standard deviation of its values; 0 of one value. */
  readonly deviations: Readonly<Record<string, number>>;
}

/** Days with fewer rows say nothing of shares and means. */
const MIN_ROWS = 20;

/** What of a day's columns is unlike the same weekdays before: the greatest deviation, said with its column. */
export function judgeDrift(day: string, profiles: ReadonlyMap<string, DayProfile>, rule: AnomalyRule): Finding {
  const today = profiles.get(day);
  if (today === undefined || today.rows < MIN_ROWS) return silent(`fewer than ${MIN_ROWS} rows on ${day}`);
  const solid = new Map([...profiles].filter(([, profile]) => profile.rows >= MIN_ROWS));
  const of = (pick: (profile: DayProfile) => number | undefined): ReadonlyMap<string, number> =>
    new Map([...solid].flatMap(([one, profile]) => (pick(profile) === undefined ? [] : [[one, pick(profile) ?? 0]])));
  const findings = [
    ...Object.keys(today.nullShares).map(column => ({
      said: `NULL ${column}: `,
      finding: judgeDay(
        day,
        of(profile => profile.nullShares[column]),
        { rule, scale: SHARE },
      ),
    })),
    ...Object.keys(today.means).map(column => ({
      said: `mean ${column}: `,
      finding: judgeDay(
        day,
        of(profile => profile.means[column]),
        { rule, scale: meanOf((today.deviations[column] ?? 0) / Math.sqrt(today.rows)) },
      ),
    })),
  ];
  const judged = findings.filter(one => one.finding.kind !== 'silent');
  const [worst] = [...judged].sort((a, b) => Math.abs(b.finding.score ?? 0) - Math.abs(a.finding.score ?? 0));
  if (worst === undefined) return findings[0]?.finding ?? silent('it has no column that could drift');
  return { ...worst.finding, text: worst.said + worst.finding.text };
}
