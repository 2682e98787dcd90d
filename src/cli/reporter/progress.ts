// What is known of a run so far, folded from its events one by one. Pure; who draws it is the board.

import { PulseError } from '../../errors.ts';
import type { RunEvent, StepResult } from '../../run/events.ts';
import type { StepStatus } from '../../state/state-store.ts';

export interface Line {
  readonly asset: string;
  readonly status: 'waiting' | 'running' | 'stopped' | StepStatus;
  /** What it is doing, or what became of it. */
  readonly text: string;
  readonly done: number | undefined;
  readonly total: number | undefined;
  readonly cells: number | undefined;
  readonly rows: number | undefined;
  /** Epoch milliseconds; of a running one. */
  readonly startedAtMs: number;
  readonly durationMs: number | undefined;
}

export interface Progress {
  readonly startedAtMs: number;
  /** By asset, in the run's order. */
  readonly lines: ReadonlyMap<string, Line>;
}

export const NO_PROGRESS: Progress = { startedAtMs: 0, lines: new Map() };

/** Not failed: Ctrl-C came. */
export const isStopped = ({ error }: Pick<StepResult, 'error'>): boolean =>
  error instanceof PulseError && error.code === 'RUN_INTERRUPTED';

const waiting = (asset: string): Line => ({
  asset,
  status: 'waiting',
  text: '',
  done: undefined,
  total: undefined,
  cells: undefined,
  rows: undefined,
  startedAtMs: 0,
  durationMs: undefined,
});

function changed(progress: Progress, asset: string, change: Partial<Line>): Progress {
  const line = { ...(progress.lines.get(asset) ?? waiting(asset)), ...change };
  const startedAtMs = progress.startedAtMs || line.startedAtMs;
  return { startedAtMs, lines: new Map(progress.lines).set(asset, line) };
}

/** The progress after `event`, which happened at `nowMs`. Events that are no step's change nothing. */
export function advance(progress: Progress, event: RunEvent, nowMs: number): Progress {
  switch (event.kind) {
    case 'run-started':
      return { startedAtMs: nowMs, lines: new Map(event.assets.map(asset => [asset, waiting(asset)])) };
    case 'step-started':
      return changed(progress, event.asset, { status: 'running', startedAtMs: nowMs, cells: event.cells });
    case 'step-progress':
      return changed(progress, event.asset, {
        status: 'running',
        startedAtMs: progress.lines.get(event.asset)?.startedAtMs || nowMs,
        text: event.text,
        done: event.done,
        total: event.total,
      });
    case 'step-finished':
      return changed(progress, event.asset, {
        status: isStopped(event) ? 'stopped' : event.status,
        text:
          event.error?.message.split('\n')[0] ??
          (event.because === undefined ? '' : `needs ${event.because.join(', ')}`),
        cells: event.cells,
        rows: event.rows,
        durationMs: event.durationMs,
      });
    default:
      return progress;
  }
}
