// A civil time and its parts, for formatting and parsing. Proleptic Gregorian, all in UTC. Pure.

export const MONTH_NAMES =
  'January February March April May June July August September October November December'.split(' ');
export const DAY_NAMES = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

export const DAY_MICROS = 86_400_000_000n;
/** 0001-01-01 and 9999-12-31 23:59:59.999999, in microseconds since 1970. */
export const FIRST_MICROS = -62_135_596_800_000_000n;
export const LAST_MICROS = 253_402_300_799_999_999n;

export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
  /** Sunday is 0. */
  readonly weekday: number;
  /** From 1. */
  readonly yearDay: number;
}

const floorDiv = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b;

/** Days since 1970 of a date, which may be out of the calendar: 31 February is some day of March. */
export function dayNumber(year: number, month: number, day: number): number {
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  return Math.round(at.getTime() / 86_400_000);
}

export function civilOf(micros: bigint): Civil {
  const days = floorDiv(micros, DAY_MICROS);
  const rest = Number(micros - days * DAY_MICROS);
  const date = new Date(Number(days) * 86_400_000);
  const year = date.getUTCFullYear();
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: Math.floor(rest / 3_600_000_000),
    minute: Math.floor(rest / 60_000_000) % 60,
    second: Math.floor(rest / 1_000_000) % 60,
    micros: rest % 1_000_000,
    weekday: date.getUTCDay(),
    yearDay: Number(days) - dayNumber(year, 1, 1) + 1,
  };
}

export const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Days since 1970 of the Monday that an ISO year begins with. */
export function isoYearStart(year: number): number {
  const fourth = dayNumber(year, 1, 4);
  return fourth - ((((fourth + 3) % 7) + 7) % 7);
}

export function isoYearAndWeek(civil: Civil): { readonly year: number; readonly week: number } {
  const day = dayNumber(civil.year, civil.month, civil.day);
  const year = [civil.year + 1, civil.year, civil.year - 1].find(y => isoYearStart(y) <= day) ?? civil.year;
  return { year, week: Math.floor((day - isoYearStart(year)) / 7) + 1 };
}
