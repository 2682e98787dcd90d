// pulse materialize: makes what is stale, shows it while it happens, says what became of it.

import { EXIT, must, PulseError } from '../../errors.ts';
import type { Plan } from '../../plan/plan.ts';
import type { StaleCause } from '../../plan/staleness.ts';
import type { Project } from '../../project.ts';
import type { RunResult } from '../../run/events.ts';
import type { MaterializeOptions } from '../../run/materialize.ts';
import type { PlanCost } from '../../run/plan-costs.ts';
import type { ColumnChanges } from '../../warehouse/inspection.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import { type Colors, colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { jsonLine } from '../reporter/json.ts';
import { interruptionTold, openReporter } from '../reporter/open-reporter.ts';
import { withSelection } from '../selection.ts';
import { causesText, duration, number, plural, someOf } from '../wording.ts';

interface Args extends Globals {
  readonly selection?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly only?: boolean | undefined;
  readonly fullRefresh?: boolean | undefined;
  readonly partitions?: string | undefined;
  readonly plan?: boolean | undefined;
  readonly exact?: boolean | undefined;
  readonly quote?: boolean | undefined;
  readonly failFast?: boolean | undefined;
  readonly wait?: boolean | undefined;
  readonly concurrency?: number | undefined;
  readonly timings?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const EXITS: Readonly<Record<RunResult['status'], ExitCode>> = {
  done: EXIT.done,
  nothing: EXIT.done,
  failed: EXIT.failed,
  interrupted: EXIT.interrupted,
};

export const materializeCommand = defineCommand({
  build: yargs =>
    withSelection(yargs, 'make')
      .option('only', { type: 'boolean', describe: 'The selection alone, without what is upstream of it' })
      .option('full-refresh', { type: 'boolean', describe: 'Make the selection whatever its state' })
      .option('partitions', {
        type: 'string',
        requiresArg: true,
        describe: 'Only these cells of the selection: 2023-03-01..2023-03-31,2023-05',
      })
      .option('plan', { type: 'boolean', describe: 'Show what would be made and why; do nothing' })
      .option('exact', {
        type: 'boolean',
        implies: 'plan',
        describe: 'With --plan: rehearse in a copy, and name every cell that would change',
      })
      .option('quote', {
        type: 'boolean',
        implies: 'plan',
        describe: 'With --plan: bytes and price of each asset, as BigQuery says (a dry run); exit 1 beyond the budget',
      })
      .option('fail-fast', { type: 'boolean', describe: 'Start nothing new after the first failure' })
      .option('wait', {
        type: 'boolean',
        describe: 'Wait for another run to end; --no-wait ends with exit code 2 instead',
      })
      .option('concurrency', { type: 'number', requiresArg: true, describe: 'Assets made at a time (default: 2)' })
      .option('timings', { type: 'boolean', describe: 'Show where the time went' })
      .option('json', { type: 'boolean', describe: 'Every event as a line of JSON; with --plan the plan' })
      .check(({ concurrency }) => {
        if (concurrency === undefined || (Number.isInteger(concurrency) && concurrency >= 1)) return true;
        throw new Error('--concurrency takes a whole number from 1 on');
      })
      .example('$0 materialize', 'make everything that is stale')
      .example('$0 materialize fact_orders', 'make fact_orders and all it needs')
      .example('$0 materialize fact_orders --partitions 2023-03', 'March of it, whatever its state')
      .example('$0 materialize --plan --exact', 'every cell that would change')
      .example('$0 materialize --plan --quote', 'what it would bill in BigQuery')
      .example('$0 materialize stg_orders+ --plan', 'what a change of stg_orders would touch')
      .example('$0 materialize tag:marts --exclude fact_refunds', 'the marts but one'),
  run: (typed, io) => withProject(typed, io, (project, args) => run(project, args, io)),
});

function optionsOf(project: Project, args: Args): MaterializeOptions {
  const { options } = project;
  const concurrency = args.concurrency ?? options.concurrency;
  return {
    selection: args.selection ?? [],
    exclude: args.exclude ?? options.exclude ?? [],
    only: args.only ?? options.only ?? false,
    fullRefresh: args.fullRefresh ?? options.fullRefresh ?? false,
    noWait: args.wait === false,
    failFast: args.failFast ?? options.failFast ?? false,
    ...(args.partitions === undefined ? {} : { partitions: args.partitions }),
    ...(concurrency === undefined ? {} : { concurrency }),
    command: commandOf(args),
  };
}

/** What was asked for, as it would be typed: for the history of runs, and for who waits for this one. */
function commandOf({ selection = [], exclude = [], only, fullRefresh, partitions }: Args): string {
  return [
    'materialize',
    ...selection,
    ...(exclude.length === 0 ? [] : ['--exclude', ...exclude]),
    ...(only === true ? ['--only'] : []),
    ...(fullRefresh === true ? ['--full-refresh'] : []),
    ...(partitions === undefined ? [] : ['--partitions', partitions]),
  ].join(' ');
}

async function run(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { materialize, prepare } = await import('../../run/materialize.ts');
  const options = optionsOf(project, args);
  const isMade = (name: string): boolean => project.graph.assets.get(name)?.kind !== 'source';
  if (args.plan === true && args.exact === true) return printRehearsal(project, { options, args, io });
  if (args.plan === true && args.quote === true) {
    const { printQuote } = await import('../quote.ts');
    return printQuote(project, options, { args, io });
  }
  if (args.plan === true) {
    const prepared = await prepare(project, options);
    const { planCosts } = await import('../../run/plan-costs.ts');
    const costs = await planCosts(project, prepared);
    const plan = { ...prepared.plan, fresh: prepared.plan.fresh.filter(isMade) };
    if (args.json === true) io.out.write(jsonLine(withCosts(plan, costs)));
    else await printPlan(plan, costs, { options, args, io });
    return EXIT.done;
  }
  const reporter = await openReporter(args, io);
  let result: RunResult;
  try {
    const whole = await materialize(project, { ...options, signal: interruptionTold(io, reporter) }, reporter.emit);
    result = { ...whole, fresh: whole.fresh.filter(isMade) };
  } finally {
    reporter.close();
  }
  if (args.json !== true) await printEnd(result, { project, options, args, io });
  return EXITS[result.status];
}

/** Its own SQL, not that of what it reads. */
const isBroken = ({ kind, asset }: StaleCause): boolean => kind === 'does-not-compile' && asset === undefined;

/** One line: what is fresh, and why there is nothing to do. */
function nothingText(
  { fresh }: { readonly fresh: readonly string[] },
  { selection, exclude = [], only }: MaterializeOptions,
): string {
  const asked = selection.join(' ');
  if (fresh.length === 0 && exclude.length > 0) {
    return `Nothing to do: without ${exclude.join(' ')} nothing is left of ${asked === '' ? 'all assets' : asked}.\n`;
  }
  if (fresh.length === 0) return `Nothing to do: ${asked} means no asset that is made.\n`;
  const scope = only === true || fresh.length === 1 ? asked : `${asked} and what is upstream`;
  const what =
    selection.length === 0 ? `all ${plural(fresh.length, 'asset')}` : `${scope} (${plural(fresh.length, 'asset')})`;
  return `Nothing to do: ${what} ${fresh.length === 1 ? 'is' : 'are'} fresh; no source file, SQL or upstream changed since.\n`;
}

interface Ending {
  readonly project: Project;
  readonly options: MaterializeOptions;
  readonly args: Args;
  readonly io: Io;
}

async function printEnd(result: RunResult, { project, options, args, io }: Ending): Promise<void> {
  if (result.status === 'nothing') {
    io.out.write(nothingText(result, options));
    if ((args.timings ?? project.options.timings) !== true) return;
  }
  const { finalText, timingsText } = await import('../reporter/final.ts');
  const colors = colorsFor(io.out, io, args.color);
  if (result.status === 'nothing') return io.out.write(timingsText(result, colors));
  const rank = new Map(project.graph.order.map((name, index) => [name, index]));
  const ordered = { ...result, steps: [...result.steps].sort((a, b) => must(rank, a.asset) - must(rank, b.asset)) };
  io.out.write(
    finalText(ordered, {
      colors,
      isDebug: args.debug === true,
      hasTimings: args.timings ?? project.options.timings ?? false,
      example: exampleOf(result, { project, options }),
      canQuery: await hasAnalyzer(),
    }),
  );
}

async function hasAnalyzer(): Promise<boolean> {
  const { findBinary } = await import('../../googlesql/server.ts');
  try {
    return findBinary() !== '';
  } catch (error) {
    if (error instanceof PulseError && error.code === 'ANALYZER_MISSING') return false;
    throw error;
  }
}

/** A table that was just made: the one that was asked for by name, else the one that is made of most. */
function exampleOf(result: RunResult, { project, options }: Pick<Ending, 'project' | 'options'>): string | undefined {
  const { graph } = project;
  const tables = result.steps.filter(step => step.status === 'done' && step.rows > 0).map(step => step.asset);
  const models = tables.filter(name => graph.assets.get(name)?.kind === 'model');
  const asked = tables.find(name => options.selection.includes(name));
  return asked ?? models.sort((a, b) => graph.upstream(b).length - graph.upstream(a).length)[0];
}

async function printRehearsal(project: Project, { options, args, io }: Omit<Ending, 'project'>): Promise<ExitCode> {
  const { rehearse } = await import('../../run/rehearse.ts');
  const { changes, failed } = await rehearse(project, options);
  const code = failed.length === 0 ? EXIT.done : EXIT.failed;
  if (args.json === true) {
    io.out.write(jsonLine({ changes, failed }));
    return code;
  }
  const { tableText } = await import('../table.ts');
  const { someOf } = await import('../wording.ts');
  const colors = colorsFor(io.out, io, args.color);
  for (const { asset, message } of failed) io.out.write(`${colors.red('fails')}  ${asset}: ${message}\n`);
  if (changes.length === 0) io.out.write('No cell of any table would change.');
  else {
    const rows = changes.map(({ asset, cells, rows }) => [
      asset,
      String(cells.length),
      `${rows > 0 ? '+' : ''}${rows}`,
      cells.length === 1 && cells[0] === '' ? 'the table' : someOf(cells, 8),
    ]);
    io.out.write(tableText(['asset', 'cells', 'rows', 'that would change'], rows, { colors, right: [1, 2] }));
  }
  io.out.write('\nRehearsed in a copy; nothing was done.\n');
  return code;
}

const withCosts = (plan: Plan, costs: ReadonlyMap<string, PlanCost>) => ({
  ...plan,
  steps: plan.steps.map(step => ({ ...step, ...costs.get(step.asset) })),
});

/** `+ vendor_name STRING`, `− region STRING`, `total: NUMERIC → STRING`, by column. */
function columnLines({ added, removed, retyped }: ColumnChanges, colors: Colors): string[] {
  return [
    ...added.map(({ name, type }) => colors.green(`+ ${name} ${type}`)),
    ...removed.map(({ name, type }) => colors.red(`- ${name} ${type}`)),
    ...retyped.map(({ name, from, to }) => colors.yellow(`~ ${name}: ${from} becomes ${to}`)),
  ];
}

function costCells(cost: PlanCost | undefined): string[] {
  const expected = cost?.expected;
  // Of what was never made nothing is known.
  if (expected === undefined || expected.durationMs === null) return ['', '', ''];
  return [number(expected.cells), number(expected.rows), `about ${duration(expected.durationMs)}`];
}

async function printPlan(
  plan: Plan,
  costs: ReadonlyMap<string, PlanCost>,
  { options, args, io }: Omit<Ending, 'project'>,
): Promise<void> {
  for (const text of plan.elsewhere ?? []) io.err.write(`note: ${text}\n`);
  if (plan.steps.length === 0) return io.out.write(nothingText(plan, options));
  const { tableText } = await import('../table.ts');
  const colors = colorsFor(io.out, io, args.color);
  const isKnown = [...costs.values()].some(cost => typeof cost.expected?.durationMs === 'number');
  const rows = plan.steps.map(step => [
    step.isCertain ? step.asset : colors.dim(step.asset),
    step.isCertain ? 'make' : colors.dim('if changed'),
    ...(isKnown ? costCells(costs.get(step.asset)) : []),
    causesText(step.causes),
  ]);
  const heads = ['asset', 'do', ...(isKnown ? ['cells', 'rows', 'takes'] : []), 'because'];
  io.out.write(tableText(heads, rows, { colors, right: isKnown ? [2, 3] : [] }));
  for (const [asset, { columns }] of costs) {
    if (columns === undefined) continue;
    io.out.write(`\nThe columns of ${asset} change, and all of it is made anew:\n`);
    for (const line of columnLines(columns, colors)) io.out.write(`  ${line}\n`);
  }
  const broken = plan.steps.filter(step => step.causes.some(isBroken)).map(step => step.asset);
  if (broken.length > 0) io.out.write(`\n${someOf(broken, 5)} will fail. Next: npx pulse compile, which says where.\n`);
  const certain = plan.steps.filter(step => step.isCertain).length;
  const unsure = plan.steps.length - certain;
  const maybe =
    unsure === 0 ? '' : `, ${unsure} more only if what they read comes out different (--exact says which cells)`;
  const fresh = plan.fresh.length === 0 ? '' : `; ${plan.fresh.length} fresh`;
  io.out.write(`\n${plural(certain, 'asset')} to make${maybe}${fresh}. Nothing was done.\n`);
}
