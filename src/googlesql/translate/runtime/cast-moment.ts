// CAST between STRING and points in time by a FORMAT: YYYY, MM, HH24, TZH and their kin. Follows GoogleSQL's format elements. Pure.

interface Element {
  /** As in the table; 'text' for what stands for itself, 'space' for white space. */
  readonly name: string;
  readonly text: string;
}

/** Longest first. Those that GoogleSQL knows and supports nowhere end a format as an unknown one does. */
const NAMES =
  'Y,YYY MONTH SSSSS RRRR YYYY A.M. P.M. HH12 HH24 YYY DAY DDD MON FF1 FF2 FF3 FF4 FF5 FF6 FF7 FF8 FF9 TZH TZM A.D. B.C. AM PM AD BC YY RR MM DD DY DS DL HH MI SS TS Y D'.split(
    ' ',
  );
const UNSUPPORTED = new Set(['A.D.', 'B.C.', 'AD', 'BC', 'DS', 'DL', 'TS']);

type Kind = 'DATE' | 'TIME' | 'DATETIME' | 'TIMESTAMP';

const CATEGORIES: Readonly<Record<string, string>> = {
  'Y,YYY': 'YEAR',
  YYYY: 'YEAR',
  YYY: 'YEAR',
  YY: 'YEAR',
  Y: 'YEAR',
  RRRR: 'YEAR',
  RR: 'YEAR',
  MM: 'MONTH',
  MON: 'MONTH',
  MONTH: 'MONTH',
  DD: 'DAY',
  DDD: 'DAY',
  D: 'DAY',
  DAY: 'DAY',
  DY: 'DAY',
  HH: 'HOUR',
  HH12: 'HOUR',
  HH24: 'HOUR',
  MI: 'MINUTE',
  SS: 'SECOND',
  SSSSS: 'SECOND',
  'A.M.': 'MERIDIAN',
  'P.M.': 'MERIDIAN',
  AM: 'MERIDIAN',
  PM: 'MERIDIAN',
  TZH: 'ZONE HOUR',
  TZM: 'ZONE MINUTE',
};
const categoryOf = (name: string): string => CATEGORIES[name] ?? (name.startsWith('FF') ? 'FRACTION' : '');
const DATE_PARTS = new Set(['YEAR', 'MONTH', 'DAY']);

/** Undefined for a format that GoogleSQL refuses, or that has elements the type has not. */
export function momentFormat(format: string, kind: string): readonly Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < format.length; ) {
    const element = elementAt(format, at);
    if (element === undefined || !fits(element.name, kind as Kind)) return undefined;
    elements.push(element.element);
    at += element.length;
  }
  return elements;
}

function fits(name: string, kind: Kind): boolean {
  const category = categoryOf(name);
  if (category === '') return true;
  if (category.startsWith('ZONE')) return kind === 'TIMESTAMP';
  if (kind === 'DATE') return DATE_PARTS.has(category);
  return kind !== 'TIME' || !DATE_PARTS.has(category);
}

