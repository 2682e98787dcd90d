// Puts a table back as a run left it, with a journal row of its own, and holds it there: the next run makes its readers from
// it, and leaves it alone until its SQL changes or somebody asks for it (docs/decisions/0016-a-rewound-table-is-held.md).

import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { isTable, type TableAsset } from '../asset/asset.ts';
import { must, PulseError } from '../errors.ts';
import { edgesIn } from '../plan/edges.ts';
import type { Project } from '../project.ts';
import type { Run } from '../state/state-store.ts';
import { algorithmOf } from '../warehouse/content.ts';
import type { CellContent, CellKey, JournalRow, Staged, Warehouse } from '../warehouse/warehouse.ts';
import { type Claim, claim, openWarehouse } from './claim.ts';
import type { Made, RunContext } from './context.ts';
import type { Emit } from './events.ts';
import { gather } from './evidence.ts';
import { logOf, runNamed } from './history.ts';
import { limits, newRunId, oneAtATime } from './materialize.ts';
import { readNote, writeNote } from './note.ts';
import { publishStaged, versionsKept } from './publish.ts';
import { recover } from './recover.ts';
import { startStopwatch } from './stopwatch.ts';

export interface RewindOptions {
  /** Id of a run, the beginning of one, or `last`. */
  readonly to: string;
  readonly noWait: boolean;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

export interface Rewinding {
  /** Of the rewind; '' where there was nothing to do. */
  readonly runId: string;
  readonly asset: string;
  /** The run as which the table is now, and the one that had published it so: an earlier one where the run left it alone. */
  readonly to: string;
  readonly publishedBy: string;
  readonly cells: number;
  readonly rows: number;
  /** Tables that are made from it. */
  readonly readers: readonly string[];
}

/**
 * @throws {PulseError} RUN_UNKNOWN, WAREHOUSE_TABLE_MISSING where the run left no such table, VERSION_GONE where what it left is
 *   not kept any more, USAGE where the asset is no table that can be rewound.
 */
export async function rewind(project: Project, name: string, options: RewindOptions): Promise<Rewinding> {
  const asset = rewindable(project, name);
  const run = await runNamed(project, options.to);
  const startedAt = project.now();
  const runId = newRunId(startedAt);
  const { noWait, signal, emit } = options;
  const claimed = await claim(project, { runId, command: commandOf(asset, run), noWait, signal, emit });
  try {
    project.failpoint('after-claim');
    const isStaged = await recover(project, { claimed, emit });
    const done = await rewindAlone(project, asset, { run, runId, claimed, emit });
    if (isStaged) await (await openWarehouse(project, { claimed, emit })).sweep([]);
    return done;
  } finally {
    await claimed.release();
  }
}

const commandOf = ({ name }: TableAsset, { runId }: Run): string => `rewind ${name} --to ${runId}`;

/** @throws {PulseError} USAGE */
export function rewindable({ graph }: Project, name: string): TableAsset {
  const asset = must(graph.assets, name);
  if (isTable(asset) && asset.kind !== 'extract') return asset;
  const hint =
    asset.kind === 'extract'
      ? 'Take single events out with `pulse redact`, or rewind what is made from it.'
      : 'Name a table: pulse rewind fact_orders --to RUN';
  throw new PulseError('USAGE', `${name} is ${asset.kind}: what happened is not rewound.`, { hint });
}

interface Alone {
  readonly run: Run;
  readonly runId: string;
  readonly claimed: Claim;
  readonly emit: Emit;
}

async function rewindAlone(project: Project, asset: TableAsset, alone: Alone): Promise<Rewinding> {
  const { run, runId, claimed, emit } = alone;
  const readers = project.graph.downstream(asset.name);
  if (!project.hasWarehouse()) throw neverMade(asset, run);
  const warehouse = await openWarehouse(project, { claimed, emit });
  const rows = (await warehouse.journal(0)).filter(row => row.asset === asset.name);
  const target = leftBy(rows, run);
  if (target === undefined) throw neverMade(asset, run);
  const outcome = { asset: asset.name, to: run.runId, publishedBy: target.runId, readers };
  if (target === rows.at(-1)) return { ...outcome, runId: '', cells: 0, rows: 0 };
  const state = await project.state();
  await state.startRun({ runId, command: commandOf(asset, run), pid: process.pid, host: hostname() });
  const log = logOf(state, { runId, emit, now: project.now });
  const context = await contextOf(project, asset, { ...alone, emit: log.emit });
  try {
    const made = await step(context, asset, () => republish(context, asset, { warehouse, rows, target, run }));
    await log.flush();
    await state.finishRun(runId, 'done');
    return { ...outcome, runId, cells: made.cells, rows: made.rows };
  } catch (error) {
    // What is published and not in the state is for the next start, which asks for runs without an end.
    if (context.unapplied.error === undefined) await state.finishRun(runId, 'failed');
    throw error;
  }
}

/** The publication of which a table was when a run had ended: its own, or the last one before. */
export function leftBy(rows: readonly JournalRow[], { runId, startedAt, finishedAt }: Run): JournalRow | undefined {
  const own = rows.filter(row => row.runId === runId).at(-1);
  return own ?? rows.filter(row => Date.parse(row.publishedAt) <= Date.parse(finishedAt ?? startedAt)).at(-1);
}

const neverMade = ({ name }: TableAsset, { runId }: Run): PulseError =>
  new PulseError('WAREHOUSE_TABLE_MISSING', `There was no table ${name} when run ${runId} ended.`, {
    hint: `\`pulse rewind ${name}\` lists what it can be rewound to.`,
  });

async function contextOf(
  project: Project,
  asset: TableAsset,
  { runId, claimed, emit }: Omit<Alone, 'run'>,
): Promise<RunContext> {
  const { snapshot, compiled, evidence } = await gather(project, [asset.name], { isLookOnly: true });
  return {
    runId,
    project,
    state: await project.state(),
    warehouse: () => openWarehouse(project, { claimed, emit }),
    fencingToken: claimed.fencingToken,
    snapshot,
    compiled,
    files: new Map(),
    marks: new Map(evidence.marks),
    built: new Map([...snapshot.builds].map(([name, build]) => [name, build.codeVersion])),
    forced: new Set(),
    named: new Set(),
    asked: new Map(),
    deltas: limits(),
    emit,
    signal: claimed.signal,
    unapplied: {},
    watch: startStopwatch(() => performance.now()),
    publishing: oneAtATime(),
  };
}

/** Does it as a step of the run: said, and kept in the history. */
async function step(context: RunContext, { name }: TableAsset, work: () => Promise<Made>): Promise<Made> {
  const { runId, project, state, emit } = context;
  emit({ kind: 'run-started', runId, assets: [name] });
  emit({ kind: 'step-started', asset: name });
  const from = performance.now();
  const startedAt = project.now().toISOString();
  const end = async (made: Made | undefined, error?: Error): Promise<void> => {
    const { status, cells, rows } = made ?? { status: 'failed' as const, cells: 0, rows: 0 };
    const message = error?.message ?? null;
    const finishedAt = project.now().toISOString();
    await state.recordStep({ runId, asset: name, status, startedAt, finishedAt, cells, rows, message });
    const durationMs = performance.now() - from;
    emit({ kind: 'step-finished', asset: name, status, cells, rows, durationMs, ...(error && { error }) });
  };
  try {
    const made = await work();
    await end(made);
    return made;
  } catch (error) {
    await end(undefined, error as Error);
    throw error;
  }
}

interface Target {
  readonly warehouse: Warehouse;
  /** The asset's publications, in order. */
  readonly rows: readonly JournalRow[];
  readonly target: JournalRow;
  readonly run: Run;
}

async function republish(context: RunContext, asset: TableAsset, found: Target): Promise<Made> {
  const { warehouse, rows, target, run } = found;
  const { project, compiled, runId, snapshot } = context;
  const build = snapshot.builds.get(asset.name);
  const against = compiled.models.get(asset.name)?.codeVersion ?? build?.codeVersion ?? '';
  const table = { ...asset, clusterBy: asset.kind === 'seed' ? [] : asset.clusterBy };
  const staged = await warehouse.past.stageAsOf(
    { name: table.name, description: table.description, partition: table.partition, clusterBy: table.clusterBy },
    target.sequence,
    // The cells of one partition say nothing of those of another.
    { runId, signal: context.signal, isWhole: build?.codeVersion !== against },
  );
  if (staged === undefined) throw await gone(project, asset, found);
  if (!isAsPublished(await warehouse.contentOf(staged), staged, rows, target)) {
    await warehouse.discard(staged);
    throw await gone(project, asset, found);
  }
  const rewound = { to: run.runId, by: runId, against };
  const { rewound: _before, edges: _then, ...note } = readNote(target.note);
  const edges = edgesIn(build?.note);
  return publishStaged(context, staged, {
    codeVersion: target.codeVersion,
    note: writeNote({ ...(asset.kind === 'seed' && note), ...(edges && { edges }), rewound }),
    mode: staged.regions === undefined ? 'replace' : 'regions',
    settles: [],
    isJudged: true,
  });
}

/** Whether what is given back is what was published, as far as the journal knows it and the same engine hashed it. */
function isAsPublished(
  content: readonly CellContent[],
  { regions }: Staged,
  rows: readonly JournalRow[],
  target: JournalRow,
): boolean {
  const expected = new Map<CellKey, CellContent>();
  for (const row of rows) {
    if (row.sequence > target.sequence) break;
    if (row.isWhole) expected.clear();
    for (const cell of row.removed) expected.delete(cell);
    for (const cell of row.written) expected.set(cell.cell, cell);
  }
  const found = new Map(content.map(cell => [cell.cell, cell.dataVersion]));
  const asked = new Set(regions?.flatMap(region => (region.kind === 'cells' ? region.cells : [])) ?? expected.keys());
  return [...expected.values()].every(({ cell, dataVersion }) => {
    const held = found.get(cell);
    if (!asked.has(cell)) return true;
    return held === dataVersion || (held !== undefined && algorithmOf(held) !== algorithmOf(dataVersion));
  });
}

async function gone(project: Project, { name }: TableAsset, { warehouse, rows, run }: Target): Promise<PulseError> {
  const reach = await warehouse.past.reach(name);
  const least = reach === undefined || reach === 0 ? undefined : rows.find(row => row.sequence >= reach);
  const versions = versionsKept(project, name);
  const kept =
    warehouse.engine === 'bigquery'
      ? "BigQuery's time travel goes back 7 days at most, and not beyond a change of columns."
      : `${versions} previous versions of a cell are kept (history.versions in pulse.config.ts).`;
  const until = least === undefined ? '' : ` It can be rewound to run ${least.runId} and later.`;
  return new PulseError('VERSION_GONE', `What run ${run.runId} left of ${name} is not kept any more.`, {
    hint: `${kept}${until} Else put its SQL back and make it anew: pulse materialize ${name} --full-refresh`,
  });
}
