// npm run bench:kill: what a kill costs. A real `pulse materialize` is killed (SIGKILL) at random moments, each time followed by
// one more run; afterwards the marts must be those of a clean build, with no orphan table, no lease, no open run, and no event
// lost or doubled. A `pulse query --batch` beside it asks without end: it may see a mart as it was or as it is, never a part.
//
//   node bench/kill.mjs [--kills 200] [--data data] [--seed 1] [--cli dist/cli.js] [--minutes 0] [--keep]
//
// Three kinds of runs are killed in turn: from nothing; from a raw store that is full; late files on marts that are made.
// --minutes ends earlier, with the kills done by then. Exits 1 at the first difference, with the seed.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import Sqlite from 'better-sqlite3';

const ROOT = resolve(fileURLToPath(import.meta.url), '../..');
const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    data: { type: 'string', default: join(ROOT, 'data') },
    seed: { type: 'string', default: '1' },
    cli: { type: 'string', default: join(ROOT, 'dist/cli.js') },
    minutes: { type: 'string', default: '0' },
    keep: { type: 'boolean', default: false },
  },
});
const CLI = resolve(options.cli);
const DATA = resolve(options.data);
const KILLS = Number(options.kills);
const MARTS = [
  'dim_customer',
  'dim_product',
  'dim_date',
  'fact_orders',
  'fact_order_items',
  'fact_payments',
  'fact_refunds',
  'fact_shipments',
  'fact_order_daily',
];
const KINDS = ['nothing', 'raw', 'late'];

const scratch = mkdtempSync(join(tmpdir(), 'pulse-kill-'));
const project = join(scratch, 'project');
mkdirSync(project);
for (const part of ['assets', 'models', 'sql', 'pulse.config.ts']) {
  cpSync(join(ROOT, part), join(project, part), { recursive: true });
}
symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));

/** mulberry32: the same seed, the same moments (as far as the machine runs alike). */
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const envOf = (home, data) => ({
  ...process.env,
  NO_COLOR: '1',
  PULSE_HOME: home,
  PULSE_DATA_DIR: data,
  PULSE_TARGET: 'local',
});

