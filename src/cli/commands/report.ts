// pulse report: writes a day's report below reports/, or those of several days, and the calendar of all.

import { EXIT, PulseError } from '../../errors.ts';
import type { Project } from '../../project.ts';
import { defineCommand } from '../command.ts';
import { checkDays, type Days } from '../days.ts';
import { colorsFor } from '../io.ts';
import { withProject } from '../open.ts';
import { resultText } from '../result-text.ts';
import { plural } from '../wording.ts';

/** Two years: each day is a folder of its own. */
const MOST_DAYS = 731;

export const reportCommand = defineCommand({
  build: yargs =>
    yargs
      .option('date', {
        type: 'string',
        requiresArg: true,
        describe: 'The day (UTC; default: the last with orders)',
      })
      .option('from', { type: 'string', requiresArg: true, describe: 'With --to: a report for each day from this one' })
      .option('to', { type: 'string', requiresArg: true, describe: 'The last of these days' })
      .option('json', { type: 'boolean', describe: 'What was written, as JSON' })
      .example('$0 report', 'reports/YYYY-MM-DD/report.html, .md, .json, and a csv a question')
      .example('$0 report --from 2025-01-01 --to 2025-01-31', 'a month, a folder a day'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      const { writeReports } = await import('../../run/report.ts');
      const csv = { colors: colorsFor(io.out, io, false), isCut: false };
      const written = await writeReports(project, await daysOf(project, args), {
        csv: result => resultText(result, 'csv', csv),
      });
      if (args.json === true) {
        io.out.write(`${JSON.stringify(written, null, 2)}\n`);
        return EXIT.done;
      }
      const colors = colorsFor(io.out, io, args.color);
      const paint = { pass: colors.green, warn: colors.yellow, fail: colors.red };
      io.out.write(
        written.map(one => `${one.day}  ${paint[one.verdict](one.verdict)}  ${one.folder}/report.html\n`).join(''),
      );
      io.out.write(`${plural(written.length, 'report')} written; all days are in reports/index.html.\n`);
      return EXIT.done;
    }),
});

/** @throws {PulseError} USAGE */
async function daysOf(project: Project, days: Days): Promise<readonly string[]> {
  checkDays(days);
  const { date, from, to } = days;
  const { countDays, daysBetween } = await import('../../quality/day.ts');
  if (date !== undefined && (from !== undefined || to !== undefined))
    throw new PulseError('USAGE', 'A report is of one --date, or of the days --from and --to.', {
      hint: 'Leave one out.',
    });
  if ((from === undefined) !== (to === undefined))
    throw new PulseError('USAGE', '--from and --to belong together.', { hint: 'Give both, or --date.' });
  if (from !== undefined && to !== undefined) {
    const many = countDays(from, to);
    if (many <= MOST_DAYS) return daysBetween(from, to);
    throw new PulseError(
      'USAGE',
      `From ${from} to ${to} are ${many.toLocaleString('en-US')} days; at most ${MOST_DAYS} are reported at once.`,
      {
        hint: 'Report them in parts.',
      },
    );
  }
  if (date !== undefined) return [date];
  const { defaultDay, openAsking } = await import('../../run/ask.ts');
  const day = await defaultDay(project, await openAsking(project));
  if (day !== undefined) return [day];
  throw new PulseError('WAREHOUSE_TABLE_MISSING', 'There is nothing to report: no event has arrived.', {
    hint: 'Run `pulse materialize`, or name a day with --date.',
  });
}
