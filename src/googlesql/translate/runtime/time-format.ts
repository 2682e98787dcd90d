// FORMAT_TIMESTAMP and its kin: GoogleSQL's format elements, which are strftime's with some of its own. Pure.

import { type Civil, civilOf, DAY_NAMES, isoYearAndWeek, MONTH_NAMES } from './civil.ts';

export type TimeKind = 'DATE' | 'TIME' | 'DATETIME' | 'TIMESTAMP';

export interface Moment {
  /** Microseconds since 1970 of the local time. */
  readonly local: bigint;
  /** How far it is ahead of UTC, in whole minutes. */
  readonly offsetMinutes: number;
}

const pad = (n: number, width = 2, filling = '0'): string => String(n).padStart(width, filling);
const hour12 = (hour: number): number => ((hour + 11) % 12) + 1;

function offset({ offsetMinutes }: Moment, separator: string): string {
  const minutes = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}${separator}${pad(minutes % 60)}`;
}

/** Hours, minutes and seconds, of which `few` leaves out the zeros at the end. */
function wholeOffset(moment: Moment, few: boolean): string {
  const [hours, minutes] = offset(moment, ':').split(':');
  if (!few) return `${hours}:${minutes}:00`;
  return minutes === '00' ? `${hours}` : `${hours}:${minutes}`;
}

/** UTC, UTC-4, UTC+0545. */
function zoneName({ offsetMinutes }: Moment): string {
  if (offsetMinutes === 0) return 'UTC';
  const minutes = Math.abs(offsetMinutes);
  const rest = minutes % 60;
  const hours = Math.floor(minutes / 60);
  return `UTC${offsetMinutes < 0 ? '-' : '+'}${rest === 0 ? hours : pad(hours) + pad(rest)}`;
}

/** Weeks that begin with `start`; the days before the first one are week 0. */
const week = (civil: Civil, start: number): number =>
  Math.floor((civil.yearDay + 6 - ((civil.weekday - start + 7) % 7)) / 7);

type Element = (civil: Civil, moment: Moment) => string;

const fraction = (civil: Civil, digits: number): string =>
  `${pad(civil.second)}${digits === 0 ? '' : `.${pad(civil.micros, 6).padEnd(digits, '0').slice(0, digits)}`}`;

const ELEMENTS: Readonly<Record<string, Element>> = {
  A: c => DAY_NAMES[c.weekday] ?? '',
  a: c => (DAY_NAMES[c.weekday] ?? '').slice(0, 3),
  B: c => MONTH_NAMES[c.month - 1] ?? '',
  b: c => (MONTH_NAMES[c.month - 1] ?? '').slice(0, 3),
  h: c => (MONTH_NAMES[c.month - 1] ?? '').slice(0, 3),
  C: c => String(Math.floor(c.year / 100)),
  d: c => pad(c.day),
  e: c => pad(c.day, 2, ' '),
  G: c => String(isoYearAndWeek(c).year),
  g: c => pad(isoYearAndWeek(c).year % 100),
  H: c => pad(c.hour),
  I: c => pad(hour12(c.hour)),
  j: c => pad(c.yearDay, 3),
  k: c => pad(c.hour, 2, ' '),
  l: c => pad(hour12(c.hour), 2, ' '),
  M: c => pad(c.minute),
  m: c => pad(c.month),
  n: () => '\n',
  P: c => (c.hour < 12 ? 'am' : 'pm'),
  p: c => (c.hour < 12 ? 'AM' : 'PM'),
  Q: c => String(Math.ceil(c.month / 3)),
  S: c => pad(c.second),
  s: (_, { local, offsetMinutes }) => {
    const micros = local - BigInt(offsetMinutes) * 60_000_000n;
    return String((micros - (((micros % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n);
  },
  t: () => '\t',
  U: c => pad(week(c, 0)),
  u: c => String(c.weekday === 0 ? 7 : c.weekday),
  V: c => pad(isoYearAndWeek(c).week),
  W: c => pad(week(c, 1)),
  w: c => String(c.weekday),
  Y: c => String(c.year),
  y: c => pad(c.year % 100),
  Z: (_, moment) => zoneName(moment),
  z: (_, moment) => offset(moment, ''),
  '%': () => '%',
  Ez: (_, moment) => offset(moment, ':'),
  ':z': (_, moment) => offset(moment, ':'),
  '::z': (_, moment) => wholeOffset(moment, false),
  ':::z': (_, moment) => wholeOffset(moment, true),
  'E*z': (_, moment) => wholeOffset(moment, false),
  E4Y: c => pad(c.year, 4),
  'E*S': c => `${pad(c.second)}${c.micros === 0 ? '' : `.${pad(c.micros, 6).replace(/0+$/, '')}`}`,
};

/** Elements that stand for others. */
const WHOLES: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
  r: '%I:%M:%S %p',
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  x: '%m/%d/%y',
};

/** With E or O before them these mean the same. */
const SAME_WITH_E = new Set('CXYcxy');
const SAME_WITH_O = new Set('HIMSUVWdemuwy');

/** What no value of a kind has is left as it is written. */
const ABSENT: Readonly<Record<TimeKind, ReadonlySet<string>>> = {
  DATE: new Set(['H', 'I', 'k', 'l', 'M', 'P', 'p', 'R', 'r', 'S', 's', 'T', 'X', 'Z', 'z', 'c', 'Ez', 'E*S']),
  TIME: new Set('AaBbCcDdeFGghJjmQsUuVWwxYyZz'.split('').concat('Ez', 'E4Y')),
  DATETIME: new Set(['Z', 'z', 'Ez']),
  TIMESTAMP: new Set(),
};

const ELEMENT = /%(E(?:\*[Sz]|[0-9]S|4Y|.)|O.|:{1,3}z|.)/gsu;

/** strftime's flags and widths, which are not told apart here. */
const FLAG = /^[-_0-9^#]$/;

/** Writes a moment by one format. */
export type TimeWriter = (moment: Moment) => string;

/** Undefined where the format is one that GoogleSQL refuses. */
export function timeWriter(format: string, kind: TimeKind): TimeWriter | undefined {
  const parts = partsOf(format, kind);
  if (parts === undefined) return undefined;
  return moment => {
    const civil = civilOf(moment.local);
    let text = '';
    for (const part of parts) text += typeof part === 'string' ? part : part(civil, moment);
    return text;
  };
}

function partsOf(format: string, kind: TimeKind): readonly (string | Element)[] | undefined {
  const parts: (string | Element)[] = [];
  let at = 0;
  for (const match of format.matchAll(ELEMENT)) {
    const [written, element = ''] = match;
    if (element === 'J' || FLAG.test(element)) return undefined;
    parts.push(format.slice(at, match.index), ...elementParts(element, written, kind));
    at = match.index + written.length;
  }
  return [...parts, format.slice(at)];
}

/** What the element stands for: others, a function, or itself where a value of the kind has no such part. */
function elementParts(element: string, written: string, kind: TimeKind): readonly (string | Element)[] {
  const name = plainName(element);
  const digits = /^E([0-9])S$/.exec(name)?.[1];
  if (ABSENT[kind].has(digits === undefined ? name : 'E*S')) return [written];
  if (digits !== undefined) return [civil => fraction(civil, Number(digits))];
  const whole = WHOLES[name];
  return whole === undefined ? [ELEMENTS[name] ?? written] : (partsOf(whole, kind) ?? [written]);
}

function plainName(element: string): string {
  const [modifier, name = ''] = [element[0], element.slice(1)];
  const isSame = modifier === 'E' ? SAME_WITH_E.has(name) : modifier === 'O' && SAME_WITH_O.has(name);
  return isSame ? name : element;
}
