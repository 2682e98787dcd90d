// The five counts of a batch, whole and by DATE(ingested_at). Values only.

import type { Counts } from './raw-store.ts';

export const NO_COUNTS: Counts = { received: 0, inserted: 0, duplicates: 0, conflicts: 0, rejected: 0 };

export function addCounts(left: Counts, right: Counts): Counts {
  return {
    received: left.received + right.received,
    inserted: left.inserted + right.inserted,
    duplicates: left.duplicates + right.duplicates,
    conflicts: left.conflicts + right.conflicts,
    rejected: left.rejected + right.rejected,
  };
}

/** A day's counts added to those of all days. */
export function addDays(
  left: Readonly<Record<string, Counts>>,
  right: Readonly<Record<string, Counts>>,
): Record<string, Counts> {
  const days: Record<string, Counts> = { ...left };
  for (const [day, counts] of Object.entries(right)) days[day] = addCounts(days[day] ?? NO_COUNTS, counts);
  return Object.fromEntries(Object.entries(days).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function sumDays(days: Readonly<Record<string, Counts>>): Counts {
  return Object.values(days).reduce(addCounts, NO_COUNTS);
}
