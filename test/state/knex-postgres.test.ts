// The contract on a Postgres, and what is special to a server: several processes, wrong addresses, passwords that stay secret.
// Each store has a schema of its own in the database of PULSE_TEST_POSTGRES_URL.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import createKnex from 'knex';
import { afterAll, describe, expect, test } from 'vitest';
import { openPostgresState } from '../../src/state/knex.ts';
import { postgresDialect } from '../../src/state/postgres.ts';
import { required } from '../required.ts';
import { content, journalRow, NO_EFFECTS, stateStoreContract, ticking } from './state-store-contract.ts';

const server = process.env['PULSE_TEST_POSTGRES_URL'];
const SERVER = 'a Postgres at PULSE_TEST_POSTGRES_URL (start one: npm run services -- start postgres)';

describe.skipIf(!required('postgres', server !== undefined, SERVER))('Postgres', () => {
  const schemas: string[] = [];
  const newUrl = (): string => {
    const schema = `pulse_test_${randomUUID().slice(0, 8)}`;
    schemas.push(schema);
    return `${server}?schema=${schema}`;
  };
  afterAll(async () => {
    const db = createKnex.knex({ client: 'pg', connection: server ?? '' });
    for (const schema of schemas) await db.raw('DROP SCHEMA IF EXISTS ?? CASCADE', [schema]);
    await db.destroy();
  });

  stateStoreContract('Postgres', now => openPostgresState(newUrl(), { now }));

  test('keeps what was written when it is opened again', async () => {
    const url = newUrl();
    const first = await openPostgresState(url, { now: ticking() });
    await first.apply(journalRow(3, { written: [content('a', 'v1')] }), NO_EFFECTS);
    await first.close();
    const second = await openPostgresState(url, { now: ticking() });
    expect(await second.appliedSequence()).toBe(3);
    await second.close();
  });

  test('is made by one of several that open it at the same moment, and gives each token once', async () => {
    const url = newUrl();
    const stores = await Promise.all(Array.from({ length: 6 }, () => openPostgresState(url, { now: ticking() })));
    const tokens = await Promise.all(
      stores.flatMap(store => Array.from({ length: 20 }, () => store.nextFencingToken())),
    );
    expect(tokens.sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, n) => n + 1));
    await Promise.all(stores.map(store => store.close()));
  });

  test('a database that is not there is named, with the next step', async () => {
    const url = new URL(server ?? '');
    url.pathname = '/nowhere';
    await expect(openPostgresState(url.toString(), { now: ticking() })).rejects.toMatchObject({
      code: 'STATE_FAILED',
      message: expect.stringMatching(/^Postgres at 127\.0\.0\.1:\d+\/nowhere has no such database/),
      hint: expect.stringContaining('createdb'),
    });
  });
});

describe('a Postgres that cannot be used', () => {
  test('because nobody listens, says so without the password', async () => {
    const error = await openPostgresState('postgres://me:secret@127.0.0.1:1/x', { now: ticking() }).catch(
      error => error,
    );
    expect(error).toMatchObject({ code: 'STATE_FAILED', transient: true });
    expect(error.message).toContain('127.0.0.1:1/x cannot be reached');
    expect(`${error.message}${error.hint}`).not.toContain('secret');
  });

  test('because it takes the connection and says nothing, is an error within seconds', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const error = await openPostgresState(`postgres://me@127.0.0.1:${port}/x`, { now: ticking() }).catch(
      error => error,
    );
    expect(error).toMatchObject({ code: 'STATE_FAILED', transient: true });
    silent.close();
  }, 30_000);

  test.each(['http://me:secret@x/y', 'not a url', 'postgres://me:secret@x/y?schema=a"b'])(
    'because %s is no address of one, says how to write it',
    async url => {
      const error = await openPostgresState(url, { now: ticking() }).catch(error => error);
      expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
      expect(error.message).not.toContain('secret');
    },
  );
});

test('a connection that broke within a transaction is an error of the server, and no bug', () => {
  const dialect = postgresDialect('postgres://u:secret@db.example/x');
  const said = new Error('ROLLBACK - Client has encountered a connection error and is not queryable');
  expect(dialect.trouble(said)).toMatchObject({
    code: 'STATE_FAILED',
    transient: true,
    message: expect.stringMatching(/^Postgres at db\.example:5432\/x cannot be reached: Client has encountered/),
  });
});
