// PARSE_TIMESTAMP and its kin: GoogleSQL's format elements, read as its reference implementation does: leniently about white space,
// the later of conflicting elements first, and what strptime does for the elements that it leaves to it. Null stands for the error.

import { DAY_NAMES, dayNumber, FIRST_MICROS, isLeapYear, isoYearStart, LAST_MICROS, MONTH_NAMES } from './civil.ts';

/** What was read, as local time or with an offset of its own. */
export interface Parsed {
  /** Microseconds since 1970, as if the time were UTC. */
  readonly local: bigint;
  /** Minutes ahead of UTC that the text says. */
  readonly offsetMinutes: number | undefined;
  /** The zone that the text names. */
  readonly zone: string | undefined;
}

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const MINUS = 45;

interface Positions {
  year: number;
  month: number;
  day: number;
}

class Parser {
  readonly #text: string;
  #at = 0;
  #year = 1970;
  #month = 1;
  #day = 1;
  #hour = 0;
  #minute = 0;
  #second = 0;
  #micros = 0n;
  #century = 0;
  #usesCentury = false;
  #isCenturySaid = false;
  #isTwelveHour = false;
  #isAfternoon = false;
  #offset: number | undefined;
  #zone: string | undefined;
  #seconds: number | undefined;
  #element = 0;
  readonly #last: Positions = { year: -1, month: -1, day: -1 };
  #hasCivilPart = false;
  /** Elements that give a date in other ways: weeks, days of the year, ISO years; where each stood last. */
  readonly #others = new Map<string, { readonly value: number; readonly order: number; readonly position: number }>();

  constructor(text: string) {
    this.#text = text.endsWith('\0') ? text.slice(0, -1) : text;
  }

