// What became of a test: judged from what its steps came to on each engine. Pure.

import { type Place, PulseError } from '../errors.ts';
import type { ResultSet, Value } from '../googlesql/value.ts';
import type { Expected, ModelTest, TestEngine } from './case.ts';
import type { StepOutcome } from './embedded.ts';
import { matchRows, type RowOff } from './match.ts';

/** One thing that is not as expected. `step` counts from 1. */
export type Failure = {
  readonly step: number;
  readonly place: Place;
  readonly engine: TestEngine;
} & (
  | { readonly kind: 'rows'; readonly off: readonly RowOff[] }
  | { readonly kind: 'cells'; readonly expected: readonly string[]; readonly actual: readonly string[] }
  /** The build failed and was not to; or with other words than expected. */
  | { readonly kind: 'error'; readonly error: Error; readonly expected?: string }
  /** The build was to fail. */
  | { readonly kind: 'no-error'; readonly expected: string }
  /** This engine's table is not the reference implementation's: whatever is expected. */
  | { readonly kind: 'engines'; readonly off: readonly RowOff[] }
);

export interface TestResult {
  readonly test: ModelTest;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** What it ran on. */
  readonly engines: readonly TestEngine[];
  /** Why it did not run on an engine. */
  readonly skipped: readonly { readonly engine: TestEngine; readonly reason: string }[];
  readonly failures: readonly Failure[];
  /** The analyzer is missing that would have compiled it: nobody knows whether it passes. */
  readonly missing?: PulseError;
}

export type Outcomes = ReadonlyMap<TestEngine, readonly StepOutcome[]>;

/** What is off. `keys` tell rows of the table apart. */
export function judgeOutcomes(test: ModelTest, outcomes: Outcomes, keys: readonly string[]): readonly Failure[] {
  const failures: Failure[] = [];
  for (const [at, step] of test.steps.entries()) {
    for (const [engine, steps] of outcomes) {
      const outcome = steps[at];
      if (outcome === undefined) continue;
      const where = { step: at + 1, place: step.expected?.place ?? step.place, engine };
      failures.push(...judgeStep(outcome, step.expected, keys).map(found => ({ ...where, ...found })));
    }
    const [mine, reference] = [outcomes.get('duckdb')?.[at], outcomes.get('reference')?.[at]];
    if (mine?.kind !== 'table' || reference?.kind !== 'table') continue;
    const off = differences(reference.table, mine.table, keys);
    if (off.length > 0) failures.push({ step: at + 1, place: step.place, engine: 'duckdb', kind: 'engines', off });
  }
  return failures;
}

type Found =
  | { readonly kind: 'rows'; readonly off: readonly RowOff[] }
  | { readonly kind: 'cells'; readonly expected: readonly string[]; readonly actual: readonly string[] }
  | { readonly kind: 'error'; readonly error: Error; readonly expected?: string }
  | { readonly kind: 'no-error'; readonly expected: string };

function judgeStep(outcome: StepOutcome, expected: Expected | undefined, keys: readonly string[]): readonly Found[] {
  const wanted = expected?.error;
  if (outcome.kind === 'error') {
    if (wanted === undefined) return [{ kind: 'error', error: outcome.error }];
    return says(outcome.error, wanted) ? [] : [{ kind: 'error', error: outcome.error, expected: wanted }];
  }
  if (wanted !== undefined) return [{ kind: 'no-error', expected: wanted }];
  return [...judgeRows(outcome.table, expected, keys), ...judgeCells(outcome.cells, expected)];
}

function says(error: Error, text: string): boolean {
  const code = error instanceof PulseError ? error.code : '';
  return code === text || error.message.toLowerCase().includes(text.toLowerCase());
}

function judgeRows(table: ResultSet, expected: Expected | undefined, keys: readonly string[]): readonly Found[] {
  if (expected?.rows === undefined) return [];
  const off = matchRows(expected.rows, table, { keys, tolerance: expected.tolerance });
  return off.length === 0 ? [] : [{ kind: 'rows', off }];
}

function judgeCells(actual: readonly string[] | undefined, expected: Expected | undefined): readonly Found[] {
  if (expected?.cells === undefined || actual === undefined) return [];
  const wanted = [...expected.cells].sort();
  return wanted.join() === actual.join() ? [] : [{ kind: 'cells', expected: wanted, actual }];
}

/** The last digits of a FLOAT64 may be each engine's own. */
const FLOAT_SHARE = 1e-12;

function differences(reference: ResultSet, mine: ResultSet, keys: readonly string[]): readonly RowOff[] {
  const expected = reference.rows.map(row => ({
    place: { file: '' },
    values: new Map<string, Value>(reference.columns.map((column, i) => [column.name, row[i] ?? null])),
  }));
  return matchRows(expected, mine, { keys, tolerance: FLOAT_SHARE });
}
