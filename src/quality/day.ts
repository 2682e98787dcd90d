// Days as YYYY-MM-DD, UTC: arithmetic on them. Pure.

const DAY_MS = 86_400_000;

/** Whether the text is a day of the calendar. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text < FIRST_DAY) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

const msOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** The day `days` after `day`; before it where negative. Never before the first or after the last day that a DATE can be. */
export const addDays = (day: string, days: number): string =>
  new Date(Math.min(msOf(LAST_DAY), Math.max(msOf(FIRST_DAY), msOf(day) + days * DAY_MS))).toISOString().slice(0, 10);

/** How many days there are from `from` to `to`, both included. */
export const countDays = (from: string, to: string): number => Math.max(0, (msOf(to) - msOf(from)) / DAY_MS + 1);

/** Every day from `from` to `to`, both included. */
export const daysBetween = (from: string, to: string): readonly string[] =>
  Array.from({ length: countDays(from, to) }, (_, at) => addDays(from, at));

/** Monday 1 to Sunday 7. */
export const weekdayOf = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay() || 7;

const WEEKDAYS = ['', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
export const weekdayName = (day: string): string => WEEKDAYS[weekdayOf(day)] ?? '';

/** The first and the last day that a DATE can be: bounds that leave nothing out. */
export const FIRST_DAY = '0001-01-01';
export const LAST_DAY = '9999-12-31';
