// The walk visits each node once, after all that it waits for, and never more at a time than asked.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { walk } from '../../src/run/walk.ts';

/** A random graph: node i may wait for lower ones. */
const graphs = fc
  .integer({ min: 1, max: 30 })
  .chain(size =>
    fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 80 }).map(pairs => ({ size, pairs })),
  );

test('every node is visited once, after its upstream, with bounded concurrency', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, fc.integer({ min: 1, max: 5 }), async ({ size, pairs }, concurrency) => {
      const names = Array.from({ length: size }, (_, at) => `n${at}`);
      const upstream = (name: string) =>
        pairs.filter(([a, b]) => `n${Math.max(a, b)}` === name && a !== b).map(([a, b]) => `n${Math.min(a, b)}`);
      const visited: string[] = [];
      let under = 0;
      let most = 0;
      await walk(
        names,
        async name => {
          most = Math.max(most, ++under);
          for (const dep of upstream(name)) expect(visited).toContain(dep);
          await new Promise(resolve => setImmediate(resolve));
          visited.push(name);
          under--;
        },
        { upstream, concurrency, isStopped: () => false },
      );
      expect([...visited].sort()).toEqual([...names].sort());
      expect(most).toBeLessThanOrEqual(concurrency);
    }),
    { numRuns: 60 },
  );
});

test('a stopped walk lets visits under way end and starts no other', async () => {
  const visited: string[] = [];
  await walk(['a', 'b', 'c'], async name => void visited.push(name), {
    upstream: () => [],
    concurrency: 1,
    isStopped: () => visited.length > 0,
  });
  expect(visited).toEqual(['a']);
});
