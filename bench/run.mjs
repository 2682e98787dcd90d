// npm run bench: what the promises about speed say, measured in one run on this machine, printed as a table for docs/performance.md.
// It drives the built CLI as a person would, from shell prompt to shell prompt, and imports nothing of pulse.
//
//   node bench/run.mjs [--events 300000] [--large] [--rounds 3] [--only generate,ingest,job,noop,query] [--keep] [--strict]
//
// --large adds 3,000,000 events, once each. --strict exits 1 when a bar is missed. --keep leaves the folder with the data.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = resolve(fileURLToPath(import.meta.url), '../..');
const CLI = join(ROOT, 'dist/cli.js');
const FLOOR = join(ROOT, 'bench/duckdb-floor.mjs');
const GNU_TIME = '/usr/bin/time';
const PARTS = ['generate', 'ingest', 'job', 'noop', 'query'];

/** The bars: what must hold, in the units of the columns. */
const BAR = { generatePerSecond: 150_000, ingestPerSecond: 150_000, timesFloor: 4, largeMegabytes: 1_536, noopMs: 400 };

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '300000' },
    large: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: PARTS.join(',') },
    keep: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
});

const scratch = mkdtempSync(join(tmpdir(), 'pulse-bench-'));
const only = new Set(options.only.split(','));
const rows = [];
const notes = [];

/** A fresh home for each measurement, so that nothing is warm that a person's first run would find cold. */
let homes = 0;
function freshHome() {
  homes += 1;
  const home = join(scratch, `home-${homes}`);
  mkdirSync(home);
  return home;
}

/** Runs a program to its end; wall and CPU time of it and its children, and the most memory one of them, and all together, took. */
async function measure(command, args, { env = {}, cwd = ROOT } = {}) {
  const report = join(scratch, 'time.txt');
  const [program, given] = existsSync(GNU_TIME)
    ? [GNU_TIME, ['-o', report, '-f', '%U %S %M', command, ...args]]
    : [command, args];
  const startedAt = process.hrtime.bigint();
  const child = spawn(program, given, {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const memory = watchMemory(child.pid);
  const [out, err] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise(done => child.once('close', done)),
  ]);
  const wallMs = Number(process.hrtime.bigint() - startedAt) / 1e6;
  const treeMegabytes = memory.stop();
  if (child.exitCode !== 0) {
    throw new Error(`${[command, ...args].join(' ')} ended with ${child.exitCode}:\n${err}\n${out}`);
  }
  const [user, system, kilobytes] =
    program === GNU_TIME ? readFileSync(report, 'utf8').trim().split('\n').at(-1).split(' ').map(Number) : [];
  return {
    wallMs,
    cpuMs: user === undefined ? undefined : (user + system) * 1_000,
    megabytes: Math.max(treeMegabytes, (kilobytes ?? 0) / 1_024),
    out,
  };
}

async function textOf(stream) {
  let text = '';
  for await (const part of stream.setEncoding('utf8')) text += part;
  return text;
}

/** Looks every 50 ms at the resident memory of a process and all below it (Linux; elsewhere 0). */
function watchMemory(pid) {
  let most = 0;
  const look = () => {
    most = Math.max(most, treeKilobytes(pid) / 1_024);
  };
  const timer = setInterval(look, 50);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}

function treeKilobytes(pid) {
  try {
    const own = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + treeKilobytes(child), own);
  } catch {
    return 0; // It has ended meanwhile, or this is no Linux.
  }
}

const pulse = (args, dirs) =>
  measure(process.execPath, [CLI, ...args], {
    env: { PULSE_DATA_DIR: dirs.data, PULSE_HOME: dirs.home ?? join(scratch, 'unused') },
  });

/** By the clock; and by CPU time, which neighbours disturb less. */
function eventRate(events, run) {
  const byCpu = run.cpuMs === undefined ? '' : ` (${whole(events / (run.cpuMs / 1_000))} a CPU second)`;
  return `${whole(events / (run.wallMs / 1_000))} events/s${byCpu}`;
}

