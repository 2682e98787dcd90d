// Functions of points in time that SQL can't do exactly: zones, formatting, parsing. NULL stands for GoogleSQL's error.

import type { ScalarFunction } from '../scalar.ts';
import { civilOf, dayNumber } from './civil.ts';
import { type TimeKind, timeWriter } from './time-format.ts';
import { isInRange, parseTime, readFormat } from './time-parse.ts';
import { offsetMicros, offsetText, toInstant, toLocal, type Zone, zones } from './zone.ts';

const MINUTE = 60_000_000n;

/** Dates as days since 1970, each `months` after the one before it. */
function monthSeries(from: bigint, to: bigint, months: bigint): bigint[] {
  const days: bigint[] = [];
  if (months === 0n) return days;
  for (let at = from; months > 0n ? at <= to : at >= to; ) {
    days.push(at);
    const { year, month, day } = civilOf(at * 86_400_000_000n);
    const count = year * 12 + month - 1 + Number(months);
    const [nextYear, nextMonth] = [Math.floor(count / 12), (count % 12) + 1];
    if (nextYear < 1 || nextYear > 9999) return days;
    const lastDay = dayNumber(nextYear, nextMonth + 1, 1) - dayNumber(nextYear, nextMonth, 1);
    at = BigInt(dayNumber(nextYear, nextMonth, Math.min(day, lastDay)));
  }
  return days;
}

/** Keeps what was made of each format and kind. */
function once<T>(make: (format: string, kind: string) => T): (format: string, kind: string) => T {
  const known = new Map<string, { readonly made: T }>();
  return (format, kind) => {
    const key = `${kind} ${format}`;
    const found = known.get(key) ?? { made: make(format, kind) };
    known.set(key, found);
    return found.made;
  };
}

/** Of these functions, with the zones they have met. */
export function timeScalars(): readonly ScalarFunction[] {
  const zoneNamed = zones();
  const writerOf = once((format, kind) => timeWriter(format, kind as TimeKind));
  const formatOf = once(readFormat);
  const inZone = (name: string, call: (zone: Zone, micros: bigint) => bigint): ScalarFunction => ({
    name,
    parameters: ['BIGINT', 'VARCHAR'],
    returns: 'BIGINT',
    call: (micros, zoneName) => {
      const zone = zoneNamed(zoneName as string);
      return zone === undefined ? null : call(zone, micros as bigint);
    },
  });
  /** Text shows whole minutes of an offset, and the local time goes by what it shows. */
  const shownOffset = (zone: Zone, micros: bigint): bigint => (offsetMicros(zone, micros) / MINUTE) * MINUTE;
  return [
    inZone('g_to_local', toLocal),
    inZone('g_to_instant', toInstant),
    inZone('g_to_shown', (zone, micros) => micros + shownOffset(zone, micros)),
    {
      name: 'g_offset_text',
      parameters: ['BIGINT', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (micros, zoneName) => {
        const zone = zoneNamed(zoneName as string);
        return zone === undefined ? null : offsetText(shownOffset(zone, micros as bigint));
      },
    },
    {
      name: 'g_format_time',
      parameters: ['VARCHAR', 'BIGINT', 'VARCHAR', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (format, micros, zoneName, kind) => {
        const zone = zoneNamed(zoneName as string);
        const write = writerOf(format as string, kind as string);
        if (zone === undefined || write === undefined) return null;
        const offset = shownOffset(zone, micros as bigint);
        return write({ local: (micros as bigint) + offset, offsetMinutes: Number(offset / MINUTE) });
      },
    },
    {
      name: 'g_parse_time',
      parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR', 'VARCHAR'],
      returns: 'BIGINT',
      call: (format, text, zoneName, kind) => {
        const steps = formatOf(format as string, kind as string);
        const parsed = steps === null ? null : parseTime(steps, text as string);
        const zone = zoneNamed(parsed?.zone ?? (zoneName as string));
        if (!parsed || !zone) return null;
        const shift = parsed.offsetMinutes;
        const micros = shift === undefined ? toInstant(zone, parsed.local) : parsed.local - BigInt(shift) * MINUTE;
        return isInRange(micros) ? micros : null;
      },
    },
    {
      name: 'g_month_series',
      parameters: ['BIGINT', 'BIGINT', 'BIGINT'],
      returns: 'BIGINT[]',
      call: (from, to, months) => monthSeries(from as bigint, to as bigint, months as bigint),
    },
  ];
}
