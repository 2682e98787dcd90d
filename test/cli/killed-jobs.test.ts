// SIGKILL between the start and the end of a BigQuery job of a whole materialize: the next run adopts the job, or what it has
// published, and no job is run twice. A share of the jobs here, all of them with PULSE_KILLED=all (npm run bench:killed-jobs).

import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { required } from '../required.ts';
import { startPulse } from '../run/in-own-process.ts';
import { run } from './fake-io.ts';
import { makeShop, type Shop } from './shop.ts';

const { PULSE_TEST_BIGQUERY_ENDPOINT: endpoint = '', PULSE_KILLED: asked = '' } = process.env;
const WHERE = 'BigQuery: an emulator at PULSE_TEST_BIGQUERY_ENDPOINT (npm run services -- start bigquery)';
const isWhole = asked === 'all';
/** How many jobs are broken off where not all are, spread evenly. */
const SHARE = 3;

interface Gate {
  readonly endpoint: string;
  /** Ids of the jobs that were taken, in order. */
  readonly taken: readonly string[];
  /** Ids that were asked for and were there already. */
  readonly adopted: readonly string[];
  /** When the job that is held has been taken. */
  readonly holding: Promise<void>;
  close(): Promise<void>;
}

/** In front of BigQuery: the answer to the job of this number (from 1; 0: none) is never given. */
async function gate(held: number): Promise<Gate> {
  const taken: string[] = [];
  const adopted: string[] = [];
  let tell: () => void = () => undefined;
  const holding = new Promise<void>(resolve => {
    tell = resolve;
  });
  const pass = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const { method, headers, url } = incoming;
    const upstream = request(new URL(url ?? '/', endpoint), { method, headers });
    // A client that was killed has hung up: BigQuery goes on.
    upstream.end(body);
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
    const said = await buffer(answer);
    if (method !== 'GET' && /\/jobs(?:\?|$)/.test(url ?? '')) {
      const id = jobIdIn(said) ?? jobIdIn(body);
      if (id !== undefined && answer.statusCode === 409) adopted.push(id);
      if (id !== undefined && answer.statusCode === 200 && jobIdIn(said) !== undefined && taken.push(id) === held) {
        tell();
        return;
      }
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.end(said);
  };
  const server = createServer((incoming, response) => {
    incoming.on('error', () => undefined);
    response.on('error', () => undefined);
    pass(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    adopted,
    holding,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const jobIdIn = (body: Buffer): string | undefined => /"jobId":\s*"(pulse_\w+)"/.exec(body.toString('latin1'))?.[1];

/** What a job does, whatever number its name has: of equal ones there may be one. */
const workOf = (jobId: string): string => jobId.replace(/_\d+$/, '');

let shop: Shop;

interface Told {
  readonly jobs: readonly string[];
  readonly adopted: readonly string[];
  readonly code: number;
  readonly err: string;
  readonly tables: string;
}

/** A project of its own on BigQuery, killed at one of its jobs, and run again. */
async function story(held: number): Promise<Told> {
  const dataset = `pulse_killed_${randomUUID().slice(0, 8)}`;
  const root = `${shop.root}-${dataset}`;
  cpSync(shop.root, root, { recursive: true });
  const before = await gate(held);
  const after = await gate(0);
  const envOf = (to: string) => ({
    BIGQUERY_PROJECT: 'pulse',
    BIGQUERY_DATASET: dataset,
    BIGQUERY_API_ENDPOINT: to,
  });
  try {
    const child = startPulse(root, ['materialize'], envOf(before.endpoint));
    await killedWhen(before.holding, child);
    const again = await run(['materialize'], { cwd: root, env: envOf(after.endpoint) });
    const read = (sql: string) => run(['query', sql, '--format', 'csv'], { cwd: root, env: envOf(endpoint) });
    const tables = [
      await read('SELECT * FROM orders ORDER BY order_id'),
      await read('SELECT COUNT(*), COUNT(DISTINCT event_id) FROM raw_events'),
    ];
    const jobs = [...before.taken, ...after.taken];
    return {
      jobs,
      adopted: after.adopted,
      code: again.code,
      err: again.err,
      tables: tables.map(one => one.out).join(),
    };
  } finally {
    await before.close();
    await after.close();
    const authClient = new PassThroughClient();
    const client = new BigQuery({ projectId: 'pulse', apiEndpoint: endpoint, authClient });
    await client.dataset(dataset).delete({ force: true });
    rmSync(root, { recursive: true, force: true });
  }
}

/** Ends by SIGKILL once the job is held, or by itself where none is. */
async function killedWhen(holding: Promise<void>, child: ChildProcess): Promise<void> {
  child.stdout?.resume();
  child.stderr?.resume();
  const closed = once(child, 'close');
  await Promise.race([holding, closed]);
  child.kill('SIGKILL');
  await closed;
}

describe.skipIf(!required('bigquery', endpoint !== '', WHERE))('a materialize on BigQuery that is killed', () => {
  beforeAll(async () => {
    shop = await makeShop();
    await shop.pulse(['compile']);
  });
  afterAll(() => shop.remove());

  test('between the start and the end of a job: the next run runs none twice', { timeout: 3_600_000 }, async () => {
    const clean = await story(0);
    expect([clean.code, clean.err]).toEqual([0, '']);
    // The second run of a clean one has jobs of its own: those beyond the first run's are never reached, and nothing is killed.
    const jobs = clean.jobs.length;
    const numbers = isWhole
      ? Array.from({ length: jobs }, (_, n) => n + 1)
      : Array.from({ length: SHARE }, (_, n) => 1 + Math.floor(((n + 0.5) * jobs) / SHARE));
    const wrong: string[] = [];
    let adopted = 0;
    for (const number of numbers) {
      const told = await story(number);
      adopted += told.adopted.length;
      const works = told.jobs.map(workOf);
      const twice = works.filter((work, n) => works.indexOf(work) !== n);
      const faults = [
        ...(told.code === 0 ? [] : [`the next run ends with ${told.code}: ${told.err}`]),
        ...(told.tables === clean.tables ? [] : ['other tables']),
        ...(twice.length === 0 ? [] : [`run twice: ${twice.join(', ')}`]),
      ];
      const line = `job ${number} of ${jobs}: ${told.jobs.length} taken, ${told.adopted.length} adopted ${faults.join('; ')}`;
      if (isWhole) process.stdout.write(`${line}\n`);
      if (faults.length > 0) wrong.push(line);
    }
    expect(wrong).toEqual([]);
    if (isWhole) expect(adopted).toBeGreaterThan(0);
  });
});
