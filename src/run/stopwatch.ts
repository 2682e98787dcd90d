// Where the time of a run goes, for --timings.

import type { Timing } from './events.ts';

export interface Stopwatch {
  /** Runs a step and adds its time under `name`. */
  time<T>(name: string, step: () => Promise<T>): Promise<T>;
  /** By name, longest first. */
  timings(): readonly Timing[];
}

export function startStopwatch(clock: () => number): Stopwatch {
  const totals = new Map<string, number>();
  return {
    async time(name, step) {
      const startedAt = clock();
      try {
        return await step();
      } finally {
        totals.set(name, (totals.get(name) ?? 0) + clock() - startedAt);
      }
    },
    timings: () =>
      [...totals].map(([name, durationMs]) => ({ name, durationMs })).sort((a, b) => b.durationMs - a.durationMs),
  };
}
