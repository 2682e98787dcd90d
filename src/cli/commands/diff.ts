// pulse diff: one table as it is published against another build of it.

import { EXIT } from '../../errors.ts';
import type { Project } from '../../project.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';

const ROWS = 20;

export const diffCommand = defineCommand({
  build: yargs =>
    yargs
      .positional('asset', { type: 'string', demandOption: true, describe: 'Name of a table' })
      .option('against', {
        type: 'string',
        requiresArg: true,
        default: 'full',
        describe: 'full: a build from the raw store, made aside for it; or a run (its id, the beginning of one, last)',
      })
      .option('rows', { type: 'number', requiresArg: true, describe: `Differing rows to show (default: ${ROWS})` })
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .check(({ rows }) => {
        if (rows === undefined || (Number.isInteger(rows) && rows >= 1)) return true;
        throw new Error('--rows takes a whole number from 1 on');
      })
      .example('$0 diff fact_orders --against full', 'what a full build would give differently')
      .example('$0 diff fact_orders --against 20250115-1204', 'what is different from what that run left')
      .epilogue('Exit code 1 where they differ. Nothing of the project is changed.'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      const { assetNamed } = await import('../../graph/select.ts');
      const asset = assetNamed(project.graph, args.asset);
      if (args.against.toLowerCase() !== 'full') return againstRun(project, asset.name, { args, io });
      const { prove } = await import('../../run/prove.ts');
      const [one] = await prove(project, [asset.name], {
        options: { limit: args.rows ?? ROWS, signal: io.interruption() },
        emit: () => undefined,
        onCompared: () => undefined,
      });
      if (one === undefined) throw new Error('nothing was compared');
      if (args.json === true) {
        const { jsonLine } = await import('../reporter/json.ts');
        io.out.write(jsonLine(one));
      } else {
        const { comparisonText } = await import('../differences.ts');
        const colors = colorsFor(io.out, io, args.color);
        io.out.write(comparisonText(one, { colors, sides: ['published', 'in a full build'] }));
      }
      return one.differing.length === 0 ? EXIT.done : EXIT.failed;
    }),
});

interface Against {
  readonly args: Globals & {
    readonly against: string;
    readonly rows?: number | undefined;
    readonly json?: boolean | undefined;
  };
  readonly io: Io;
}

async function againstRun(project: Project, name: string, { args, io }: Against): Promise<ExitCode> {
  const { compareWithRun } = await import('../../run/past.ts');
  const one = await compareWithRun(project, name, { run: args.against, limit: args.rows ?? ROWS });
  const isSame = one.differing.length === 0 && one.added.length === 0 && one.removed.length === 0;
  if (args.json === true) {
    const { jsonLine } = await import('../reporter/json.ts');
    io.out.write(jsonLine(one));
    return isSame ? EXIT.done : EXIT.failed;
  }
  const { comparisonText } = await import('../differences.ts');
  const colors = colorsFor(io.out, io, args.color);
  if (one.added.length > 0) io.out.write(`columns since added: ${one.added.join(', ')}\n`);
  if (one.removed.length > 0) io.out.write(`columns since removed: ${one.removed.join(', ')}\n`);
  io.out.write(comparisonText(one, { colors, sides: ['now', `by run ${one.publishedBy}`] }));
  return isSame ? EXIT.done : EXIT.failed;
}
