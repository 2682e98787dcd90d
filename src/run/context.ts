// What one run holds in its hands while it walks the graph. No decisions here.

import type { CompileResult } from '../compile/compile.ts';
import type { Project } from '../project.ts';
import type { Mark, ObservedFile, StateSnapshot, StateStore } from '../state/state-store.ts';
import type { CellKey, Warehouse } from '../warehouse/warehouse.ts';
import type { Emit } from './events.ts';
import type { Stopwatch } from './stopwatch.ts';

/** Up to how much a change is worth following row by row; beyond it, whole tables are the cheaper way. */
export interface DeltaLimits {
  /** Changed rows or keys of a table of so many rows, at most. */
  limit(rows: number): number;
}

export interface RunContext {
  readonly runId: string;
  /** Of this run's claim: every publication carries it. */
  readonly fencingToken: number;
  readonly project: Project;
  readonly state: StateStore;
  /** Opens the warehouse for writing at the first call. */
  warehouse(): Promise<Warehouse>;
  readonly snapshot: StateSnapshot;
  readonly compiled: CompileResult;
  readonly files: ReadonlyMap<string, readonly ObservedFile[]>;
  /** Marks as they are now: those of the snapshot and those set by this run. */
  readonly marks: Map<string, readonly Mark[]>;
  /** Code versions of the assets that are published at least once, as of now. */
  readonly built: Map<string, string>;
  readonly forced: ReadonlySet<string>;
  /** The words of the selection as they were typed: what was asked for by its own name is among them. */
  readonly named: ReadonlySet<string>;
  /** Cells that were asked for by name, by asset: made whatever their state, and no others of the asset. */
  readonly asked: ReadonlyMap<string, readonly CellKey[]>;
  readonly deltas: DeltaLimits;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Why a publication is not in the state: the run ends there, without an end in the state. */
  readonly unapplied: { error?: Error };
  readonly watch: Stopwatch;
  /** Runs one at a time: the order of the journal is the order in which the state takes it over. */
  readonly publishing: <T>(step: () => Promise<T>) => Promise<T>;
}

/** What making an asset came to. */
export interface Made {
  readonly status: 'done' | 'unchanged';
  readonly cells: number;
  readonly rows: number;
}

export const UNCHANGED: Made = { status: 'unchanged', cells: 0, rows: 0 };
