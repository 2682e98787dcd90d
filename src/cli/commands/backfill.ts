// pulse backfill: cells of a time made again, by a plan that outlives the process; and what became of such plans.

import { EXIT, must, PulseError } from '../../errors.ts';
import type { Project } from '../../project.ts';
import type { BackfillOutcome } from '../../run/backfill.ts';
import type { Expectation } from '../../run/expected.ts';
import type { Backfill, BackfillCell } from '../../state/state-store.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import { type Colors, colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { jsonLine } from '../reporter/json.ts';
import { ago, bytes as bytesText, duration, number, plural } from '../wording.ts';

interface Args extends Globals {
  readonly selection?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly chunk?: string | undefined;
  readonly oldestFirst?: boolean | undefined;
  readonly quote?: boolean | undefined;
  readonly reprocess?: boolean | undefined;
  readonly concurrency?: number | undefined;
  readonly json?: boolean | undefined;
}

const CHUNK_DAYS = 31;
/** Failed cells that are listed. */
const FAILED_SHOWN = 20;

const EXITS: Readonly<Record<BackfillOutcome['status'], ExitCode>> = {
  running: EXIT.done,
  done: EXIT.done,
  cancelled: EXIT.done,
  failed: EXIT.failed,
  interrupted: EXIT.interrupted,
};

export const backfillCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('selection', {
        type: 'string',
        array: true,
        describe: 'Models with partitions; or list, show ID, resume ID, cancel ID',
      })
      .option('from', { type: 'string', requiresArg: true, describe: 'First day, month or year: 2023-01-01' })
      .option('to', { type: 'string', requiresArg: true, describe: 'Last day, month or year; it is meant too' })
      .option('chunk', {
        type: 'string',
        requiresArg: true,
        describe: `Days made in one run: 7d (default: ${CHUNK_DAYS}d)`,
      })
      .option('oldest-first', { type: 'boolean', describe: 'From the first chunk on (default: from the last)' })
      .option('quote', { type: 'boolean', describe: 'Say what it will come to; do nothing' })
      .option('reprocess', { type: 'boolean', describe: 'With the models upstream, from the raw events on' })
      .option('concurrency', { type: 'number', requiresArg: true, describe: 'Assets made at a time (default: 2)' })
      .option('exclude', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Leave out what these words mean',
      })
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .check(({ concurrency }) => {
        if (concurrency === undefined || (Number.isInteger(concurrency) && concurrency >= 1)) return true;
        throw new Error('--concurrency takes a whole number from 1 on');
      })
      .example('$0 backfill fact_orders --from 2023-01-01 --to 2023-03-31', 'three months, newest first')
      .example('$0 backfill fact_orders fact_order_daily --from 2023 --to 2023 --quote', 'what a year would come to')
      .example('$0 backfill list', 'all that were planned')
      .example('$0 backfill resume last', 'only what failed or is missing'),
  run: (typed, io) => withProject(typed, io, (project, args) => run(project, args, io)),
});

async function run(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const [verb = '', id, ...more] = args.selection ?? [];
  if (verb === 'list') {
    if (id === undefined) return list(project, args, io);
    throw new PulseError('USAGE', '`pulse backfill list` takes no names.', {
      hint: `pulse backfill list, or pulse backfill show ${id}`,
    });
  }
  if (['show', 'resume', 'cancel'].includes(verb)) {
    if (id === undefined || more.length > 0) {
      throw new PulseError(
        'USAGE',
        `Which backfill shall be ${verb === 'show' ? 'shown' : `${verb}d`.replace('cancel', 'cancell')}?`,
        {
          hint: `pulse backfill ${verb} last, or an id of \`pulse backfill list\`.`,
        },
      );
    }
    const { backfillNamed } = await import('../../run/backfill.ts');
    const { backfillId } = await backfillNamed(await project.state(), id);
    if (verb === 'show') return show(project, args, { io, backfillId });
    return verb === 'resume' ? work(project, args, { io, backfillId }) : cancel(project, args, { io, backfillId });
  }
  return plan(project, args, io);
}

