// What a person asks of BigQuery without running anything there: quotes, BigQuery's own verdicts, and what jobs have cost.
// Against a server of the tests' own that answers as BigQuery does.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openProject } from '../../src/project.ts';
import { type FakeBigQuery, fakeBigQuery } from '../warehouse/bigquery-server.ts';
import type { Ran } from './fake-io.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
let server: FakeBigQuery;
let env: Readonly<Record<string, string>>;
let config: string;
beforeAll(async () => {
  shop = await makeShop();
  server = await fakeBigQuery([]);
  env = { BIGQUERY_PROJECT: 'p', BIGQUERY_DATASET: 'd', BIGQUERY_API_ENDPOINT: server.apiEndpoint };
  config = readFileSync(join(shop.root, 'pulse.config.ts'), 'utf8');
});
beforeEach(() => {
  writeFileSync(join(shop.root, 'pulse.config.ts'), config);
  server.dry = () => ({ bytes: 3 * 2 ** 30, fields: [] });
});
afterAll(async () => {
  await shop.remove();
  await server.close();
});

const pulse = (...argv: readonly string[]): Promise<Ran> => shop.pulse(argv, { env });

test('a plan is quoted over tables that are not there yet: bytes and price of each asset', async () => {
  const asked: string[] = [];
  server.dry = sql => {
    asked.push(sql);
    return { bytes: 2 ** 40, fields: [] };
  };
  const { code, out } = await pulse('materialize', '--plan', '--quote', '--json');
  expect([code, JSON.parse(out)]).toMatchObject([
    0,
    {
      bytes: 2 ** 40,
      priceUsd: 6.25,
      assets: [
        { asset: 'orders', bytes: 2 ** 40, priceUsd: 6.25, isCertain: true, unknown: ['raw_events'], error: null },
      ],
    },
  ]);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatch(
    /^WITH `raw_events` AS \(SELECT CAST\(NULL AS STRING\) AS `event_id`, .*WHERE FALSE\) SELECT \* FROM \(\n/,
  );
  expect(server.jobs).toEqual([]);
  const text = await pulse('materialize', '--plan', '--quote');
  expect(text.out).toMatch(/orders +1\.0 TiB +\$6\.25 +without raw_events/);
});

test('a quote beyond the budget is said, by exit code too', async () => {
  writeFileSync(
    join(shop.root, 'pulse.config.ts'),
    config.replace('defineConfig({', 'defineConfig({ budget: { bytesPerQuery: 1048576000, bytesPerRun: 2000000000 },'),
  );
  const { code, err } = await pulse('materialize', '--plan', '--quote');
  expect([code, err]).toEqual([
    1,
    'error: orders would read 3.0 GiB, and a query may bill 1000.0 MiB.\nerror: All would read 3.0 GiB, and a run may bill 1.9 GiB.\n',
  ]);
});

test('what cannot be quoted says what to do', async () => {
  const { code, err } = await shop.pulse(['materialize', '--plan', '--quote']);
  expect([code, err]).toEqual([2, expect.stringContaining('hint: Name a target with bigquery')]);
});

test('BigQuery and the analyzer are asked of each model, and where they differ it is an error', async () => {
  const [{ columns }] = JSON.parse((await shop.pulse(['compile', '--json'])).out).models;
  const fields = columns.map(({ name, type }: { name: string; type: { kind: string } }) => ({ name, type: type.kind }));
  server.dry = () => ({ bytes: 0, fields });
  const same = await pulse('compile', '--remote');
  expect([same.code, same.out]).toEqual([0, expect.stringContaining('BigQuery says the same of 1 model.')]);
  server.dry = () => ({ bytes: 0, fields: [{ ...fields[0], type: 'FLOAT' }, ...fields.slice(1)] });
  const other = await pulse('compile', '--remote');
  expect([other.code, other.out]).toEqual([1, expect.stringMatching(/right, \d columns: \w+ FLOAT64 +DIFFER/)]);
  server.dry = () => ({ wrong: 'Function not found: NEW_ONE at [3:8]' });
  const { code, out } = await pulse('compile', '--remote', '--json');
  expect([code, JSON.parse(out).remote]).toMatchObject([
    1,
    [{ asset: 'orders', isSame: false, remote: { wrong: 'BigQuery (p.d): Function not found: NEW_ONE at [2:8]' } }],
  ]);
});

test('what is wrong here is asked there too: both refuse, and agree', async () => {
  const path = join(shop.root, 'models/marts/orders.sql');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('SELECT', 'SELECT no_such_column,'));
  try {
    server.dry = () => ({ wrong: 'Unrecognized name: no_such_column at [2:8]' });
    const { remote } = JSON.parse((await pulse('compile', '--remote', '--json')).out);
    expect(remote).toMatchObject([{ asset: 'orders', isSame: true, offline: { wrong: expect.any(String) } }]);
    server.dry = () => ({ bytes: 0, fields: [] });
    const later = JSON.parse((await pulse('compile', '--remote', '--json')).out);
    expect(later.remote).toMatchObject([{ asset: 'orders', isSame: false, remote: { columns: [] } }]);
  } finally {
    writeFileSync(path, text);
  }
});

test('what jobs billed is summed by asset, day and run', async () => {
  expect((await shop.pulse(['cost'])).out).toContain('Tables are made embedded, which costs nothing.');
  const project = await openProject({ cwd: shop.root, env: {}, now: () => new Date() });
  const state = await project.state();
  const cost = { purpose: 'build', slotMs: 90_000, endedAt: project.now().toISOString() };
  for (const [jobId, asset, runId, gib] of [
    ['1', 'orders', 'run-1', 512],
    ['2', 'orders', 'run-2', 512],
    ['3', null, null, 1],
  ] as const) {
    const bytesBilled = gib * 2 ** 30;
    await state.recordCost({ ...cost, jobId, asset, runId, bytesBilled, priceUsd: project.priceUsd(bytesBilled) });
  }
  await project.close();
  const { out } = await shop.pulse(['cost']);
  expect(out).toMatch(/orders +2 +1\.0 TiB +3 min 00 s +\$6\.25\nother +1 +1\.0 GiB .*\nall +3 +1\.0 TiB/);
  const runs = JSON.parse((await shop.pulse(['cost', '--by', 'run', '--json'])).out);
  expect(runs.map(({ key, jobs }: { key: string; jobs: number }) => [key, jobs])).toEqual([
    ['run-1', 1],
    ['run-2', 1],
    ['', 1],
  ]);
  const days = JSON.parse((await shop.pulse(['cost', '--by', 'day', '--json'])).out);
  expect(days).toMatchObject([{ key: cost.endedAt.slice(0, 10), jobs: 3 }]);
  expect((await shop.pulse(['cost', '--days', '0'])).code).toBe(2);
});

test('a query is recorded with its bytes, whoever asks', async () => {
  const project = await openProject({ cwd: shop.root, env, now: () => new Date() });
  const before = (await (await project.state()).costs('')).length;
  await (await project.warehouse({ readOnly: true })).query('SELECT 1', []);
  expect((await (await project.state()).costs('')).slice(before)).toMatchObject([
    { purpose: 'query', bytesBilled: 10_485_760, slotMs: 30, asset: null, runId: null },
  ]);
  await project.close();
});