const seconds = ms => `${(ms / 1_000).toFixed(2)} s`;
const whole = n => Math.round(n).toLocaleString('en-US');
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const cpu = run => (run.cpuMs === undefined ? '' : seconds(run.cpuMs));

function add(what, run, { rate = '', bar = '', holds } = {}) {
  rows.push({
    what,
    wall: run.wallMs < 2_000 ? `${whole(run.wallMs)} ms` : seconds(run.wallMs),
    cpu: cpu(run),
    memory: `${whole(run.megabytes)} MB`,
    rate,
    bar,
    holds,
  });
  console.error(`  ${what}: ${seconds(run.wallMs)} ${rate}`);
}

/** The fastest run: on a machine with neighbours the others measure the neighbours. */
const fastest = runs => runs.reduce((best, run) => (run.wallMs < best.wallMs ? run : best));

async function generated(events) {
  const data = join(scratch, `data-${events}`);
  const run = await pulse(['generate', '--events', String(events), '--seed', '1', '--out', data], { data });
  const perSecond = events / (run.wallMs / 1_000);
  if (only.has('generate')) {
    add(`generate ${whole(events)} events`, run, {
      rate: eventRate(events, run),
      bar: `≥ ${whole(BAR.generatePerSecond)} events/s`,
      holds: perSecond >= BAR.generatePerSecond,
    });
  }
  const { summary } = JSON.parse(readFileSync(join(data, 'generated.json'), 'utf8'));
  notes.push(
    `${whole(events)} generated events: ${whole(summary.bytes / 1e6)} MB in ${summary.files.length} files, ${whole(summary.duplicates)} duplicates, ${whole(summary.conflicts)} conflicts, ${whole(summary.rejected)} broken.`,
  );
  return data;
}

async function ingest(events, data, rounds) {
  const runs = [];
  for (let round = 0; round < rounds; round += 1) runs.push(await pulse(['ingest'], { data, home: freshHome() }));
  const best = fastest(runs);
  const perSecond = events / (best.wallMs / 1_000);
  add(`pulse ingest, ${whole(events)} events`, best, {
    rate: eventRate(events, best),
    bar: `≥ ${whole(BAR.ingestPerSecond)} events/s`,
    holds: perSecond >= BAR.ingestPerSecond,
  });
}

/** The whole job and its floor by turns, so that both meet the same neighbours; the ratio is that of a round. */
async function job(events, data, { rounds, maxMegabytes }) {
  const pairs = [];
  for (let round = 0; round < rounds; round += 1) {
    const home = freshHome();
    const floor = existsSync(FLOOR)
      ? await measure(process.execPath, [FLOOR, data, join(home, 'floor.duckdb')])
      : undefined;
    pairs.push({ floor, run: await pulse(['materialize', 'fact_orders', '--timings'], { data, home }), home });
  }
  const ratios = pairs.flatMap(({ floor, run }) => (floor === undefined ? [] : [run.wallMs / floor.wallMs]));
  const best = pairs.reduce((one, other) => (other.run.wallMs < one.run.wallMs ? other : one));
  if (best.floor === undefined) notes.push('bench/duckdb-floor.mjs is missing: no ratio to the floor.');
  else
    add(
      `floor: bare DuckDB reads, deduplicates, types ${whole(events)} events`,
      fastest(pairs.map(pair => pair.floor)),
    );
  const ratio = median(ratios);
  const byCpu =
    best.floor?.cpuMs === undefined ? '' : `; ${(best.run.cpuMs / best.floor.cpuMs).toFixed(2)} times its CPU`;
  const byRound = ratios.map(one => one.toFixed(2)).join(', ');
  const timesFloor = ratio === undefined ? '' : `${ratio.toFixed(2)} times the floor (${byRound})${byCpu}`;
  const isWithin =
    (ratio === undefined || ratio <= BAR.timesFloor) &&
    (maxMegabytes === undefined || best.run.megabytes <= maxMegabytes);
  add(`pulse materialize fact_orders, ${whole(events)} events, from nothing`, best.run, {
    rate: timesFloor,
    bar: maxMegabytes === undefined ? `≤ ${BAR.timesFloor} times` : `≤ ${whole(maxMegabytes)} MB`,
    holds: isWithin,
  });
  notes.push(`What --timings said of ${whole(events)} events:\n\n\`\`\`text\n${timings(best.run.out)}\n\`\`\``);
  return best.home;
}

