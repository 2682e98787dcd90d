// pulse diff: one table as it is published against another build of it.

import { EXIT, PulseError } from '../../errors.ts';
import { defineCommand } from '../command.ts';
import { colorsFor } from '../io.ts';
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
        describe: 'full: a build from the raw store, made aside for it',
      })
      .option('rows', { type: 'number', requiresArg: true, describe: `Differing rows to show (default: ${ROWS})` })
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .check(({ rows }) => {
        if (rows === undefined || (Number.isInteger(rows) && rows >= 1)) return true;
        throw new Error('--rows takes a whole number from 1 on');
      })
      .example('$0 diff fact_orders --against full', 'what a full build would give differently')
      .epilogue('Exit code 1 where they differ. Nothing of the project is changed.'),
  run: (typed, io) =>
    withProject(typed, io, async (project, args) => {
      const { assetNamed } = await import('../../graph/select.ts');
      const asset = assetNamed(project.graph, args.asset);
      if (args.against.toLowerCase() !== 'full') {
        throw new PulseError('USAGE', `--against "${args.against}" is no build of ${asset.name} that is kept.`, {
          hint: `Say full: pulse diff ${asset.name} --against full`,
        });
      }
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
