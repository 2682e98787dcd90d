// pulse test: runs the unit tests of models, rows in and rows out, on the embedded engine and on the reference implementation.

import { EXIT, PulseError, PulseErrors } from '../../errors.ts';
import type { ModelTest, TestEngine } from '../../model-tests/case.ts';
import type { Failure, TestResult } from '../../model-tests/verdict.ts';
import type { Project } from '../../project.ts';
import { defineCommand, type ExitCode, type Globals } from '../command.ts';
import { colorsFor, type Io } from '../io.ts';
import { withProject } from '../open.ts';
import { type SelectionArgs, selectIn, withSelection } from '../selection.ts';
import { plural } from '../wording.ts';

const ENGINE_WORDS = ['duckdb', 'reference', 'both'] as const;
type EngineWord = (typeof ENGINE_WORDS)[number];

const ENGINES: Readonly<Record<EngineWord, readonly TestEngine[]>> = {
  duckdb: ['duckdb'],
  reference: ['reference'],
  both: ['duckdb', 'reference'],
};

interface Args extends Globals, SelectionArgs {
  readonly engine?: EngineWord | undefined;
  readonly name?: string | undefined;
  readonly record?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export const testCommand = defineCommand({
  build: yargs =>
    withSelection(yargs, 'test')
      .option('engine', { choices: ENGINE_WORDS, describe: 'What to run them on (default: both)' })
      .option('name', { type: 'string', requiresArg: true, describe: 'Only tests whose name has this text' })
      .option('record', {
        type: 'boolean',
        describe: 'Write what comes out as the expectation of tests that fail or have none, for a person to check',
      })
      .option('json', { type: 'boolean', describe: 'As JSON' })
      .example('$0 test', 'every test of test/models; exit 1 if one fails')
      .example('$0 test fact_orders', 'the tests of one model')
      .example('$0 test +fact_orders --engine duckdb', 'of a model and all it is made from, on one engine')
      .example('$0 test fact_orders --name late --record', 'let the run write what it expects')
      .epilogue('docs/model-tests.md says how a test is written.'),
  run: (typed, io) => withProject<Args, ExitCode>(typed, io, (project, args) => run(project, args, io)),
});

async function run(project: Project, args: Args, io: Io): Promise<ExitCode> {
  const { openBench } = await import('../../model-tests/bench.ts');
  const bench = await openBench(project);
  const { tests, faults } = await bench.find(new Set(await selectIn(project, args)));
  throwFaults(faults);
  const asked = tests.filter(test => args.name === undefined || test.name.includes(args.name));
  if (asked.length === 0) throw noTests(args);
  if (args.record !== true) throwFaults(asked.flatMap(expectsNothing));
  const engines = ENGINES[args.engine ?? 'both'];
  const report = await openReport(args, io);
  const signal = io.interruption();
  const results: TestResult[] = [];
  for (const test of asked) {
    if (signal.aborted) throw new PulseError('RUN_INTERRUPTED', 'The tests were stopped.');
    const result = await bench.run(test, engines);
    results.push(result);
    report.add(result);
  }
  refuseSkippedEngine(results, args.engine);
  report.end(results);
  const missing = results.find(result => result.missing !== undefined)?.missing;
  if (missing !== undefined) {
    // What nobody could compile has not passed.
    const { troubleText } = await import('../trouble.ts');
    io.err.write(troubleText(missing, { colors: colorsFor(io.err, io, args.color), isDebug: args.debug === true }));
    return EXIT.failed;
  }
  if (args.record === true) return record(project, results, { bench, engines, io, isJson: args.json === true });
  return results.some(result => result.status === 'failed') ? EXIT.failed : EXIT.done;
}

function throwFaults(faults: readonly PulseError[]): void {
  const [first] = faults;
  if (first === undefined) return;
  throw faults.length === 1 ? first : new PulseErrors(`${faults.length} things are wrong with the tests.`, faults);
}

/** Such a test passes whatever comes out. */
function expectsNothing({ name, steps, place }: ModelTest): readonly PulseError[] {
  if (steps.some(step => step.expected !== undefined)) return [];
  const hint = 'Write expect: and the rows below it, or let `pulse test --record` write what comes out.';
  return [new PulseError('TEST_INVALID', `"${name}" expects nothing: it passes whatever comes out.`, { hint, place })];
}

function noTests({ selection = [], name }: Args): PulseError {
  const of = selection.length === 0 ? '' : ` of ${selection.join(' ')}`;
  const called = name === undefined ? '' : ` whose name has "${name}"`;
  return new PulseError('USAGE', `There is no test${of}${called}.`, {
    hint: `Write one: test/models/${selection[0] ?? 'MODEL'}.test.yaml. docs/model-tests.md says how.`,
  });
}

/** An engine that was asked for by name must be there. */
function refuseSkippedEngine(results: readonly TestResult[], engine: EngineWord | undefined): void {
  if (engine !== 'reference') return;
  const missing = results.flatMap(result => result.skipped.filter(one => one.engine === engine))[0];
  if (missing === undefined) return;
  throw new PulseError('ANALYZER_MISSING', missing.reason, {
    hint: 'Install @fivetrandevelopers/zetasql, or leave --engine out.',
  });
}

interface Report {
  add(result: TestResult): void;
  end(results: readonly TestResult[]): void;
}

async function openReport(args: Args, io: Io): Promise<Report> {
  if (args.json === true) {
    const { jsonLine } = await import('../reporter/json.ts');
    return { add: () => undefined, end: results => io.out.write(jsonLine(reportJson(results))) };
  }
  const { fileText, testText } = await import('../test-text.ts');
  const colors = colorsFor(io.out, io, args.color);
  let waiting: TestResult[] = [];
  const flush = (): void => {
    const [first] = waiting;
    if (first === undefined) return;
    if (args.quiet !== true || waiting.some(one => one.status === 'failed')) {
      io.out.write(fileText(first.test.place.file, waiting, colors));
    }
    for (const one of waiting) {
      if (one.status !== 'passed' || args.verbose === true) io.out.write(testText(one, colors));
    }
    waiting = [];
  };
  return {
    add(result) {
      if (waiting[0] !== undefined && waiting[0].test.place.file !== result.test.place.file) flush();
      waiting.push(result);
    },
    end(results) {
      flush();
      io.out.write(`\n${summary(results)}\n`);
    },
  };
}

function summary(results: readonly TestResult[]): string {
  const count = (status: TestResult['status']): number => results.filter(one => one.status === status).length;
  const unchecked = results.filter(({ test }) => test.steps.some(step => step.expected?.isRecorded === true)).length;
  const half = new Map(
    results
      .filter(one => one.status !== 'skipped')
      .flatMap(one => one.skipped.map(({ engine, reason }) => [engine, reason])),
  );
  const words = [`${count('passed')} passed, ${count('failed')} failed`];
  if (count('skipped') > 0) words.push(`, ${count('skipped')} skipped`);
  words.push('.');
  if (unchecked > 0) words.push(` ${plural(unchecked, 'expectation')} recorded and not yet checked by a person.`);
  const notes = [...half].map(([engine, reason]) => `\nNot run on ${engine}: ${reason}`);
  return words.join('') + notes.join('');
}

const reportJson = (results: readonly TestResult[]) => ({
  passed: results.filter(one => one.status === 'passed').length,
  failed: results.filter(one => one.status === 'failed').length,
  skipped: results.filter(one => one.status === 'skipped').length,
  tests: results.map(({ test, status, engines, skipped, failures }) => ({
    asset: test.asset,
    name: test.name,
    place: test.place,
    status,
    engines,
    skipped,
    isRecorded: test.steps.some(step => step.expected?.isRecorded === true),
    failures: failures.map(failureJson),
  })),
});

function failureJson({ place, ...failure }: Failure) {
  if (failure.kind === 'error') {
    const { error, ...rest } = failure;
    return {
      ...rest,
      place,
      error: { code: error instanceof PulseError ? error.code : 'INTERNAL', message: error.message },
    };
  }
  if (failure.kind !== 'rows' && failure.kind !== 'engines') return { ...failure, place };
  const off = failure.off.map(one =>
    one.kind === 'differs'
      ? { kind: one.kind, key: Object.fromEntries(one.key), cells: one.cells }
      : { kind: one.kind, key: Object.fromEntries(one.key), row: Object.fromEntries(one.row) },
  );
  return { ...failure, place, off };
}

interface Recorder {
  readonly bench: import('../../model-tests/bench.ts').Bench;
  readonly engines: readonly TestEngine[];
  readonly io: Io;
  readonly isJson: boolean;
}

/** Writes the tests that fail or expect nothing anew, file by file; where the engines differ, there is nothing to write. */
async function record(
  project: Project,
  results: readonly TestResult[],
  { bench, engines, io, isJson }: Recorder,
): Promise<ExitCode> {
  const { recordTests } = await import('../../model-tests/record-tests.ts');
  const { written, refused } = await recordTests(project, results, { bench, engines });
  const say = isJson ? io.err : io.out;
  for (const { file, tests } of written)
    say.write(`recorded ${plural(tests, 'test')} in ${file}: check them by hand.\n`);
  for (const { test, reason } of refused) say.write(`not recorded: ${test.asset}: ${test.name}: ${reason}\n`);
  return refused.length === 0 ? EXIT.done : EXIT.failed;
}
