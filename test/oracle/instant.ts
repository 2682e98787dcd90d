// Instants as BigInt microseconds since 1970-01-01T00:00:00Z, and days as YYYY-MM-DD.

import { type Json, NumberText } from './json.ts';

export type Micros = bigint;

const SECOND = 1_000_000n;
const MIN = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1_000n;
const MAX = BigInt(Date.parse('9999-12-31T23:59:59Z')) * 1_000n + 999_999n;

/** Any format of the contract's section 3, whatever the name it stands under. NULL where it is none. Without a zone it is UTC. A day alone is no time. */
export function instantOf(value: Json | undefined): Micros | null {
  if (value instanceof NumberText) return epoch(value.text);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^-?\d+(\.\d+)?$/.test(text)) return epoch(text);
  const found =
    /^(\d{4})([-/])(\d{2})\2(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:?\d{2})?$/i.exec(text);
  if (found === null) return null;
  const [, year = '', , month = '', day = '', hour = '', minute = '', second = '00', fraction = '', zone = 'Z'] = found;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return null;
  const offset = zone.toUpperCase() === 'Z' ? 0 : offsetMinutes(zone);
  if (Math.abs(offset) > 14 * 60) return null;
  return within(BigInt(ms) * 1_000n + BigInt(`${fraction}000000`.slice(0, 6)) - BigInt(offset) * 60n * SECOND);
}

function offsetMinutes(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}

function epoch(text: string): Micros | null {
  const found = /^(-?)(\d{1,12})(?:\.(\d+))?$/.exec(text);
  if (found === null) return null;
  const [, sign, whole = '', fraction = ''] = found;
  const micros = BigInt(whole) * SECOND + BigInt(`${fraction}000000`.slice(0, 6));
  return within(sign === '-' ? -micros : micros);
}

const within = (micros: Micros): Micros | null => (micros < MIN || micros > MAX ? null : micros);

/** 2023-03-31T19:30:00Z, with as many fraction digits as it has. */
export function instantText(micros: Micros): string {
  const part = ((micros % SECOND) + SECOND) % SECOND;
  const text = new Date(Number((micros - part) / 1_000n)).toISOString().slice(0, 19);
  const fraction = part.toString().padStart(6, '0').replace(/0+$/, '');
  return `${text}${fraction === '' ? '' : `.${fraction}`}Z`;
}

export function dayOf(micros: Micros): string {
  return instantText(micros).slice(0, 10);
}

/** Whole minutes from `from` to `to`, towards zero. */
export function minutesBetween(from: Micros, to: Micros): number {
  return Number((to - from) / (60n * SECOND));
}

export const DAY_MICROS: Micros = 86_400n * SECOND;
