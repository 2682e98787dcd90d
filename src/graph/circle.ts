// Circles in who reads whom. Pure. graphology only says that there is one; people must see which.

/**
 * Circles as whole paths with the first name again at the end ("a, c, b, a"), each starting at its smallest name.
 * A circle that shares a name with one found before is left out, so every knot of circles is shown at least once.
 */
export function findCircles(
  names: readonly string[],
  reads: (name: string) => readonly string[],
): readonly (readonly string[])[] {
  const circles: string[][] = [];
  const shown = new Set<string>();
  const done = new Set<string>();
  for (const start of names) {
    forEachCircle(start, { reads, done }, circle => {
      if (circle.some(name => shown.has(name))) return;
      for (const name of circle) shown.add(name);
      circles.push(fromSmallest(circle));
    });
  }
  return circles;
}

/** Depth first, on a stack of its own: a chain may be as long as the graph. `done` is left with all that was reached. */
function forEachCircle(
  start: string,
  graph: { readonly reads: (name: string) => readonly string[]; readonly done: Set<string> },
  found: (circle: readonly string[]) => void,
): void {
  if (graph.done.has(start)) return;
  const path = [start];
  const depthOf = new Map([[start, 0]]);
  const rests = [graph.reads(start)[Symbol.iterator]()];
  for (let rest = rests.at(-1); rest !== undefined; rest = rests.at(-1)) {
    const { value: next } = rest.next();
    if (next === undefined) {
      const name = path.pop() ?? start;
      rests.pop();
      depthOf.delete(name);
      graph.done.add(name);
      continue;
    }
    const depth = depthOf.get(next);
    if (depth !== undefined) found(path.slice(depth));
    else if (!graph.done.has(next)) {
      depthOf.set(next, path.length);
      path.push(next);
      rests.push(graph.reads(next)[Symbol.iterator]());
    }
  }
}

function fromSmallest(circle: readonly string[]): string[] {
  const smallest = circle.reduce((least, name) => (name < least ? name : least));
  const at = circle.indexOf(smallest);
  return [...circle.slice(at), ...circle.slice(0, at), smallest];
}
