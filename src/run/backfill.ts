// A backfill: cells of some assets made again, chunk by chunk, by a plan that outlives the process. Each chunk is a run of
// its own, so others may run between two; what a killed backfill did not make stays pending, and is made when it is resumed.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { ModelAsset } from '../asset/asset.ts';
import { cellSpan, timeSpan } from '../asset/calendar.ts';
import type { Partition } from '../asset/partition.ts';
import { must, PulseError } from '../errors.ts';
import { cellsOf } from '../plan/partitions.ts';
import type { Project } from '../project.ts';
import type { Backfill, BackfillCell, StateStore } from '../state/state-store.ts';
import type { CellKey } from '../warehouse/warehouse.ts';
import { isGone } from './claim.ts';
import type { Emit, RunResult } from './events.ts';
import { materialize } from './materialize.ts';

export interface BackfillPlan {
  readonly cells: readonly Pick<BackfillCell, 'asset' | 'cell' | 'chunk'>[];
  readonly chunks: number;
}

export interface PlanOptions {
  /** Names of assets; each must be a model with partitions. */
  readonly names: readonly string[];
  /** As `--partitions` has it: `2023-03-01`, `2023-03`. Both ends are meant. */
  readonly from: string;
  readonly to: string;
  /** Days of a chunk. */
  readonly chunkDays: number;
  readonly isOldestFirst: boolean;
  /** With the models upstream that have partitions, for the same time. */
  readonly isReprocessed: boolean;
}

const DAY_MS = 86_400_000;

/**
 * The cells of a time, cut into chunks, newest first unless asked otherwise. A cell is in the chunk after which nothing of its
 * time is left to be made: a month beside its days is made once, with the last of them.
 *
 * @throws {PulseError} PARTITIONS_INVALID where an asset has no partitions by time, or the range is none.
 */
export function planBackfill(project: Project, options: PlanOptions): BackfillPlan {
  const assets = modelsOf(project, options);
  const { start, end } = rangeOf(options);
  const text = `${options.from}..${options.to}`;
  const sign = options.isOldestFirst ? 1 : -1;
  const all = assets.flatMap(asset =>
    cellsOf(text, asset).map(cell => {
      const { from, to } = cellSpan(cell, asset.partition.grain);
      const at = options.isOldestFirst ? Math.min(to, end) - 1 : Math.max(from, start);
      return { asset: asset.name, cell, at };
    }),
  );
  const chunkOf = (at: number): number => Math.floor((at - start) / (options.chunkDays * DAY_MS));
  const numbers = [...new Set(all.map(({ at }) => chunkOf(at)))].sort((a, b) => sign * (a - b));
  const places = new Map(numbers.map((number, index) => [number, index + 1]));
  return {
    chunks: numbers.length,
    cells: all.map(({ asset, cell, at }) => ({ asset, cell, chunk: must(places, chunkOf(at)) })),
  };
}

/** @throws {PulseError} PARTITIONS_INVALID where one end is no time, or they are the wrong way round. */
function rangeOf({ from, to }: Pick<PlanOptions, 'from' | 'to'>): { readonly start: number; readonly end: number } {
  const [first, last] = [timeSpan(from), timeSpan(to)];
  const wrong = first === undefined ? `--from "${from}"` : last === undefined ? `--to "${to}"` : undefined;
  if (first === undefined || last === undefined) {
    throw new PulseError('PARTITIONS_INVALID', `${wrong} is no day, month, year or hour.`, {
      hint: 'Say the first and the last: --from 2023-01-01 --to 2023-03-31, or --from 2023-01 --to 2023-03',
    });
  }
  if (first.from < last.to) return { start: first.from, end: last.to };
  throw new PulseError('PARTITIONS_INVALID', `The range is the wrong way round: ${to} is before ${from}.`, {
    hint: `Write --from ${to} --to ${from}.`,
  });
}

