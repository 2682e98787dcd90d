// The exact plan: a rehearsal in a copy names the cells that a run would change, all of them and no others, and leaves the
// project as it was. bench/late-exact.mjs asks the same of hundreds of events on the sample project.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Analyzer, startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { rehearse } from '../../src/run/rehearse.ts';
import type { CellKey } from '../../src/warehouse/warehouse.ts';
import { eventLine } from './late-events.ts';
import { LateWorld } from './late-world.ts';
import { type SmallProject, smallProject } from './small-project.ts';

let project: SmallProject;
let analyzer: Analyzer;
let world: LateWorld;
beforeAll(async () => {
  project = smallProject();
  analyzer = startAnalyzer();
  world = new LateWorld(project, { analyzer });
  world.write('fx_rates_2023.csv', 'date,USDNGN\n2023-01-20,900\n');
  world.arrive(fc.sample(eventLine, { seed: 5, numRuns: 80 }));
  await world.make();
});
afterAll(() => {
  world.remove();
  analyzer.close();
  project.remove();
});

type Versions = ReadonlyMap<string, ReadonlyMap<CellKey, string>>;

/** By table and cell. */
const versions = (): Promise<Versions> =>
  world.open(async opened => {
    const { graph } = opened;
    const store = await opened.state();
    const tables = await Promise.all(
      graph.order.map(async name => {
        const cells = [...(await store.cells(name)).values()];
        return [name, new Map(cells.map(({ cell, dataVersion }) => [cell, dataVersion]))] as const;
      }),
    );
    return new Map(tables);
  });

/** The cells with other content, of the tables that have some. */
function differing(before: Versions, after: Versions): Readonly<Record<string, readonly CellKey[]>> {
  const found: Record<string, readonly CellKey[]> = {};
  for (const [name, now] of after) {
    const then = before.get(name) ?? new Map<CellKey, string>();
    const cells = [...new Set([...then.keys(), ...now.keys()])].filter(cell => then.get(cell) !== now.get(cell));
    if (cells.length > 0) found[name] = cells.sort();
  }
  return found;
}

test('names what one late event after another changes, and changes nothing itself', async () => {
  for (const line of fc.sample(eventLine, { seed: 11, numRuns: 4 })) {
    world.arrive([line]);
    const before = await versions();
    const { changes, failed } = await world.open(opened => rehearse(opened, { selection: [] }));
    expect(failed).toEqual([]);
    expect(await versions()).toEqual(before);
    await world.make({ selection: ['*'], fullRefresh: true });
    const named = Object.fromEntries(changes.map(({ asset, cells }) => [asset, cells]));
    expect(named, line).toEqual(differing(before, await versions()));
  }
});
