// The main verb: makes what is stale among a selection and its upstream, and says what became of each asset.
// A failed step blocks its readers and nobody else; it is part of the result, not an exception of the run.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { isTable } from '../asset/asset.ts';
import { must, PulseError } from '../errors.ts';
import { asksStatus, select } from '../graph/select.ts';
import { readSelection } from '../graph/selection.ts';
import { keyedReaders } from '../plan/effects.ts';
import { cellsOf } from '../plan/partitions.ts';
import { makePlan, type Plan, type Scope } from '../plan/plan.ts';
import type { Project } from '../project.ts';
import type { Past } from '../warehouse/past.ts';
import type { CellKey } from '../warehouse/warehouse.ts';
import { refuseChangedBehind, rememberTables } from './changed-behind.ts';
import { type Claim, claim, openWarehouse } from './claim.ts';
import type { DeltaLimits, RunContext } from './context.ts';
import { elsewhere, elsewhereTexts } from './elsewhere.ts';
import type { Emit, RunEvent, RunResult, StepResult } from './events.ts';
import { type Gathered, gather } from './evidence.ts';
import { execute } from './execute.ts';
import { type Forgetting, forgetRedacted } from './forget-redacted.ts';
import { historyStart, logOf, pruneHistory } from './history.ts';
import { lateChecks, reportFailed, versionsKept } from './publish.ts';
import { recover } from './recover.ts';
import { judged, wordsOf } from './status.ts';
import { type Stopwatch, startStopwatch } from './stopwatch.ts';
import { walk } from './walk.ts';

export interface MaterializeOptions {
  /** Words of the selection grammar; none: everything. */
  readonly selection: readonly string[];
  readonly exclude?: readonly string[];
  /** The selection alone, without its upstream. */
  readonly only?: boolean;
  /** What is selected is made whatever its state. */
  readonly fullRefresh?: boolean;
  /**
   * Of what is selected only these cells, whatever their state; what they read is made first where it is stale. As it was
   * typed (`2023-03-01..2023-03-31,2023-05`, see plan/partitions.ts), or keys of cells by asset, which then names each selected one.
   */
  readonly partitions?: string | ReadonlyMap<string, readonly CellKey[]>;
  /** The first failed step ends the run. */
  readonly failFast?: boolean;
  /** Assets made at a time. Default 2. */
  readonly concurrency?: number;
  /**
   * A change is followed row by row up to `floor` rows, or this share of the table; beyond it tables are made whole. Default: 1,000
   * and a fifth. For tests, which want both ways on small tables.
   */
  readonly deltas?: { readonly floor: number; readonly share: number };
  readonly signal?: AbortSignal;
  /** Refuses to wait for another run that is at work. */
  readonly noWait?: boolean;
  /** The command as it was typed, for the journal of runs. */
  readonly command?: string;
}

const DEFAULT_CONCURRENCY = 2;

/** A plan, and what it was judged by. */
export interface Prepared {
  readonly plan: Plan;
  readonly scope: Scope;
  readonly gathered: Gathered;
}

/** What a run would do, and why; does nothing. */
export async function prepare(project: Project, options: MaterializeOptions): Promise<Prepared> {
  const selected = await selectNames(project, options);
  const asked = options.only ? selected : selected.flatMap(name => [name, ...project.graph.ancestors(name)]);
  const left = elsewhere(project);
  const names = asked.filter(name => !left.has(name));
  const scope = {
    names: new Set(names),
    forced: new Set(options.fullRefresh ? selected.filter(name => !left.has(name)) : []),
    cells: new Map(selected.flatMap(name => cellsAsked(name, project, options))),
  };
  const gathered = await gather(project, scope.names);
  const notices = elsewhereTexts(left, new Set(asked));
  const plan = makePlan(project.graph, gathered.evidence, scope);
  return { scope, gathered, plan: notices.length === 0 ? plan : { ...plan, elsewhere: notices } };
}

/**
 * The cells that were asked for of a selected asset.
 *
 * @throws {PulseError} PARTITIONS_INVALID where the asset has none, or the text names none of it.
 */
