// Times of sources as one canonical text: UTC, 2025-01-15T09:43:48Z, fraction digits only where they say something.
// Reads the formats of the data contract, section 3, and no others; pure.

import { decimalOf } from './decimal.ts';
import { writeDigits } from './digits.ts';

const FIRST_SECOND = -62_135_596_800; // 0001-01-01T00:00:00Z
const LAST_SECOND = 253_402_300_799; // 9999-12-31T23:59:59Z: what BigQuery's TIMESTAMP holds

/** 2023-03-31 19:30 · 2023/10/11 00:04:00 · 2023-08-03T20:31:17 · 2023-10-10T22:31:55.25+01:00 */
const TEXT_TIME =
  /^(\d{4})([-/])(\d\d)\2(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,30}))?)?(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/** A time as text in canonical form; null where it is none of the contract's formats, or no such day or hour exists. Without a zone it is UTC. */
export function timeOfText(text: string): string | null {
  const [, year, , month, day, hour, minute, second = '00', fraction = '', zone = 'Z'] = TEXT_TIME.exec(text) ?? [];
  if (year === undefined || !isDay(Number(year), Number(month), Number(day))) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const offset = offsetSeconds(zone);
  if (offset === null) return null;
  if (offset === 0) return withFraction(`${year}-${month}-${day}T${hour}:${minute}:${second}`, fraction);
  const seconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000 - offset;
  return timeOfSeconds(seconds, fraction);
}

/** A JSON number of epoch seconds, with or without fraction, in canonical form; null outside the years 1 to 9999. */
export function timeOfEpoch(number: string): string | null {
  if (/^\d{1,11}$/.test(number)) return timeOfSeconds(Number(number), '');
  const { isNegative, digits, exponent } = decimalOf(number);
  if (digits === '') return timeOfSeconds(0, '');
  if (exponent > 12n || BigInt(digits.length) + exponent > 12n) return null;
  // Whole microseconds, rounded towards the past like the truncation of a fraction in a text.
  const shift = exponent + 6n;
  const scaled = shift >= 0n ? BigInt(digits) * 10n ** shift : floorDivide(BigInt(digits), isNegative, -shift);
  const micros = isNegative ? -scaled : scaled;
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return timeOfSeconds(Number((micros - fraction) / 1_000_000n), fraction.toString().padStart(6, '0'));
}

/** A Date in canonical form. */
export function timeOfDate(date: Date): string {
  return timeOfText(date.toISOString()) ?? date.toISOString();
}

/**
 * How many of the bytes [from, to) stand before the Z of their canonical form, where they are a time in UTC that is canonical, or is
 * but for zeros at the end of its fraction; else 0. By far the most frequent cases, told without making a string.
 */
export function plainTimeBytes(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < 20 || to - from > 27 || bytes[to - 1] !== 0x5a || !isPlainTime(bytes, from)) return 0;
  if (to - from === 20) return 19;
  if (to - from === 21 || bytes[from + 19] !== 0x2e) return 0;
  let end = from + 19;
  for (let at = from + 20; at < to - 1; at++) {
    const c = bytes[at] as number;
    if (c < 0x30 || c > 0x39) return 0;
    if (c !== 0x30) end = at + 1;
  }
  return end - from;
}

/** Whether bytes [from, from + 19) are the date and time of a canonical time. */
function isPlainTime(bytes: Uint8Array, from: number): boolean {
  for (let i = 0; i < 19; i++) {
    const c = bytes[from + i] as number;
    const mark = PLAIN_TIME[i] as number;
    if (mark === 0x30 ? c < 0x30 || c > 0x39 : c !== mark) return false;
  }
  const two = (at: number): number => ((bytes[from + at] as number) - 48) * 10 + (bytes[from + at + 1] as number) - 48;
  const year = two(0) * 100 + two(2);
  return isDay(year, two(5), two(8)) && two(11) < 24 && two(14) < 60 && two(17) < 60;
}

const PLAIN_TIME = new TextEncoder().encode('0000-00-00T00:00:00');

/** Seconds since 1970 and the digits of a fraction, in canonical form; null outside the years 1 to 9999. */
export function timeOfSeconds(seconds: number, fraction: string): string | null {
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return null;
  const days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  const time = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return withFraction(`${dateOf(days)}T${time}`, fraction);
}

/** `fraction`: digits of the second, any number. More than 6 are cut off, not rounded: BigQuery's TIMESTAMP has microseconds, and a rounded time could fall on the next day. */
function withFraction(whole: string, fraction: string): string {
  const digits = fraction === '' ? '' : fraction.slice(0, 6).replace(/0+$/, '');
  return digits === '' ? `${whole}Z` : `${whole}.${digits}Z`;
}

