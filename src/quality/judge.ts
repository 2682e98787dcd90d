// Measures against thresholds: pass, warn or fail. Pure.

import type { CheckRule, Threshold } from '../asset/config.ts';
import type { Value } from '../googlesql/value.ts';
import { type Measure, type Verdict, worst } from './outcome.ts';

/** A measure as a number; undefined for NULL and what is none. Thresholds need no more than a double has. */
export function numberOf(value: Value | undefined): number | undefined {
  if (value === null || value === undefined || typeof value === 'object' || typeof value === 'boolean')
    return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

export function judgeValue(value: Value, threshold: Threshold | undefined): Verdict {
  const number = numberOf(value);
  if (number === undefined || threshold === undefined) return 'pass';
  const { warnAbove, failAbove, warnBelow, failBelow } = threshold;
  const isOut = (above: number | undefined, below: number | undefined): boolean =>
    (above !== undefined && number > above) || (below !== undefined && number < below);
  if (isOut(failAbove, failBelow)) return 'fail';
  return isOut(warnAbove, warnBelow) ? 'warn' : 'pass';
}

/** Where a check only warns, the bounds of failing are bounds of warning: what is told of it is what it does. */
function warningOnly({ warnAbove, failAbove, warnBelow, failBelow }: Threshold): Threshold {
  const above = Math.min(warnAbove ?? Number.POSITIVE_INFINITY, failAbove ?? Number.POSITIVE_INFINITY);
  const below = Math.max(warnBelow ?? Number.NEGATIVE_INFINITY, failBelow ?? Number.NEGATIVE_INFINITY);
  return {
    ...(Number.isFinite(above) ? { warnAbove: above } : {}),
    ...(Number.isFinite(below) ? { warnBelow: below } : {}),
  };
}

export interface Judged {
  readonly measures: readonly Measure[];
  readonly verdict: Verdict;
  readonly note: string | null;
}

/** Judges named values by a rule. A check that only warns never fails. Below the rule's minimum nothing is judged, and the note says so. */
export function judge(values: Readonly<Record<string, Value>>, rule: CheckRule | undefined): Judged {
  const short = Object.entries(rule?.minimum ?? {}).find(([name, least]) => (numberOf(values[name]) ?? 0) < least);
  const measures = Object.entries(values).map(([name, value]): Measure => {
    const asked = rule?.thresholds?.[name];
    const threshold = rule?.severity === 'warn' && asked !== undefined ? warningOnly(asked) : asked;
    const verdict = short === undefined ? judgeValue(value, threshold) : 'pass';
    return { name, value, verdict, ...(threshold === undefined ? {} : { threshold }) };
  });
  return {
    measures,
    verdict: worst(measures.map(measure => measure.verdict)),
    note:
      short === undefined
        ? null
        : `too little to judge: ${short[0]} is ${String(values[short[0]] ?? 0)}, below ${short[1]}`,
  };
}