type TimedModel = ModelAsset & { readonly partition: Extract<Partition, { kind: 'time' }> };

function modelsOf({ graph }: Project, { names, isReprocessed }: PlanOptions): readonly TimedModel[] {
  const asked = names.map(name => must(graph.assets, name));
  for (const asset of asked) {
    const isByTime = asset.kind === 'model' && asset.partition.kind === 'time';
    if (isByTime) continue;
    const why = asset.kind === 'model' ? 'has no partitions by time' : `is no model, but ${asset.kind}`;
    throw new PulseError('PARTITIONS_INVALID', `${asset.name} ${why}: it cannot be backfilled by days.`, {
      hint:
        asset.kind === 'model'
          ? `Make all of it: pulse materialize ${asset.name} --full-refresh${names.length > 1 ? `; or leave it out: --exclude ${asset.name}` : ''}`
          : 'Name models: pulse backfill fact_orders --from 2023-01-01 --to 2023-03-31',
    });
  }
  const upstream = isReprocessed ? names.flatMap(name => [...graph.ancestors(name)]) : [];
  return graph
    .sort([...new Set([...names, ...upstream])])
    .map(name => must(graph.assets, name))
    .filter((asset): asset is TimedModel => asset.kind === 'model' && asset.partition.kind === 'time');
}

/** The cells of each asset. */
export function byAsset(cells: readonly Pick<BackfillCell, 'asset' | 'cell'>[]): Map<string, CellKey[]> {
  const groups = new Map<string, CellKey[]>();
  for (const { asset, cell } of cells) groups.set(asset, [...(groups.get(asset) ?? []), cell]);
  return groups;
}

/** Keeps the plan; `runBackfill` does it. */
export async function createBackfill(project: Project, plan: BackfillPlan, command: string): Promise<Backfill> {
  const state = await project.state();
  const time = project.now().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const backfillId = `backfill-${time}-${randomUUID().slice(0, 8)}`;
  return state.createBackfill({ backfillId, command, options: '{}' }, plan.cells);
}

export interface BackfillRun {
  readonly signal: AbortSignal;
  readonly concurrency?: number;
  readonly emit: Emit;
}

export interface BackfillOutcome {
  readonly status: Backfill['status'] | 'interrupted';
  readonly done: number;
  readonly failed: number;
  readonly pending: number;
}

const LEASE_MS = 60_000;

/**
 * Makes what is pending or failed, chunk by chunk; a chunk that fails keeps no other from being made.
 *
 * @throws {PulseError} STATE_BUSY where another process is at it.
 */
export async function runBackfill(project: Project, backfillId: string, run: BackfillRun): Promise<BackfillOutcome> {
  const state = await project.state();
  const owner = await take(project, { state, backfillId });
  // A beat that is missed is made up by the next; a lease that is lost costs double work at most, as each run has its own.
  const beat = (): void => void state.renewLeases(owner, LEASE_MS).catch(() => undefined);
  const renewing = setInterval(beat, LEASE_MS / 6).unref();
  try {
    await state.setBackfillStatus(backfillId, 'running');
    return await makeChunks(project, state, { backfillId, run });
  } finally {
    clearInterval(renewing);
    await state.releaseLeases(owner);
  }
}

/** One process works at a backfill at a time. @returns the name under which it holds the lease. */
async function take(
  project: Project,
  { state, backfillId }: { readonly state: StateStore; readonly backfillId: string },
): Promise<string> {
  const owner = `${backfillId}/${randomUUID().slice(0, 8)}`;
  const resource = `backfill/${backfillId}`;
  const holder = { runId: owner, command: 'backfill', pid: process.pid, host: hostname() };
  const held = await state.acquireLease(resource, holder, { ttlMs: LEASE_MS });
  if (held.runId === owner) return owner;
  const isDead = isGone(held, project.now());
  const taken = isDead ? await state.acquireLease(resource, holder, { ttlMs: LEASE_MS, takeFrom: held.token }) : held;
  if (taken.runId === owner) return owner;
  throw new PulseError('STATE_BUSY', `${backfillId} is at work in process ${taken.pid} on ${taken.host}.`, {
    hint: `Look at it with \`pulse backfill show ${backfillId}\`, or stop it with \`pulse backfill cancel ${backfillId}\`.`,
  });
}

