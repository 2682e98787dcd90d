// pulse state export and import: what was known in one engine is known in the other, all of it or nothing.

import { randomUUID } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import createKnex from 'knex';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/state/migrate.ts';
import { required } from '../required.ts';
import { makeShop, type Shop } from './shop.ts';

const { PULSE_TEST_POSTGRES_URL: postgres = '' } = process.env;
const hasPostgres = required(
  'postgres',
  postgres !== '',
  'Postgres: one at PULSE_TEST_POSTGRES_URL (npm run services -- start)',
);
const schema = `pulse_move_${randomUUID().slice(0, 8)}`;

const HEAD = JSON.stringify({ kind: 'pulse state', version: MIGRATIONS.length });

let shop: Shop;
let file: string;
beforeAll(async () => {
  shop = await makeShop();
  file = join(shop.root, 'state.jsonl');
  expect(await shop.pulse(['materialize'])).toMatchObject({ code: 0 });
  expect(await shop.pulse(['state', 'export', 'state.jsonl'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+ rows written to state\.jsonl\.\n$/),
  });
});
afterAll(async () => {
  await shop.remove();
  if (!hasPostgres) return;
  const db = createKnex.knex({ client: 'pg', connection: postgres });
  await db.raw('DROP SCHEMA IF EXISTS ?? CASCADE', [schema]);
  await db.destroy();
});

/** The state as rows, without what running a command adds to it. */
const rowsOf = (text: string): readonly string[] => text.trimEnd().split('\n').sort();

test('a file of one version for whoever made it alone, with every table but the leases', () => {
  const [head = '', ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(JSON.parse(head)).toEqual({ kind: 'pulse state', version: expect.any(Number) });
  const tables = new Set(rows.map(row => JSON.parse(row)[0]));
  expect([...tables]).toEqual(
    expect.arrayContaining(['runs', 'steps', 'files', 'counters', 'cells', 'builds', 'events']),
  );
  expect(tables.has('leases')).toBe(false);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('into a state of its own kind: the same, and over another only when asked', async () => {
  const home = join(shop.root, 'elsewhere');
  expect(await shop.pulse(['state', 'import', 'state.jsonl', '--home', home])).toMatchObject({ code: 0 });
  expect(await shop.pulse(['state', 'export', 'again.jsonl', '--home', home])).toMatchObject({ code: 0 });
  expect(rowsOf(readFileSync(join(shop.root, 'again.jsonl'), 'utf8'))).toEqual(rowsOf(readFileSync(file, 'utf8')));
  const refused = await shop.pulse(['state', 'import', 'state.jsonl', '--home', home]);
  expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/There is a state already[\s\S]*--overwrite/)]);
  const overwritten = await shop.pulse(['state', 'import', 'state.jsonl', '--home', home, '--overwrite', '--json']);
  expect([overwritten.code, JSON.parse(overwritten.out)]).toEqual([
    0,
    { action: 'import', file: 'state.jsonl', rows: rowsOf(readFileSync(file, 'utf8')).length - 1 },
  ]);
});

test.skipIf(!hasPostgres)('into Postgres and back: the same, and nothing is to be made there', async () => {
  const env = { PULSE_STATE_URL: `${postgres}?schema=${schema}` };
  expect(await shop.pulse(['state', 'import', 'state.jsonl'], { env })).toMatchObject({ code: 0 });
  expect(await shop.pulse(['state', 'export', 'back.jsonl'], { env })).toMatchObject({ code: 0 });
  expect(rowsOf(readFileSync(join(shop.root, 'back.jsonl'), 'utf8'))).toEqual(rowsOf(readFileSync(file, 'utf8')));
  const { code, out, err } = await shop.pulse(['materialize', '--json'], { env });
  expect([code, err]).toEqual([0, '']);
  expect(out).not.toContain('step-finished');
});

test.each([
  ['nowhere.jsonl', undefined, /cannot be used: ENOENT/],
  ['empty.jsonl', '', /holds no state: it is empty/],
  ['other.jsonl', '{"a":1}\n', /its first line is not that of an export/],
  ['cut.jsonl', `${HEAD}\n["runs",{"run_i`, /cut off/],
  ['newer.jsonl', '{"kind":"pulse state","version":999}\n', /has version 999[\s\S]*update pulse/],
  ['foreign.jsonl', `${HEAD}\n["runs; DROP TABLE runs",{}]\n`, /does not know/],
  ['column.jsonl', `${HEAD}\n["files",{"x\\" --":1}]\n`, /does not know/],
])('%s is refused, and changes nothing', async (name, text, says) => {
  const home = join(shop.root, `home-${name}`);
  await shop.pulse(['state', 'import', 'state.jsonl', '--home', home]);
  if (text !== undefined) writeFileSync(join(shop.root, name), text);
  const { code, err } = await shop.pulse(['state', 'import', name, '--home', home, '--overwrite']);
  expect([code, err]).toEqual([2, expect.stringMatching(says)]);
  expect(err).toMatch(/hint: /);
  await shop.pulse(['state', 'export', `${name}.after`, '--home', home]);
  expect(readFileSync(join(shop.root, `${name}.after`), 'utf8')).toBe(readFileSync(file, 'utf8'));
});
