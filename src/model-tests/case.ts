// A unit test of a model as values: what is given to which inputs, step by step, and the table that is expected. Types only.

import type { Var } from '../asset/config.ts';
import type { Place } from '../errors.ts';
import type { Value } from '../googlesql/value.ts';

export interface ModelTest {
  /** The model whose table is looked at. */
  readonly asset: string;
  /** Unique within its file. */
  readonly name: string;
  readonly place: Place;
  /** These stand for the vars of pulse.config.ts. */
  readonly vars: Readonly<Record<string, Var>>;
  /** One or more; each adds to what the ones before gave. */
  readonly steps: readonly Step[];
}

export interface Step {
  readonly place: Place;
  /** By input: what arrives in this step. */
  readonly given: ReadonlyMap<string, GivenRows>;
  /** Absent: nothing is looked at after this step. */
  readonly expected?: Expected;
}

export interface GivenRows {
  /** A value for each column of the input, in its order. */
  readonly rows: readonly (readonly Value[])[];
  /** Whether these are all rows of the input from now on, instead of more of them. */
  readonly isWhole: boolean;
}

export interface Expected {
  readonly place: Place;
  /** Rows of the whole table, in any order. Absent: they are not looked at. */
  readonly rows?: readonly ExpectedRow[];
  /** Names of the columns to record; absent: those that rows name, or all. */
  readonly columns?: readonly string[];
  /** Cells whose content this step changed; absent: not looked at. */
  readonly cells?: readonly string[];
  /** That the build fails, with this text in the message or as the code; '' for any. */
  readonly error?: string;
  /** FLOAT64 values may differ by this share; 0 is exact. */
  readonly tolerance: number;
  /** Whether a run wrote it and nobody has checked it yet. */
  readonly isRecorded: boolean;
}

/** A row that is there once; columns that it does not name may hold anything. */
export interface ExpectedRow {
  readonly place: Place;
  readonly values: ReadonlyMap<string, Value>;
}

/** How one test may be run. */
export type TestEngine = 'duckdb' | 'reference';