/** Which backfills a process is at work at; one that is `running` and not among them was killed: resuming it goes on. */
export async function backfillsAtWork(state: StateStore, now: Date): Promise<ReadonlySet<string>> {
  const alive = (await state.leases()).filter(lease => !isGone(lease, now));
  return new Set(
    alive.flatMap(({ resource }) => (resource.startsWith('backfill/') ? [resource.slice('backfill/'.length)] : [])),
  );
}

interface Making {
  readonly backfillId: string;
  readonly run: BackfillRun;
}

async function makeChunks(project: Project, state: StateStore, { backfillId, run }: Making): Promise<BackfillOutcome> {
  await catchUp(state, backfillId);
  const cells = await state.backfillCells(backfillId);
  const left = cells.filter(cell => cell.status !== 'done');
  const startedAt = performance.now();
  let made = 0;
  for (const chunk of [...new Set(left.map(cell => cell.chunk))]) {
    if (run.signal.aborted || (await isCancelled(state, backfillId))) break;
    const mine = left.filter(cell => cell.chunk === chunk);
    const result = await makeChunk(project, mine, { backfillId, run });
    project.failpoint('after-chunk');
    await state.recordBackfillCells(
      backfillId,
      mine.map(cell => outcomeOf(cell, result)),
    );
    made += mine.length;
    run.emit({
      kind: 'notice',
      level: 'info',
      text: progressText({ made, of: left.length, ms: performance.now() - startedAt }),
    });
  }
  return finish(state, backfillId, run.signal);
}

async function isCancelled(state: StateStore, backfillId: string): Promise<boolean> {
  return (await backfillNamed(state, backfillId)).status === 'cancelled';
}

/** What a run of a chunk is asked to do: by it, it is known again. */
const chunkCommand = (backfillId: string, chunk: number): string => `${backfillId} chunk ${chunk}`;

/** Takes over what a chunk had made when its process died, before it was said of its cells. */
async function catchUp(state: StateStore, backfillId: string): Promise<void> {
  const pending = (await state.backfillCells(backfillId)).filter(cell => cell.status === 'pending');
  if (pending.length === 0) return;
  const runs = (await state.runs(Number.MAX_SAFE_INTEGER)).filter(run =>
    run.command.startsWith(`${backfillId} chunk `),
  );
  const made: BackfillCell[] = [];
  for (const chunk of new Set(pending.map(cell => cell.chunk))) {
    const run = runs.find(one => one.command.startsWith(`${chunkCommand(backfillId, chunk)} `));
    if (run === undefined) continue;
    const steps = await state.steps(run.runId);
    const done = new Set(
      steps.filter(step => step.status === 'done' || step.status === 'unchanged').map(step => step.asset),
    );
    const own = pending.filter(cell => cell.chunk === chunk && done.has(cell.asset));
    made.push(...own.map(cell => ({ ...cell, status: 'done' as const, runId: run.runId })));
  }
  if (made.length > 0) await state.recordBackfillCells(backfillId, made);
}

function makeChunk(
  project: Project,
  cells: readonly BackfillCell[],
  { backfillId, run: { signal, concurrency, emit } }: Making,
): Promise<RunResult> {
  const partitions = byAsset(cells);
  return materialize(
    project,
    {
      selection: [...partitions.keys()],
      partitions,
      signal,
      command: `${chunkCommand(backfillId, cells[0]?.chunk ?? 0)} (${cells.length} cells of ${[...partitions.keys()].join(', ')})`,
      ...(concurrency === undefined ? {} : { concurrency }),
    },
    emit,
  );
}

