// Visits a graph's nodes, each after all that it depends on, several at a time. Knows nothing of assets.

export interface Walk {
  /** What a node waits for; names that are not walked are ignored. */
  readonly upstream: (name: string) => readonly string[];
  /** How many visits may be under way at once, 1 or more. */
  readonly concurrency: number;
  /** Asked before each visit: true ends the walk when the visits under way have ended. */
  readonly isStopped: () => boolean;
}

/** Calls `visit` once for each of `names` (in an order in which they can be visited); it must not throw. */
export async function walk(names: readonly string[], visit: (name: string) => Promise<void>, options: Walk): Promise<void> {
  const waiting = new Set(names);
  const done = new Set<string>();
  const under = new Set<Promise<void>>();
  const isReady = (name: string): boolean => options.upstream(name).every(dep => done.has(dep) || !names.includes(dep));
  for (;;) {
    const ready = options.isStopped() ? [] : [...waiting].filter(isReady).slice(0, Math.max(0, options.concurrency - under.size));
    for (const name of ready) {
      waiting.delete(name);
      const visiting: Promise<void> = visit(name).then(() => {
        done.add(name);
        under.delete(visiting);
      });
      under.add(visiting);
    }
    if (under.size === 0) return;
    await Promise.race(under);
  }
}
