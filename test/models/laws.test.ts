// Laws that every model of the project keeps, on generated events: rows may arrive in any order, and a build of some cells
// gives those cells of a whole build.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResultSet } from '../../src/googlesql/value.ts';
import { analyzerFiles } from '../googlesql/installed.ts';
import { type Input, inputTables, openWorld, type TestEvent, type World } from './world.ts';

const text = fc.constantFrom('A', 'B', 'C', '', null);
const time = fc.constantFrom('2023-01-01 10:00', '2023-01-02T00:00:00Z', 1672617600, 'soon', null);
const amount = fc.constantFrom(5, 10.25, 2000, '7', 'x', null);
const currency = fc.constantFrom('NGN', 'USD', 'usd', 'GBP', null);
const items = fc.array(fc.record({ sku: text, qty: fc.constantFrom(1, 2, null), price: amount }), { maxLength: 3 });
const statuses = fc.array(fc.record({ status: text, time }), { maxLength: 3 });

const payloads: Readonly<Record<string, fc.Arbitrary<object>>> = {
  order_created: fc.record({ order_id: text, created: time, email: text, phone: text, total: amount, currency, items }),
  historical_order: fc.record({ orderRef: text, created_at: time, cust_id: text, amount, ccy: currency }),
  payment_succeeded: fc.record({
    order: text,
    timestamp: time,
    state: fc.constantFrom('SUCCESS', 'FAILED'),
    amt: amount,
    currency,
    txn: text,
  }),
  refund_issued: fc.record({ orderRef: text, ts: time, amount, currency, items }),
  shipment_updated: fc.record({ order_id: text, status: text, time }),
  historical_shipment: fc.record({ order_id: text, timeline: statuses }),
  order_updated: fc.record({ order: text, ts: time, change: text }),
};

const event: fc.Arbitrary<Omit<TestEvent, 'id'>> = fc.constantFrom(...Object.keys(payloads)).chain(type =>
  fc.record({
    type: fc.constant(type),
    at: fc.constantFrom('2023-01-01T10:00:00Z', '2023-01-02T09:00:00Z', '2023-01-03T00:00:00Z'),
    vendor: fc.constantFrom('vendor_a', 'vendor_b', null),
    payload: payloads[type] ?? fc.constant({}),
  }),
);
const events = fc
  .array(event, { minLength: 1, maxLength: 60 })
  .map(list => list.map((one, i) => ({ ...one, id: `e${i}` }) as TestEvent));
const rates = [
  ['2023-01-01', '800'],
  ['2023-01-03', '900.5'],
] as const;

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
      fc.asyncProperty(events, fc.infiniteStream(fc.nat()), async (list, keys) => {
        const shuffled = [...list].map(one => ({ one, key: keys.next().value })).sort((a, b) => a.key - b.key);
        const one = await build({ events: list, rates });
        const other = await build({ events: shuffled.map(({ one }) => one), rates: [...rates].reverse() });
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
      fc.asyncProperty(events, fc.subarray(['2023-01-01', '2023-01-02', '2023-01-03']), async (list, days) => {
        const tables = await build({ events: list, rates });
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
