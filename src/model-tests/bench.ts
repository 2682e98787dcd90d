// Finds the tests of a project and runs them: one embedded warehouse, one state and one analyzer for all of them.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { glob } from 'tinyglobby';
import { isTable, type ModelAsset } from '../asset/asset.ts';
import type { Var } from '../asset/config.ts';
import { type CompileResult, declaredTable } from '../compile/compile.ts';
import { must, PulseError } from '../errors.ts';
import type { TypedColumn } from '../googlesql/type.ts';
import type { Memory, Project } from '../project.ts';
import { keyOf } from '../run/compare.ts';
import type { ModelTest, TestEngine } from './case.ts';
import { type EmptyTables, runEmbedded, type StepOutcome } from './embedded.ts';
import { readTests, type TestWorld } from './read.ts';
import { isUnanswered, runReference } from './reference.ts';
import { inputsOf, type TestTables, tablesOf } from './tables.ts';
import { judgeOutcomes, type Outcomes, type TestResult } from './verdict.ts';

const TEST_FOLDER = 'test/models';

export interface FoundTests {
  /** In the order of files, and within one as they stand. */
  readonly tests: readonly ModelTest[];
  /** What is wrong with the files of the assets asked for, and with those of which nobody knows what they are of. */
  readonly faults: readonly PulseError[];
}

export interface Bench {
  /** The tests of the models among `names`. */
  find(names: ReadonlySet<string>): Promise<FoundTests>;
  /** Never throws for what a model does; what an engine can't run is skipped with its reason. */
  run(test: ModelTest, engines: readonly TestEngine[]): Promise<TestResult>;
  /** What each step comes to, unjudged; for who records it. */
  outcomes(test: ModelTest, engines: readonly TestEngine[]): Promise<Ran>;
  /** Columns that tell the rows of a model apart. */
  keysOf(model: string): readonly string[];
}

export interface Ran {
  readonly outcomes: Outcomes;
  readonly skipped: TestResult['skipped'];
  readonly missing?: PulseError;
}

/** The warehouse, the state and the analyzer close with the project. */
export async function openBench(project: Project): Promise<Bench> {
  const compiled = await project.compile(project.graph.order);
  const memory = lazily(() => project.memory());
  const empty: EmptyTables = { published: new Set(), staged: new Map() };
  const compilations = new Map<string, Promise<CompileResult>>();
  const compiledWith = (model: string, vars: Readonly<Record<string, Var>>): Promise<CompileResult> => {
    if (Object.keys(vars).length === 0) return Promise.resolve(compiled);
    const key = JSON.stringify([model, vars]);
    const known = compilations.get(key) ?? project.compile([model], { vars: { ...project.vars, ...vars } });
    compilations.set(key, known);
    return known;
  };
  const keysOf = (model: string): readonly string[] => keyOf(must(project.graph.assets, model) as ModelAsset);
  const outcomes = async (test: ModelTest, engines: readonly TestEngine[]): Promise<Ran> =>
    runOn(test, engines, { project, memory, empty, compiled: await compiledWith(test.asset, test.vars) });
  return {
    keysOf,
    outcomes,
    find: names => findTests(project, compiled, names),
    async run(test, asked) {
      const ran = await outcomes(test, asked);
      const failures = judgeOutcomes(test, ran.outcomes, keysOf(test.asset));
      const status = ran.outcomes.size === 0 ? 'skipped' : failures.length === 0 ? 'passed' : 'failed';
      const { missing, skipped } = ran;
      const engines = [...ran.outcomes.keys()];
      return { test, status, engines, skipped, failures, ...(missing !== undefined && { missing }) };
    },
  };
}

function lazily<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}

async function findTests(project: Project, compiled: CompileResult, names: ReadonlySet<string>): Promise<FoundTests> {
  const { root } = project;
  const files = (await glob(`${TEST_FOLDER}/**/*.test.{yaml,yml}`, { cwd: root })).sort();
  const tests: ModelTest[] = [];
  const faults: PulseError[] = [];
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    const read = readTests({ file, text }, worldOf(project, compiled, file));
    if (read.asset !== undefined && !names.has(read.asset)) continue;
    tests.push(...read.tests.filter(test => faultsOfTables(project, test, faults)));
    faults.push(...read.faults);
  }
  return { tests, faults };
}

