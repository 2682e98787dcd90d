// What a person may ask of the generator, checked and made whole. Pure.

import { PulseError } from '../errors.ts';
import { dayNumber, dayText } from './calendar.ts';
import { VENDORS, type Vendor } from './catalogue.ts';

/** Shares of the records written, 0 to 1. A share of 0 leaves that trouble out. */
export interface Rates {
  /** Live lines that repeat an earlier one (half of them with another ingested_at); a fifth of it among historical records. */
  readonly duplicates: number;
  /** Live lines with the id of an earlier one and another content. Which one is stored depends on the order of reading. */
  readonly conflicts: number;
  /** Live events that arrive more than 24 hours after they happened. */
  readonly late: number;
  /** Lines and records that cannot be an event; historical records at half of it. */
  readonly broken: number;
  /** Fields that appear under another of their names. */
  readonly drift: number;
  /** NGN amounts labelled USD. */
  readonly mislabelled: number;
  /** Everything else that is wrong with a field: missing order ids, unparsable amounts and times, other currencies; each a part of it. */
  readonly dirt: number;
}

const DEFAULT_RATES: Rates = {
  duplicates: 0.05,
  conflicts: 0.004,
  late: 0.1,
  broken: 0.004,
  drift: 0.03,
  mislabelled: 0.04,
  dirt: 0.05,
};

export interface GenerateOptions {
  /** Lines and records to write, duplicates, conflicts and broken ones included: what an ingestion will receive. */
  readonly events: number;
  readonly seed: number;
  /** Default: all three. */
  readonly vendors?: readonly Vendor[];
  /** Live days: how many from 2025-01-15 on, or the first and the last. Default: one for each 2,500 live lines, 30 at most. */
  readonly days?: number | { readonly from: string; readonly to: string };
  /** Years of historical exports. Default: 2023. */
  readonly years?: readonly number[];
  /** Share of the records that are historical. Default 0.6. */
  readonly historicalShare?: number;
  readonly rates?: Partial<Rates>;
  readonly outDir: string;
  /** Replace sources in `outDir` that the generator did not write. */
  readonly overwrite?: boolean;
}

export interface Settings {
  readonly events: number;
  readonly seed: number;
  readonly vendors: readonly [Vendor, ...Vendor[]];
  /** Live days as days since 1970-01-01, first and last; at least one. */
  readonly firstDay: number;
  readonly lastDay: number;
  readonly years: readonly number[];
  readonly historical: number;
  readonly live: number;
  readonly rates: Rates;
}

const FIRST_LIVE_DAY = '2025-01-15';
const EVENTS_A_DAY = 2_500;
const MAX_DEFAULT_DAYS = 30;
const MAX_DAYS = 3_660;

function refuse(message: string, hint: string): never {
  throw new PulseError('USAGE', message, { hint });
}

function checkInteger(name: string, value: number, from: number): void {
  if (!Number.isSafeInteger(value) || value < from) {
    refuse(
      `--${name} ${value} is not a whole number from ${from} on.`,
      `For example: pulse generate --events 5000 --seed 1.`,
    );
  }
}

function checkShare(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) refuse(`The share "${name}" is ${value}.`, 'Shares go from 0 to 1.');
}

function vendorsOf(asked: readonly Vendor[] | undefined): readonly [Vendor, ...Vendor[]] {
  const wanted = new Set<string>(asked ?? VENDORS);
  for (const name of wanted) {
    if (!VENDORS.some(vendor => vendor === name))
      refuse(`There is no vendor "${name}".`, `The vendors are ${VENDORS.join(', ')}.`);
  }
  const [first, ...rest] = VENDORS.filter(vendor => wanted.has(vendor));
  return first === undefined ? refuse('No vendor is left.', `Name one of ${VENDORS.join(', ')}.`) : [first, ...rest];
}

function daysOf(asked: GenerateOptions['days'], live: number): { firstDay: number; lastDay: number } {
  if (typeof asked === 'object') {
    const [firstDay, lastDay] = [dayNumber(asked.from), dayNumber(asked.to)];
    if (lastDay < firstDay) refuse(`The days end (${asked.to}) before they begin (${asked.from}).`, 'Swap them.');
    if (lastDay - firstDay >= MAX_DAYS) refuse(`These are ${lastDay - firstDay + 1} days.`, `${MAX_DAYS} at most.`);
    return { firstDay, lastDay };
  }
  const count = asked ?? Math.min(Math.max(Math.round(live / EVENTS_A_DAY), 1), MAX_DEFAULT_DAYS);
  checkInteger('days', count, 1);
  if (count > MAX_DAYS) refuse(`--days ${count} is too many.`, `${MAX_DAYS} at most.`);
  const firstDay = dayNumber(FIRST_LIVE_DAY);
  return { firstDay, lastDay: firstDay + count - 1 };
}

function yearsOf(asked: readonly number[] | undefined): readonly number[] {
  const years = [...new Set(asked ?? [2023])].sort((a, b) => a - b);
  for (const year of years) {
    if (!Number.isInteger(year) || year < 1971 || year > 9998)
      refuse(`"${year}" is not a year.`, 'Years go from 1971 to 9998.');
  }
  return years;
}

/** @throws {PulseError} USAGE naming the option that cannot be. */
export function settingsOf(options: GenerateOptions): Settings {
  checkInteger('events', options.events, 1);
  checkInteger('seed', options.seed, 0);
  const share = options.historicalShare ?? 0.6;
  checkShare('historicalShare', share);
  const rates = { ...DEFAULT_RATES, ...options.rates };
  for (const [name, value] of Object.entries(rates)) checkShare(name, value);
  const years = yearsOf(options.years);
  const historical = years.length === 0 ? 0 : Math.round(options.events * share);
  const live = options.events - historical;
  return {
    events: options.events,
    seed: options.seed,
    vendors: vendorsOf(options.vendors),
    ...daysOf(options.days, live),
    years,
    historical,
    live,
    rates,
  };
}

/** The live days as text. */
export function liveDays(settings: Settings): readonly string[] {
  return Array.from({ length: settings.lastDay - settings.firstDay + 1 }, (_, i) => dayText(settings.firstDay + i));
}
