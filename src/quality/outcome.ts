// What a check came to: its measures, its verdict, and which rows. Values only; nothing here runs or prints.

import type { Threshold } from '../asset/config.ts';
import type { Value } from '../googlesql/value.ts';

/** From good to bad. */
export type Verdict = 'pass' | 'warn' | 'fail';

export interface Measure {
  readonly name: string;
  /** INT64 and FLOAT64 as numbers, NUMERIC as text; NULL where it can't be told. */
  readonly value: Value;
  readonly verdict: Verdict;
  readonly threshold?: Threshold;
}

/** A measure of a check on the days before, oldest first. */
export interface TrendDay {
  readonly day: string;
  readonly verdict: Verdict;
  readonly measures: Readonly<Record<string, Value>>;
}

/** Rows that fail, by partition. */
export interface FailedCell {
  readonly cell: string;
  readonly failedRows: number;
}

export interface CheckOutcome {
  /** `late_arriving_share`, `fact_orders.unique(order_id)`, `fact_orders.freshness policy`. */
  readonly name: string;
  /** daily: sql/checks with measures by day; rows: sql/checks that lists failing rows; declared: on an asset; policy: its freshness; anomaly: from its own history. */
  readonly kind: 'daily' | 'rows' | 'declared' | 'policy' | 'anomaly';
  readonly asset: string | null;
  readonly description: string;
  /** The day that was judged; null for all of the table. */
  readonly day: string | null;
  /** What a failure does: with `block` the verdict is fail, and so is the command; with `warn` it is warn at worst. */
  readonly severity: 'block' | 'warn';
  readonly verdict: Verdict;
  /** Why it says nothing, or what it found, in a sentence. */
  readonly note: string | null;
  readonly measures: readonly Measure[];
  /** The same measures over all days, not judged; empty where there is no such thing. */
  readonly total: readonly Measure[];
  readonly failedRows: number;
  /** Where the table is partitioned: the worst ones first, 20 at most. */
  readonly cells: readonly FailedCell[];
  readonly sampleColumns: readonly string[];
  /** Keys of failing rows, 5 at most. */
  readonly sample: readonly (readonly Value[])[];
  /** GoogleSQL that shows all failing rows; null where there are none to show. */
  readonly query: string | null;
  readonly trend: readonly TrendDay[];
}

/** What an outcome says beside its verdict where nothing was counted and no row shown. */
export const NOTHING_SHOWN = {
  measures: [],
  total: [],
  failedRows: 0,
  cells: [],
  sampleColumns: [],
  sample: [],
  query: null,
  trend: [],
} as const;

const RANK: Readonly<Record<Verdict, number>> = { pass: 0, warn: 1, fail: 2 };

/** The note of a daily check that has no row for the day. */
export const NOTHING_ON_THIS_DAY = 'nothing on this day';

export const worst = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.reduce((worse: Verdict, one) => (RANK[one] > RANK[worse] ? one : worse), 'pass');

/** Whether the command must fail: what only warns never has this verdict. */
export const isBlocking = (outcome: Pick<CheckOutcome, 'verdict'>): boolean => outcome.verdict === 'fail';