function elementAt(
  format: string,
  at: number,
): { readonly name: string; readonly element: Element; readonly length: number } | undefined {
  const char = format[at] ?? '';
  const plain = (text: string, length: number) => ({ name: 'text', element: { name: 'text', text }, length });
  if (char === '"') {
    const quoted = /^"((?:[^"\\]|\\["\\])*)"/.exec(format.slice(at));
    return quoted ? plain((quoted[1] ?? '').replace(/\\(.)/g, '$1'), quoted[0].length) : undefined;
  }
  if (char === ' ') {
    const spaces = /^ +/.exec(format.slice(at))?.[0] ?? ' ';
    return { name: 'space', element: { name: 'space', text: spaces }, length: spaces.length };
  }
  if (/[-./,';:]/.test(char)) return plain(char, 1);
  const upper = format.slice(at, at + 5).toUpperCase();
  const name = NAMES.find(one => upper.startsWith(one));
  if (name === undefined || UNSUPPORTED.has(name)) return undefined;
  return { name, element: { name, text: format.slice(at, at + name.length) }, length: name.length };
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const pad = (n: number, width = 2): string => String(n).padStart(width, '0');

/** Both capitals: all are; one: the first; none: none. */
function cased(word: string, like: string): string {
  const isCapital = (char: string | undefined): boolean => char !== undefined && char !== char.toLowerCase();
  if (!isCapital(like[0])) return word.toLowerCase();
  return isCapital(like[1]) ? word.toUpperCase() : word;
}

interface Civil {
  readonly at: Date;
  readonly micros: number;
  /** Minutes ahead of UTC. */
  readonly offset: number;
}

const MICROS = 1_000_000n;

/** `Y,YYY` is read only. */
export const isWritable = (elements: readonly Element[]): boolean => elements.every(({ name }) => name !== 'Y,YYY');

/** `micros` of the local time since 1970; those of a TIME since midnight. */
export function momentText(elements: readonly Element[], micros: bigint, offset: number): string {
  const rest = ((micros % MICROS) + MICROS) % MICROS;
  const civil: Civil = { at: new Date(Number((micros - rest) / 1000n)), micros: Number(rest), offset };
  return elements.map(element => shown(element, civil)).join('');
}

function shown({ name, text }: Element, { at, micros, offset }: Civil): string {
  const year = pad(at.getUTCFullYear(), 4);
  const hour = at.getUTCHours();
  const half = pad(hour % 12 || 12);
  const letter = /^[ap]/.test(text) ? (hour < 12 ? 'a' : 'p') : hour < 12 ? 'A' : 'P';
  const later = text.startsWith('a') || text.startsWith('p') ? 'm' : 'M';
  const minutes = Math.abs(offset);
  switch (name) {
    case 'YYYY':
    case 'RRRR':
      return year;
    case 'YYY':
      return year.slice(-3);
    case 'YY':
    case 'RR':
      return year.slice(-2);
    case 'Y':
      return year.slice(-1);
    case 'MM':
      return pad(at.getUTCMonth() + 1);
    case 'MON':
      return cased((MONTHS[at.getUTCMonth()] ?? '').slice(0, 3), text);
    case 'MONTH':
      return cased(MONTHS[at.getUTCMonth()] ?? '', text);
    case 'DDD':
      return pad(dayOfYear(at), 3);
    case 'DD':
      return pad(at.getUTCDate());
    case 'D':
      return String(at.getUTCDay() + 1);
    case 'DAY':
      return cased(DAYS[at.getUTCDay()] ?? '', text);
    case 'DY':
      return cased((DAYS[at.getUTCDay()] ?? '').slice(0, 3), text);
    case 'HH':
    case 'HH12':
      return half;
    case 'HH24':
      return pad(hour);
    case 'MI':
      return pad(at.getUTCMinutes());
    case 'SS':
      return pad(at.getUTCSeconds());
    case 'SSSSS':
      return pad((hour * 60 + at.getUTCMinutes()) * 60 + at.getUTCSeconds(), 5);
    case 'AM':
    case 'PM':
      return `${letter}${later}`;
    case 'A.M.':
    case 'P.M.':
      return `${letter}.${later}.`;
    case 'TZH':
      return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}`;
    case 'TZM':
      return pad(minutes % 60);
    case 'text':
    case 'space':
      return text;
    default:
      return pad(micros, 6)
        .padEnd(9, '0')
        .slice(0, Number(name.slice(2)));
  }
}

function dayOfYear(at: Date): number {
  const first = new Date(at);
  first.setUTCMonth(0, 1);
  return (at.getTime() - first.getTime()) / 86_400_000 + 1;
}

/** What may be read, and of how many digits at most. */
const DIGITS: Readonly<Record<string, number>> = {
  YYYY: 4,
  YYY: 3,
  YY: 2,
  Y: 1,
  RRRR: 4,
  RR: 2,
  MM: 2,
  DD: 2,
  HH: 2,
  HH12: 2,
  HH24: 2,
  MI: 2,
  SS: 2,
  SSSSS: 5,
  TZM: 2,
};

/** Whether the elements can be read together. */
export function isReadable(elements: readonly Element[]): boolean {
  const categories = elements.map(({ name }) => categoryOf(name)).filter(category => category !== '');
  const has = (name: string): boolean => elements.some(element => element.name === name);
  const isHalf = has('HH') || has('HH12');
  const isKnown = elements.every(
    ({ name }) => /^(?:text|space|Y,YYY|TZH|[AP]\.M\.|FF\d)$/.test(name) || DIGITS[name] !== undefined,
  );
  const isClock = categories.some(category => /^(?:HOUR|MINUTE|MERIDIAN)$/.test(category));
  return (
    isKnown &&
    new Set(categories).size === categories.length &&
    isHalf === categories.includes('MERIDIAN') &&
    !(has('SSSSS') && isClock)
  );
}

/** Values by element, or undefined where the text does not fit. */
function valuesOf(elements: readonly Element[], text: string): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>();
  let at = 0;
  for (const { name, text: given } of elements) {
    const rest = text.slice(at);
    const found =
      name === 'text'
        ? rest.startsWith(given)
          ? given
          : undefined
        : new RegExp(`^${patternOf(name)}`, 'i').exec(rest)?.[0];
    if (found === undefined) return undefined;
    values.set(name.startsWith('FF') ? 'FF' : name, found);
    at += found.length;
  }
  return at === text.length ? values : undefined;
}

function patternOf(name: string): string {
  if (name === 'space') return String.raw`\s+`;
  if (name === 'Y,YYY') return String.raw`\d{1,2},\d{3}`;
  if (name === 'TZH') return String.raw`[+-]\d{1,2}`;
  if (name.endsWith('.M.')) return String.raw`[AP]\.M\.`;
  return `\\d{1,${name.startsWith('FF') ? name.slice(2) : DIGITS[name]}}`;
}

/** Microseconds since 1970 (a TIME: since midnight), or null. `now`: microseconds, for year and month that are not given. `isZoned` tells whether the text had a zone. */
export function readMoment(
  elements: readonly Element[],
  text: string,
  now: bigint,
): { readonly micros: bigint; readonly isZoned: boolean } | null {
  const values = valuesOf(elements, text.replace(/^\s+|\s+$/g, ''));
  if (values === undefined) return null;
  const today = new Date(Number(now / 1000n));
  const number = (name: string): number | undefined => {
    const value = values.get(name);
    return value === undefined ? undefined : Number(value.replace(',', ''));
  };
  const year = yearOf(number, today.getUTCFullYear());
  const month = number('MM') ?? today.getUTCMonth() + 1;
  const day = number('DD') ?? 1;
  const clock = clockOf(number, values);
  const zone = zoneOf(values.get('TZH'), number('TZM'));
  if (clock === null || zone === null || year < 1 || year > 9999 || month < 1 || month > 12) return null;
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  if (day < 1 || midnight.getUTCMonth() !== month - 1) return null;
  const micros = BigInt(midnight.getTime()) * 1000n + clock - BigInt(zone) * 60_000_000n;
  return { micros, isZoned: values.has('TZH') || values.has('TZM') };
}

type Given = (name: string) => number | undefined;

function yearOf(number: Given, current: number): number {
  const whole = number('YYYY') ?? number('RRRR') ?? number('Y,YYY');
  if (whole !== undefined) return whole;
  const [three, two, one, round] = [number('YYY'), number('YY'), number('Y'), number('RR')];
  if (three !== undefined) return current - (current % 1000) + three;
  if (two !== undefined) return current - (current % 100) + two;
  if (one !== undefined) return current - (current % 10) + one;
  if (round === undefined) return current;
  const century = current - (current % 100);
  const isLate = current % 100 >= 50;
  return century + round + (round < 50 && isLate ? 100 : round >= 50 && !isLate ? -100 : 0);
}

/** Microseconds of the day; what is below one is cut off. */
function clockOf(number: Given, values: ReadonlyMap<string, string>): bigint | null {
  const half = number('HH12') ?? number('HH');
  if (half !== undefined && (half < 1 || half > 12)) return null;
  const isLate = /^p/i.test(values.get('A.M.') ?? values.get('P.M.') ?? '');
  const hour = half === undefined ? (number('HH24') ?? 0) : (half % 12) + (isLate ? 12 : 0);
  const [minute, second, seconds] = [number('MI') ?? 0, number('SS') ?? 0, number('SSSSS')];
  if (hour > 23 || minute > 59 || second > 59 || (seconds !== undefined && seconds > 86_399)) return null;
  const digits = (values.get('FF') ?? '').padEnd(6, '0');
  return BigInt(seconds ?? (hour * 60 + minute) * 60 + second) * MICROS + BigInt(digits.slice(0, 6));
}

/** Minutes ahead of UTC. */
function zoneOf(hour: string | undefined, minute = 0): number | null {
  const hours = Math.abs(Number(hour ?? 0));
  const total = hours * 60 + minute;
  if (minute > 59 || total > 14 * 60) return null;
  return hour?.startsWith('-') ? -total : total;
}