async function plan(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { byAsset, createBackfill, planBackfill } = await import('../../run/backfill.ts');
  const { selectIn } = await import('../selection.ts');
  if ((args.selection ?? []).length === 0) {
    throw new PulseError('USAGE', 'Nothing is selected.', {
      hint: 'Name models: pulse backfill fact_orders --from 2023-01-01 --to 2023-03-31',
    });
  }
  if (args.from === undefined || args.to === undefined) {
    throw new PulseError('USAGE', `There is no --${args.from === undefined ? 'from' : 'to'}.`, {
      hint: 'Say the first and the last day: --from 2023-01-01 --to 2023-03-31',
    });
  }
  const planned = planBackfill(project, {
    names: await selectIn(project, args),
    from: args.from,
    to: args.to,
    chunkDays: chunkDays(args.chunk),
    isOldestFirst: args.oldestFirst === true,
    isReprocessed: args.reprocess === true,
  });
  if (args.quote === true) {
    const { expectCells } = await import('../../run/expected.ts');
    const { chunks } = planned;
    const quote = { chunks, ...(await expectCells(project, byAsset(planned.cells), { runs: chunks })) };
    io.out.write(args.json === true ? jsonLine(quote) : await quoteText(quote, colorsFor(io.out, io, args.color)));
    return EXIT.done;
  }
  const command = [
    'backfill',
    ...(args.selection ?? []),
    ...(args.exclude === undefined ? [] : ['--exclude', ...args.exclude]),
    ...['--from', args.from, '--to', args.to],
    ...(args.chunk === undefined ? [] : ['--chunk', args.chunk]),
    ...(args.oldestFirst === true ? ['--oldest-first'] : []),
    ...(args.reprocess === true ? ['--reprocess'] : []),
  ].join(' ');
  const { backfillId } = await createBackfill(project, planned, command);
  return work(project, args, { io, backfillId });
}

/** @throws {PulseError} USAGE */
function chunkDays(text: string | undefined): number {
  if (text === undefined) return CHUNK_DAYS;
  const [, amount, unit = 'd'] = /^(\d+)(d|w)?$/.exec(text) ?? [];
  const days = Number(amount) * (unit === 'w' ? 7 : 1);
  if (days >= 1) return days;
  throw new PulseError('USAGE', `--chunk "${text}" is no number of days.`, { hint: 'For example: --chunk 7d, 4w.' });
}

async function quoteText(quote: Expectation & { readonly chunks: number }, colors: Colors): Promise<string> {
  const { cells, chunks, rows, bytes, durationMs, assets } = quote;
  const { tableText } = await import('../table.ts');
  const time = (ms: number | null): string => (ms === null ? 'never made' : `about ${duration(ms)}`);
  const lines = assets.map(one => [one.asset, number(one.cells), number(one.rows), time(one.durationMs)]);
  const total = durationMs === null ? 'unknown, as some of it was never made' : time(durationMs);
  return `${tableText(['asset', 'cells', 'rows', 'time'], lines, { colors, right: [1, 2] })}
${plural(cells, 'cell')} in ${plural(chunks, 'run')}, about ${plural(rows, 'row')}, ${bytes === null ? 'size unknown' : bytesText(bytes)}
time ${total}, by what earlier runs took

Nothing was done.
`;
}

interface Named {
  readonly io: Io;
  readonly backfillId: string;
}

async function work(project: Project, args: Args, { io, backfillId }: Named): Promise<ExitCode> {
  const { runBackfill } = await import('../../run/backfill.ts');
  const { interruptionTold, openReporter } = await import('../reporter/open-reporter.ts');
  // Run after run: a board that is drawn anew for each would be no help.
  const reporter = await openReporter(args, { ...io, out: { ...io.out, isTty: false } });
  const { concurrency } = args;
  let outcome: BackfillOutcome;
  try {
    if (args.json !== true) io.out.write(`${backfillId}\n`);
    outcome = await runBackfill(project, backfillId, {
      signal: interruptionTold(io, reporter),
      emit: reporter.emit,
      ...(concurrency === undefined ? {} : { concurrency }),
    });
  } finally {
    reporter.close();
  }
  if (args.json === true) io.out.write(jsonLine({ kind: 'backfill-finished', backfillId, ...outcome }));
  else io.out.write(`\n${outcomeText(outcome)}${nextText(outcome, backfillId)}\n`);
  return EXITS[outcome.status];
}

const outcomeText = ({ status, done, failed, pending }: BackfillOutcome): string =>
  `Backfill ${status}: ${[`${plural(done, 'cell')} done`, failed > 0 ? `${number(failed)} failed` : '', pending > 0 ? `${number(pending)} not made` : ''].filter(Boolean).join(', ')}.`;

