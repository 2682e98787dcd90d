// Figures and sentences of a report, the same in HTML and Markdown. Pure.

import type { Value } from '../../googlesql/value.ts';
import { numberOf } from '../judge.ts';
import { type Measure, NOTHING_ON_THIS_DAY } from '../outcome.ts';
import type { Report } from './report.ts';

/** 6800989.23 -> 6,800,989.23, to the kobo; the digits of a NUMERIC are not rounded through a double. */
export function money(value: Value | undefined): string {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value ?? '')) ?? [];
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${`${fraction}00`.slice(0, 2)}`;
}

export const count = (value: Value | undefined): string => (numberOf(value) ?? 0).toLocaleString('en-US');

export function percent(value: Value | undefined): string {
  const share = numberOf(value);
  return share === undefined ? 'n/a' : `${(100 * share).toFixed(1)} %`;
}

/** 79041 minutes -> 54.9 days. */
export function minutes(value: number | null): string {
  if (value === null) return 'n/a';
  if (value < 120) return `${round(value)} min`;
  if (value < 2880) return `${round(value / 60)} h`;
  return `${round(value / 1440)} days`;
}

const round = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 });

export const plural = (value: Value | undefined, one: string, many = `${one}s`): string =>
  `${count(value)} ${numberOf(value) === 1 ? one : many}`;

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** Wednesday, 15 January 2025 */
export function longDay({ day, weekday }: Pick<Report, 'day' | 'weekday'>): string {
  const [year, month, date] = day.split('-').map(Number);
  return `${weekday}, ${date} ${MONTHS[(month ?? 1) - 1]} ${year}`;
}

export const monthName = (month: string): string => {
  const [year, number] = month.split('-');
  return `${MONTHS[Number(number) - 1]} ${year}`;
};

/** The report in a few sentences. */
export function sentences(report: Report): readonly string[] {
  const { summary: of } = report;
  const late = report.lateArrivals.find(row => row.ingested_date === report.day);
  const payments =
    numberOf(of.payments_count) === 0
      ? 'No payment was tried on that day'
      : `${plural(of.payments_count, 'payment was', 'payments were')} tried on that day and ${percent(of.success_rate)} succeeded`;
  const refunds =
    numberOf(of.refunds_count) === 0
      ? 'no refund was issued.'
      : `${plural(of.refunds_count, 'refund was', 'refunds were')} issued, NGN ${money(of.refunded_ngn)} in all.`;
  return [
    numberOf(of.orders_count) === 0
      ? 'No order was placed.'
      : `${plural(of.orders_count, 'order was', 'orders were')} placed, worth NGN ${money(of.gross_amount_ngn)} gross. ` +
        `Up to now NGN ${money(of.paid_amount_ngn)} was paid for them and NGN ${money(of.refund_amount_ngn)} refunded: NGN ${money(of.net_amount_ngn)} net.`,
    `${payments}; ${refunds}`,
    late === undefined
      ? 'No live event arrived on that day.'
      : `${plural(late.events_count, 'live event')} arrived, ${percent(late.late_share)} of them more than 24 hours after they happened.`,
    checkSentence(report),
  ];
}

function checkSentence({ checks, declared, anomalies }: Report): string {
  const named = (verdict: string): string[] =>
    checks.filter(one => one.verdict === verdict).map(one => title(one.name).toLowerCase());
  const [failed, warned] = [named('fail'), named('warn')];
  const parts = [
    ...(failed.length > 0 ? [`${failed.length} failed (${failed.join(', ')})`] : []),
    ...(warned.length > 0 ? [`${warned.length} warned (${warned.join(', ')})`] : []),
  ];
  const idle = checks.filter(one => one.note === NOTHING_ON_THIS_DAY).length;
  const held =
    idle === checks.length
      ? `None of the ${checks.length} daily checks had anything to judge.`
      : `All daily checks hold${idle === 0 ? '' : `; ${idle} of ${checks.length} had nothing to judge`}.`;
  const daily = parts.length === 0 ? held : `Of ${checks.length} daily checks ${parts.join(' and ')}.`;
  const unusual =
    anomalies.length === 0
      ? ''
      : ` Unlike the same weekday of the weeks before: ${anomalies.map(one => one.name).join(', ')}.`;
  return `${daily} ${count(declared.checked - declared.broken.length)} of ${count(declared.checked)} checks of the tables hold.${unusual}`;
}

/** late_arriving_share -> Late arriving share */
export const title = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`.replaceAll('_', ' ');

/** A measure as it is read: shares in percent, money to the kobo. */
export function measureText({ name, value }: Pick<Measure, 'name' | 'value'>): string {
  if (value === null) return 'n/a';
  if (/(_rate|_share)$/.test(name)) return percent(value);
  if (/_ngn$/.test(name)) return money(value);
  return (numberOf(value) ?? 0).toLocaleString('en-US', { maximumFractionDigits: 2 });
}

/** `warns above 10.0 %, fails above 30.0 %` */
export function boundsText({ name, threshold }: Measure): string {
  if (threshold === undefined) return '';
  const told = [
    ['warns below', threshold.warnBelow],
    ['warns above', threshold.warnAbove],
    ['fails below', threshold.failBelow],
    ['fails above', threshold.failAbove],
  ] as const;
  return told
    .flatMap(([word, value]) => (value === undefined ? [] : [`${word} ${measureText({ name, value })}`]))
    .join(', ');
}

/** Names of measures as words: over_refunded_ngn -> over refunded, NGN. */
export const measureName = (name: string): string => name.replace(/_ngn$/, ' (NGN)').replaceAll('_', ' ');
