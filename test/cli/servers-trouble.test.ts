// What a person is told where a server is not as it must be: which one, what, and what to do; exit code 2, and no stack.
// Real servers where there are any; else small ones of the tests' own that say what the real ones say.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { required } from '../required.ts';
import { type FakeBigQuery, fakeBigQuery } from '../warehouse/bigquery-server.ts';
import { makeShop, type Shop } from './shop.ts';

const mongo = process.env['PULSE_TEST_MONGO_URI'];
const hasMongo = required(
  'mongo',
  mongo !== undefined,
  'a MongoDB at PULSE_TEST_MONGO_URI (npm run services -- start)',
);

let shop: Shop;
let bigQuery: FakeBigQuery;
const servers: Server[] = [];
const sockets = new Set<Socket>();
beforeAll(async () => {
  shop = await makeShop();
  await shop.pulse(['compile']);
  bigQuery = await fakeBigQuery([]);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  await bigQuery.close();
  await shop.remove();
});

/** A server on loopback; gives its port. */
async function listening(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

type Env = Readonly<Record<string, string>>;

const mongoAt = (port: number): Env => ({ MONGO_URI: `mongodb://u:secret@127.0.0.1:${port}/` });
const postgresAt = (port: number): Env => ({ PULSE_STATE_URL: `postgres://u:secret@127.0.0.1:${port}/x` });
const bigQueryAt = (endpoint: string, more: Env = {}): Env => ({
  BIGQUERY_PROJECT: 'shop-prod',
  BIGQUERY_DATASET: 'marts',
  BIGQUERY_API_ENDPOINT: endpoint,
  ...more,
});

/** What both commands say: the run on standard error, the doctor in its list. */
async function expectSaid(env: Env, says: RegExp): Promise<void> {
  // In homes of their own: several at a time would wait for each other.
  const home = join(shop.root, '.pulse', randomUUID());
  const [run, doctor] = await Promise.all([
    shop.pulse(['materialize', '--home', home], { env }),
    shop.pulse(['doctor'], { env }),
  ]);
  expect([run.code, run.err]).toEqual([2, expect.stringMatching(says)]);
  expect([doctor.code, doctor.out]).toEqual([2, expect.stringMatching(/fail /)]);
  for (const text of [run.err, doctor.out]) {
    expect(text).toMatch(/hint: \S/);
    expect(text).not.toMatch(/\n {4}at |Internal error|secret/);
  }
}

test('a server that takes the connection and never answers', async () => {
  const port = await listening(() => undefined);
  await Promise.all([
    expectSaid(mongoAt(port), /MongoDB at 127\.0\.0\.1:\d+ cannot be reached/),
    expectSaid(postgresAt(port), /Postgres at 127\.0\.0\.1:\d+\/x cannot be reached/),
    expectSaid(bigQueryAt(`http://127.0.0.1:${port}`), /BigQuery \(shop-prod\.marts\): network timeout/),
  ]);
}, 60_000);

test('no server at all', async () => {
  await Promise.all([
    expectSaid(mongoAt(1), /MongoDB at .* cannot be reached/),
    expectSaid(postgresAt(1), /Postgres at .* cannot be reached/),
    expectSaid(bigQueryAt('http://127.0.0.1:1'), /BigQuery \(shop-prod\.marts\): .*ECONNREFUSED/),
  ]);
}, 60_000);

describe.skipIf(!hasMongo)('MongoDB', () => {
  test('that refuses the password', async () => {
    const uri = new URL(mongo ?? '');
    uri.username = 'u';
    uri.password = 'secret';
    await expectSaid({ MONGO_URI: uri.toString() }, /MongoDB at .* refuses the user or the password\./);
  });
});

/** As Postgres 15 says it: an ErrorResponse with its SQLSTATE. */
async function expectPostgresSaid(sqlState: string, message: string, says: RegExp): Promise<void> {
  const fields = ['SFATAL', 'VFATAL', `C${sqlState}`, `M${message}`].map(one => `${one}\0`);
  const body = Buffer.from(`${fields.join('')}\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeUInt32BE(body.length + 4, 1);
  const port = await listening(socket => socket.once('data', () => socket.end(Buffer.concat([head, body]))));
  await expectSaid(postgresAt(port), says);
}

describe('Postgres', () => {
  test.each<readonly [string, string, string, RegExp]>([
    [
      'that refuses the password',
      '28P01',
      'password authentication failed for user "u"',
      /Postgres at .* refuses the user or the password: password authentication failed/,
    ],
    [
      'without the database',
      '3D000',
      'database "x" does not exist',
      /Postgres at .* has no such database: database "x" does not exist\.[\s\S]*createdb/,
    ],
    [
      'that gives no rights',
      '42501',
      'permission denied for database "x"',
      /Postgres at .* does not allow it: permission denied[\s\S]*CREATE SCHEMA/,
    ],
    [
      'whose disk is full',
      '53100',
      'could not extend file "base/1/2": No space left on device',
      /Postgres at .* has no room left: .*No space left on device\.[\s\S]*server's disk/,
    ],
  ])('%s', async (_, sqlState, message, says) => {
    await expectPostgresSaid(sqlState, message, says);
  });
});

describe('BigQuery', () => {
  test.each<readonly [string, number, string, string, RegExp]>([
    [
      'no such project',
      404,
      'notFound',
      'Not found: Project shop-prod',
      /Not found: Project shop-prod[\s\S]*BIGQUERY_PROJECT/,
    ],
    [
      'a name that no dataset has',
      400,
      'invalid',
      'Invalid dataset ID "bad-name". Dataset IDs must be alphanumeric (plus underscores and dashes)',
      /Invalid dataset ID "bad-name"[\s\S]*BIGQUERY_DATASET/,
    ],
    [
      'no rights on the dataset',
      403,
      'accessDenied',
      'Access Denied: Dataset shop-prod:marts',
      /Access Denied[\s\S]*Data Editor/,
    ],
    [
      'no room left',
      403,
      'quotaExceeded',
      'Quota exceeded: Your project exceeded quota for free storage for projects.',
      /Quota exceeded: Your project exceeded quota for free storage[\s\S]*billing/,
    ],
    [
      'credentials that are not taken',
      401,
      'authError',
      'Invalid Credentials',
      /Invalid Credentials[\s\S]*application-default login/,
    ],
  ])('with %s', async (_, status, reason, message, says) => {
    bigQuery.refusal = { status, reason, message };
    try {
      await expectSaid(bigQueryAt(bigQuery.apiEndpoint), says);
    } finally {
      bigQuery.refusal = undefined;
    }
  });

  test('in another location than the target says', async () => {
    const env = bigQueryAt(bigQuery.apiEndpoint, { BIGQUERY_LOCATION: 'US' });
    await expectSaid(env, /the dataset is in EU, and the target says US[\s\S]*BIGQUERY_LOCATION/);
  });
});

test('what is well is said too, and the exit code is 0', async () => {
  const { code, out } = await shop.pulse(['doctor', '--json']);
  expect([code, JSON.parse(out)]).toMatchObject([0, { target: 'local', isWell: true, servers: [{ server: 'home' }] }]);
});
