// Runs a test on the embedded warehouse, by the runner itself: what is given is published, with what that marks, and then what
// is stale is made as `pulse materialize` makes it. So late rows touch the keys and cells that they would touch.

import { randomUUID } from 'node:crypto';
import type { TableAsset } from '../asset/asset.ts';
import type { CompileResult } from '../compile/compile.ts';
import { must } from '../errors.ts';
import { duckDbType } from '../googlesql/duckdb-type.ts';
import { literal } from '../googlesql/translate/literal.ts';
import { parseType } from '../googlesql/type.ts';
import type { ResultSet, Value } from '../googlesql/value.ts';
import type { AssetGraph } from '../graph/graph.ts';
import type { Memory, Project } from '../project.ts';
import type { RunContext } from '../run/context.ts';
import { materialize } from '../run/materialize.ts';
import { publishStaged } from '../run/publish.ts';
import { startStopwatch } from '../run/stopwatch.ts';
import { tableSpec } from '../run/table-spec.ts';
import type { TableSpec } from '../warehouse/warehouse.ts';
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
  /** Inputs that stand in the memory without rows, from tests before; those of this test are added. */
  readonly empty: Set<string>;
}

/** The tables stand in `memory` while the test runs, and are gone afterwards, but for inputs without rows: the next test has them too. */
export async function runEmbedded(
  project: Project,
  memory: Memory,
  { test, tables, compiled, empty }: EmbeddedTest,
): Promise<readonly StepOutcome[]> {
  const columnsOf = (name: string): ResultSet['columns'] => {
    const asset = must(project.graph.assets, name) as TableAsset;
    return (
      compiled.models.get(name)?.columns ?? asset.columns.map(one => ({ name: one.name, type: parseType(one.type) }))
    );
  };
  const graph = testGraph(project.graph, tables, columnsOf);
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
    for (const name of passing) empty.delete(name);
    for (const name of tables.given) {
      if (filled.has(name) || empty.has(name)) continue;
      await give(aside, name, { rows: [], isWhole: true });
      empty.add(name);
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
  const staged = await warehouse.stageSelect(spec, rowsSql(spec, rows), { runId: context.runId });
  await publishStaged(context, staged, { codeVersion: GIVEN_VERSION, note: '', mode: isWhole ? 'replace' : 'append' });
}

function rowsSql({ columns }: TableSpec, rows: readonly (readonly Value[])[]): string {
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
