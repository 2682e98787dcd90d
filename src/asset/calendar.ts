// The time that the cells of a partitioned table cover, and the cells that a time overlaps: UTC, in milliseconds. Pure.
// There are the years 0001 to 9999, as a DATE and the text of a key have them; what would lie beyond is no cell.

import type { Grain } from './partition.ts';

/** [from, to) in UTC milliseconds. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LENGTH_MS = { hourly: HOUR_MS, daily: DAY_MS, weekly: 7 * DAY_MS } as const;
const FIRST = Date.parse('0001-01-01T00:00:00Z');
const END = Date.parse('9999-12-31T00:00:00Z') + DAY_MS;

const TIME = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}))?)?)?$/;

/** A year, month, day or hour, as it is typed; undefined where it is none that exists. */
export function timeSpan(text: string): TimeSpan | undefined {
  const [whole, year, month, day, hour] = TIME.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  const from = Date.parse(`${year}-${month ?? '01'}-${day ?? '01'}T${hour ?? '00'}:00:00Z`);
  // JavaScript reads 2023-02-30 as 2 March.
  if (Number.isNaN(from) || from < FIRST || !new Date(from).toISOString().startsWith(whole)) return undefined;
  if (hour !== undefined) return { from, to: from + HOUR_MS };
  if (day !== undefined) return { from, to: from + DAY_MS };
  return { from, to: months(from, month === undefined ? 12 : 1) };
}

/** The time of a cell, by its key. */
export function cellSpan(cell: string, grain: Grain): TimeSpan {
  const span = timeSpan(cell);
  if (span === undefined) throw new Error(`"${cell}" has no time`);
  return { from: span.from, to: later(span.from, grain, 1) };
}

/** The cells of a grain that a time overlaps, in order. */
export function* cellsWithin({ from, to }: TimeSpan, grain: Grain): Generator<string> {
  const end = Math.min(to, END);
  for (let at = startOf(from, grain); at < end; at = later(at, grain, 1)) yield keyOf(at, grain);
}

/** The key of the cell `steps` after another; before it where negative. Undefined where there is none. */
export function cellAfter(cell: string, grain: Grain, steps: number): string | undefined {
  const at = later(cellSpan(cell, grain).from, grain, steps);
  return at < FIRST || at >= END ? undefined : keyOf(at, grain);
}

function startOf(at: number, grain: Grain): number {
  if (grain === 'hourly') return Math.floor(at / HOUR_MS) * HOUR_MS;
  const day = Math.floor(at / DAY_MS) * DAY_MS;
  if (grain === 'daily') return day;
  if (grain === 'weekly') return day - ((new Date(day).getUTCDay() + 6) % 7) * DAY_MS;
  return day - (new Date(day).getUTCDate() - 1) * DAY_MS;
}

/** From the start of a cell to that of the one `steps` after it. */
const later = (at: number, grain: Grain, steps: number): number =>
  grain === 'monthly' ? months(at, steps) : at + steps * LENGTH_MS[grain];

function months(at: number, count: number): number {
  const start = new Date(at);
  return start.setUTCMonth(start.getUTCMonth() + count);
}

function keyOf(at: number, grain: Grain): string {
  const text = new Date(at).toISOString();
  return grain === 'hourly' ? text.slice(0, 13) : text.slice(0, grain === 'monthly' ? 7 : 10);
}