function cellsAsked(
  name: string,
  { graph }: Project,
  { partitions, fullRefresh, selection }: MaterializeOptions,
): [string, readonly CellKey[]][] {
  if (partitions === undefined) return [];
  const asset = must(graph.assets, name);
  if (fullRefresh) {
    throw new PulseError('PARTITIONS_INVALID', '--full-refresh makes all cells, --partitions some.', {
      hint: 'Leave one of them out: cells that are named are made whatever their state.',
    });
  }
  if (selection.length === 0 || asset.kind !== 'model') {
    const what = selection.length === 0 ? 'Nothing is selected' : `${name} is not made by cells: it is ${asset.kind}`;
    throw new PulseError('PARTITIONS_INVALID', `--partitions takes models that are selected. ${what}.`, {
      hint: 'Name the models: pulse materialize fact_orders --partitions 2023-03',
    });
  }
  if (typeof partitions === 'string') return [[name, cellsOf(partitions, asset)]];
  const cells = partitions.get(name);
  return cells === undefined ? [] : [[name, cells]];
}

async function selectNames(
  project: Project,
  { selection, exclude = [] }: MaterializeOptions,
): Promise<readonly string[]> {
  if (!asksStatus([...selection, ...exclude])) return select(project.graph, selection, { exclude });
  const known = await judged(project);
  return select(project.graph, selection, { exclude, statusOf: name => wordsOf(known, name) });
}

/**
 * Makes what is stale. What goes wrong with one asset is in the result.
 *
 * @throws {PulseError} what keeps the run from starting: the selection, the project, a store that can't be opened.
 */
export async function materialize(project: Project, options: MaterializeOptions, emit: Emit): Promise<RunResult> {
  const startedAt = project.now();
  const runId = newRunId(startedAt);
  const claimed = await claim(project, {
    runId,
    command: commandOf(options),
    noWait: options.noWait ?? false,
    signal: options.signal ?? new AbortController().signal,
    emit,
  });
  try {
    project.failpoint('after-claim');
    return await materializeAlone(project, options, { runId, startedAt, claimed, emit });
  } finally {
    await claimed.release();
  }
}

interface Alone {
  readonly runId: string;
  readonly startedAt: Date;
  readonly claimed: Claim;
  readonly emit: Emit;
}

/** With the claim: nobody else writes from here on, so what is read now holds. */
async function materializeAlone(
  project: Project,
  options: MaterializeOptions,
  { runId, startedAt, claimed, emit }: Alone,
): Promise<RunResult> {
  const watch = startStopwatch(() => performance.now());
  const isStaged = await watch.time('recover', () => recover(project, { claimed, emit }));
  const prepared = await watch.time('judge', () => prepare(project, options));
  for (const name of prepared.plan.held ?? []) emit(leftAlone(name));
  for (const text of prepared.plan.elsewhere ?? []) emit({ kind: 'notice', level: 'warn', text });
  const making = prepared.plan.steps.map(step => step.asset);
  const anew = new Set(options.fullRefresh === true ? making : []);
  await refuseChangedBehind(project, { making, anew, emit });
  if (prepared.plan.steps.length === 0) {
    if (isStaged) await (await openWarehouse(project, { claimed, emit })).sweep([]);
    await forgetAfterRedaction(project, {
      prepared,
      emit,
      warehouse: () => openWarehouse(project, { claimed, emit }),
      claimed,
    });
    const nothing: RunResult = {
      runId: '',
      status: 'nothing',
      steps: [],
      fresh: prepared.plan.fresh,
      startedAt,
      finishedAt: project.now(),
      timings: watch.timings(),
    };
    emit({ kind: 'run-finished', result: nothing });
    return nothing;
  }
  const result = await run(project, options, { prepared, emit, watch, startedAt, runId, claimed });
  await rememberTables(project);
  if (isStaged) await (await openWarehouse(project, { claimed, emit })).sweep([]);
  return result;
}

const leftAlone = (name: string): RunEvent => ({
  kind: 'notice',
  level: 'warn',
  text: `${name} was rewound and is held as it is. Its SQL changes, or \`pulse materialize ${name} --full-refresh\`, end that.`,
});

interface Start extends Alone {
  readonly prepared: Prepared;
  readonly watch: Stopwatch;
}

