// Runs a test on the embedded warehouse. Of several steps, by the runner itself: what is given is published, with what that
// marks, and then what is stale is made as `pulse materialize` makes it, so late rows touch the keys and cells that they would
// touch. A single step is a whole build, and that is one query: the same SQL over the same rows, at a third of the cost.

import { randomUUID } from 'node:crypto';
import type { TableAsset } from '../asset/asset.ts';
import { type CompileResult, declaredTable } from '../compile/compile.ts';
import { must, PulseError } from '../errors.ts';
import { duckDbType } from '../googlesql/duckdb-type.ts';
import { literal } from '../googlesql/translate/literal.ts';
import type { ResultSet, Value } from '../googlesql/value.ts';
import type { AssetGraph } from '../graph/graph.ts';
import type { Memory, Project } from '../project.ts';
import type { RunContext } from '../run/context.ts';
import { materialize } from '../run/materialize.ts';
import { publishStaged } from '../run/publish.ts';
import { startStopwatch } from '../run/stopwatch.ts';
import { tableSpec } from '../run/table-spec.ts';
import { bareSpec } from '../warehouse/bare-spec.ts';
import type { Staged, TableSpec, Warehouse } from '../warehouse/warehouse.ts';
import type { GivenRows, ModelTest, Step } from './case.ts';
import { type TestTables, testGraph } from './tables.ts';

/** What the table is after a step, or why it could not be made. */
export type StepOutcome =
  | {
      readonly kind: 'table';
      readonly table: ResultSet;
      /** Keys of the cells whose content the step changed; undefined where the engine knows no cells. */
      readonly cells?: readonly string[];
    }
  | { readonly kind: 'error'; readonly error: Error };

export interface EmbeddedTest {
  readonly test: ModelTest;
  readonly tables: TestTables;
  readonly compiled: CompileResult;
  readonly empty: EmptyTables;
}

/** Inputs without rows that stand in the memory from tests before; those of each test are added. */
export interface EmptyTables {
  readonly published: Set<string>;
  readonly staged: Map<string, Staged>;
}

export function runEmbedded(project: Project, memory: Memory, run: EmbeddedTest): Promise<readonly StepOutcome[]> {
  const [step, ...others] = run.test.steps;
  const isWhole = step !== undefined && others.length === 0 && step.expected?.cells === undefined;
  return isWhole ? runWhole(project, memory, { ...run, step }) : runSteps(project, memory, run);
}

/** One query over what is given, built aside; what is made stands in it as CTEs of its own SQL. */
async function runWhole(
  project: Project,
  { warehouse }: Memory,
  { test, tables, compiled, step, empty }: EmbeddedTest & { readonly step: Step },
): Promise<readonly StepOutcome[]> {
  const filled: Staged[] = [];
  const sources: string[] = [];
  for (const name of tables.given) {
    const rows = step.given.get(name)?.rows ?? [];
    const known = rows.length === 0 ? empty.staged.get(name) : undefined;
    const staged = known ?? (await stageRows(warehouse, { name, columns: columnsOf(name, project, compiled), rows }));
    if (rows.length === 0) empty.staged.set(name, staged);
    else filled.push(staged);
    sources.push(`${quoted(name)} AS (SELECT * FROM ${quoted(staged.table)})`);
  }
  const made = tables.made.map(name => {
    const { columns, duckdb } = must(compiled.models, name);
    if (duckdb.kind === 'refused') throw duckdb.error;
    const casts = columns.map(({ name, type }) => `CAST(${quoted(name)} AS ${duckDbType(type)}) AS ${quoted(name)}`);
    const names = columns.map(column => quoted(column.name)).join(', ');
    return `${quoted(name)} AS MATERIALIZED (SELECT ${casts.join(', ')} FROM (\n${duckdb.sql}\n) AS "_made" (${names}))`;
  });
  const { columns } = must(compiled.models, test.asset);
  const sql = `WITH ${[...sources, ...made].join(',\n')}\nSELECT * FROM ${quoted(test.asset)}`;
  try {
    return [{ kind: 'table', table: await warehouse.query(sql, columns) }];
  } catch (error) {
    if (!(error instanceof PulseError)) throw error;
    return [{ kind: 'error', error }];
  } finally {
    for (const staged of filled) await warehouse.discard(staged);
  }
}

interface RowsOf {
  readonly name: string;
  readonly columns: ResultSet['columns'];
  readonly rows: readonly (readonly Value[])[];
}

/** Rows of a test as a table aside, NULL wherever they say nothing. */
function stageRows(warehouse: Warehouse, { name, columns, rows }: RowsOf): Promise<Staged> {
  const runId = rows.length === 0 ? 'empty' : 'test';
  return warehouse.stageSelect(bareSpec(name, columns), literalRows(columns, rows), { runId });
}

function columnsOf(name: string, { graph }: Project, { models }: CompileResult): ResultSet['columns'] {
  const asset = must(graph.assets, name) as TableAsset;
  return models.get(name)?.columns ?? declaredTable(asset).columns;
}

