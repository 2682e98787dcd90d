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
export async function walk(
  names: readonly string[],
  visit: (name: string) => Promise<void>,
  options: Walk,
): Promise<void> {
  const walked = new Set(names);
  const readers = new Map<string, string[]>(names.map(name => [name, []]));
  const missing = new Map<string, number>();
  for (const name of names) {
    const deps = new Set(options.upstream(name).filter(dep => walked.has(dep)));
    missing.set(name, deps.size);
    for (const dep of deps) readers.get(dep)?.push(name);
  }
  const ready = names.filter(name => missing.get(name) === 0);
  const free = (name: string): void => {
    const left = (missing.get(name) ?? 0) - 1;
    missing.set(name, left);
    if (left === 0) ready.push(name);
  };
  const under = new Set<Promise<void>>();
  for (;;) {
    while (ready.length > 0 && under.size < options.concurrency && !options.isStopped()) {
      const name = ready.shift() as string;
      const visiting: Promise<void> = visit(name).then(() => {
        under.delete(visiting);
        for (const reader of readers.get(name) ?? []) free(reader);
      });
      under.add(visiting);
    }
    if (under.size === 0) return;
    await Promise.race(under);
  }
}
