// Gathers what a day's report says and writes it below reports/: HTML, Markdown, JSON and a CSV a question, and the calendar of all days.

import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../folder.ts';
import type { ResultSet } from '../googlesql/value.ts';
import type { Project } from '../project.ts';
import { addDays, isDay } from '../quality/day.ts';
import type { CheckOutcome, Verdict } from '../quality/outcome.ts';
import { calendarHtml, type ReportedDay } from '../quality/report/calendar.ts';
import { reportHtml } from '../quality/report/html.ts';
import { reportMarkdown } from '../quality/report/markdown.ts';
import { buildReport, type Report, type ReportInput } from '../quality/report/report.ts';
import { type Answer, answer, questionsOf } from './analyze.ts';
import { askFile, openAsking, rowsOf, span } from './ask.ts';
import { TREND_DAYS } from './check.ts';
import { runChecks } from './check-all.ts';

export interface WrittenReport {
  readonly day: string;
  readonly verdict: Verdict;
  /** Relative to the project, with /. */
  readonly folder: string;
  readonly files: readonly string[];
}

export interface ReportEffects {
  /** A result as CSV text. */
  csv(result: ResultSet): string;
}

/** Questions whose answer is by day: they are asked for the days before, too. */
const OVER_TIME = new Set(['daily_revenue', 'late_arrivals']);
const plainName = (name: string): string => name.replace(/^\d+_/, '');

/** Writes the reports of `days`, then the calendar of all that are there. */
export async function writeReports(
  project: Project,
  days: readonly string[],
  effects: ReportEffects,
): Promise<readonly WrittenReport[]> {
  const written: WrittenReport[] = [];
  for (const day of days) written.push(await writeReport(project, day, effects));
  const root = join(project.root, 'reports');
  await writeFile(join(root, 'index.html'), calendarHtml(nameOf(project), await reportedDays(root)));
  return written;
}

const nameOf = (project: Project): string => project.config.name ?? 'pulse';

async function writeReport(project: Project, day: string, { csv }: ReportEffects): Promise<WrittenReport> {
  const { input, answers } = await gather(project, day);
  const report = buildReport(input);
  const folder = `reports/${day}`;
  const texts: readonly (readonly [string, string])[] = [
    ['report.html', reportHtml(report)],
    ['report.md', reportMarkdown(report)],
    ['report.json', `${JSON.stringify(report, null, 2)}\n`],
    ...answers.map(one => [`${plainName(one.name)}.csv`, csv(one.result)] as const),
  ];
  await makeFolder(join(project.root, folder));
  for (const [name, text] of texts) await writeFile(join(project.root, folder, name), text);
  return { day, verdict: report.verdict, folder, files: texts.map(([name]) => name) };
}

async function gather(
  project: Project,
  day: string,
): Promise<{ readonly input: ReportInput; readonly answers: readonly Answer[] }> {
  const asking = await openAsking(project);
  const firstDay = addDays(day, 1 - TREND_DAYS);
  const [overTime, ofDay] = [
    await askQuestions(project, { from: firstDay, to: day }, true),
    await askQuestions(project, { from: day, to: day }, false),
  ];
  const answers = [...overTime, ...ofDay].sort((a, b) => (a.name < b.name ? -1 : 1));
  const summary = rowsOf(await askFile(project, asking, { name: 'report.summary', values: span(day, day) }));
  const minutes = rowsOf(
    await askFile(project, asking, { name: 'report.payment_minutes', values: span(firstDay, day) }),
  );
  const { outcomes } = await runChecks(project, { assets: project.graph.order, day });
  const input: ReportInput = {
    project: nameOf(project),
    day,
    firstDay,
    summary: summary[0] ?? {},
    answers: Object.fromEntries(answers.map(one => [plainName(one.name), rowsOf(one.result)])),
    paymentMinutes: minutes.map(row => Number(row.minutes_to_payment)),
    checks: outcomes.filter(isOfTheDay),
  };
  return { input, answers };
}

/** A table that is not cut by time is judged as a whole: that is of today, not of the day. Both are in `pulse check`. */
const isOfTheDay = (outcome: CheckOutcome): boolean => outcome.day !== null;

async function askQuestions(
  project: Project,
  days: { readonly from: string; readonly to: string },
  isOverTime: boolean,
): Promise<readonly Answer[]> {
  const questions = (await questionsOf(project)).filter(({ name }) => OVER_TIME.has(plainName(name)) === isOverTime);
  return answer(project, questions, days);
}

/** Every day that has a report.json, in order. */
async function reportedDays(root: string): Promise<readonly ReportedDay[]> {
  const folders = (await readdir(root)).filter(isDay).sort();
  const days: ReportedDay[] = [];
  for (const folder of folders) {
    const file = join(root, folder, 'report.json');
    if (!existsSync(file)) continue;
    const { day, verdict, summary } = JSON.parse(await readFile(file, 'utf8')) as Report;
    days.push({ day, verdict, summary });
  }
  return days;
}
