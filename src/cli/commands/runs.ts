// pulse runs: what ran, and what became of each asset in one of them.

import { EXIT, PulseError } from '../../errors.ts';
import type { Project } from '../../project.ts';
import type { Run, StepRecord } from '../../state/state-store.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import { type Colors, colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { ago, duration, number, plural } from '../wording.ts';

interface Args extends Globals {
  readonly action?: string | undefined;
  readonly id?: string | undefined;
  readonly limit?: number | undefined;
  readonly json?: boolean | undefined;
}

const LIMIT = 20;

export const runsCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('action', { choices: ['show'] as const, describe: 'show: one run, asset by asset' })
      .positional('id', { type: 'string', describe: 'The id of a run, the beginning of one, or last' })
      .option('limit', { type: 'number', requiresArg: true, describe: `Runs to list (default: ${LIMIT})` })
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .check(({ limit }) => {
        if (limit === undefined || (Number.isInteger(limit) && limit >= 1)) return true;
        throw new Error('--limit takes a whole number from 1 on');
      })
      .example('$0 runs', 'the last runs')
      .example('$0 runs show last', 'what became of each asset')
      .epilogue('Runs are kept 30 days (`history: { days }` in pulse.config.ts); what is made stays known for ever.'),
  run: (typed, io) => withProject(typed, io, (project, args) => run(project, args, io)),
});

async function run(project: Project, args: Args, io: Io): Promise<ExitCode> {
  if (args.action === 'show') return show(project, args, io);
  const runs = await (await project.state()).runs(args.limit ?? LIMIT);
  if (args.json === true) {
    io.out.write(`${JSON.stringify(runs, null, 2)}\n`);
    return EXIT.done;
  }
  if (runs.length === 0) {
    io.out.write('Nothing has run yet. Next: npx pulse materialize\n');
    return EXIT.done;
  }
  const { tableText } = await import('../table.ts');
  const colors = colorsFor(io.out, io, args.color);
  const rows = runs.map(one => [
    one.runId,
    statusText(one.status, colors),
    ago(one.startedAt, io.now()),
    tookText(one),
    one.command,
  ]);
  io.out.write(tableText(['run', '', 'started', 'took', 'command'], rows, { colors }));
  return EXIT.done;
}

const tookText = ({ startedAt, finishedAt }: Run): string =>
  finishedAt === null ? '' : duration(Date.parse(finishedAt) - Date.parse(startedAt));

function statusText(status: Run['status'] | StepRecord['status'], colors: Colors): string {
  if (status === 'done' || status === 'unchanged') return colors.green(status);
  return status === 'failed' || status === 'aborted' ? colors.red(status) : colors.yellow(status);
}

async function show(project: Project, { id, json, color }: Args, io: Io): Promise<ExitCode> {
  const { runNamed } = await import('../../run/history.ts');
  if (id === undefined) {
    throw new PulseError('USAGE', 'Which run?', { hint: 'pulse runs show last, or an id of `pulse runs`.' });
  }
  const found = await runNamed(project, id);
  const steps = await (await project.state()).steps(found.runId);
  if (json === true) {
    io.out.write(`${JSON.stringify({ ...found, steps }, null, 2)}\n`);
    return EXIT.done;
  }
  const { tableText } = await import('../table.ts');
  const colors = colorsFor(io.out, io, color);
  const facts = [found.command, `process ${found.pid} on ${found.host}`, `started ${found.startedAt}`, tookText(found)];
  io.out.write(
    `${colors.bold(found.runId)}  ${statusText(found.status, colors)}\n${facts.filter(Boolean).join(', ')}\n\n`,
  );
  const rows = steps.map(step => [
    step.asset,
    statusText(step.status, colors),
    number(step.cells),
    number(step.rows),
    duration(Date.parse(step.finishedAt) - Date.parse(step.startedAt)),
    step.message?.split('\n')[0] ?? '',
  ]);
  io.out.write(tableText(['asset', '', 'cells', 'rows', 'time', ''], rows, { colors, right: [2, 3, 4] }));
  io.out.write(`\n${plural(steps.length, 'asset')}. Next: npx pulse logs ${found.runId}\n`);
  return EXIT.done;
}
