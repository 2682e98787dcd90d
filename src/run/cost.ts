// What the warehouse's jobs billed, from the state: summed by asset, day or run. Pure but for the read.

import type { Project } from '../project.ts';
import type { CostRecord } from '../state/state-store.ts';

export type CostKey = 'asset' | 'day' | 'run';

export interface CostSum {
  /** '' for jobs of no asset (or no run): queries of people, the journal. */
  readonly key: string;
  readonly jobs: number;
  readonly bytesBilled: number;
  readonly slotMs: number;
  readonly priceUsd: number;
}

const KEY: Readonly<Record<CostKey, (record: CostRecord) => string>> = {
  asset: ({ asset }) => asset ?? '',
  day: ({ endedAt }) => endedAt.slice(0, 10),
  run: ({ runId }) => runId ?? '',
};

/** Days in their order, else the dearest first. */
function sumCosts(records: readonly CostRecord[], by: CostKey): readonly CostSum[] {
  const sums = new Map<string, CostSum>();
  for (const record of records) {
    const key = KEY[by](record);
    const sum = sums.get(key) ?? { key, jobs: 0, bytesBilled: 0, slotMs: 0, priceUsd: 0 };
    sums.set(key, {
      key,
      jobs: sum.jobs + 1,
      bytesBilled: sum.bytesBilled + record.bytesBilled,
      slotMs: sum.slotMs + record.slotMs,
      priceUsd: sum.priceUsd + record.priceUsd,
    });
  }
  const isBefore = (a: string, b: string): number => (a < b ? -1 : 1);
  return [...sums.values()].sort((a, b) =>
    by === 'day' || a.bytesBilled === b.bytesBilled ? isBefore(a.key, b.key) : b.bytesBilled - a.bytesBilled,
  );
}

/** The sums of jobs that ended within the last days. */
export async function costsBy(
  project: Project,
  { by, days }: { readonly by: CostKey; readonly days: number },
): Promise<readonly CostSum[]> {
  const since = new Date(project.now().getTime() - days * 86_400_000).toISOString();
  return sumCosts(await (await project.state()).costs(since), by);
}