async function run(
  project: Project,
  options: MaterializeOptions,
  { prepared, emit, watch, startedAt, runId, claimed }: Start,
): Promise<RunResult> {
  const state = await project.state();
  await state.startRun({ runId, command: commandOf(options), pid: process.pid, host: hostname() });
  const log = logOf(state, { runId, emit, now: project.now });
  const context = contextOf(project, {
    prepared,
    emit: log.emit,
    watch,
    runId,
    state,
    claimed,
    deltas: options.deltas,
    named: namedIn(options.selection),
  });
  const names = prepared.plan.steps.map(step => step.asset);
  const pruning = pruneHistory(project).catch((error: Error) =>
    log.emit({ kind: 'notice', level: 'warn', text: `The history could not be cut: ${error.message}` }),
  );
  log.emit({ kind: 'run-started', runId, assets: names });
  openAhead(context, names);
  const results = new Map<string, StepResult>();
  const hasFailed = (): boolean => [...results.values()].some(result => result.status === 'failed');
  await walk(names, name => visit(name, { context, results }), {
    upstream: name => project.graph.upstream(name),
    concurrency: options.concurrency ?? project.options.concurrency ?? DEFAULT_CONCURRENCY,
    isStopped: () =>
      context.signal.aborted ||
      context.unapplied.error !== undefined ||
      (options.failFast === true && hasFailed()) ||
      [...results.values()].some(isOverBudget),
  });
  if (context.unapplied.error !== undefined) throw context.unapplied.error;
  await runLateChecks(context, results);
  await pruneChanges(context, results);
  await forgetAfterRedaction(project, { prepared, emit: log.emit, warehouse: context.warehouse, claimed });
  await compactJournal(context, results);
  const status = context.signal.aborted ? 'interrupted' : hasFailed() ? 'failed' : 'done';
  project.failpoint('before-finish');
  await Promise.all([pruning, log.flush()]);
  await state.finishRun(runId, status);
  project.failpoint('after-finish');
  const result: RunResult = {
    runId,
    status,
    steps: [...results.values()],
    fresh: prepared.plan.fresh,
    startedAt,
    finishedAt: project.now(),
    timings: watch.timings(),
  };
  log.emit({ kind: 'run-finished', result });
  await log.flush();
  return result;
}

/** The assets that a selection names each by itself: `+raw_events+1`, but neither `tag:raw` nor `raw_events,tag:raw`. */
const namedIn = (words: readonly string[]): ReadonlySet<string> =>
  new Set(
    readSelection(words).flatMap(terms =>
      terms.length === 1 ? terms.flatMap(({ method, value }) => (method === 'name' ? [value] : [])) : [],
    ),
  );

/** What comes after would be refused too, one by one. */
const isOverBudget = ({ error }: StepResult): boolean =>
  error instanceof PulseError && error.code === 'BUDGET_EXCEEDED';

/** Opens an embedded warehouse while events are read: that takes a third of a run of few rows. Who needs it hears what is wrong with it. */
function openAhead(context: RunContext, names: readonly string[]): void {
  const { graph, target } = context.project;
  const hasTables = names.some(name => isTable(must(graph.assets, name)));
  if (hasTables && target.bigquery === undefined) context.warehouse().catch(() => undefined);
}

const commandOf = ({ command = 'materialize' }: MaterializeOptions): string => command;

/** Sorts by time, and two runs never share one. */
export const newRunId = (now: Date): string =>
  `${now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)}-${randomUUID().slice(0, 8)}`;

interface ContextParts {
  readonly prepared: Prepared;
  readonly emit: Emit;
  readonly watch: Stopwatch;
  readonly runId: string;
  readonly state: RunContext['state'];
  readonly claimed: Claim;
  readonly deltas: MaterializeOptions['deltas'];
  readonly named: ReadonlySet<string>;
}

function contextOf(project: Project, parts: ContextParts): RunContext {
  const { gathered, scope } = parts.prepared;
  return {
    runId: parts.runId,
    project,
    state: parts.state,
    warehouse: () => parts.watch.time('open warehouse', () => openWarehouse(project, parts)),
    fencingToken: parts.claimed.fencingToken,
    snapshot: gathered.snapshot,
    compiled: gathered.compiled,
    files: gathered.files,
    marks: new Map(gathered.evidence.marks),
    built: new Map([...gathered.snapshot.builds].map(([asset, build]) => [asset, build.codeVersion])),
    forced: scope.forced,
    named: parts.named,
    asked: scope.cells ?? new Map(),
    deltas: limits(parts.deltas),
    emit: parts.emit,
    signal: parts.claimed.signal,
    unapplied: {},
    watch: parts.watch,
    publishing: oneAtATime(),
  };
}

export const limits = ({ floor, share } = { floor: 1_000, share: 0.2 }): DeltaLimits => ({
  limit: rows => Math.max(floor, Math.floor(rows * share)),
});

