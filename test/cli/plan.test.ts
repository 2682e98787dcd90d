// pulse materialize --plan of a table whose SQL changed: which columns come, go and get another type, and what it will come to.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
  await shop.pulse(['materialize']);
});
afterAll(() => shop.remove());

function edit(path: string, ...changes: readonly (readonly [string, string])[]): void {
  const file = join(shop.root, path);
  const text = changes.reduce((said, [from, to]) => said.replace(from, to), readFileSync(file, 'utf8'));
  writeFileSync(file, text);
}

const planned = async () => JSON.parse((await shop.pulse(['materialize', '--plan', '--json'])).out);

test('a plan of nothing says so', async () => {
  expect((await planned()).steps).toEqual([]);
});

test('cells that are asked for have a price', async () => {
  const { out } = await shop.pulse(['materialize', 'orders', '--partitions', '2025-01-15', '--plan', '--json']);
  expect(JSON.parse(out).steps).toMatchObject([
    { asset: 'orders', expected: { cells: 1, rows: 2, durationMs: expect.any(Number) } },
  ]);
});

test('columns that come, go and get another type are named, with what making all of it takes', async () => {
  edit(
    'models/marts/orders.sql',
    ['  vendor,\n', '  UPPER(vendor) AS vendor_name,\n  [STRUCT(vendor AS name)] AS vendors,\n'],
    ["'$.total') AS NUMERIC) AS total", "'$.total') AS FLOAT64) AS total"],
  );
  edit(
    'assets/marts/orders.ts',
    [
      "['vendor', 'STRING', 'Who sent the event.']",
      "['vendor_name', 'STRING', 'Loud.'],\n    ['vendors', 'ARRAY<STRUCT<name STRING>>', 'All.']",
    ],
    ["['total', 'NUMERIC'", "['total', 'FLOAT64'"],
  );
  const [step] = (await planned()).steps;
  expect(step).toMatchObject({
    asset: 'orders',
    causes: [{ kind: 'code-changed' }],
    expected: { cells: 2, rows: 3, durationMs: expect.any(Number) },
    columns: {
      added: [
        { name: 'vendor_name', type: 'STRING' },
        { name: 'vendors', type: 'ARRAY<STRUCT<name STRING>>' },
      ],
      removed: [{ name: 'vendor', type: 'STRING' }],
      retyped: [{ name: 'total', from: 'NUMERIC', to: 'FLOAT64' }],
    },
  });
  const { out } = await shop.pulse(['materialize', '--plan']);
  expect(out).toMatch(/orders +make +2 +3 +about .* its SQL changed/);
  expect(out).toContain(`The columns of orders change, and all of it is made anew:
  + vendor_name STRING
  + vendors ARRAY<STRUCT<name STRING>>
  - vendor STRING
  ~ total: NUMERIC becomes FLOAT64
`);
  expect((await shop.pulse(['materialize'])).code).toBe(0);
  expect((await planned()).steps).toEqual([]);
});

test('SQL that gives the same columns changes none', async () => {
  edit('models/marts/orders.sql', ['UPPER(vendor)', 'LOWER(vendor)']);
  const [step] = (await planned()).steps;
  expect([step.expected.cells, step.columns]).toEqual([2, undefined]);
});

test('a plan of what does not compile says that it will fail, and where to look', async () => {
  edit('models/marts/orders.sql', ['SELECT', 'SELECT nonsense,']);
  const { code, out } = await shop.pulse(['materialize', '--plan']);
  expect([code, out]).toEqual([
    0,
    expect.stringContaining('orders will fail. Next: npx pulse compile, which says where.'),
  ]);
});