/** A cell is done where its asset's step is; what was stopped stays as it was. */
function outcomeOf(cell: BackfillCell, result: RunResult): BackfillCell {
  const step = result.steps.find(one => one.asset === cell.asset);
  const runId = result.runId === '' ? null : result.runId;
  if (step?.status === 'done' || step?.status === 'unchanged') return { ...cell, status: 'done', runId, message: null };
  if (step === undefined)
    return result.status === 'interrupted' ? cell : { ...cell, status: 'failed', runId, message: 'it was not made' };
  const isStopped = step.error instanceof PulseError && step.error.code === 'RUN_INTERRUPTED';
  if (isStopped) return cell;
  const message = step.error?.message.split('\n')[0] ?? `upstream failed: ${(step.because ?? []).join(', ')}`;
  return { ...cell, status: 'failed', runId, message };
}

function progressText({ made, of, ms }: { readonly made: number; readonly of: number; readonly ms: number }): string {
  const rate = made / Math.max(ms / 1000, 0.001);
  const left = Math.round((of - made) / rate);
  const time = left < 120 ? `${left} s` : `${Math.round(left / 60)} min`;
  return `${made} of ${of} cells (${Math.floor((100 * made) / of)} %), ${rate.toFixed(1)} cells/s${made === of ? '' : `, about ${time} left`}`;
}

async function finish(state: StateStore, backfillId: string, signal: AbortSignal): Promise<BackfillOutcome> {
  const counts = countsOf(await state.backfillCells(backfillId));
  const { status } = await backfillNamed(state, backfillId);
  if (status === 'cancelled') return { status, ...counts };
  if (signal.aborted) return { status: 'interrupted', ...counts };
  const ended = counts.failed > 0 ? 'failed' : 'done';
  await state.setBackfillStatus(backfillId, ended);
  return { status: ended, ...counts };
}

export function countsOf(cells: readonly BackfillCell[]): Omit<BackfillOutcome, 'status'> {
  const count = (status: BackfillCell['status']): number => cells.filter(cell => cell.status === status).length;
  return { done: count('done'), failed: count('failed'), pending: count('pending') };
}

/** Ends a backfill: its chunk that is under way is made to its end. @throws {PulseError} USAGE where it has ended already. */
export async function cancelBackfill(state: StateStore, { backfillId, status }: Backfill): Promise<void> {
  const { failed, pending } = countsOf(await state.backfillCells(backfillId));
  if (status === 'running' || (status === 'failed' && failed + pending > 0))
    return state.setBackfillStatus(backfillId, 'cancelled');
  throw new PulseError('USAGE', `${backfillId} is ${status} already: there is nothing to cancel.`, {
    hint: failed + pending > 0 ? `Go on with it: pulse backfill resume ${backfillId}` : 'Plan another one.',
  });
}

/** The backfill that `text` names: its id, the beginning of one, or `last`. @throws {PulseError} BACKFILL_UNKNOWN */
export async function backfillNamed(state: StateStore, text: string): Promise<Backfill> {
  const all = await state.backfills(Number.MAX_SAFE_INTEGER);
  const [newest] = all;
  if (text === 'last' && newest !== undefined) return newest;
  const found = all.filter(one => one.backfillId.startsWith(text) || one.backfillId.startsWith(`backfill-${text}`));
  const [one] = found.some(({ backfillId }) => backfillId === text)
    ? found.filter(({ backfillId }) => backfillId === text)
    : found;
  if (one !== undefined && (found.length === 1 || one.backfillId === text)) return one;
  throw new PulseError(
    'BACKFILL_UNKNOWN',
    found.length > 1 ? `"${text}" is the beginning of ${found.length} backfills.` : `There is no backfill "${text}".`,
    {
      hint:
        newest === undefined
          ? 'Plan one: pulse backfill fact_orders --from 2023-01-01 --to 2023-03-31'
          : '`pulse backfill list` lists them.',
    },
  );
}
