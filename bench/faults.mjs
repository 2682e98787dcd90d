#!/usr/bin/env node
// Breaks the network at every message of a whole materialize, to MongoDB and to Postgres, and runs again: nothing lost,
// nothing doubled, no lease left, the raw store what its receipts say, the tables those of a run without a fault.
//   node bench/faults.mjs [--server mongo|postgres] [--every N] [--points N] [--fault NAME]
// Needs a build (npm run build) and servers: eval "$(node test/services/services.mjs env)".

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import createKnex from 'knex';
import { MongoClient } from 'mongodb';
import { FAULTS, faultProxy } from './fault-proxy.mjs';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const { values } = parseArgs({
  options: {
    server: { type: 'string' },
    every: { type: 'string', default: '1' },
    points: { type: 'string', default: '1000000' },
    fault: { type: 'string' },
  },
});
const { PULSE_TEST_MONGO_URI: mongo, PULSE_TEST_POSTGRES_URL: postgres } = process.env;
if (mongo === undefined || postgres === undefined) {
  console.error('PULSE_TEST_MONGO_URI and PULSE_TEST_POSTGRES_URL must say where servers are.');
  process.exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), 'pulse-faults-'));
const template = join(scratch, 'shop');

/** Runs pulse to its end, or for two minutes. */
function pulse(argv, { cwd, env = {} }) {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [CLI, ...argv], { cwd, env: { ...process.env, ...env }, timeout: 120_000 });
    let out = '';
    let err = '';
    child.stdout.on('data', text => (out += text));
    child.stderr.on('data', text => (err += text));
    child.on('close', code => resolve({ code, out, err }));
  });
}

const serverOf = { mongo: new URL(mongo), postgres: new URL(postgres) };

/** A project of its own over both servers; one of them through a proxy, where there is a fault. */
async function story({ server, fault, at }) {
  const name = `pulse_fault_${randomUUID().slice(0, 8)}`;
  const root = join(scratch, name);
  cpSync(template, root, { recursive: true });
  const direct = { MONGO_URI: mongo, MONGO_DB: name, PULSE_STATE_URL: `${postgres}?schema=${name}` };
  const { hostname: host, port } = serverOf[server];
  const proxy = await faultProxy({ host, port: Number(port), fault, at });
  const through = new URL(server === 'mongo' ? direct.MONGO_URI : direct.PULSE_STATE_URL);
  through.port = String(proxy.port);
  const env = { ...direct, [server === 'mongo' ? 'MONGO_URI' : 'PULSE_STATE_URL']: through.toString() };
  try {
    const broken = await pulse(['materialize'], { cwd: root, env });
    const again = await pulse(['materialize'], { cwd: root, env: direct });
    return { broken: broken.code, messages: proxy.counted(), ...(await judged({ name, root, direct, again, broken })) };
  } finally {
    await proxy.close();
    await dropAll(name);
    rmSync(root, { recursive: true, force: true });
  }
}

async function judged({ name, root, direct, again, broken }) {
  const wrong = [];
  if (again.code !== 0) wrong.push(`rerun exit ${again.code}: ${again.err.slice(0, 300)}`);
  if (/Internal error/.test(broken.err)) wrong.push(`internal error: ${broken.err.slice(0, 300)}`);
  const { out } = await pulse(['query', 'SELECT * FROM orders ORDER BY order_id', '--format', 'csv'], {
    cwd: root,
    env: direct,
  });
  const rows = await pulse(
    ['query', 'SELECT COUNT(*) AS n, COUNT(DISTINCT event_id) AS d FROM raw_events', '--format', 'json'],
    { cwd: root, env: direct },
  );
  const client = await MongoClient.connect(mongo);
  const db = client.db(name);
  const receipts = await db.collection('ingest_batches').find().toArray();
  const events = await db.collection('events_raw').countDocuments();
  await client.close();
  const inserted = receipts.reduce((sum, one) => sum + one.inserted, 0);
  if (receipts.some(one => one.status !== 'closed')) wrong.push('an open batch');
  if (events !== inserted) wrong.push(`${events} events, receipts of ${inserted}`);
  const knex = createKnex({ client: 'pg', connection: postgres });
  const leases = await knex.raw('SELECT * FROM ??.leases', [name]);
  const open = await knex.raw("SELECT * FROM ??.runs WHERE status = 'running'", [name]);
  await knex.destroy();
  if (leases.rows.length > 0) wrong.push('a lease is left');
  if (open.rows.length > 0) wrong.push('a run without an end');
  return { wrong, tables: `${out}\n${rows.out}` };
}

async function dropAll(name) {
  const client = await MongoClient.connect(mongo);
  await client.db(name).dropDatabase();
  await client.close();
  const knex = createKnex({ client: 'pg', connection: postgres });
  await knex.raw('DROP SCHEMA IF EXISTS ?? CASCADE', [name]);
  await knex.destroy();
}

let tried = 0;
const faults = [];
try {
  await pulse(['init', 'shop'], { cwd: scratch });
  await pulse(['compile'], { cwd: template });
  for (const server of values.server === undefined ? ['mongo', 'postgres'] : [values.server]) {
    const clean = await story({ server, fault: 'none', at: 0 });
    if (clean.wrong.length > 0) throw new Error(`without a fault: ${clean.wrong.join('; ')}`);
    console.log(`${server}: ${clean.messages} messages of a materialize`);
    for (let at = 1; at <= clean.messages && tried < Number(values.points); at += Number(values.every)) {
      for (const fault of values.fault === undefined ? FAULTS : [values.fault]) {
        const one = await story({ server, fault, at });
        if (one.tables !== clean.tables) one.wrong.push('other tables than without a fault');
        tried++;
        if (one.wrong.length > 0) faults.push({ server, fault, at, wrong: one.wrong });
        console.log(
          `${server} ${fault} at ${at}: exit ${one.broken}${one.wrong.length > 0 ? `, WRONG: ${one.wrong.join('; ')}` : ''}`,
        );
      }
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${tried} points tried, ${faults.length} wrong`);
process.exitCode = faults.length === 0 ? 0 : 1;