  parse(format: Format): Parsed | null {
    const read = this.#elements(format);
    if (read === null) return null;
    this.#space();
    if (this.#at < this.#text.length || read < format.restFrom) return null;
    if (this.#seconds !== undefined)
      return { local: BigInt(this.#seconds) * 1_000_000n, offsetMinutes: 0, zone: undefined };
    const local = this.#local();
    return local === null ? null : { local, offsetMinutes: this.#offset, zone: this.#zone };
  }

  /** Reads as long as there is text; gives how many steps of the format it took. */
  #elements({ steps }: Format): number | null {
    this.#space();
    let taken = 0;
    while (this.#at < this.#text.length && taken < steps.length) {
      const step = steps[taken];
      if (step === undefined) return null;
      if (step.kind === 'space') this.#space();
      else if (step.kind === 'text') {
        if (!this.#takes(step.text)) return null;
      } else {
        this.#element += 1;
        if (!this.#read(step.text, step.isBeforeElement)) return null;
      }
      taken += 1;
    }
    return taken;
  }

  #space(): boolean {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1;
    return true;
  }

  #takes(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  /** Digits, up to `width` of them with a sign; undefined where there are none in the range. */
  #number(width: number, min: number, max: number): number | undefined {
    const from = this.#at;
    const isNegative = this.#text.charCodeAt(from) === MINUS;
    const first = isNegative ? from + 1 : from;
    let at = first;
    let value = 0;
    while (at < from + width && isDigit(this.#text.charCodeAt(at))) {
      value = value * 10 + this.#text.charCodeAt(at) - 48;
      at += 1;
    }
    if (at === first || (isNegative && value === 0)) return undefined;
    if (isNegative) value = -value;
    if (value < min || value > max) return undefined;
    this.#at = at;
    return value;
  }

  /** As strptime reads a number: blanks first, no sign. */
  #blankNumber(width: number, min: number, max: number): number | undefined {
    while (this.#text[this.#at] === ' ') this.#at += 1;
    return this.#text[this.#at] === '-' ? undefined : this.#number(width, min, max);
  }

  #name(names: readonly string[]): number | undefined {
    const rest = this.#text.slice(this.#at).toLowerCase();
    for (const length of [undefined, 3]) {
      const at = names.findIndex(name => rest.startsWith(name.slice(0, length).toLowerCase()));
      if (at < 0) continue;
      this.#at += (names[at] ?? '').slice(0, length).length;
      return at;
    }
    return undefined;
  }

  #set(value: number | undefined, write: (value: number) => void): boolean {
    if (value === undefined) return false;
    write(value);
    return true;
  }

  #saw(...parts: readonly (keyof Positions)[]): void {
    for (const part of parts) this.#last[part] = this.#element;
    this.#hasCivilPart = true;
  }

  #other(name: string, value: number | undefined, isCivil = false): boolean {
    if (value === undefined) return false;
    this.#others.delete(name);
    this.#others.set(name, { value, order: this.#others.size + this.#element, position: this.#element });
    if (isCivil) this.#hasCivilPart = true;
    return true;
  }

  #fullYear(isBeforeElement: boolean): boolean {
    this.#saw('year');
    const value = isBeforeElement ? this.#number(4, 0, 9999) : this.#number(5, 0, 10_000);
    this.#usesCentury = false;
    this.#isCenturySaid = false;
    return this.#set(value, year => {
      this.#year = year;
    });
  }

  #shortYear(value: number | undefined): boolean {
    this.#saw('year');
    this.#usesCentury = true;
    return this.#set(value, year => {
      this.#year = year;
      if (!this.#isCenturySaid) this.#century = year < 69 ? 20 : 19;
    });
  }

  #readCentury(isBeforeElement: boolean): boolean {
    this.#saw('year');
    const value = isBeforeElement ? this.#number(2, 0, 99) : this.#number(3, 0, 100);
    return this.#set(value, century => {
      if (!this.#usesCentury) this.#year = 0;
      this.#century = century;
      this.#usesCentury = true;
      this.#isCenturySaid = true;
    });
  }

  #twelveHours(): boolean {
    this.#space();
    return this.#set(this.#number(2, 1, 12), hour => {
      this.#hour = hour % 12;
      this.#isTwelveHour = true;
    });
  }

  #meridian(): boolean {
    const word = this.#text.slice(this.#at, this.#at + 2).toLowerCase();
    if (word !== 'am' && word !== 'pm') return false;
    this.#isAfternoon = word === 'pm';
    this.#at += 2;
    return true;
  }

  #hours(value: number | undefined): boolean {
    this.#isTwelveHour = false;
    return this.#set(value, hour => {
      this.#hour = hour;
    });
  }

  #minutes(value: number | undefined): boolean {
    return this.#set(value, minute => {
      this.#minute = minute;
    });
  }

  #readSeconds(value: number | undefined): boolean {
    return this.#set(value, second => {
      this.#second = second;
    });
  }

  /** `digits`: how many at most, 0 for any. */
  #fraction(digits: number): boolean {
    if (!this.#readSeconds(this.#number(2, 0, 60))) return false;
    if (!this.#takes('.')) return true;
    const [found = ''] = /^[0-9]*/.exec(this.#text.slice(this.#at, digits === 0 ? undefined : this.#at + digits)) ?? [];
    if (found === '') return false;
    this.#at += found.length;
    this.#micros = BigInt(found.slice(0, 6).padEnd(6, '0'));
    return true;
  }

  #offsetOf(separator: string): boolean {
    const sign = this.#text[this.#at];
    const pattern = separator === '' ? /^[+-]([0-9]{2})([0-5][0-9])?/ : /^[+-]([0-9]{2})(?::?([0-5][0-9]))?/;
    const match = pattern.exec(this.#text.slice(this.#at));
    if (!match || Number(match[1]) > 23) return false;
    const minutes = Number(match[1]) * 60 + Number(match[2] ?? 0);
    if (minutes > 14 * 60) return false;
    this.#at += match[0].length;
    if (separator !== '' && match[2] === undefined && this.#text[this.#at] === separator) this.#at += 1;
    this.#offset = sign === '-' ? -minutes : minutes;
    return true;
  }

  #zoneOf(): boolean {
    const [name = ''] = /^[^ \t\n\v\f\r]*/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += name.length;
    this.#zone = name;
    this.#offset = undefined;
    return name !== '';
  }

  #monthOf(value: number | undefined): boolean {
    this.#saw('month');
    return this.#set(value, month => {
      this.#month = month;
    });
  }

  #dayOf(value: number | undefined): boolean {
    this.#saw('day');
    return this.#set(value, day => {
      this.#day = day;
    });
  }

  #quarter(): boolean {
    this.#saw('month', 'day');
    return this.#set(this.#number(1, 1, 4), quarter => {
      this.#month = quarter * 3 - 2;
      this.#day = 1;
    });
  }

  #epoch(): boolean {
    this.#saw('year', 'month', 'day');
    return this.#set(this.#number(12, -62_135_596_800, 253_402_300_799), seconds => {
      this.#seconds = seconds;
    });
  }

  /** Elements that strptime reads as several. */
  #whole(format: string): boolean {
    for (let at = 0; at < format.length; at++) {
      const char = format[at] ?? '';
      if (char === ' ') this.#space();
      else if (char !== '%') {
        if (!this.#takes(char)) return false;
      } else {
        at += 1;
        if (!this.#plain(format[at] ?? '')) return false;
      }
    }
    return true;
  }

  /** One element as strptime reads it. */
  #plain(element: string): boolean {
    switch (element) {
      case 'A':
      case 'a':
        return this.#name(DAY_NAMES) !== undefined;
      case 'B':
      case 'b':
        return this.#monthOf(add1(this.#name(MONTH_NAMES)));
      case 'd':
      case 'e':
        return this.#dayOf(this.#blankNumber(2, 1, 31));
      case 'H':
        return this.#hours(this.#blankNumber(2, 0, 23));
      case 'M':
        return this.#minutes(this.#blankNumber(2, 0, 59));
      case 'm':
        return this.#monthOf(this.#blankNumber(2, 1, 12));
      case 'S':
        return this.#readSeconds(this.#blankNumber(2, 0, 61));
      case 'Y':
        this.#saw('year');
        this.#usesCentury = false;
        return this.#set(this.#blankNumber(4, 0, 9999), year => {
          this.#year = year;
        });
      case 'y':
        this.#saw('year');
        this.#usesCentury = false;
        return this.#set(this.#blankNumber(2, 0, 99), year => {
          this.#year = year + (year < 69 ? 2000 : 1900);
        });
      default:
        return false;
    }
  }

  #read(element: string, isBeforeElement: boolean): boolean {
    const digits = /^E([0-9])S$/.exec(element)?.[1];
    if (digits !== undefined)
      return Number(digits) === 0 ? this.#readSeconds(this.#number(2, 0, 60)) : this.#fraction(Number(digits));
    switch (element) {
      case 'Y':
      case 'EY':
        return this.#fullYear(isBeforeElement);
      case 'E4Y': {
        const from = this.#at;
        return this.#fullYear(true) && this.#at - from === 4;
      }
      case 'C':
      case 'EC':
        return this.#readCentury(isBeforeElement);
      case 'y':
      case 'Ey':
        return this.#shortYear(this.#number(2, 0, 99));
      case 'Oy':
        return this.#plain('y');
      case 'm':
        return this.#monthOf(this.#number(2, 1, 12));
      case 'd':
        return this.#dayOf(this.#number(2, 1, 31));
      case 'B':
      case 'b':
      case 'h':
        return this.#plain('b');
      case 'Om':
      case 'Od':
      case 'OH':
      case 'OM':
      case 'OS':
        return this.#plain(element.slice(1));
      case 'Oe':
      case 'e':
        return this.#plain('e');
      case 'H':
        return this.#hours(this.#number(2, 0, 23));
      case 'k':
        return this.#set(this.#blankNumber(2, 0, 23), hour => {
          this.#hour = hour;
        });
      case 'M':
        return this.#minutes(this.#number(2, 0, 59));
      case 'S':
        return this.#readSeconds(this.#number(2, 0, 60));
      case 'E*S':
        return this.#fraction(0);
      case 'I':
      case 'l':
      case 'OI':
        return this.#twelveHours();
      case 'p':
      case 'P':
        return this.#meridian();
      case 'r':
        return (
          this.#twelveHours() &&
          this.#takes(':') &&
          this.#minutes(this.#number(2, 0, 59)) &&
          this.#takes(':') &&
          this.#readSeconds(this.#number(2, 0, 60)) &&
          this.#space() &&
          this.#meridian()
        );
      case 'c':
      case 'Ec':
        return this.#whole('%a %b %e %H:%M:%S %Y');
      case 'D':
      case 'x':
      case 'Ex':
        return this.#whole('%m/%d/%y');
      case 'F':
        return this.#whole('%Y-%m-%d');
      case 'R':
        return this.#whole('%H:%M');
      case 'T':
      case 'X':
      case 'EX':
        return this.#whole('%H:%M:%S');
      case 'Q':
        return this.#quarter();
      case 's':
        return this.#epoch();
      case 'z':
        return this.#offsetOf('');
      case 'Ez':
        if (!this.#takes('Z')) return this.#offsetOf(':');
        this.#offset = 0;
        return true;
      case 'Z':
        return this.#zoneOf();
      case 't':
      case 'n':
        return this.#space();
      case '%':
        return this.#takes('%');
      case 'A':
      case 'a':
        return this.#other('weekday', this.#name(DAY_NAMES));
      case 'u':
        return this.#other('weekday', this.#blankNumber(1, 1, 7));
      case 'Ou':
        return this.#other('weekday', this.#number(1, 1, 7));
      case 'w':
        return this.#other('weekday', this.#blankNumber(1, 0, 6));
      case 'Ow':
        return this.#other('weekday', this.#number(1, 0, 6));
      case 'U':
      case 'OU':
      case 'W':
      case 'OW':
        this.#others.delete(element.endsWith('U') ? 'W' : 'U');
        return this.#other(element.slice(-1), this.#number(2, 0, 53), element !== 'OW');
      case 'V':
      case 'OV':
        return this.#other('V', this.#number(2, 1, 53));
      case 'J':
        return this.#other('J', this.#number(3, 1, 371));
      case 'j':
        return this.#other('j', this.#blankNumber(3, 1, 366), true);
      case 'G':
        return this.#other('G', this.#number(20, 0, 99_999));
      case 'g':
        return this.#other('G', century(this.#number(2, 0, 99)));
      default:
        return false;
    }
  }

  #local(): bigint | null {
    if (this.#usesCentury) this.#year += this.#century * 100;
    const date = this.#hasCivilPart ? this.#civilDate() : this.#isoDate();
    if (date === null) return null;
    const second = this.#second === 60 ? 59 : this.#second;
    const micros = this.#second === 60 ? 1_000_000n : this.#micros;
    if (this.#second > 60) return null;
    const hour = this.#hour + (this.#isTwelveHour && this.#isAfternoon ? 12 : 0);
    return BigInt(date) * 86_400_000_000n + BigInt((hour * 60 + this.#minute) * 60 + second) * 1_000_000n + micros;
  }

  #orderOf = (name: string): number => this.#others.get(name)?.order ?? -1;

  /** Days since 1970, by month and day or, where they come later, by week or day of the year. */
  #civilDate(): number | null {
    const week = this.#others.has('U') ? 'U' : this.#others.has('W') ? 'W' : undefined;
    const weekOrder = week === undefined ? -1 : this.#orderOf(week);
    const yearDay = this.#others.get('j');
    const usesYearDay = yearDay !== undefined && (yearDay.order > weekOrder || !this.#others.has('weekday'));
    const at = usesYearDay ? this.#byYearDay(yearDay.value) : week === undefined ? undefined : this.#byWeek(week);
    if (at === null) return null;
    if (at !== undefined) {
      const { position } = usesYearDay ? yearDay : (this.#others.get(week ?? '') ?? { position: 0 });
      const date = new Date(at * 86_400_000);
      if (this.#last.year < position) this.#year = date.getUTCFullYear();
      if (this.#last.month < position) this.#month = date.getUTCMonth() + 1;
      if (this.#last.day < position) this.#day = date.getUTCDate();
    }
    return this.#validDay();
  }

  #validDay(): number | null {
    const [year, month, day] = [this.#year, this.#month, this.#day];
    const at = dayNumber(year, month, day);
    const date = new Date(at * 86_400_000);
    return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? at : null;
  }

  #byYearDay(value: number): number | null {
    if (value === 366 && !isLeapYear(this.#year)) return null;
    return dayNumber(this.#year, 1, 1) + value - 1;
  }

  /** The first day of the week; a day of the week beside it is refused. */
  #byWeek(name: 'U' | 'W'): number | null {
    if (this.#others.has('weekday')) return null;
    const value = this.#others.get(name)?.value ?? 0;
    const start = name === 'U' ? 0 : 1;
    const newYear = dayNumber(this.#year, 1, 1);
    const weekday = (((newYear + 4) % 7) + 7) % 7;
    const first = newYear + ((start - weekday + 7) % 7);
    const days = isLeapYear(this.#year) ? 366 : 365;
    const last = days - (first - newYear) > 364 ? 53 : 52;
    if (value < (first === newYear ? 1 : 0) || value > last) return null;
    return first + 7 * (value - 1);
  }

  #isoDate(): number | null {
    const year = this.#others.get('G');
    if (year === undefined) return this.#validDay();
    const start = isoYearStart(year.value);
    const yearDay = this.#others.get('J');
    const week = this.#others.get('V');
    if (yearDay !== undefined && (yearDay.order > (week?.order ?? -1) || !this.#others.has('weekday'))) {
      return yearDay.value > isoYearStart(year.value + 1) - start ? null : start + yearDay.value - 1;
    }
    return week === undefined ? start : null;
  }
}

const add1 = (n: number | undefined): number | undefined => (n === undefined ? undefined : n + 1);
const century = (year: number | undefined): number | undefined =>
  year === undefined ? undefined : year + (year <= 68 ? 2000 : 1900);

type Step =
  | { readonly kind: 'space' }
  | { readonly kind: 'text'; readonly text: string }
  /** An element without its percent sign; a number before another element ends sooner. */
  | { readonly kind: 'element'; readonly text: string; readonly isBeforeElement: boolean };

/** A format, read once. */
export interface Format {
  readonly steps: readonly Step[];
  /** From this step on nothing needs text: white space, %n and %t. */
  readonly restFrom: number;
}

/** Null where the format ends with a single percent sign, or has elements that no value of the kind has. */
export function readFormat(format: string, kind: string): Format | null {
  const text = format.endsWith('\0') ? format.slice(0, -1) : format;
  if (!isAllowed(text, kind)) return null;
  const steps: Step[] = [];
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? '';
    const element = char === '%' ? elementAt(text, at + 1) : '';
    if (char === '%' && element === '') return null;
    at += 1 + element.length;
    if (char === '%') steps.push({ kind: 'element', text: element, isBeforeElement: text[at] === '%' });
    else steps.push(isSpace(char.charCodeAt(0)) ? { kind: 'space' } : { kind: 'text', text: char });
  }
  let restFrom = steps.length;
  while (restFrom > 0 && needsNoText(steps[restFrom - 1])) restFrom -= 1;
  return { steps, restFrom };
}

const needsNoText = (step: Step | undefined): boolean =>
  step?.kind === 'space' || (step?.kind === 'element' && (step.text === 'n' || step.text === 't'));

/** `E*S`, `E3S`, `E4Y`, `Ez`, `Om`, `d`; empty at the end of the format. */
const elementAt = (format: string, at: number): string =>
  /^(?:E(?:\*S|[0-9]S|4Y|.)|O.|.)/su.exec(format.slice(at))?.[0] ?? '';

/** Elements that no value of the kind has. */
const REFUSED: Readonly<Record<string, string>> = {
  DATE: 'cHIklMPpRrSsTXZz',
  TIME: 'AaBbhCcDdeFGgjmsUuVWwxYyZz',
  DATETIME: 'Zz',
  TIMESTAMP: '',
};

function isAllowed(format: string, kind: string): boolean {
  const refused = REFUSED[kind] ?? '';
  for (const [, element = ''] of format.matchAll(/%(%|E(?:\*S|[0-9]S|4Y|.)|O.|.)/gsu)) {
    if (element !== '%' && refused.includes(element.slice(-1)) && !(element.length === 1 && element === '%'))
      return false;
  }
  return true;
}

/** Null where the text does not fit the format. */
export const parseTime = (format: Format, text: string): Parsed | null => new Parser(text).parse(format);

export const isInRange = (micros: bigint): boolean => micros >= FIRST_MICROS && micros <= LAST_MICROS;