/** The tables stand in `memory` while the test runs, and are gone afterwards, but for inputs without rows: the next test has them too. */
async function runSteps(
  project: Project,
  memory: Memory,
  { test, tables, compiled, empty }: EmbeddedTest,
): Promise<readonly StepOutcome[]> {
  const graph = testGraph(project.graph, tables, name => columnsOf(name, project, compiled));
  const models = new Map(tables.made.map(name => [name, must(compiled.models, name)]));
  // Rows may be sparse: checks would judge what nobody gave.
  const checks = new Map([...tables.given, ...tables.made].map(name => [name, []]));
  const aside = project.inMemory(memory, {
    graph,
    compiled: { models, checks, errors: new Map(), notChecked: new Map() },
  });
  const outcomes: StepOutcome[] = [];
  const filled = new Set(test.steps.flatMap(step => [...step.given.keys()]));
  const passing = [...tables.given.filter(name => filled.has(name)), ...tables.made];
  try {
    for (const name of passing) empty.published.delete(name);
    for (const name of tables.given) {
      if (filled.has(name) || empty.published.has(name)) continue;
      await give(aside, name, { rows: [], isWhole: true });
      empty.published.add(name);
    }
    for (const step of test.steps)
      outcomes.push(await runStep(aside, { test, tables, step, isFirst: outcomes.length === 0 }));
  } finally {
    for (const name of passing) await memory.warehouse.drop(name);
    await memory.state.forgetPublished();
  }
  return outcomes;
}

interface Running {
  readonly test: ModelTest;
  readonly tables: TestTables;
  readonly step: Step;
  readonly isFirst: boolean;
}

async function runStep(aside: Project, { test, tables, step, isFirst }: Running): Promise<StepOutcome> {
  const filled = new Set(test.steps.flatMap(one => [...one.given.keys()]));
  for (const name of tables.given.filter(name => filled.has(name))) {
    const rows = step.given.get(name) ?? { rows: [], isWhole: false };
    await give(aside, name, isFirst ? { ...rows, isWhole: true } : rows);
  }
  const state = await aside.state();
  const before = await state.cells(test.asset);
  const result = await materialize(aside, { selection: tables.made, only: true, command: 'test' }, () => undefined);
  const failed = result.steps.find(one => one.status === 'failed');
  if (failed !== undefined) return { kind: 'error', error: failed.error ?? new Error(`${failed.asset} failed`) };
  const after = await state.cells(test.asset);
  const cells = [...new Set([...before.keys(), ...after.keys()])]
    .filter(cell => before.get(cell)?.dataVersion !== after.get(cell)?.dataVersion)
    .sort();
  return { kind: 'table', table: await readTable(aside, test.asset), cells };
}

async function readTable(aside: Project, name: string): Promise<ResultSet> {
  const { models } = await aside.compile([name]);
  const { columns } = must(models, name);
  const warehouse = await aside.warehouse({ readOnly: true });
  return warehouse.query(
    `SELECT ${columns.map(column => quoted(column.name)).join(', ')} FROM ${quoted(name)}`,
    columns,
  );
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What every given table was made with, so that it is never taken for stale. */
const GIVEN_VERSION = 'given';

/** Publishes rows as those of an input: its readers are marked as the runner would mark them. */
async function give(aside: Project, name: string, { rows, isWhole }: GivenRows): Promise<void> {
  if (!isWhole && rows.length === 0) return;
  const context = await givingContext(aside);
  const warehouse = await context.warehouse();
  const declared = tableSpec(must(aside.graph.assets, name) as TableAsset);
  const spec: TableSpec = { ...declared, columns: declared.columns.map(column => ({ ...column, required: false })) };
  const staged = await warehouse.stageSelect(spec, literalRows(spec.columns, rows), { runId: context.runId });
  await publishStaged(context, staged, { codeVersion: GIVEN_VERSION, note: '', mode: isWhole ? 'replace' : 'append' });
}

function literalRows(columns: ResultSet['columns'], rows: readonly (readonly Value[])[]): string {
  const select = (row: readonly Value[]): string =>
    `SELECT ${columns.map(({ name, type }, i) => `CAST(${literal(row[i] ?? null, type)} AS ${duckDbType(type)}) AS ${quoted(name)}`).join(', ')}`;
  return rows.length === 0 ? `${select([])} WHERE FALSE` : rows.map(select).join('\nUNION ALL ');
}

/** A run that publishes what nothing of the project makes. */
async function givingContext(aside: Project): Promise<RunContext> {
  const state = await aside.state();
  const snapshot = await state.snapshot();
  const warehouse = await aside.warehouse({ readOnly: false });
  return {
    runId: `given-${randomUUID()}`,
    fencingToken: await state.nextFencingToken(),
    project: aside,
    state,
    warehouse: async () => warehouse,
    snapshot,
    compiled: await aside.compile([]),
    files: new Map(),
    marks: new Map(),
    built: builtIn(aside.graph, snapshot.builds),
    forced: new Set(),
    named: new Set(),
    asked: new Map(),
    deltas: { limit: rows => Math.max(1_000, rows) },
    emit: () => undefined,
    signal: new AbortController().signal,
    unapplied: {},
    watch: startStopwatch(() => 0),
    publishing: step => step(),
  };
}

const builtIn = (
  graph: AssetGraph,
  builds: ReadonlyMap<string, { readonly codeVersion: string }>,
): Map<string, string> =>
  new Map([...builds].filter(([name]) => graph.assets.has(name)).map(([name, build]) => [name, build.codeVersion]));