/** The tables at the end of what materialize prints: assets, and where the time went. */
function timings(out) {
  const from = out.search(/^asset\s+cells/m);
  return out
    .slice(Math.max(from, 0))
    .replace(/\nNext:.*/s, '')
    .trim();
}

async function noop(data, home) {
  const runs = [];
  for (let round = 0; round < 7; round += 1) runs.push(await pulse(['materialize', 'fact_orders'], { data, home }));
  const node = fastest([await measure(process.execPath, ['-e', '0']), await measure(process.execPath, ['-e', '0'])]);
  const middle = runs.sort((a, b) => a.wallMs - b.wallMs)[3];
  add('pulse materialize fact_orders, nothing to do (median of 7)', middle, {
    rate: `fastest ${whole(runs[0].wallMs)} ms`,
    bar: `< ${BAR.noopMs} ms`,
    holds: middle.wallMs < BAR.noopMs,
  });
  add('node -e 0, for comparison', node);
}

async function query(data, home) {
  const sql =
    'SELECT payment_status, COUNT(*) AS orders, SUM(order_total_ngn) AS ngn FROM fact_orders GROUP BY payment_status ORDER BY 1';
  add(
    'pulse query over fact_orders',
    fastest([
      await pulse(['query', sql, '--json'], { data, home }),
      await pulse(['query', sql, '--json'], { data, home }),
    ]),
  );
}

function table() {
  const head = ['what', 'wall', 'CPU', 'peak memory', 'measured', 'bar', 'holds'];
  const cells = rows.map(row => [
    row.what,
    row.wall,
    row.cpu,
    row.memory,
    row.rate,
    row.bar,
    row.holds === undefined ? '' : row.holds ? 'yes' : '**no**',
  ]);
  return [head, head.map(() => '---'), ...cells].map(line => `| ${line.join(' | ')} |`).join('\n');
}

function machine() {
  const [load] = loadavg();
  return `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${whole(totalmem() / 2 ** 30)} GB; load ${load?.toFixed(1)} at the start.`;
}

async function main() {
  if (!existsSync(CLI)) throw new Error('dist/cli.js is missing: npm run build first.');
  const about = machine();
  const [load = 0] = loadavg();
  if (load > availableParallelism() / 2)
    notes.push(
      `The machine was busy (load ${load.toFixed(1)}): wall times are too long; CPU times and ratios say more.`,
    );
  const events = Number(options.events);
  const rounds = Number(options.rounds);
  const data = await generated(events);
  if (only.has('ingest')) await ingest(events, data, rounds);
  if (only.has('job') || only.has('noop') || only.has('query')) {
    const home = await job(events, data, { rounds: only.has('job') ? rounds : 1 });
    if (only.has('noop')) await noop(data, home);
    if (only.has('query')) await query(data, home);
  }
  if (options.large) await job(3_000_000, await generated(3_000_000), { rounds: 1, maxMegabytes: BAR.largeMegabytes });
  const report = `${about}\n\n${table()}\n\n${notes.join('\n\n')}\n`;
  writeFileSync(join(scratch, 'report.md'), report);
  console.log(report);
  const missed = rows.filter(row => row.holds === false);
  if (missed.length > 0) console.error(`Missed: ${missed.map(row => row.what).join('; ')}.`);
  if (options.strict && missed.length > 0) process.exitCode = 1;
}

try {
  await main();
} finally {
  if (options.keep) console.error(`Kept ${scratch}`);
  else rmSync(scratch, { recursive: true, force: true });
}
