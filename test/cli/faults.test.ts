// The network breaks at a message of a whole materialize, to each server; then it runs again: nothing lost, nothing doubled, no
// lease left, the raw store what its receipts say, the tables those of a run without a fault. A share of the points here, spread
// evenly; all of them with PULSE_FAULTS=all (npm run bench:faults; needs a build), or PULSE_FAULTS=mongo,7,3 for every seventh of
// one server, from the third.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import createKnex, { type Knex } from 'knex';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { required } from '../required.ts';
import { startPulse } from '../run/in-own-process.ts';
import { run } from './fake-io.ts';
import { FAULTS, type Fault, faultProxy } from './fault-proxy.ts';
import { makeShop, type Shop } from './shop.ts';

const {
  PULSE_TEST_MONGO_URI: mongo = '',
  PULSE_TEST_POSTGRES_URL: postgres = '',
  PULSE_TEST_BIGQUERY_ENDPOINT: bigquery = '',
  PULSE_FAULTS: asked = '',
} = process.env;
const at = (name: string): string => `one at PULSE_TEST_${name} (npm run services -- start)`;
const hasBoth = [
  required('mongo', mongo !== '', `MongoDB: ${at('MONGO_URI')}`),
  required('postgres', postgres !== '', `Postgres: ${at('POSTGRES_URL')}`),
].every(Boolean);

const ADDRESS = { mongo, postgres, bigquery };
type Server = keyof typeof ADDRESS;

/** Which points are tried: of which servers, every how many messages, from which one. */
const [only = '', every = '1', from = '1'] = asked.split(',');
const isWhole = asked !== '';
const SERVERS: readonly Server[] =
  only in ADDRESS ? [only as Server] : bigquery === '' ? ['mongo', 'postgres'] : ['mongo', 'postgres', 'bigquery'];
/** What a share has of each server: one point of each of these. */
const SHARE: readonly Fault[] = ['cut-before', 'cut-after', 'mid-answer'];
const AT_ONCE = 3;

type Env = Readonly<Record<string, string>>;

interface Story {
  readonly name: string;
  readonly root: string;
  /** Past the proxy. */
  readonly env: Env;
}

interface Told {
  /** How the run that was broken ended. */
  readonly code: number | null;
  readonly messages: number;
  /** What may not be. */
  readonly wrong: readonly string[];
  readonly tables: string;
}

let shop: Shop;
let client: MongoClient;
let db: Knex;

/** A project of its own over the servers; one of them through a proxy that breaks it once. */
async function story(server: Server, { fault, at }: { readonly fault: Fault; readonly at: number }): Promise<Told> {
  const name = `pulse_fault_${randomUUID().slice(0, 8)}`;
  const root = `${shop.root}-${name}`;
  cpSync(shop.root, root, { recursive: true });
  const env: Record<string, string> = {
    MONGO_URI: mongo,
    MONGO_DB: name,
    PULSE_STATE_URL: `${postgres}?schema=${name}`,
    ...(server === 'bigquery' && {
      BIGQUERY_PROJECT: 'pulse',
      BIGQUERY_DATASET: name,
      BIGQUERY_API_ENDPOINT: bigquery,
    }),
  };
  const variable = { mongo: 'MONGO_URI', postgres: 'PULSE_STATE_URL', bigquery: 'BIGQUERY_API_ENDPOINT' }[server];
  const through = new URL(env[variable] ?? '');
  const proxy = await faultProxy({ host: through.hostname, port: Number(through.port) }, { fault, at });
  through.port = String(proxy.port);
  try {
    const broken = await ended(started(root, { ...env, [variable]: through.href.replace(/\/$/, '') }));
    const again = await run(['materialize'], { cwd: root, env });
    const told = await judged({ name, root, env });
    const wrong = [
      ...(again.code === 0 ? [] : [`the run after it ends with ${again.code}: ${again.err}`]),
      ...(/Internal error|\n {4}at /.test(broken.err) ? [`a bug: ${broken.err}`] : []),
      ...told.wrong,
    ];
    return { code: broken.code, messages: proxy.counted(), wrong, tables: told.tables };
  } finally {
    await proxy.close();
    await client.db(name).dropDatabase();
    await db.raw('DROP SCHEMA IF EXISTS ?? CASCADE', [name]);
    if (server === 'bigquery') {
      const authClient = new PassThroughClient();
      await new BigQuery({ projectId: 'pulse', apiEndpoint: bigquery, authClient })
        .dataset(name)
        .delete({ force: true });
    }
    rmSync(root, { recursive: true, force: true });
  }
}

