// The main verb: makes what is stale among a selection and its upstream, and says what became of each asset.
// A failed step blocks its readers and nobody else; it is part of the result, not an exception of the run.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { asksStatus, select } from '../graph/select.ts';
import { makePlan, type Plan, type Scope } from '../plan/plan.ts';
import type { Project } from '../project.ts';
import type { RunContext } from './context.ts';
import type { Emit, RunResult, StepResult } from './events.ts';
import { type Gathered, gather } from './evidence.ts';
import { execute } from './execute.ts';
import { lateChecks, reportFailed } from './publish.ts';
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
  /** The first failed step ends the run. */
  readonly failFast?: boolean;
  /** Assets made at a time. Default 2. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  /** The command as it was typed, for the journal of runs. */
  readonly command?: string;
}

const DEFAULT_CONCURRENCY = 2;

/** What a run would do, and why; does nothing. */
export async function planRun(project: Project, options: MaterializeOptions): Promise<Plan> {
  return (await prepare(project, options)).plan;
}

interface Prepared {
  readonly plan: Plan;
  readonly scope: Scope;
  readonly gathered: Gathered;
}

async function prepare(project: Project, options: MaterializeOptions): Promise<Prepared> {
  const selected = await selectNames(project, options);
  const names = options.only ? selected : selected.flatMap(name => [name, ...project.graph.ancestors(name)]);
  const scope = { names: new Set(names), forced: new Set(options.fullRefresh ? selected : []) };
  const gathered = await gather(project, scope.names);
  return { scope, gathered, plan: makePlan(project.graph, gathered.evidence, scope) };
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
  const watch = startStopwatch(() => performance.now());
  const startedAt = project.now();
  await watch.time('recover', () => recover(project, emit));
  const prepared = await watch.time('judge', () => prepare(project, options));
  if (prepared.plan.steps.length === 0) {
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
  return run(project, options, { prepared, emit, watch, startedAt });
}

interface Start {
  readonly prepared: Prepared;
  readonly emit: Emit;
  readonly watch: Stopwatch;
  readonly startedAt: Date;
}

async function run(
  project: Project,
  options: MaterializeOptions,
  { prepared, emit, watch, startedAt }: Start,
): Promise<RunResult> {
  const state = await project.state();
  const runId = newRunId(startedAt);
  await state.startRun({ runId, command: options.command ?? 'materialize', pid: process.pid, host: hostname() });
  const context = contextOf(project, { prepared, emit, watch, runId, state, options });
  const names = prepared.plan.steps.map(step => step.asset);
  emit({ kind: 'run-started', runId, assets: names });
  const results = new Map<string, StepResult>();
  const hasFailed = (): boolean => [...results.values()].some(result => result.status === 'failed');
  await walk(names, name => visit(name, { context, results }), {
    upstream: name => project.graph.upstream(name),
    concurrency: options.concurrency ?? project.options.concurrency ?? DEFAULT_CONCURRENCY,
    isStopped: () => context.signal.aborted || (options.failFast === true && hasFailed()),
  });
  await runLateChecks(context, results);
  const status = context.signal.aborted ? 'interrupted' : hasFailed() ? 'failed' : 'done';
  await state.finishRun(runId, status);
  const result: RunResult = {
    runId,
    status,
    steps: [...results.values()],
    fresh: prepared.plan.fresh,
    startedAt,
    finishedAt: project.now(),
    timings: watch.timings(),
  };
  emit({ kind: 'run-finished', result });
  return result;
}

/** Sorts by time, and two runs never share one. */
const newRunId = (now: Date): string =>
  `${now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)}-${randomUUID().slice(0, 8)}`;

interface ContextParts {
  readonly prepared: Prepared;
  readonly emit: Emit;
  readonly watch: Stopwatch;
  readonly runId: string;
  readonly state: RunContext['state'];
  readonly options: MaterializeOptions;
}

function contextOf(project: Project, parts: ContextParts): RunContext {
  const { gathered, scope } = parts.prepared;
  return {
    runId: parts.runId,
    project,
    state: parts.state,
    warehouse: () => parts.watch.time('open warehouse', () => project.warehouse({ readOnly: false })),
    snapshot: gathered.snapshot,
    compiled: gathered.compiled,
    files: gathered.files,
    marks: new Map(gathered.evidence.marks),
    built: new Set(gathered.snapshot.builds.keys()),
    forced: scope.forced,
    emit: parts.emit,
    signal: parts.options.signal ?? new AbortController().signal,
    watch: parts.watch,
    publishing: oneAtATime(),
  };
}

function oneAtATime(): RunContext['publishing'] {
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
