// Laws that every model of the project keeps, on generated events: rows may arrive in any order, and a build of some cells
// gives those cells of a whole build.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResultSet } from '../../src/googlesql/value.ts';
import { analyzerFiles } from '../googlesql/installed.ts';
import { eventsOf, RATES } from './events.ts';
import { type Input, inputTables, openWorld, type World } from './world.ts';

const sorted = ({ rows }: ResultSet): readonly string[] => rows.map(row => JSON.stringify(row)).sort();

describe.skipIf(!analyzerFiles)('every model', () => {
  let world: World;
  let names: readonly string[];
  beforeAll(async () => {
    world = await openWorld();
    names = [...world.project.graph.assets.values()].filter(asset => asset.kind === 'model').map(asset => asset.name);
  });
  afterAll(() => world.close());

  const build = async (input: Input): Promise<ReadonlyMap<string, ResultSet>> => {
    const tables = inputTables(world.project, input);
    for (const name of names) await world.table(name, tables);
    return tables;
  };

  test('gives the same rows whatever order the events and rates came in', () =>
    fc.assert(
      fc.asyncProperty(eventsOf(120), fc.infiniteStream(fc.nat()), async (list, keys) => {
        const shuffled = [...list].map(one => ({ one, key: keys.next().value })).sort((a, b) => a.key - b.key);
        const one = await build({ events: list, rates: RATES });
        const other = await build({ events: shuffled.map(({ one }) => one), rates: [...RATES].reverse() });
        for (const name of names) {
          expect([name, ...sorted(other.get(name) as ResultSet)]).toEqual([
            name,
            ...sorted(one.get(name) as ResultSet),
          ]);
        }
      }),
      { numRuns: 3 },
    ));

  test('gives in a build of some days what a whole build gives for them', () =>
    fc.assert(
      fc.asyncProperty(eventsOf(120), fc.subarray(['2023-01-01', '2023-01-02', '2023-01-03']), async (list, days) => {
        const tables = await build({ events: list, rates: RATES });
        for (const name of names) {
          const asset = world.project.graph.assets.get(name);
          if (asset?.kind !== 'model' || asset.partition.kind !== 'time') continue;
          const whole = tables.get(name) as ResultSet;
          const at = whole.columns.findIndex(
            column => asset.partition.kind === 'time' && column.name === asset.partition.column,
          );
          const ofDays = (result: ResultSet) =>
            sorted({ ...result, rows: result.rows.filter(row => days.includes(String(row[at]))) });
          expect([name, ...ofDays(await world.cells(name, days, tables))]).toEqual([name, ...ofDays(whole)]);
        }
      }),
      { numRuns: 3 },
    ));
});
