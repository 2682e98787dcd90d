// pulse rewind: a table back as a run left it; without a run, which ones there are.

import { EXIT } from '../../errors.ts';
import type { Project } from '../../project.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { jsonLine } from '../reporter/json.ts';
import { ago, number, plural, someOf } from '../wording.ts';

interface Args extends Globals {
  readonly asset: string;
  readonly to?: string | undefined;
  readonly wait?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export const rewindCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('asset', { type: 'string', demandOption: true, describe: 'Name of a model or seed' })
      .option('to', {
        type: 'string',
        requiresArg: true,
        describe: 'The id of a run, the beginning of one, or last: the table is put back as that run left it',
      })
      .option('wait', {
        type: 'boolean',
        describe: 'Wait for a run to end; --no-wait ends with exit code 2',
      })
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .example('$0 rewind fact_orders', 'what it can be rewound to')
      .example('$0 rewind fact_orders --to 20250115-1204', 'as that run left it')
      .epilogue(
        'A rewound table is held as it is: `pulse materialize` makes its readers from it, and leaves the table itself alone until its SQL changes or `--full-refresh` or `--partitions` asks for it.',
      ),
  run: (typed, io) => withProject(typed, io, (project, args) => run(project, args, io)),
});

async function run(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { assetNamed } = await import('../../graph/select.ts');
  const asset = assetNamed(project.graph, args.asset);
  if (args.to === undefined) return list(project, args, io);
  const { rewind } = await import('../../run/rewind.ts');
  const done = await rewind(project, asset.name, {
    to: args.to,
    noWait: args.wait === false,
    signal: io.interruption(),
    emit: event => {
      if (event.kind === 'notice') io.err.write(`${event.text}\n`);
    },
  });
  if (args.json === true) io.out.write(jsonLine(done));
  else if (done.runId === '')
    io.out.write(`${done.asset} is as run ${done.to} left it (published by ${done.publishedBy}): nothing to rewind.\n`);
  else {
    const readers =
      done.readers.length === 0 ? '' : ` Next: npx pulse materialize, which makes ${someOf(done.readers)} from it.`;
    io.out.write(
      `Rewound ${done.asset} to run ${done.to}: ${plural(done.cells, 'cell')}, ${plural(done.rows, 'row')} (run ${done.runId}).\n` +
        `It is held as it is until its SQL changes, or: npx pulse materialize ${done.asset} --full-refresh\n${readers.trim()}${readers === '' ? '' : '\n'}`,
    );
  }
  return EXIT.done;
}

async function list(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { publications } = await import('../../run/past.ts');
  const all = await publications(project, args.asset);
  if (args.json === true) {
    io.out.write(`${JSON.stringify(all, null, 2)}\n`);
    return EXIT.done;
  }
  if (all.length === 0) {
    io.out.write(`${args.asset} was never made. Next: npx pulse materialize ${args.asset}\n`);
    return EXIT.done;
  }
  const { tableText } = await import('../table.ts');
  const colors = colorsFor(io.out, io, args.color);
  const rows = all.map(one => [
    one.runId,
    ago(one.publishedAt, io.now()),
    number(one.written),
    number(one.removed),
    one.isCurrent ? 'as it is' : one.isKept ? colors.green('kept') : colors.dim('not kept'),
  ]);
  io.out.write(tableText(['run', 'published', 'cells', 'removed', ''], rows, { colors, right: [2, 3] }));
  const target = all.find(one => one.isKept && !one.isCurrent);
  io.out.write(
    target === undefined
      ? '\nNothing before is kept.\n'
      : `\nNext: npx pulse rewind ${args.asset} --to ${target.runId}\n`,
  );
  return EXIT.done;
}
