// pulse prove: builds the tables once more, aside and from the raw store, and compares cell by cell.

import { EXIT, PulseError } from '../../errors.ts';
import type { Project } from '../../project.ts';
import type { TableComparison } from '../../run/compare.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { withSelection } from '../selection.ts';
import { plural } from '../wording.ts';

interface Args extends Globals {
  readonly selection?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly rows?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly json?: boolean | undefined;
}

const ROWS = 5;

export const proveCommand = defineCommand({
  build: yargs =>
    withSelection(yargs, 'prove')
      .option('rows', {
        type: 'number',
        requiresArg: true,
        describe: `Differing rows to show of a table (default: ${ROWS})`,
      })
      .option('concurrency', { type: 'number', requiresArg: true, describe: 'Assets built at a time (default: 2)' })
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .check(({ rows, concurrency }) => {
        for (const [name, value] of Object.entries({ rows, concurrency })) {
          if (value !== undefined && !(Number.isInteger(value) && value >= 1))
            throw new Error(`--${name} takes a whole number from 1 on`);
        }
        return true;
      })
      .example('$0 prove', 'every table: is it what one full build gives?')
      .example('$0 prove fact_orders --rows 20', 'one table, with more of what differs')
      .epilogue('Nothing of the project is changed: the build is made in a scratch folder below the home directory.'),
  run: (typed, io) => withProject(typed, io, (project, args) => run(project, args, io)),
});

async function run(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { selectIn } = await import('../selection.ts');
  const { prove } = await import('../../run/prove.ts');
  const { comparisonText } = await import('../differences.ts');
  const colors = colorsFor(io.out, io, args.color);
  const words = { colors, sides: ['published', 'in a full build'] } as const;
  const show = (one: TableComparison): void => {
    if (args.json !== true && (args.quiet !== true || one.differing.length > 0))
      io.out.write(comparisonText(one, words));
  };
  const { names, close, emit } = await listenerOf(project, args, io, selectIn);
  let compared: readonly TableComparison[];
  try {
    compared = await prove(project, names, {
      options: {
        limit: args.rows ?? ROWS,
        signal: io.interruption(),
        ...(args.concurrency === undefined ? {} : { concurrency: args.concurrency }),
      },
      emit,
      onCompared: one => {
        close();
        show(one);
      },
    });
  } finally {
    close();
  }
  const differing = compared.filter(one => one.differing.length > 0);
  if (args.json === true) {
    const { jsonLine } = await import('../reporter/json.ts');
    io.out.write(jsonLine({ equal: differing.length === 0, tables: compared }));
  } else if (differing.length === 0) {
    io.out.write(
      `\nProved: ${plural(compared.length, 'table')} ${compared.length === 1 ? 'is' : 'are'} what one full build gives.\n`,
    );
  } else {
    io.out.write(`\n${plural(differing.length, 'table')} of ${compared.length} differ from a full build.\n`);
    io.out.write(
      `Next: npx pulse materialize ${differing.map(one => one.asset).join(' ')} --full-refresh, and please report it with the lines above.\n`,
    );
  }
  return differing.length === 0 ? EXIT.done : EXIT.failed;
}

/** Who shows the build: nobody with --json, else the reporter of every run, closed before the first result is written. */
async function listenerOf(project: Project, args: Args, io: Io, selectIn: typeof import('../selection.ts').selectIn) {
  const names = await selectIn(project, args);
  if (names.length === 0)
    throw new PulseError('USAGE', 'Nothing is selected.', { hint: '`pulse list` names the tables.' });
  if (args.json === true) return { names, emit: () => undefined, close: () => undefined };
  const { openReporter } = await import('../reporter/open-reporter.ts');
  const reporter = await openReporter(args, io);
  let isOpen = true;
  return {
    names,
    emit: reporter.emit,
    close: () => {
      if (isOpen) reporter.close();
      isOpen = false;
    },
  };
}
