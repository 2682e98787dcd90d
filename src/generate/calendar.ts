// UTC days and seconds as text. Pure: no clock, no locale. Seconds count from 1970-01-01T00:00:00Z.

import { PulseError } from '../errors.ts';

export const DAY_SECONDS = 86_400;

const TWO = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
const two = (n: number): string => TWO[n] ?? '';

/** Days since 1970-01-01 of "2025-01-15". @throws {PulseError} USAGE when that is no day. */
export function dayNumber(day: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || dayText(ms / 86_400_000) !== day) {
    throw new PulseError('USAGE', `"${day}" is not a day.`, {
      hint: 'Write days as YYYY-MM-DD, for example 2025-01-15.',
    });
  }
  return ms / 86_400_000;
}

/** "2025-01-15" of days since 1970-01-01. */
export function dayText(dayNo: number): string {
  return new Date(dayNo * 86_400_000).toISOString().slice(0, 10);
}

/** Writes times in the formats of the contract's section 3; remembers the last few days it wrote (at most 4,096). */
export class TimeWriter {
  private readonly days = new Map<number, string>();

  /** 2025-01-15 */
  day(seconds: number): string {
    const dayNo = Math.floor(seconds / DAY_SECONDS);
    const known = this.days.get(dayNo);
    if (known !== undefined) return known;
    if (this.days.size >= 4_096) this.days.clear();
    const text = dayText(dayNo);
    this.days.set(dayNo, text);
    return text;
  }

  /** 09:43 */
  minute(seconds: number): string {
    const s = seconds - Math.floor(seconds / DAY_SECONDS) * DAY_SECONDS;
    return `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}`;
  }

  /** 2025-01-15T09:43:48 */
  local(seconds: number): string {
    const second = seconds - Math.floor(seconds / 60) * 60;
    return `${this.day(seconds)}T${this.minute(seconds)}:${two(second)}`;
  }
}
