// Whether an asset is as up to date as its freshness policy asks. Pure: time comes in.

import type { FreshnessPolicy } from '../asset/asset.ts';
import { spanMs } from '../asset/span.ts';
import { addDays } from './day.ts';

export interface PolicyState {
  readonly status: 'ok' | 'overdue';
  /** What is asked for, and what is so: `asked for within 6h; made 2025-01-15 03:00 UTC`. */
  readonly text: string;
}

const DAY_MS = 86_400_000;

/** @param made when it was last made, or looked at and found unchanged; undefined where it never was. */
export function judgePolicy(policy: FreshnessPolicy, made: Date | undefined, now: Date): PolicyState {
  const earliest = earliestMs(policy, now);
  const isOk = made !== undefined && made.getTime() >= earliest;
  const said = made === undefined ? 'never made' : `last made ${minute(made)}`;
  return {
    status: isOk ? 'ok' : 'overdue',
    text: `${policyText(policy)}; ${said}${isOk ? '' : `, due since ${minute(new Date(dueMs(policy, { made, earliest, now })))}`}`,
  };
}

/** `within 6h by 09:00 Africa/Lagos` */
function policyText({ within, by, timeZone = 'UTC' }: FreshnessPolicy): string {
  const parts = [
    ...(within === undefined ? [] : [`within ${within}`]),
    ...(by === undefined ? [] : [`by ${by} ${timeZone}`]),
  ];
  return `asked for ${parts.join(' ')}`;
}

const minute = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** Made before this it is overdue now. */
function earliestMs({ within, by, timeZone = 'UTC' }: FreshnessPolicy, now: Date): number {
  const span = within === undefined ? undefined : spanMs(within);
  if (by === undefined) return now.getTime() - (span ?? 0);
  const deadline = lastDeadline(by, timeZone, now);
  return span === undefined ? instantAt(localDay(deadline, timeZone), '00:00', timeZone) : deadline - span;
}

interface Due {
  readonly made: Date | undefined;
  readonly earliest: number;
  readonly now: Date;
}

function dueMs({ within, by, timeZone = 'UTC' }: FreshnessPolicy, { made, earliest, now }: Due): number {
  if (by !== undefined) return lastDeadline(by, timeZone, now);
  return made === undefined ? earliest : made.getTime() + (spanMs(within ?? '') ?? 0);
}

/** The last time that the clocks of the zone showed `by`. */
function lastDeadline(by: string, timeZone: string, now: Date): number {
  const day = localDay(now.getTime(), timeZone);
  const today = instantAt(day, by, timeZone);
  // The day before on the calendar: 24 hours back is the same day where the clocks were set back.
  return today <= now.getTime() ? today : instantAt(addDays(day, -1), by, timeZone);
}

/** The day that the zone's calendar shows: YYYY-MM-DD. */
function localDay(ms: number, timeZone: string): string {
  return localText(ms, timeZone).slice(0, 10);
}

/** The zone's wall clock: YYYY-MM-DD HH:MM:SS. */
function localText(ms: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return format.format(new Date(ms));
}

/** When the zone's clocks show `time` on `day`, the first time where they do twice; where they skip it, the moment they jump over it. */
function instantAt(day: string, time: string, timeZone: string): number {
  const wall = Date.parse(`${day}T${time}:00Z`);
  const offsetAt = (ms: number): number => Date.parse(`${localText(ms, timeZone).replace(' ', 'T')}Z`) - ms;
  const [before, after] = [offsetAt(wall - DAY_MS), offsetAt(wall + DAY_MS)];
  const shown = [wall - before, wall - after].filter(ms => ms + offsetAt(ms) === wall);
  return shown.length > 0 ? Math.min(...shown) : changeBetween(wall - DAY_MS, wall + DAY_MS, offsetAt);
}

/** The second at which the offset is no longer what it is at `from`. */
function changeBetween(from: number, to: number, offsetAt: (ms: number) => number): number {
  let [low, high] = [from / 1000, to / 1000];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * 1000) === offsetAt(from)) low = middle;
    else high = middle;
  }
  return high * 1000;
}