/** From its source, or, many times, as it was built: that starts faster. */
function started(root: string, env: Env): ChildProcess {
  if (!isWhole) return startPulse(root, ['materialize'], env);
  const built = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
  return spawn(process.execPath, [built, 'materialize'], { cwd: root, env: { ...process.env, ...env } });
}

async function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly err: string }> {
  if (child.stderr === null || child.stdout === null) throw new Error('a process without pipes');
  const [err] = await Promise.all([text(child.stderr), text(child.stdout), once(child, 'close')]);
  return { code: child.exitCode, err };
}

/** What is there after the second run. */
async function judged({ name, root, env }: Story): Promise<Pick<Told, 'wrong' | 'tables'>> {
  const query = async (sql: string): Promise<string> =>
    (await run(['query', sql, '--format', 'csv'], { cwd: root, env })).out;
  const tables = await query('SELECT * FROM orders ORDER BY order_id');
  const counted = await query('SELECT COUNT(*), COUNT(DISTINCT event_id) FROM raw_events');
  const stored = client.db(name);
  const receipts = await stored.collection('ingest_batches').find().toArray();
  const events = await stored.collection('events_raw').countDocuments();
  const inserted = receipts.reduce((sum, one) => sum + Number(one['inserted']), 0);
  const [leases, open] = await Promise.all([
    db.raw('SELECT * FROM ??.leases', [name]),
    db.raw("SELECT * FROM ??.runs WHERE status = 'running'", [name]),
  ]);
  const wrong = [
    ...(receipts.every(one => one['status'] === 'closed') ? [] : ['a batch is open']),
    ...(events === inserted ? [] : [`${events} events, and receipts of ${inserted}`]),
    ...(counted.trim().endsWith(`\n${events},${events}`) ? [] : [`${events} events, and raw_events: ${counted}`]),
    ...(leases.rows.length === 0 ? [] : ['a lease is left']),
    ...(open.rows.length === 0 ? [] : ['a run has no end']),
  ];
  return { wrong, tables };
}

interface Point {
  readonly fault: Fault;
  readonly at: number;
}

function pointsOf(messages: number): readonly Point[] {
  if (!isWhole) return SHARE.map((fault, n) => ({ fault, at: 1 + Math.floor(((n + 0.5) * messages) / SHARE.length) }));
  const points: Point[] = [];
  for (let at = Number(from); at <= messages; at += Number(every))
    for (const fault of FAULTS) points.push({ fault, at });
  return points;
}

describe.skipIf(!hasBoth)('a materialize whose network breaks', { timeout: isWhole ? 4 * 3_600_000 : 400_000 }, () => {
  beforeAll(async () => {
    shop = await makeShop();
    // What is compiled is taken along: nothing here is about the analyzer.
    await shop.pulse(['compile']);
    client = await MongoClient.connect(mongo);
    db = createKnex.knex({ client: 'pg', connection: postgres });
  });
  afterAll(async () => {
    await shop.remove();
    await client.close();
    await db.destroy();
  });

  test.each(SERVERS)('to %s loses nothing and doubles nothing', async server => {
    const clean = await story(server, { fault: 'delay', at: 0 });
    expect([clean.code, clean.wrong]).toEqual([0, []]);
    const points = pointsOf(clean.messages);
    const wrong: string[] = [];
    const next = points.values();
    const worker = async (): Promise<void> => {
      for (const point of next) {
        const told = await story(server, point);
        const faults = [...told.wrong, ...(told.tables === clean.tables ? [] : ['other tables'])];
        const line = `${server} ${point.fault} at ${point.at} of ${clean.messages}: exit ${told.code} ${faults.join('; ')}`;
        if (isWhole) process.stdout.write(`${line}\n`);
        if (faults.length > 0) wrong.push(line);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(wrong).toEqual([]);
    if (isWhole) process.stdout.write(`${server}: ${points.length} points tried, ${wrong.length} wrong\n`);
  });
});