/** Milliseconds since 1970 of a canonical time that begins at `from`; digits beyond them do not count. */
export function millisOfTime(bytes: Uint8Array, from: number): number {
  const two = (at: number): number => ((bytes[from + at] as number) - 48) * 10 + (bytes[from + at + 1] as number) - 48;
  const days = daysOf(two(0) * 100 + two(2), two(5), two(8));
  const seconds = two(11) * 3600 + two(14) * 60 + two(17);
  let millis = 0;
  if (bytes[from + 19] === 0x2e) {
    for (let i = 20, unit = 100; i < 23 && bytes[from + i] !== 0x5a; i++, unit /= 10) {
      millis += ((bytes[from + i] as number) - 48) * unit;
    }
  }
  return (days * 86_400 + seconds) * 1000 + millis;
}

/** Days since 1970-01-01. After Howard Hinnant's days_from_civil. */
function daysOf(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`;
}

/** The date of a day counted from 1970-01-01, in the proleptic Gregorian calendar. After Howard Hinnant's civil_from_days; Date takes ten times as long. */
function dateOf(days: number): string {
  const date = dateNumber(days);
  const year = Math.floor(date / 10_000);
  return `${String(year).padStart(4, '0')}-${two(Math.floor(date / 100) % 100)}-${two(date % 100)}`;
}

/** The same as year × 10,000 + month × 100 + day. */
function dateNumber(days: number): number {
  const shifted = days + 719_468; // from 0000-03-01: leap days come last
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return year * 10_000 + month * 100 + day;
}

/** Bytes of a canonical time without fraction. */
export const TIME_BYTES = 20;

/**
 * Writes the canonical form of bytes [from, to) to the start of `target`, where they are whole epoch seconds from 1970 on; else gives
 * false, and the text decides (`timeOfEpoch`). Exports are full of them, and a string costs ten times as much.
 */
export function writeEpoch(
  bytes: Uint8Array,
  range: { readonly from: number; readonly to: number },
  target: Uint8Array,
): boolean {
  const { from, to } = range;
  if (to === from || to - from > 11) return false;
  let seconds = 0;
  for (let at = from; at < to; at++) {
    const c = bytes[at] as number;
    if (c < 0x30 || c > 0x39) return false;
    seconds = seconds * 10 + c - 0x30;
  }
  const days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  const date = dateNumber(days);
  target.set(PLAIN_TIME);
  target[TIME_BYTES - 1] = 0x5a;
  writeDigits(target, 0, { number: Math.floor(date / 10_000), count: 4 });
  writeDigits(target, 5, { number: Math.floor(date / 100) % 100, count: 2 });
  writeDigits(target, 8, { number: date % 100, count: 2 });
  writeDigits(target, 11, { number: Math.floor(rest / 3600), count: 2 });
  writeDigits(target, 14, { number: Math.floor(rest / 60) % 60, count: 2 });
  writeDigits(target, 17, { number: rest % 60, count: 2 });
  return true;
}

/** The same where they are a date and time without zone and fraction: 2023-03-31 19:30, 2023/10/11 00:04:00, 2023-08-03T20:31:17. */
export function writeWallTime(
  bytes: Uint8Array,
  range: { readonly from: number; readonly to: number },
  target: Uint8Array,
): boolean {
  const { from, to } = range;
  const mark = bytes[from + 4];
  const between = bytes[from + 10];
  if ((to - from !== 16 && to - from !== 19) || (mark !== 0x2d && mark !== 0x2f) || bytes[from + 7] !== mark)
    return false;
  if (between !== 0x20 && between !== 0x54) return false;
  target.set(PLAIN_TIME);
  for (let i = 0; i < to - from; i++) if (i !== 4 && i !== 7 && i !== 10) target[i] = bytes[from + i] as number;
  target[TIME_BYTES - 1] = 0x5a;
  return isPlainTime(target, 0);
}

function offsetSeconds(zone: string): number | null {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  // GoogleSQL's own bound, so that what ingestion takes for a time staging does too.
  if (minutes > 59 || hours * 60 + minutes > 14 * 60) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  if (day <= 28) return true;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (isLeap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return day <= days;
}

function floorDivide(digits: bigint, isNegative: boolean, power: bigint): bigint {
  // Beyond 40 places nothing is left of 12 digits; and nobody's 1e-999999999 shall cost a power of that size.
  if (power > 40n) return isNegative ? 1n : 0n;
  const divisor = 10n ** power;
  const quotient = digits / divisor;
  return isNegative && digits % divisor !== 0n ? quotient + 1n : quotient;
}
