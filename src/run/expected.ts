// What making some cells will come to: cells, rows, bytes and time, judged by what runs took before. Reads only; an estimate.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../project.ts';
import type { Run, StateStore, StepRecord } from '../state/state-store.ts';
import type { CellKey } from '../warehouse/warehouse.ts';

export interface AssetExpectation {
  readonly asset: string;
  readonly cells: number;
  /** By what the cells have now; of cells that are not made, by the mean of the asset's others. */
  readonly rows: number;
  /** Null where it was never made: nothing says what it takes. */
  readonly durationMs: number | null;
}

export interface Expectation {
  readonly cells: number;
  readonly rows: number;
  /** Null where nothing says what a row takes. */
  readonly bytes: number | null;
  /** Null where one of the assets was never made. */
  readonly durationMs: number | null;
  readonly assets: readonly AssetExpectation[];
}

/** Runs of which all steps are looked at, the last ones. */
const RUNS = 30;

export interface History {
  readonly steps: ReadonlyMap<string, readonly StepRecord[]>;
  /** What a run takes beside its steps, the median. */
  readonly overheadMs: number;
}

const tookMs = ({ startedAt, finishedAt }: Pick<StepRecord, 'startedAt' | 'finishedAt'>): number =>
  Date.parse(finishedAt) - Date.parse(startedAt);

export async function historyOf(state: StateStore): Promise<History> {
  const steps = new Map<string, StepRecord[]>();
  const beside: number[] = [];
  for (const run of (await state.runs(RUNS)).filter(one => one.status === 'done')) {
    const own = await state.steps(run.runId);
    for (const step of own) steps.set(step.asset, [...(steps.get(step.asset) ?? []), step]);
    beside.push(besideMs(run, own));
  }
  const { lastSteps } = await state.snapshot();
  // A backfill in small chunks fills the last runs: what making all of a table takes is known from before it.
  for (const step of [...(await state.greatestSteps()), ...lastSteps.values()]) {
    const known = steps.get(step.asset) ?? [];
    if (known.every(({ runId }) => runId !== step.runId)) steps.set(step.asset, [...known, step]);
  }
  beside.sort((a, b) => a - b);
  return { steps, overheadMs: beside[Math.floor(beside.length / 2)] ?? 0 };
}

const besideMs = ({ startedAt, finishedAt }: Run, steps: readonly StepRecord[]): number =>
  Math.max(
    0,
    tookMs({ startedAt, finishedAt: finishedAt ?? startedAt }) - steps.reduce((sum, step) => sum + tookMs(step), 0),
  );

/**
 * Milliseconds that making so many cells of an asset took: what a cell took where it was cheapest, times their number, but not less than its
 * shortest making, and not more than making all of it; null where it was never made.
 */
export function expectedMs(steps: readonly StepRecord[], cells: number, ofAll: number): number | null {
  const made = steps.filter(step => step.status === 'done' || step.status === 'unchanged');
  if (made.length === 0) return null;
  const times = made.map(tookMs);
  const whole = made.filter(step => step.cells >= ofAll && ofAll > 0).map(tookMs);
  const perCell = Math.min(...made.filter(step => step.cells > 0).map(step => tookMs(step) / step.cells));
  const byCells = Number.isFinite(perCell) ? perCell * cells : 0;
  const expected = Math.max(Math.min(...times), byCells);
  return whole.length === 0 || cells > ofAll ? expected : Math.min(expected, Math.max(...whole));
}

/** `cells`: keys by asset; null: all of it. `runs`: into how many they are cut. */
export async function expectCells(
  project: Project,
  cells: ReadonlyMap<string, readonly CellKey[] | null>,
  { runs }: { readonly runs: number },
): Promise<Expectation> {
  const state = await project.state();
  const { builds } = await state.snapshot();
  const { steps, overheadMs } = await historyOf(state);
  const assets: AssetExpectation[] = [];
  for (const [asset, keys] of cells) {
    const known = await state.cells(asset);
    const all = [...known.values()].reduce((sum, cell) => sum + cell.rows, 0);
    const mean = known.size === 0 ? 0 : all / known.size;
    const count = keys?.length ?? known.size;
    const rows = keys === null ? all : keys.reduce((sum, key) => sum + (known.get(key)?.rows ?? mean), 0);
    const inOneRun = Math.ceil(count / runs);
    const one = expectedMs(steps.get(asset) ?? [], inOneRun, known.size);
    assets.push({
      asset,
      cells: count,
      rows: Math.round(rows),
      durationMs: one === null ? null : one * Math.min(runs, count),
    });
  }
  const sum = (of: (one: AssetExpectation) => number): number => assets.reduce((total, one) => total + of(one), 0);
  const rows = sum(one => one.rows);
  const made = [...builds.values()].reduce((total, build) => total + build.rows, 0);
  const file = statSync(join(project.home, 'warehouse.duckdb'), { throwIfNoEntry: false });
  const isKnown = assets.every(one => one.durationMs !== null);
  return {
    cells: sum(one => one.cells),
    rows,
    bytes: file === undefined || made === 0 ? null : Math.round((file.size / made) * rows),
    durationMs: isKnown ? sum(one => one.durationMs ?? 0) + runs * overheadMs : null,
    assets,
  };
}
