// What was found of one server (or folder) that a project needs: types, and the words for a clock. Opens nothing.

import { PulseError } from './errors.ts';

export type Verdict = 'ok' | 'warn' | 'fail';

export interface Finding {
  /** `reachable`, `version`, `rights`, `indexes`, `clock`, … */
  readonly what: string;
  readonly verdict: Verdict;
  readonly text: string;
  /** What to do. */
  readonly hint?: string;
}

export interface Diagnosis {
  /** `MongoDB`, `BigQuery`, `Postgres`, `home` */
  readonly server: string;
  /** Where, without a password. */
  readonly place: string;
  readonly findings: readonly Finding[];
}

/** Apart by more, times of events and runs mislead. */
const SKEW_MS = 5_000;

/** How far a server's clock is from ours, which was read before and after it was asked. */
export function clockFinding(
  server: Date,
  { before, after }: { readonly before: Date; readonly after: Date },
): Finding {
  const skewMs = Math.round(server.getTime() - (before.getTime() + after.getTime()) / 2);
  const text = `${Math.abs(skewMs / 1000).toFixed(1)} s ${skewMs < 0 ? 'behind' : 'ahead of'} this machine`;
  if (Math.abs(skewMs) <= SKEW_MS) return { what: 'clock', verdict: 'ok', text };
  return { what: 'clock', verdict: 'warn', text, hint: 'Set both clocks by NTP: receipts and runs carry their times.' };
}

/** An error as a finding. */
export function troubleFinding(what: string, error: unknown): Finding {
  if (!(error instanceof PulseError)) throw error;
  const { message, hint } = error;
  return { what, verdict: 'fail', text: message, ...(hint !== undefined && { hint }) };
}
