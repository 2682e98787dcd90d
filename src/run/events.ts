// What happens during a run, as values: the runner emits them, only reporters print them.
// One union for terminal, NDJSON, HTTP and tests. Nothing here formats text for a person.

import type { Value } from '../googlesql/value.ts';
import type { Counts } from '../raw/raw-store.ts';
import type { StepStatus } from '../state/state-store.ts';

/** What became of one asset in this run. */
export interface StepResult {
  readonly asset: string;
  readonly status: StepStatus;
  /** Cells published. */
  readonly cells: number;
  /** Rows of the published cells. */
  readonly rows: number;
  readonly durationMs: number;
  /** Why a failed step failed. */
  readonly error?: Error;
  /** For a skipped step: the failed assets upstream of it, nearest first. */
  readonly because?: readonly string[];
}

export type RunOutcome = 'done' | 'failed' | 'interrupted' | 'nothing';

/** A span of the run that `--timings` shows: `compile`, `duckdb`, `extract raw_events`. */
export interface Timing {
  readonly name: string;
  readonly durationMs: number;
}

export interface RunResult {
  readonly runId: string;
  /** `nothing`: everything selected was fresh. */
  readonly status: RunOutcome;
  /** In the order they ended; skipped ones too. */
  readonly steps: readonly StepResult[];
  /** Selected or upstream of the selection, and fresh. */
  readonly fresh: readonly string[];
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly timings: readonly Timing[];
}

export type RunEvent =
  | { readonly kind: 'run-started'; readonly runId: string; readonly assets: readonly string[] }
  | { readonly kind: 'step-started'; readonly asset: string; readonly cells?: number }
  | {
      readonly kind: 'step-progress';
      readonly asset: string;
      readonly text: string;
      readonly done?: number;
      readonly total?: number;
    }
  | ({ readonly kind: 'step-finished' } & StepResult)
  | {
      readonly kind: 'check-failed';
      readonly asset: string;
      readonly name: string;
      readonly severity: 'block' | 'warn';
      readonly failedRows: number;
      readonly sample: readonly (readonly Value[])[];
    }
  | ({ readonly kind: 'file-ingested'; readonly file: string } & Counts)
  | { readonly kind: 'notice'; readonly level: 'info' | 'warn'; readonly text: string }
  | { readonly kind: 'run-finished'; readonly result: RunResult };

/** Takes each event as it happens; must not throw. */
export type Emit = (event: RunEvent) => void;
