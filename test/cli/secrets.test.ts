// A password in a URI is nobody's business: not in what a command says, nor in the log, the state or any other file of the project,
// whether all goes well or nothing does.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import createKnex from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { required } from '../required.ts';
import { startPulse } from '../run/in-own-process.ts';
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

/** A key as Google gives it, of an account that is nobody's. */
function keyOf(privateKey: string): string {
  return JSON.stringify({
    type: 'service_account',
    project_id: 'p',
    private_key_id: '0123456789abcdef',
    private_key: privateKey,
    client_email: 'nobody@p.iam.gserviceaccount.com',
    client_id: '1',
    token_uri: 'https://oauth2.googleapis.com/token',
  });
}

describe('with a key file of BigQuery', () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const line = privateKey.split('\n')[1] ?? '';

  test.each([
    ['that signs', keyOf(privateKey), line],
    ['whose key is none', keyOf(`-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`), SECRET],
    ['that is the key alone', SECRET, SECRET.slice(0, 8)],
    ['that breaks off', keyOf(privateKey).slice(0, -200), line],
  ])(
    '%s: it is told nowhere',
    async (_, key, secret) => {
      // Nothing here asks Google: what it would be asked through refuses.
      const asked: string[] = [];
      const proxy = createServer().on('connect', (request, socket) => {
        asked.push(request.url ?? '');
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      });
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      const through = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const keyFile = join(shop.root, '..', 'key.json');
      writeFileSync(keyFile, key);
      const env = {
        BIGQUERY_PROJECT: 'p',
        BIGQUERY_DATASET: 'd',
        GOOGLE_APPLICATION_CREDENTIALS: keyFile,
        HTTPS_PROXY: through,
        HTTP_PROXY: through,
      };
      try {
        for (const argv of [
          ['materialize', '--debug'],
          ['doctor', '--json'],
        ]) {
          const child = startPulse(shop.root, argv, env);
          if (child.stdout === null || child.stderr === null) throw new Error('a process without pipes');
          const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
          expect(`${out}${err}`, argv.join(' ')).not.toContain(secret);
          expect([argv[0], child.exitCode, `${out}${err}`]).toEqual([argv[0], 2, expect.stringContaining('BigQuery')]);
        }
        expect(asked.filter(host => !host.startsWith('oauth2.googleapis.com'))).toEqual([]);
        const files = readdirSync(shop.root, { recursive: true, withFileTypes: true }).filter(one => one.isFile());
        const having = files
          .map(one => join(one.parentPath, one.name))
          .filter(path => readFileSync(path).includes(secret));
        expect(having).toEqual([]);
      } finally {
        proxy.closeAllConnections();
        proxy.close();
      }
    },
    60_000,
  );
});
