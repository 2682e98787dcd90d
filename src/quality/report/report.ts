// What a report says, as one value: report.json is this, and the other forms are made from it. Pure.
// Nothing of when or where it was made: the same data give the same bytes.

import type { Value } from '../../googlesql/value.ts';
import { daysBetween, weekdayName } from '../day.ts';
import { type CheckOutcome, type Measure, type TrendDay, type Verdict, worst } from '../outcome.ts';

export type Row = Readonly<Record<string, Value>>;

/** What a report is made from: rows as the queries of sql/report and sql/analytics give them. */
export interface ReportInput {
  readonly project: string;
  readonly day: string;
  /** The first day of what is shown over time; the report's own day is the last. */
  readonly firstDay: string;
  readonly summary: Row;
  /** By question, without its number: daily_revenue, payment_success_rate, … */
  readonly answers: Readonly<Record<string, readonly Row[]>>;
  /** Sorted, of the days from `firstDay`. */
  readonly paymentMinutes: readonly number[];
  readonly checks: readonly CheckOutcome[];
}

export interface Bucket {
  readonly label: string;
  /** The longest time that counts here, in minutes; null for no end. */
  readonly upToMinutes: number | null;
  readonly orders: number;
}

export interface ReportCheck {
  readonly name: string;
  readonly verdict: Verdict;
  readonly description: string;
  readonly note: string | null;
  readonly measures: readonly Measure[];
  readonly total: readonly Measure[];
  readonly trend: readonly TrendDay[];
  readonly sampleColumns: readonly string[];
  readonly sample: readonly (readonly Value[])[];
}

/** report.json. Its schema is docs/report.schema.json. */
export interface Report {
  readonly version: 1;
  readonly project: string;
  readonly day: string;
  readonly weekday: string;
  readonly firstDay: string;
  readonly verdict: Verdict;
  readonly summary: Row;
  readonly revenue: readonly Row[];
  readonly paymentSuccess: readonly Row[];
  readonly paymentTime: {
    readonly orders: number;
    readonly averageMinutes: number | null;
    readonly medianMinutes: number | null;
    readonly distribution: readonly Bucket[];
  };
  readonly refunds: readonly Row[];
  readonly lateArrivals: readonly Row[];
  readonly topProducts: readonly Row[];
  readonly checks: readonly ReportCheck[];
  /** Checks that assets declare: how many were run on the day, and those that do not hold. */
  readonly declared: { readonly checked: number; readonly broken: readonly ReportCheck[] };
  readonly anomalies: readonly ReportCheck[];
}

const MOST_PRODUCTS = 10;

export function buildReport(input: ReportInput): Report {
  const { project, day, firstDay, summary, answers, checks } = input;
  const of = (question: string): readonly Row[] => answers[question] ?? [];
  const daily = checks.filter(check => check.kind === 'daily' || check.kind === 'rows');
  const declared = checks.filter(check => check.kind === 'declared');
  // What asks the clock is not of the data: it stays in `pulse check` and `pulse status`.
  const unusual = checks.filter(
    check => check.kind === 'anomaly' && check.verdict !== 'pass' && !check.name.endsWith('.freshness'),
  );
  return {
    version: 1,
    project,
    day,
    weekday: weekdayName(day),
    firstDay,
    verdict: worst([...daily, ...declared, ...unusual].map(check => check.verdict)),
    summary,
    revenue: everyDay(of('daily_revenue'), firstDay, day),
    paymentSuccess: of('payment_success_rate'),
    paymentTime: paymentTime(input.paymentMinutes),
    refunds: of('refund_rate'),
    lateArrivals: of('late_arrivals'),
    topProducts: of('top_products').slice(0, MOST_PRODUCTS),
    checks: daily.map(reportCheck),
    declared: {
      checked: declared.length,
      broken: declared.filter(check => check.verdict !== 'pass').map(check => ({ ...reportCheck(check), trend: [] })),
    },
    anomalies: unusual.map(check => ({ ...reportCheck(check), trend: [] })),
  };
}

/** Days without orders are there too, with nothing. */
function everyDay(rows: readonly Row[], from: string, to: string): readonly Row[] {
  const byDay = new Map(rows.map(row => [row.order_date, row]));
  const none = {
    orders_count: 0,
    gross_amount_ngn: '0',
    paid_amount_ngn: '0',
    refund_amount_ngn: '0',
    net_amount_ngn: '0',
  };
  return daysBetween(from, to).map(day => byDay.get(day) ?? { order_date: day, ...none });
}

/** Batch ids say when something was ingested: the same data have others elsewhere. */
const ELSEWHERE = new Set(['batch_id']);

function reportCheck(check: CheckOutcome): ReportCheck {
  const shown = check.sampleColumns
    .map((column, at) => ({ column, at }))
    .filter(({ column }) => !ELSEWHERE.has(column));
  const isShown = check.verdict !== 'pass';
  return {
    name: check.name,
    verdict: check.verdict,
    description: check.description,
    note: check.note,
    measures: check.measures,
    total: check.total,
    trend: check.trend,
    sampleColumns: isShown ? shown.map(({ column }) => column) : [],
    sample: isShown ? check.sample.map(row => shown.map(({ at }) => row[at] ?? null)) : [],
  };
}

const HOUR = 60;
const DAY = 24 * HOUR;
const EDGES: readonly (readonly [label: string, upTo: number | null])[] = [
  ['5 min', 5],
  ['15 min', 15],
  ['30 min', 30],
  ['1 h', HOUR],
  ['2 h', 2 * HOUR],
  ['6 h', 6 * HOUR],
  ['12 h', 12 * HOUR],
  ['1 day', DAY],
  ['3 days', 3 * DAY],
  ['7 days', 7 * DAY],
  ['30 days', 30 * DAY],
  ['longer', null],
];

function paymentTime(minutes: readonly number[]): Report['paymentTime'] {
  const orders = minutes.length;
  const middle = (minutes[Math.ceil(orders / 2) - 1] ?? 0) + (minutes[Math.floor(orders / 2)] ?? 0);
  const within = (upTo: number | null): number => (upTo === null ? orders : minutes.filter(one => one <= upTo).length);
  return {
    orders,
    averageMinutes: orders === 0 ? null : minutes.reduce((sum, one) => sum + one, 0) / orders,
    medianMinutes: orders === 0 ? null : middle / 2,
    distribution: EDGES.map(([label, upToMinutes], at) => {
      const before = at === 0 ? 0 : within(EDGES[at - 1]?.[1] ?? null);
      return { label, upToMinutes, orders: within(upToMinutes) - before };
    }),
  };
}
