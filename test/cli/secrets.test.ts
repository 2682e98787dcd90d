// A password in a URI is nobody's business: not in what a command says, nor in the log, the state or any other file of the project,
// whether all goes well or nothing does.

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import createKnex from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { required } from '../required.ts';
import { makeShop, type Shop } from './shop.ts';

const { PULSE_TEST_POSTGRES_URL: postgres = '' } = process.env;
const hasPostgres = required(
  'postgres',
  postgres !== '',
  'Postgres: one at PULSE_TEST_POSTGRES_URL (npm run services -- start)',
);
const SECRET = 'hunter2-correct-horse';
const schema = `pulse_secrets_${randomUUID().slice(0, 8)}`;
/** A Postgres of the tests takes any password. */
const withPassword = (): string => {
  const url = new URL(postgres);
  url.password = SECRET;
  url.searchParams.set('schema', schema);
  return url.href;
};
const NOWHERE: Readonly<Record<string, string>> = {
  MONGO_URI: `mongodb://me:${SECRET}@127.0.0.1:1/shop?serverSelectionTimeoutMS=100`,
  PULSE_STATE_URL: `postgres://me:${SECRET}@127.0.0.1:1/shop`,
};
const WRONG: Readonly<Record<string, string>> = {
  MONGO_URI: `mongo://me:${SECRET}@127.0.0.1/shop`,
  PULSE_STATE_URL: `postgress://me:${SECRET}@127.0.0.1/shop`,
};

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
});
afterAll(() => shop.remove());

/** Every file of the project, the state and the warehouse among them. */
function filesWithSecret(): readonly string[] {
  const files = readdirSync(shop.root, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter(path => readFileSync(path).includes(SECRET));
}

test.each([
  ['a Mongo that is not there', { MONGO_URI: NOWHERE['MONGO_URI'] }],
  ['a Postgres that is not there', { PULSE_STATE_URL: NOWHERE['PULSE_STATE_URL'] }],
  ['a URI of Mongo that is none', { MONGO_URI: WRONG['MONGO_URI'] }],
  ['a URL of Postgres that is none', { PULSE_STATE_URL: WRONG['PULSE_STATE_URL'] }],
])(
  'with %s',
  async (_, env) => {
    for (const argv of [['materialize', '--debug'], ['status', '--json'], ['doctor', '--json'], ['ingest'], ['runs']]) {
      const { code, out, err } = await shop.pulse(argv, { env });
      expect(`${out}${err}`, argv.join(' ')).not.toContain(SECRET);
      if (argv[0] !== 'runs' && argv[0] !== 'status') expect(code, argv.join(' ')).toBe(2);
    }
    expect(filesWithSecret()).toEqual([]);
  },
  120_000,
);

describe.skipIf(!hasPostgres)('with a state in Postgres', () => {
  afterAll(async () => {
    const db = createKnex.knex({ client: 'pg', connection: postgres });
    await db.raw('DROP SCHEMA IF EXISTS ?? CASCADE', [schema]);
    await db.destroy();
  });

  test('that takes it: nothing has it, the state least of all', async () => {
    const env = { PULSE_STATE_URL: withPassword() };
    const said: string[] = [];
    for (const line of [
      'materialize --verbose',
      'runs',
      'logs',
      'status --json',
      'doctor --json',
      'state export s.jsonl',
    ]) {
      const { code, out, err } = await shop.pulse(line.split(' '), { env });
      expect([line, code, err]).toEqual([line, 0, '']);
      said.push(out);
    }
    expect(said.join('')).not.toContain(SECRET);
    expect(filesWithSecret()).toEqual([]);
  });
});
