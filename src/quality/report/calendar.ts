// reports/index.html: all days that have a report, with their state, as a calendar. Pure.

import { addDays, daysBetween, weekdayOf } from '../day.ts';
import type { Verdict } from '../outcome.ts';
import { badge, page } from './html.ts';
import { escapeText } from './plot.ts';
import type { Report } from './report.ts';
import { count, money, monthName } from './words.ts';

/** What the calendar says of a day. */
export type ReportedDay = Pick<Report, 'day' | 'verdict' | 'summary'>;

const MARK: Readonly<Record<Verdict, string>> = { pass: '✓', warn: '!', fail: '✗' };

export function calendarHtml(project: string, days: readonly ReportedDay[]): string {
  const byDay = new Map(days.map(day => [day.day, day]));
  const months = [...new Set([...byDay.keys()].map(day => day.slice(0, 7)))].sort().reverse();
  const verdicts = (['fail', 'warn', 'pass'] as const).map(verdict => {
    const of = days.filter(day => day.verdict === verdict).length;
    return `<li>${badge(verdict)} ${of.toLocaleString('en-US')} ${of === 1 ? 'day' : 'days'}</li>`;
  });
  const body = [
    `<header><h1>${escapeText(project)}: daily reports</h1></header>`,
    '<main>',
    days.length === 0
      ? '<p class="none">There is no report yet: pulse report writes one.</p>'
      : `<ul class="tally">${verdicts.join('')}</ul>`,
    `<div class="months">${months.map(month => monthTable(month, byDay)).join('\n')}</div>`,
    '</main>',
  ];
  return page(`${project}: daily reports`, body.join('\n'));
}

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

function monthTable(month: string, byDay: ReadonlyMap<string, ReportedDay>): string {
  const heads = WEEKDAYS.map(name => `<th scope="col" abbr="${name}">${name.slice(0, 2)}</th>`).join('');
  const first = `${month}-01`;
  const before = weekdayOf(first) - 1;
  const days = daysBetween(first, addDays(first, 31)).filter(day => day.startsWith(month));
  const weeks = Array.from({ length: Math.ceil((before + days.length) / 7) }, (_, week) => {
    const cells = WEEKDAYS.map((_, at) => dayCell(days[7 * week + at - before], byDay));
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<table class="month"><caption>${monthName(month)}</caption><thead><tr>${heads}</tr></thead><tbody>${weeks.join('')}</tbody></table>`;
}

function dayCell(day: string | undefined, byDay: ReadonlyMap<string, ReportedDay>): string {
  if (day === undefined) return '<td></td>';
  const date = String(Number(day.slice(8)));
  const reported = byDay.get(day);
  if (reported === undefined) return `<td>${date}</td>`;
  const { verdict, summary } = reported;
  const told = `${day}: ${verdict}, ${count(summary.orders_count)} orders, NGN ${money(summary.gross_amount_ngn)} gross`;
  return `<td><a class="${verdict}" href="${day}/report.html" title="${escapeText(told)}">${date}<small>${MARK[verdict]}<span hidden> ${verdict}</span></small></a></td>`;
}