/** Adds to `faults` what is given in vain. @returns whether nothing is. */
function faultsOfTables(project: Project, test: ModelTest, faults: PulseError[]): boolean {
  const { unread } = tablesOfTest(project, test);
  for (const table of unread) {
    faults.push(
      new PulseError('TEST_INVALID', `${test.asset} reads "${table}" through what is given as well.`, {
        hint: `Give either ${table} or what is made from it.`,
        place: test.place,
      }),
    );
  }
  return unread.length === 0;
}

const tablesOfTest = ({ graph }: Project, test: ModelTest): TestTables =>
  tablesOf(graph, test.asset, new Set(test.steps.flatMap(step => [...step.given.keys()])));

function worldOf({ graph, root, vars }: Project, compiled: CompileResult, file: string): TestWorld {
  const columnsOf = (table: string): readonly TypedColumn[] | undefined => {
    const asset = must(graph.assets, table);
    if (!isTable(asset)) return undefined;
    const made = compiled.models.get(table)?.columns;
    if (made !== undefined || (asset.kind === 'model' && asset.columns.length === 0)) return made;
    // Why a model does not compile is told when its tests are run.
    return declaredTable(asset).columns;
  };
  return {
    models: graph.order.filter(name => must(graph.assets, name).kind === 'model'),
    inputsOf: model => inputsOf(graph, model),
    columnsOf,
    vars,
    readBeside: path => readIfThere(join(root, dirname(file), path)),
    csvRows: text => parse(text, { bom: true, skip_empty_lines: true }),
  };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

interface Running {
  readonly project: Project;
  readonly memory: () => Promise<Memory>;
  readonly empty: EmptyTables;
  readonly compiled: CompileResult;
}

async function runOn(test: ModelTest, engines: readonly TestEngine[], running: Running): Promise<Ran> {
  const { project, compiled } = running;
  const tables = tablesOfTest(project, test);
  const broken = tables.made.find(name => !compiled.models.has(name));
  if (broken !== undefined) return notCompiled(test, engines, { compiled, broken });
  const outcomes = new Map<TestEngine, readonly StepOutcome[]>();
  const skipped: { engine: TestEngine; reason: string }[] = [];
  for (const engine of engines) {
    const reason = reasonToSkip(engine, tables, compiled);
    const ran = reason === undefined ? await attempt(engine, { test, tables, running }) : { reason };
    if ('reason' in ran) skipped.push({ engine, reason: ran.reason });
    else outcomes.set(engine, ran.steps);
  }
  return { outcomes, skipped };
}

/** What DuckDB can't be told runs in BigQuery, and on the reference implementation. */
function reasonToSkip(engine: TestEngine, { made }: TestTables, { models }: CompileResult): string | undefined {
  if (engine === 'reference') return undefined;
  const refused = made.find(name => models.get(name)?.duckdb.kind === 'refused');
  const duckdb = refused === undefined ? undefined : must(models, refused).duckdb;
  return duckdb?.kind === 'refused' ? `${refused}: ${duckdb.error.message}` : undefined;
}

interface Attempt {
  readonly test: ModelTest;
  readonly tables: TestTables;
  readonly running: Running;
}

async function attempt(
  engine: TestEngine,
  { test, tables, running: { project, memory, empty, compiled } }: Attempt,
): Promise<{ readonly steps: readonly StepOutcome[] } | { readonly reason: string }> {
  if (engine === 'duckdb')
    return { steps: await runEmbedded(project, await memory(), { test, tables, compiled, empty }) };
  try {
    return { steps: await runReference(await project.analyzer(), { test, tables, compiled, graph: project.graph }) };
  } catch (error) {
    if (!(error instanceof PulseError)) throw error;
    if (error.code === 'ANALYZER_MISSING') return { reason: error.message };
    if (isUnanswered(error)) return { reason: `the reference implementation can't run it: ${error.message}` };
    throw error;
  }
}

/** A model that does not compile fails every step; one that nobody can compile here, with other vars, is skipped. */
function notCompiled(
  test: ModelTest,
  engines: readonly TestEngine[],
  { compiled, broken }: { readonly compiled: CompileResult; readonly broken: string },
): Ran {
  const cause = compiled.notChecked.get(broken) ?? broken;
  const error = compiled.errors.get(cause)?.[0] ?? new PulseError('UPSTREAM_BROKEN', `${cause} does not compile.`);
  if (error.code === 'ANALYZER_MISSING') {
    const skipped = engines.map(engine => ({ engine, reason: error.message }));
    return { outcomes: new Map(), skipped, missing: error };
  }
  const steps = test.steps.map(() => ({ kind: 'error', error }) as const);
  return { outcomes: new Map(engines.map(engine => [engine, steps])), skipped: [] };
}
