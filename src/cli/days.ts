// Days and limits as they are typed, for the commands that ask the tables: refused before anything is opened. Pure.

import { PulseError } from '../errors.ts';
import { isDay } from '../quality/day.ts';

export interface Days {
  readonly date?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** @throws {PulseError} USAGE where one is no day, or the last is before the first. */
export function checkDays({ date, from, to }: Days): void {
  for (const [name, day] of Object.entries({ date, from, to })) {
    if (day === undefined || isDay(day)) continue;
    throw new PulseError('USAGE', `--${name} "${day}" is no day.`, { hint: `For example: --${name} 2025-01-15.` });
  }
  if (from === undefined || to === undefined || from <= to) return;
  throw new PulseError('USAGE', `--from ${from} is after --to ${to}: there are no days between.`, {
    hint: `--from ${to} --to ${from}`,
  });
}

/** For yargs' check. @throws {Error} what --limit takes. */
export function checkLimit({ limit }: { readonly limit?: number | undefined }): true {
  if (limit === undefined || (Number.isInteger(limit) && limit >= 1)) return true;
  throw new Error('--limit takes a whole number from 1 on');
}
