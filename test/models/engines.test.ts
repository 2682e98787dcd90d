// One text, two engines: the embedded warehouse runs every model and gives exactly what Google's reference implementation gives.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TableAsset } from '../../src/asset/asset.ts';
import type { CompileCache } from '../../src/compile/cache.ts';
import type { CompiledModel } from '../../src/compile/compile.ts';
import { must } from '../../src/errors.ts';
import { PRELUDE, SCALARS } from '../../src/googlesql/translate/runtime.ts';
import type { ResultSet } from '../../src/googlesql/value.ts';
import { tableSpec } from '../../src/run/table-spec.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/client.ts';
import type { Staged, Warehouse } from '../../src/warehouse/warehouse.ts';
import { analyzerFiles } from '../googlesql/installed.ts';
import { inChunks, publish } from '../warehouse/warehouse-contract.ts';
import { eventsOf, RATES } from './events.ts';
import { inputTables, openWorld, type World } from './world.ts';

const NO_CACHE: CompileCache = {
  read: async () => undefined,
  write: async () => {},
  names: async () => [],
  remove: async () => {},
};
const sorted = ({ rows }: ResultSet): readonly string[] => rows.map(row => JSON.stringify(row)).sort();

describe.skipIf(!analyzerFiles)('every model', () => {
  let world: World;
  let models: ReadonlyMap<string, CompiledModel>;
  beforeAll(async () => {
    world = await openWorld();
    const { project } = world;
    const compiled = await project.compile(project.graph.assets.keys(), { cache: NO_CACHE });
    expect([...compiled.errors]).toEqual([]);
    models = compiled.models;
  });
  afterAll(() => world.close());

  const spec = (name: string) => tableSpec(must(world.project.graph.assets, name) as TableAsset);

  const load = (warehouse: Warehouse, name: string, { rows }: ResultSet): Promise<Staged> => {
    const texts = rows.map(row => row.map(value => (value === null ? null : String(value))));
    return warehouse.stageRows(spec(name), inChunks(texts, 50), { runId: 'run' });
  };
  const make = async (warehouse: Warehouse, name: string): Promise<ResultSet> => {
    const { duckdb } = must(models, name);
    if (duckdb.kind === 'refused') throw duckdb.error;
    await publish(warehouse, await warehouse.stageSelect(spec(name), duckdb.sql, { runId: 'run' }));
    const { columns } = spec(name);
    return warehouse.query(`SELECT ${columns.map(column => `"${column.name}"`).join(', ')} FROM "${name}"`, columns);
  };

  test('gives the same rows on DuckDB as on the reference implementation', () =>
    fc.assert(
      fc.asyncProperty(eventsOf(150), async events => {
        const warehouse = await openDuckDb(':memory:', { prelude: PRELUDE, scalars: SCALARS });
        try {
          const tables = inputTables(world.project, { events, rates: RATES });
          for (const [name, table] of tables) await publish(warehouse, await load(warehouse, name, table));
          for (const name of world.project.graph.order.filter(name => models.has(name))) {
            const expected = sorted(await world.table(name, tables));
            expect([name, ...sorted(await make(warehouse, name))]).toEqual([name, ...expected]);
          }
        } finally {
          await warehouse.close();
        }
      }),
      { numRuns: 3, endOnFailure: true },
    ));
});
