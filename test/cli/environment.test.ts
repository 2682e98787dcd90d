// The environment and .env: what is empty says nothing, what cannot be read is said, servers come word by word.

import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openProject } from '../../src/project.ts';
import type { Ran } from './fake-io.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
});
afterAll(() => shop.remove());
afterEach(() => rmSync(join(shop.root, '.env'), { recursive: true, force: true }));

const dotEnv = (text: string): void => writeFileSync(join(shop.root, '.env'), text);
const status = (env: Readonly<Record<string, string>> = {}): Promise<Ran> => shop.pulse(['status', 'orders'], { env });

async function targetUnder(env: Readonly<Record<string, string>>): Promise<object> {
  const project = await openProject({ cwd: shop.root, env, now: () => new Date() });
  await project.close();
  return project.target;
}

test('an empty variable says nothing: no target without a name, no state in the folder of the project', async () => {
  const empty = { PULSE_TARGET: '', PULSE_HOME: '', PULSE_DATA_DIR: '', MONGO_URI: '', PULSE_STATE_URL: '' };
  expect((await status(empty)).code).toBe(0);
  expect(existsSync(join(shop.root, '.pulse', 'state.sqlite'))).toBe(true);
  expect(existsSync(join(shop.root, 'state.sqlite'))).toBe(false);
  dotEnv('PULSE_TARGET=\nPULSE_HOME=\n');
  expect((await status()).code).toBe(0);
  expect(existsSync(join(shop.root, 'state.sqlite'))).toBe(false);
});

test('an empty variable takes back what .env says', async () => {
  dotEnv('PULSE_TARGET=elsewhere\n');
  expect((await status()).err).toContain('There is no target "elsewhere"');
  expect((await status({ PULSE_TARGET: '' })).code).toBe(0);
});

test('.env with a byte order mark and Windows line ends', async () => {
  dotEnv('\uFEFFPULSE_TARGET=elsewhere\r\nPULSE_HOME=".other home"\r\n');
  expect((await status()).err).toContain('There is no target "elsewhere"');
  expect((await status({ PULSE_TARGET: 'local' })).code).toBe(0);
  expect(existsSync(join(shop.root, '.other home', 'state.sqlite'))).toBe(true);
});

test('a line of .env that swallows one of ours is said, and none that only another program knows', async () => {
  dotEnv('# a comment\nnothing here\nPULSE_TARGET=elsewhere\n');
  const { code, err } = await status();
  // Newer Nodes lose no line here: then it is read.
  const isLost = parseEnv('nothing here\nNAME=value\n').NAME === undefined;
  expect(code).toBe(2);
  expect(err).toBe(
    isLost
      ? 'error: PULSE_TARGET in .env is not read: something above it is no NAME=value.\n  at .env:3\n' +
          'hint: Mend the lines above it; a value with spaces or line ends stands in quotes.\n'
      : 'error: There is no target "elsewhere" in pulse.config.ts.\nhint: Targets: local.\n',
  );
  dotEnv('nothing here\nOTHER=1\nPULSE_TARGET=local\n');
  expect((await status()).code).toBe(0);
});

test('an .env that is a folder is no bug of pulse', async () => {
  mkdirSync(join(shop.root, '.env'));
  const { code, err } = await status();
  expect([code, err]).toEqual([
    2,
    'error: .env cannot be read (EISDIR).\n  at .env\nhint: Make it a file that may be read, or take it away.\n',
  ]);
});

test('the environment wins word by word: a database or a dataset alone is of the server that the target names', async () => {
  const targets = {
    local: { mongo: { uri: 'mongodb://a/', database: 'one' }, bigquery: { project: 'p', dataset: 'd' } },
  };
  writeFileSync(
    join(shop.root, 'pulse.config.ts'),
    `export default ${JSON.stringify({ vars: { small_order: 20 }, targets })};`,
  );
  expect(await targetUnder({})).toEqual(targets.local);
  expect(await targetUnder({ MONGO_DB: 'two', BIGQUERY_DATASET: 'e', BIGQUERY_LOCATION: 'EU' })).toEqual({
    mongo: { uri: 'mongodb://a/', database: 'two' },
    bigquery: { project: 'p', dataset: 'e', location: 'EU' },
  });
  // The database of one server is not asked for on another.
  expect(await targetUnder({ MONGO_URI: 'mongodb://b/' })).toEqual({
    ...targets.local,
    mongo: { uri: 'mongodb://b/' },
  });
});
