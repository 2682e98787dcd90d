// pulse check: the checks of sql/checks for a day, and those that assets declare; exit 1 where one that blocks fails.

import { hintClosest } from '../../closest.ts';
import { EXIT, PulseError } from '../../errors.ts';
import type { Project } from '../../project.ts';
import { isBlocking, worst } from '../../quality/outcome.ts';
import { defineCommand, type ExitCode } from '../command.ts';
import { checkDays } from '../days.ts';
import { colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { QUERY_FORMATS, type QueryFormat } from '../result-text.ts';
import { withSelection } from '../selection.ts';

interface Args {
  readonly selection?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly date?: string | undefined;
  readonly rows?: boolean | undefined;
  readonly format?: QueryFormat | undefined;
  readonly json?: boolean | undefined;
  readonly color?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

export const checkCommand = defineCommand({
  build: yargs =>
    withSelection(yargs, 'check, and names of sql/checks')
      .option('date', {
        type: 'string',
        requiresArg: true,
        describe:
          'Judge this day (UTC) only: of daily checks, and of tables cut by time (default: the last day, whole tables)',
      })
      .option('rows', { type: 'boolean', describe: 'All failing rows of one check of sql/checks' })
      .option('format', { choices: QUERY_FORMATS, describe: 'How to print --rows (default: table)' })
      .option('json', { type: 'boolean', describe: 'Everything that was found, as JSON' })
      .example('$0 check', 'the daily checks of the last day, and every declared check')
      .example('$0 check --date 2025-01-15', 'of one day')
      .example('$0 check fact_orders late_arriving_share', 'one table and one check of sql/checks')
      .example('$0 check refund_reconciliation --rows --format csv', 'every row it means'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      checkDays(args);
      if (args.format !== undefined && args.rows !== true)
        throw new PulseError('USAGE', '--format says how --rows prints; a check without --rows prints a table.', {
          hint: 'Add --rows and the name of a check of sql/checks, or take --json.',
        });
      return args.rows === true ? listRows(project, args, io) : check(project, args, io);
    }),
});

/** Words that name a check of sql/checks, and those that select assets. Without any, all that is not excluded. */
async function chosen(project: Project, { selection = [], exclude = [] }: Args) {
  const { sqlChecks } = await import('../../run/check.ts');
  const { selectIn } = await import('../selection.ts');
  const names = (await sqlChecks(project)).map(one => one.name);
  const isCheck = (word: string): boolean => names.includes(word);
  const isAll = selection.length === 0;
  const sql = (isAll ? names : selection.filter(isCheck)).filter(name => !exclude.includes(name));
  const words = selection.filter(word => !isCheck(word));
  const left = exclude.filter(word => !isCheck(word));
  const unknown = words.find(word => hintClosest(word, names, '') !== '');
  if (unknown !== undefined && !project.graph.assets.has(unknown)) {
    throw new PulseError('USAGE', `There is no check and no asset "${unknown}".`, {
      hint: hintClosest(unknown, names, ''),
    });
  }
  return { sql, assets: isAll || words.length > 0 ? await selectIn(project, { selection: words, exclude: left }) : [] };
}

async function check(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { runChecks } = await import('../../run/check-all.ts');
  const day = args.date === undefined ? {} : { day: args.date };
  const checked = await runChecks(project, { ...(await chosen(project, args)), ...day });
  const { outcomes } = checked;
  const isFailed = outcomes.some(isBlocking);
  if (args.json === true) {
    const verdict = worst(outcomes.map(one => one.verdict));
    io.out.write(`${JSON.stringify({ day: checked.day, verdict, isFailed, checks: outcomes }, null, 2)}\n`);
  } else {
    const { checksText } = await import('../check-text.ts');
    const style = { colors: colorsFor(io.out, io, args.color), isVerbose: args.verbose === true };
    io.out.write(checksText(outcomes, checked.day, style));
  }
  return isFailed ? EXIT.failed : EXIT.done;
}

async function listRows(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { sqlChecks, sqlCheckRows } = await import('../../run/check.ts');
  const { chosenChecks } = await import('../../run/check-all.ts');
  const { defaultDay, openAsking } = await import('../../run/ask.ts');
  const { resultText } = await import('../result-text.ts');
  const [name, ...more] = args.selection ?? [];
  if (name === undefined || more.length > 0) {
    throw new PulseError('USAGE', '--rows wants the name of one check of sql/checks.', {
      hint: 'For example: pulse check late_arriving_share --rows. Of a declared check, `pulse check ASSET` prints the query.',
    });
  }
  const [one] = chosenChecks(await sqlChecks(project), [name]);
  const asking = await openAsking(project);
  const day = args.date ?? (await defaultDay(project, asking)) ?? io.now().toISOString().slice(0, 10);
  if (one === undefined) return EXIT.cannotStart;
  const format = args.json === true ? 'json' : (args.format ?? 'table');
  const result = await sqlCheckRows(one, day, asking);
  io.out.write(resultText(result, format, { colors: colorsFor(io.out, io, args.color), isCut: io.out.isTty }));
  return EXIT.done;
}
