// Text to points in time in all the forms GoogleSQL takes: the slow road of the casts in macros.ts, for what their patterns leave over.
// Follows ConvertStringToTimestamp and its kin in GoogleSQL's cast functions, at microseconds, with UTC for what has no zone. Pure.

import type { ScalarFunction } from './scalar.ts';

const FORM =
  /^(\d{4,5})-(\d{1,2})-(\d{1,2})(?:[ Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?([Zz]|[+-]\d{1,2}(?::\d{1,2})?|[+-]\d{3,4}| [A-Z].*)?)?$/;
const TIME_FORM = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?$/;
const FIRST = BigInt(Date.UTC(2000, 0, 1)) * 1000n - 63_082_281_600_000_000n;
const LAST = 253_402_300_799_999_999n;
const MINUTES_MAX = 14 * 60;

/** Microseconds since 1970, or null where the text is no time. */
function instant(text: string, takesZone: boolean): bigint | null {
  const match = FORM.exec(text);
  if (!match) return null;
  const [, year = '', month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = ''] = match;
  if (!takesZone && (zone !== '' || year.length > 4)) return null;
  const clock = clockMicros([hour, minute, second, fraction]);
  const date = dayMicros(Number(year), Number(month), Number(day));
  if (clock === null || date === null) return null;
  const shift = zoneMicros(zone, date + clock);
  const micros = shift === null ? null : date + clock - shift;
  return micros !== null && micros >= FIRST && micros <= LAST ? micros : null;
}

function dayMicros(year: number, month: number, day: number): bigint | null {
  if (year < 1 || year > 9999) return null;
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day ? BigInt(at.getTime()) * 1000n : null;
}

/** Second 60 is the next minute; it has no fraction of its own. */
function clockMicros([hour = '', minute = '', second = '', fraction = '']: readonly string[]): bigint | null {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  if (h > 23 || m > 59 || s > 60) return null;
  const micros = s === 60 ? 0 : Number(fraction.padEnd(6, '0'));
  return BigInt((h * 60 + m) * 60 + s) * 1_000_000n + BigInt(micros);
}

/** How far the zone is ahead of UTC at that local time; null where there is no such zone. */
function zoneMicros(zone: string, local: bigint): bigint | null {
  if (zone === '' || zone === 'Z' || zone === 'z') return 0n;
  const offset = /^([+-])(?:(\d{1,2}):(\d{1,2})|(\d{1,2})(\d{2})|(\d{1,2}))$/.exec(zone.replace(/^ UTC(?=[+-])/, ''));
  if (!offset) return namedZoneMicros(zone.slice(1), local);
  const minutes = Number(offset[3] ?? offset[5] ?? 0);
  const total = Number(offset[2] ?? offset[4] ?? offset[6]) * 60 + minutes;
  if (minutes > 59 || total > MINUTES_MAX) return null;
  return BigInt(offset[1] === '-' ? -total : total) * 60_000_000n;
}

/** In a gap the offset before it holds, and of two answers the earlier instant, as with absl's civil times. */
function namedZoneMicros(name: string, local: bigint): bigint | null {
  const format = formatOf(name);
  if (!format) return null;
  const wall = Number(local / 1000n);
  const day = 86_400_000;
  const before = offsetAt(format, wall - day);
  const after = offsetAt(format, wall + day);
  if (before === after) return BigInt(before) * 1000n;
  const isBefore = offsetAt(format, wall - before) === before;
  const isAfter = offsetAt(format, wall - after) === after;
  return BigInt(isBefore || !isAfter ? before : after) * 1000n;
}

function formatOf(name: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    // Not a zone: the text is no time, which the caller says.
    return undefined;
  }
}

/** Milliseconds that the zone is ahead of UTC at an instant. */
function offsetAt(format: Intl.DateTimeFormat, instantMs: number): number {
  const parts = new Map(format.formatToParts(instantMs).map(part => [part.type, part.value]));
  const at = (part: Intl.DateTimeFormatPartTypes): number => Number(parts.get(part));
  const wall = new Date(0);
  wall.setUTCFullYear(at('year'), at('month') - 1, at('day'));
  wall.setUTCHours(at('hour'), at('minute'), at('second'));
  return wall.getTime() - Math.floor(instantMs / 1000) * 1000;
}

const DAY_MICROS = 86_400_000_000n;

function timeOfDay(text: string): bigint | null {
  const match = TIME_FORM.exec(text);
  const micros = match && clockMicros(match.slice(1).map(part => part ?? ''));
  return micros === null ? null : micros % DAY_MICROS;
}

const DIGITS = /^[\t\n\f\r ]*([+-]?)(?:0[xX]([0-9a-fA-F]+))[\t\n\f\r ]*$/;

/** Hexadecimal, which DuckDB reads without a sign only. */
function hexadecimal(text: string): bigint | null {
  const match = DIGITS.exec(text);
  if (!match) return null;
  const value = BigInt(`0x${match[2]}`) * (match[1] === '-' ? -1n : 1n);
  return BigInt.asIntN(64, value) === value ? value : null;
}

const NUMBER = /^[\t\n\f\r ]*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,6}))?[\t\n\f\r ]*$/;
const NUMERIC_LIMIT = 10n ** 38n;

/** A decimal, in billionths: DuckDB loses digits of one that has an exponent. Half rounds away from zero. */
function decimal(text: string): bigint | null {
  const match = NUMBER.exec(text);
  if (!match || `${match[2]}${match[3]}` === '') return null;
  const digits = `${match[2]}${match[3]}`.replace(/^0+(?=\d)/, '');
  const places = Number(match[4] ?? 0) - (match[3] ?? '').length + 9;
  if (digits === '0') return 0n;
  if (digits.length + places > 39) return null;
  if (digits.length + places < 0) return 0n;
  const exact = BigInt(digits);
  const unit = 10n ** BigInt(Math.abs(places));
  const scaled = places >= 0 ? exact * unit : (exact + unit / 2n) / unit;
  if (scaled >= NUMERIC_LIMIT) return null;
  return match[1] === '-' ? -scaled : scaled;
}

const ofText = (name: string, answer: (text: string) => bigint | null): ScalarFunction => ({
  name,
  parameters: ['VARCHAR'],
  returns: 'BIGINT',
  call: text => answer(String(text)),
});

/** To be registered with the connection. Each gives NULL for what it cannot read. */
export const CAST_SCALARS: readonly ScalarFunction[] = [
  ofText('cast_text_timestamp', text => instant(text, true)),
  ofText('cast_text_datetime', text => instant(text, false)),
  ofText('cast_text_time', timeOfDay),
  ofText('cast_text_hexadecimal', hexadecimal),
  { ...ofText('cast_text_numeric', decimal), returns: 'DECIMAL(38,9)' },
];