/** Runs `pulse materialize`; where `killAfterMs` is given, until then. */
async function materialize(home, data, killAfterMs) {
  const startedAt = process.hrtime.bigint();
  const child = spawn(process.execPath, [CLI, 'materialize'], {
    cwd: project,
    env: envOf(home, data),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = [];
  child.stdout.on('data', part => said.push(part));
  child.stderr.on('data', part => said.push(part));
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  await new Promise(done => child.once('close', done));
  clearTimeout(timer);
  const wallMs = Number(process.hrtime.bigint() - startedAt) / 1e6;
  return {
    isKilled: child.signalCode === 'SIGKILL',
    code: child.exitCode,
    wallMs,
    said: Buffer.concat(said).toString(),
  };
}

async function mustMaterialize(home, data) {
  const run = await materialize(home, data);
  if (run.code !== 0) throw new Error(`pulse materialize ended with ${run.code}:\n${run.said}`);
  return run;
}

/** A `pulse query --batch` that stays: one question at a time. */
function openQueries(home, data) {
  const child = spawn(process.execPath, [CLI, 'query', '--batch'], {
    cwd: project,
    env: envOf(home, data),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const errors = [];
  child.stderr.on('data', part => errors.push(part));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(sql) {
      child.stdin.write(`${JSON.stringify({ id: 1, sql })}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`pulse query ended: ${Buffer.concat(errors)}`);
      return JSON.parse(value);
    },
    async close() {
      child.stdin.end();
      await new Promise(ended => child.once('close', ended));
    },
  };
}

async function resultOf(queries, sql) {
  const result = await queries.ask(sql);
  if (result.error !== undefined) throw new Error(`${sql}: ${result.error}`);
  return result;
}

const rowsOf = async (queries, sql) => (await resultOf(queries, sql)).rows;

/** What every mart holds: the number of its rows and a hash of them that does not mind their order, nor when files were read. */
async function martsOf(queries) {
  const marts = {};
  for (const mart of MARTS) {
    const result = await resultOf(queries, `SELECT * FROM ${mart}`);
    const readAt = result.columns.findIndex(column => column.name === 'ingested_at');
    const rows = result.rows.map(row => JSON.stringify(row.filter((_, at) => at !== readAt))).sort();
    marts[mart] = { rows: rows.length, hash: createHash('sha256').update(rows.join('\n')).digest('hex') };
  }
  return marts;
}

/** What must be so after every run that ended by itself; sentences on what is not. */
async function faultsOf(home, queries, clean) {
  const faults = [];
  const marts = await martsOf(queries);
  for (const mart of MARTS) {
    if (marts[mart].hash !== clean.marts[mart].hash) {
      faults.push(`${mart} has ${marts[mart].rows} rows, a clean build ${clean.marts[mart].rows}, and they differ`);
    }
  }
  const [[rows, ids]] = await rowsOf(queries, 'SELECT COUNT(*), COUNT(DISTINCT event_id) FROM raw_events');
  if (rows !== clean.events || ids !== clean.events) {
    faults.push(`raw_events has ${rows} rows of ${ids} events, not ${clean.events}`);
  }
  const raw = countsOf(join(home, 'raw.sqlite'), {
    events: 'SELECT count(*) FROM events_raw',
    inserted: "SELECT sum(inserted) FROM ingest_batches WHERE status = 'closed'",
    open: "SELECT count(*) FROM ingest_batches WHERE status <> 'closed'",
    unequal: 'SELECT count(*) FROM ingest_batches WHERE received <> inserted + duplicates + conflicts + rejected',
  });
  if (raw.events !== clean.events || raw.inserted !== clean.events || raw.open !== 0 || raw.unequal !== 0) {
    faults.push(`the raw store has ${JSON.stringify(raw)}, a clean one ${clean.events} events`);
  }
  const state = countsOf(join(home, 'state.sqlite'), {
    leases: 'SELECT count(*) FROM leases',
    running: "SELECT count(*) FROM runs WHERE status = 'running'",
    marks: 'SELECT count(*) FROM marks',
  });
  if (state.leases + state.running + state.marks !== 0) faults.push(`the state has ${JSON.stringify(state)}`);
  const orphans = await orphansOf(home);
  if (orphans.length > 0) faults.push(`orphan tables: ${orphans.join(', ')}`);
  if (existsSync(join(home, 'warehouse.sock'))) faults.push('the socket is left');
  return faults;
}

function countsOf(path, queries) {
  const file = new Sqlite(path, { readonly: true });
  const counts = {};
  for (const [name, sql] of Object.entries(queries)) counts[name] = Number(file.prepare(sql).raw().get()[0]);
  file.close();
  return counts;
}

async function orphansOf(home) {
  // The reader lets go of the file a moment after its last answer.
  for (let tries = 0; ; tries++) {
    try {
      const file = await DuckDBInstance.create(join(home, 'warehouse.duckdb'), { access_mode: 'READ_ONLY' });
      const connection = await file.connect();
      const result = await connection.run(
        "SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND starts_with(table_name, '_pulse_stage')",
      );
      const names = (await result.getRows()).map(([name]) => String(name));
      connection.closeSync();
      file.closeSync();
      return names;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise(done => setTimeout(done, 50));
    }
  }
}

/** Asks for the marts' sizes without end; what it sees must be one of the states that a mart may be in. */
function watch(home, data, allowed) {
  let isOver = false;
  const seen = { answers: 0, missing: 0, wrong: [] };
  const queries = openQueries(home, data);
  const loop = (async () => {
    for (let n = 0; !isOver; n++) {
      const mart = MARTS[n % MARTS.length];
      const { rows, error, code } = await queries.ask(`SELECT COUNT(*) FROM ${mart}`);
      if (code === 'WAREHOUSE_TABLE_MISSING') seen.missing += 1;
      else if (error !== undefined) seen.wrong.push(`${mart}: ${code} ${error}`);
      else if (!allowed[mart].includes(rows[0][0]))
        seen.wrong.push(`${mart} had ${rows[0][0]} rows, not ${allowed[mart].join(' or ')}`);
      seen.answers += 1;
    }
  })();
  return {
    queries,
    async stop() {
      isOver = true;
      await loop;
      return seen;
    },
  };
}

const filesBelow = folder =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)));

/** The data without the last third of its live days. */
function withoutLateFiles() {
  const early = join(scratch, 'early');
  cpSync(DATA, early, { recursive: true });
  const live = filesBelow(early)
    .filter(file => file.startsWith('live_events'))
    .sort();
  for (const file of live.slice(Math.ceil((live.length * 2) / 3))) rmSync(join(early, file));
  return early;
}

async function prepare() {
  const homes = { clean: join(scratch, 'clean'), raw: join(scratch, 'raw'), late: join(scratch, 'late') };
  const took = {};
  // Twice: the first run fills caches that no later one has to.
  await mustMaterialize(join(scratch, 'warm'), DATA);
  took.nothing = (await mustMaterialize(homes.clean, DATA)).wallMs;
  mkdirSync(homes.raw);
  for (const file of readdirSync(homes.clean).filter(name => name.startsWith('raw.'))) {
    cpSync(join(homes.clean, file), join(homes.raw, file));
  }
  copyCache(homes.clean, homes.raw);
  await mustMaterialize(homes.late, withoutLateFiles());
  const queries = openQueries(homes.clean, DATA);
  const [[events]] = await rowsOf(queries, 'SELECT COUNT(*) FROM raw_events');
  const clean = { marts: await martsOf(queries), events };
  await queries.close();
  const early = openQueries(homes.late, DATA);
  const before = await martsOf(early);
  await early.close();
  for (const kind of ['raw', 'late']) {
    const trial = homeFor(kind, homes, 'trial');
    took[kind] = (await mustMaterialize(trial, DATA)).wallMs;
    rmSync(trial, { recursive: true });
  }
  return { homes, took, clean, before };
}

/** What had to be compiled: nothing where the translations beside the models are current. */
function copyCache(from, to) {
  const cache = join(from, 'cache');
  if (existsSync(cache)) cpSync(cache, join(to, 'cache'), { recursive: true });
}

let made = 0;
function homeFor(kind, homes, name = `home${made++}`) {
  const home = join(scratch, name);
  if (kind === 'nothing') mkdirSync(home);
  else cpSync(homes[kind], home, { recursive: true });
  if (kind === 'nothing') copyCache(homes.clean, home);
  return home;
}

async function killOnce(kind, { homes, took, clean, before }, random) {
  const home = homeFor(kind, homes);
  const allowed = Object.fromEntries(
    MARTS.map(mart => [mart, [clean.marts[mart].rows, ...(kind === 'late' ? [before[mart].rows] : [])]]),
  );
  const beside = watch(home, DATA, allowed);
  const afterMs = random() * took[kind] * 1.05;
  const killed = await materialize(home, DATA, afterMs);
  const again = await materialize(home, DATA);
  const seen = await beside.stop();
  const faults = again.code === 0 ? [] : [`the run after it ended with ${again.code}:\n${again.said}`];
  if (again.code === 0) faults.push(...(await faultsOf(home, beside.queries, clean)));
  faults.push(...seen.wrong.map(text => `beside it: ${text}`));
  await beside.queries.close();
  if (faults.length === 0) rmSync(home, { recursive: true });
  return {
    afterMs,
    isKilled: killed.isKilled,
    adopted: (again.said.match(/took over what/g) ?? []).length,
    seen,
    faults,
    home,
  };
}

const percentile = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0;

async function main() {
  if (!existsSync(CLI)) throw new Error(`There is no ${CLI}: npm run build, or name one with --cli.`);
  if (!statSync(DATA).isDirectory()) throw new Error(`${DATA} is no folder.`);
  const startedAt = Date.now();
  const world = await prepare();
  process.stdout.write(
    `${world.clean.events} events; a run takes ${KINDS.map(kind => `${Math.round(world.took[kind])} ms (${kind})`).join(', ')}; seed ${options.seed}\n`,
  );
  const random = randomOf(Number(options.seed));
  const totals = { kills: 0, ended: 0, adopted: 0, answers: 0, missing: 0 };
  const moments = [];
  const limitMs = Number(options.minutes) * 60_000 || Number.POSITIVE_INFINITY;
  for (let n = 0; totals.kills < KILLS && Date.now() - startedAt < limitMs; n++) {
    const kind = KINDS[n % KINDS.length];
    const { afterMs, isKilled, adopted, seen, faults, home } = await killOnce(kind, world, random);
    totals.kills += isKilled ? 1 : 0;
    totals.ended += isKilled ? 0 : 1;
    totals.adopted += adopted;
    totals.answers += seen.answers;
    totals.missing += seen.missing;
    moments.push(afterMs / world.took[kind]);
    if (faults.length > 0) {
      process.stdout.write(
        `kill ${n + 1} (${kind}, after ${Math.round(afterMs)} ms, seed ${options.seed}), left in ${home}:\n`,
      );
      for (const fault of faults) process.stdout.write(`  ${fault}\n`);
      process.exitCode = 1;
      return;
    }
    if (totals.kills % 10 === 0 && isKilled)
      process.stdout.write(`${totals.kills} kills, ${totals.answers} answers beside them\n`);
  }
  process.stdout.write(
    `${totals.kills} kills in ${Math.round((Date.now() - startedAt) / 1000)} s (${totals.ended} runs ended before theirs), at ` +
      `${[0.1, 0.5, 0.9].map(share => `${Math.round(percentile(moments, share) * 100)} %`).join(', ')} of a run (10th, 50th, 90th percentile).\n` +
      `${totals.adopted} publications adopted. Beside them ${totals.answers} answers, ${totals.missing} of them that a mart was not made yet, none of a part.\n` +
      'Every mart equal to a clean build, no orphan table, no lease, no open run, no event lost or doubled.\n',
  );
  if (!options.keep) rmSync(scratch, { recursive: true });
}

await main();