/** Runs what it is given one after another. */
export function oneAtATime(): RunContext['publishing'] {
  let last: Promise<unknown> = Promise.resolve();
  return step => {
    const next = last.then(step);
    last = next.catch(() => undefined);
    return next;
  };
}

async function visit(
  name: string,
  { context, results }: { context: RunContext; results: Map<string, StepResult> },
): Promise<void> {
  const startedAt = performance.now();
  const because = blockers(name, context, results);
  if (because.length === 0) context.emit({ kind: 'step-started', asset: name });
  const outcome =
    because.length > 0 ? ({ status: 'skipped', cells: 0, rows: 0, because } as const) : await attempt(name, context);
  const result: StepResult = { asset: name, durationMs: performance.now() - startedAt, ...outcome };
  results.set(name, result);
  const now = context.project.now();
  await context.state.recordStep({
    runId: context.runId,
    asset: name,
    status: result.status,
    startedAt: new Date(now.getTime() - result.durationMs).toISOString(),
    finishedAt: now.toISOString(),
    cells: result.cells,
    rows: result.rows,
    message: result.error?.message ?? (because.length > 0 ? `upstream failed: ${because.join(', ')}` : null),
  });
  context.project.failpoint('after-step');
  context.emit({ kind: 'step-finished', ...result });
}

/** The failed assets that keep `name` from being made, nearest first. */
function blockers(name: string, { project }: RunContext, results: ReadonlyMap<string, StepResult>): string[] {
  const direct = project.graph.upstream(name).map(dep => results.get(dep));
  return [
    ...new Set(
      direct.flatMap(result => {
        if (result?.status === 'failed') return [result.asset];
        return result?.status === 'skipped' ? (result.because ?? []) : [];
      }),
    ),
  ];
}

type Attempt = Pick<StepResult, 'status' | 'cells' | 'rows' | 'error'>;

async function attempt(name: string, context: RunContext): Promise<Attempt> {
  try {
    return await execute(name, context);
  } catch (error) {
    return { status: 'failed', cells: 0, rows: 0, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** What all readers by key have read of the changes is forgotten. */
async function pruneChanges(context: RunContext, results: ReadonlyMap<string, StepResult>): Promise<void> {
  if (![...results.values()].some(result => result.status === 'done' && result.cells > 0)) return;
  const { graph } = context.project;
  const readers = new Map(
    graph.order.map(name => [name, keyedReaders(graph, name).filter(reader => context.built.has(reader))]),
  );
  const warehouse = await context.warehouse();
  await context.watch.time('forget changes', async () => {
    await warehouse.past.forget({ tables: versionsOf(context.project), before: historyStart(context.project) });
    await warehouse.changes.prune(readers);
  });
}

function forgetAfterRedaction(
  project: Project,
  { prepared, ...rest }: Pick<Start, 'prepared'> & Pick<Forgetting, 'emit' | 'warehouse' | 'claimed'>,
): Promise<void> {
  const { snapshot, evidence } = prepared.gathered;
  const limits = { tables: versionsOf(project), before: historyStart(project) };
  return forgetRedacted(project, { ...rest, snapshot, followed: evidence.redactions, limits });
}

/** How many versions of a cell are kept, by table. */
function versionsOf(project: Project): Parameters<Past['forget']>[0]['tables'] {
  const tables = [...project.graph.assets.values()].filter(isTable);
  return new Map(
    tables.map(({ name, partition }) => [name, { versions: versionsKept(project, name), partition }] as const),
  );
}

/** The warehouse's journal keeps what something published still is of, and what is young. */
async function compactJournal(context: RunContext, results: ReadonlyMap<string, StepResult>): Promise<void> {
  if (![...results.values()].some(result => result.status === 'done' && result.cells > 0)) return;
  const warehouse = await context.warehouse();
  await warehouse.compactJournal(await context.state.livingSequences(), historyStart(context.project));
}

/** Checks against tables that are not upstream of the checked one: both are made now. They only warn. */
async function runLateChecks(context: RunContext, results: ReadonlyMap<string, StepResult>): Promise<void> {
  for (const result of results.values()) {
    if (result.status !== 'done') continue;
    const checks = lateChecks(context, result.asset);
    if (checks.length === 0) continue;
    const warehouse = await context.warehouse();
    const found = await context.watch.time('checks', () => warehouse.auditPublished(result.asset, checks));
    reportFailed(
      context,
      result.asset,
      found.map(one => ({ ...one, check: { ...one.check, severity: 'warn' } })),
    );
  }
}
