// A report as one HTML file: no script, no network, light and dark by the reader's choice, A4 on paper. Pure.

import type { Value } from '../../googlesql/value.ts';
import { daysBetween } from '../day.ts';
import { numberOf } from '../judge.ts';
import type { Measure, Verdict } from '../outcome.ts';
import { escapeText, rankList, timePlot, trendPlot } from './plot.ts';
import type { Report, ReportCheck, Row } from './report.ts';
import { STYLE } from './style.ts';
import {
  boundsText,
  count,
  longDay,
  measureName,
  measureText,
  minutes,
  money,
  percent,
  plural,
  sentences,
  title,
} from './words.ts';

export function page(name: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeText(name)}</title>
<style>
${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

export function reportHtml(report: Report): string {
  const body = [
    `<header><p class="project"><a href="../index.html">${escapeText(report.project)}: all days</a></p>`,
    `<h1>${escapeText(longDay(report))} ${badge(report.verdict)}</h1></header>`,
    '<main>',
    section(
      'Summary',
      `${sentences(report)
        .map(one => `<p>${escapeText(one)}</p>`)
        .join('')}${figures(report)}`,
    ),
    section('Revenue', revenue(report)),
    section('Payments', payments(report)),
    section('From order to payment', paymentTime(report)),
    section('Refunds', refunds(report)),
    section('Late arrivals', lateArrivals(report)),
    section('Top products', products(report)),
    section('Daily checks', report.checks.map(one => check(one, daysBetween(report.firstDay, report.day))).join('')),
    section('Checks of the tables', declared(report)),
    '</main>',
    '<footer><p>All days are days of UTC. All money is NGN: amounts in other currencies at the rate of their day.</p></footer>',
  ];
  return page(`${report.project}, ${report.day}`, body.join('\n'));
}

const section = (name: string, inner: string): string => {
  const id = name.toLowerCase().replaceAll(' ', '-');
  return `<section aria-labelledby="${id}"><h2 id="${id}">${name}</h2>\n${inner}\n</section>`;
};

const MARK: Readonly<Record<Verdict, string>> = { pass: '✓', warn: '!', fail: '✗' };
export const badge = (verdict: Verdict): string =>
  `<span class="badge ${verdict}"><span aria-hidden="true">${MARK[verdict]}</span> ${verdict}</span>`;

function figures({ summary: of, lateArrivals: late, day, paymentTime: time }: Report): string {
  const share = late.find(row => row.ingested_date === day)?.late_share;
  const told: readonly (readonly [string, string])[] = [
    ['Gross, NGN', money(of.gross_amount_ngn)],
    ['Net, NGN', money(of.net_amount_ngn)],
    ['Orders', count(of.orders_count)],
    ['Unpaid orders', count(of.unpaid_orders_count)],
    ['Payment success', percent(of.success_rate)],
    ['Order to payment, median of 28 days', minutes(time.medianMinutes)],
    ['Refunds', count(of.refunds_count)],
    ['Late share', share === undefined ? 'n/a' : percent(share)],
  ];
  return `<dl class="figures">${told.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
}

/** A double of a NUMERIC: for the height of a bar only. */
const height = (value: Value | undefined): number => numberOf(value) ?? 0;

function revenue({ revenue: rows, firstDay, day }: Report): string {
  const plot = timePlot({
    label: `Gross and net revenue a day, in NGN, from ${firstDay} to ${day}`,
    unit: 'NGN a day',
    axis: 'day of the orders (UTC)',
    names: rows.map(row => String(row.order_date).slice(5)),
    every: 7,
    series: [
      { name: 'gross', form: 'bars', color: 'a', values: rows.map(row => height(row.gross_amount_ngn)) },
      { name: 'net', form: 'line', color: 'b', values: rows.map(row => height(row.net_amount_ngn)) },
    ],
  });
  const recent = rows.slice(-7);
  return (
    `<p>By the day the orders were placed. Gross is what was ordered, net what was paid for these orders less what was refunded, whenever.</p>${figure(plot)}` +
    table(
      'The last seven days',
      ['Day', 'Orders', 'Gross, NGN', 'Paid, NGN', 'Refunded, NGN', 'Net, NGN'],
      recent.map(row => [
        String(row.order_date),
        count(row.orders_count),
        money(row.gross_amount_ngn),
        money(row.paid_amount_ngn),
        money(row.refund_amount_ngn),
        money(row.net_amount_ngn),
      ]),
    )
  );
}

const figure = (plot: string): string => `<figure tabindex="0" aria-label="Plot">${plot}</figure>`;

/** A hash or a long word breaks, so that the columns beside it are seen. */
const widthOf = (cell: string): string => (cell.length > 28 ? ' class="long"' : '');

/** The first column names the row. */
function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  { isWords = false }: { readonly isWords?: boolean } = {},
): string {
  if (rows.length === 0) return '<p class="none">Nothing on this day.</p>';
  const head = heads.map(name => `<th scope="col">${escapeText(name)}</th>`).join('');
  const body = rows.map(([first = '', ...rest]) => {
    const cells = rest.map(cell => `<td${widthOf(cell)}>${escapeText(cell)}</td>`).join('');
    return `<tr><th scope="row"${widthOf(first)}>${escapeText(first)}</th>${cells}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeText(caption)}">${isWords ? '<table class="words">' : '<table>'}<caption>${escapeText(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

const vendor = (row: Row): string => (row.vendor === null ? 'not known' : String(row.vendor));

const payments = ({ paymentSuccess }: Report): string =>
  table(
    'Payments of the day, by vendor',
    ['Vendor', 'Payments', 'Succeeded', 'Success rate'],
    paymentSuccess.map(row => [
      vendor(row),
      count(row.payments_count),
      count(row.successful_count),
      percent(row.success_rate),
    ]),
  );

function paymentTime({ paymentTime: time, firstDay, day }: Report): string {
  if (time.orders === 0)
    return `<p class="none">No order from ${firstDay} to ${day} was paid at or after it was placed.</p>`;
  const plot = timePlot({
    label: `Orders by the time from order to payment, from ${firstDay} to ${day}`,
    unit: 'orders',
    axis: 'paid within',
    names: time.distribution.map(bucket => bucket.label),
    every: 1,
    series: [{ name: 'orders', form: 'bars', color: 'a', values: time.distribution.map(bucket => bucket.orders) }],
  });
  return `<p>Of ${time.orders.toLocaleString('en-US')} orders from ${firstDay} to ${day} that were paid at or after they were placed: ${minutes(time.averageMinutes)} on average, ${minutes(time.medianMinutes)} in the middle. Each bar counts the orders paid within its time, and not within that of the bar before.</p>${figure(plot)}`;
}

const refunds = ({ refunds: rows }: Report): string =>
  table(
    'Orders, refunds and payments of the day, each under its own vendor',
    [
      'Vendor',
      'Orders',
      'Refunded',
      'Refunded share',
      'Refunds',
      'Partial',
      'Partial share',
      'Refunded, NGN',
      'Paid, NGN',
      'Refunded ÷ paid',
    ],
    rows.map(row => [
      vendor(row),
      count(row.orders_count),
      count(row.refunded_orders_count),
      percent(row.refunded_orders_rate),
      count(row.refunds_count),
      count(row.partial_refunds_count),
      percent(row.partial_refunds_rate),
      money(row.refund_amount_ngn),
      money(row.paid_amount_ngn),
      percent(row.refunded_amount_rate),
    ]),
  );

const lateArrivals = ({ lateArrivals: rows }: Report): string =>
  `<p>An event is late where it arrived more than 24 hours after it happened.</p>${table(
    'Live events by the day they arrived',
    ['Day', 'Events', 'Late', 'Late share'],
    rows
      .slice(-7)
      .map(row => [
        String(row.ingested_date),
        count(row.events_count),
        count(row.late_events_count),
        percent(row.late_share),
      ]),
  )}`;

function products({ topProducts }: Report): string {
  const known = topProducts.filter(row => row.revenue_ngn !== null);
  if (known.length === 0) return '<p class="none">Nothing was sold on this day.</p>';
  const rows = known.map(row => ({
    name: String(row.sku),
    value: height(row.revenue_ngn),
    text: `NGN ${money(row.revenue_ngn)} · ${plural(row.units_sold, 'unit')}`,
  }));
  return rankList('Products of the day by revenue in NGN', rows);
}

function check(one: ReportCheck, days: readonly string[]): string {
  const judged = one.measures.filter(measure => measure.threshold !== undefined);
  const rows = one.measures.map(measure => [
    measureName(measure.name),
    measureText(measure),
    totalText(one, measure),
    boundsText(measure),
  ]);
  const note = one.note === null ? '' : `<p class="none">${escapeText(one.note)}</p>`;
  const measured =
    one.measures.length === 0
      ? ''
      : table(`${title(one.name)}: measures`, ['Measure', 'This day', 'All days', 'Bounds'], rows);
  return `<article class="check"><h3>${title(one.name)} ${badge(one.verdict)}</h3><p>${escapeText(one.description.replace(/ \(data contract, section \d+\)/g, ''))}</p>${note}<div class="beside">${measured}${trends(one, judged, days)}</div>${sample(one)}</article>`;
}

const totalText = (one: ReportCheck, measure: Measure): string => {
  const total = one.total.find(other => other.name === measure.name);
  return total === undefined ? '' : measureText(total);
};

/** Two judged measures that ever were anything but nothing: first those that do not pass. */
function trends(one: ReportCheck, judged: readonly Measure[], days: readonly string[]): string {
  const known = new Set(
    one.trend.flatMap(day =>
      Object.entries(day.measures)
        .filter(([, value]) => height(value) !== 0)
        .map(([name]) => name),
    ),
  );
  const moving = judged.filter(measure => known.has(measure.name));
  const isPass = ({ verdict }: Measure): boolean => verdict === 'pass';
  const shown = [...moving.filter(measure => !isPass(measure)), ...moving.filter(isPass)].slice(0, 2);
  const byDay = new Map(one.trend.map(day => [day.day, day.measures]));
  return shown
    .map(measure => {
      const { warnAbove, failAbove, warnBelow, failBelow } = measure.threshold ?? {};
      const plot = trendPlot({
        label: `${measureName(measure.name)} from ${days[0] ?? ''} to ${days.at(-1) ?? ''}`,
        days,
        values: days.map(day => numberOf(byDay.get(day)?.[measure.name] ?? null) ?? null),
        bounds: [warnAbove, failAbove, warnBelow, failBelow].flatMap(bound =>
          bound === undefined || bound === 0 ? [] : [bound],
        ),
        say: value => measureText({ name: measure.name, value }),
      });
      return `<figure class="small"><figcaption>${escapeText(measureName(measure.name))}, the last 28 days</figcaption>${plot}</figure>`;
    })
    .join('');
}

function sample({ name, sampleColumns, sample: rows }: ReportCheck): string {
  if (rows.length === 0) return '';
  const cells = rows.map(row =>
    row.map(value => (value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value))),
  );
  return table(`${title(name)}: the first of the rows it means`, sampleColumns, cells, { isWords: true });
}

function declared({ declared: { checked, broken }, anomalies }: Report): string {
  const found = broken.map(one => [
    one.name,
    one.verdict,
    one.measures.map(measure => `${measureName(measure.name)} ${measureText(measure)}`).join(', '),
  ]);
  const lines =
    broken.length === 0
      ? `<p>All ${checked.toLocaleString('en-US')} checks that tables declare hold for this day.</p>`
      : table(
          `Of ${checked.toLocaleString('en-US')} checks that tables declare these do not hold for this day`,
          ['Check', 'Verdict', 'Found'],
          found,
          { isWords: true },
        );
  const unusual = anomalies.map(one => [one.name, one.note ?? '']);
  return `${lines}${unusual.length === 0 ? '' : table('Unlike the same weekday of the weeks before', ['Table', 'Found'], unusual, { isWords: true })}`;
}
