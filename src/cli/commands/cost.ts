// pulse cost: what BigQuery billed for the project's jobs, by asset, day or run.

import { EXIT } from '../../errors.ts';
import type { Project } from '../../project.ts';
import type { CostKey, CostSum } from '../../run/cost.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { bytes, duration, number, usd } from '../wording.ts';

interface Args extends Globals {
  readonly by?: CostKey | undefined;
  readonly days?: number | undefined;
  readonly json?: boolean | undefined;
}

const DAYS = 30;

export const costCommand = defineCommand({
  build: yargs =>
    yargs
      .option('by', { choices: ['asset', 'day', 'run'] as const, describe: 'What is summed (default: asset)' })
      .option('days', { type: 'number', requiresArg: true, describe: `How many days back (default: ${DAYS})` })
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .check(({ days }) => {
        if (days === undefined || (Number.isInteger(days) && days >= 1)) return true;
        throw new Error('--days takes a whole number from 1 on');
      })
      .example('$0 cost', 'what each asset has cost in 30 days, its checks included')
      .example('$0 cost --by day --days 7', 'the last week')
      .epilogue(
        'Bytes are what BigQuery says it billed; the price is by `pricePerTiB` of the target. Embedded runs cost nothing.',
      ),
  run: (typed, io) => withProject(typed, io, (project, args) => run(project, args, io)),
});

async function run(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { costsBy } = await import('../../run/cost.ts');
  const { by = 'asset', days = DAYS } = args;
  const sums = await costsBy(project, { by, days });
  if (args.json === true) {
    io.out.write(`${JSON.stringify(sums, null, 2)}\n`);
    return EXIT.done;
  }
  if (sums.length === 0) {
    const why = project.target.bigquery === undefined ? ' Tables are made embedded, which costs nothing.' : '';
    io.out.write(`No job of BigQuery has ended within ${days} days.${why}\n`);
    return EXIT.done;
  }
  const { tableText } = await import('../table.ts');
  const colors = colorsFor(io.out, io, args.color);
  io.out.write(
    tableText([by, 'jobs', 'billed', 'slot time', 'price'], [...sums.map(row), row(total(sums))], {
      colors,
      right: [1, 2, 3, 4],
    }),
  );
  return EXIT.done;
}

const row = ({ key, jobs, bytesBilled, slotMs, priceUsd }: CostSum): string[] => [
  key === '' ? 'other' : key,
  number(jobs),
  bytes(bytesBilled),
  duration(slotMs),
  usd(priceUsd),
];

const total = (sums: readonly CostSum[]): CostSum => ({
  key: 'all',
  jobs: sums.reduce((sum, one) => sum + one.jobs, 0),
  bytesBilled: sums.reduce((sum, one) => sum + one.bytesBilled, 0),
  slotMs: sums.reduce((sum, one) => sum + one.slotMs, 0),
  priceUsd: sums.reduce((sum, one) => sum + one.priceUsd, 0),
});