const nextText = ({ failed, pending }: BackfillOutcome, backfillId: string): string =>
  failed + pending === 0 ? '' : ` Next: npx pulse backfill resume ${backfillId}`;

/** Where its process was killed it is not running, whatever the state remembers. */
const statusWord = ({ backfillId, status }: Backfill, atWork: ReadonlySet<string>): Backfill['status'] | 'stopped' =>
  status === 'running' && !atWork.has(backfillId) ? 'stopped' : status;

async function list(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { backfillsAtWork, countsOf } = await import('../../run/backfill.ts');
  const state = await project.state();
  const atWork = await backfillsAtWork(state, io.now());
  const all = (await state.backfills(100)).map(one => ({ ...one, status: statusWord(one, atWork) }));
  const counted = await Promise.all(
    all.map(async one => ({ ...toldOf(one), ...countsOf(await state.backfillCells(one.backfillId)) })),
  );
  if (args.json === true) {
    io.out.write(`${JSON.stringify(counted, null, 2)}\n`);
    return EXIT.done;
  }
  if (counted.length === 0) {
    io.out.write(
      'No backfill was planned. For example: npx pulse backfill fact_orders --from 2023-01-01 --to 2023-03-31\n',
    );
    return EXIT.done;
  }
  const { tableText } = await import('../table.ts');
  const colors = colorsFor(io.out, io, args.color);
  const rows = counted.map(one => [
    one.backfillId,
    one.status,
    ago(one.createdAt, io.now()),
    number(one.done),
    number(one.failed),
    number(one.pending),
    one.command,
  ]);
  io.out.write(
    tableText(['backfill', '', 'planned', 'done', 'failed', 'pending', 'command'], rows, { colors, right: [3, 4, 5] }),
  );
  return EXIT.done;
}

/** Its options are for later: none are kept yet. */
function toldOf<T extends { readonly options: string }>(backfill: T): Omit<T, 'options'> {
  const { options: _, ...told } = backfill;
  return told;
}

async function show(project: Project, args: Args, { io, backfillId }: Named): Promise<ExitCode> {
  const { backfillNamed, backfillsAtWork, countsOf } = await import('../../run/backfill.ts');
  const state = await project.state();
  const found = await backfillNamed(state, backfillId);
  const backfill = { ...found, status: statusWord(found, await backfillsAtWork(state, io.now())) };
  const cells = await state.backfillCells(backfillId);
  if (args.json === true) {
    io.out.write(`${JSON.stringify({ ...toldOf(backfill), ...countsOf(cells), cells }, null, 2)}\n`);
    return EXIT.done;
  }
  const { tableText } = await import('../table.ts');
  const colors = colorsFor(io.out, io, args.color);
  io.out.write(
    `${colors.bold(backfillId)}  ${backfill.status}\n${backfill.command}, planned ${ago(backfill.createdAt, io.now())}\n\n`,
  );
  const rows = [...groupsOf(cells)].map(([asset, own]) => {
    const { done, failed, pending } = countsOf(own);
    return [asset, number(own.length), number(done), number(failed), number(pending)];
  });
  io.out.write(tableText(['asset', 'cells', 'done', 'failed', 'pending'], rows, { colors, right: [1, 2, 3, 4] }));
  const failed = cells.filter(cell => cell.status === 'failed');
  for (const { asset, cell, message } of failed.slice(0, FAILED_SHOWN))
    io.out.write(`${colors.red('failed')} ${asset} ${cell}: ${message ?? ''}\n`);
  if (failed.length > FAILED_SHOWN) io.out.write(`and ${number(failed.length - FAILED_SHOWN)} more (--json has all)\n`);
  return EXIT.done;
}

function groupsOf(cells: readonly BackfillCell[]): Map<string, BackfillCell[]> {
  const groups = new Map<string, BackfillCell[]>();
  for (const cell of cells) {
    if (groups.has(cell.asset)) must(groups, cell.asset).push(cell);
    else groups.set(cell.asset, [cell]);
  }
  return groups;
}

async function cancel(project: Project, args: Args, { io, backfillId }: Named): Promise<ExitCode> {
  const { backfillNamed, cancelBackfill } = await import('../../run/backfill.ts');
  const state = await project.state();
  await cancelBackfill(state, await backfillNamed(state, backfillId));
  if (args.json === true) io.out.write(jsonLine({ backfillId, status: 'cancelled' }));
  else io.out.write(`Cancelled ${backfillId}: what is under way ends with its chunk; what is made stays made.\n`);
  return EXIT.done;
}
