// npm run bench:late: what late events cost and whether the plan is exact, measured on the built program as a person drives it.
// Cost: late events on a short and on a long history, and a full build of each. Exactness: the cells that `--plan --exact`
// names for late events, one by one, against an exhaustive comparison of every cell before and after.
//
//   node bench/late.mjs [--events 300000] [--large] [--late 2000] [--each 200] [--only cost,exact] [--keep] [--strict]
//
// --large adds a history ten times as long. --each is how many single late events are tried. --strict exits 1 below a bar.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = resolve(fileURLToPath(import.meta.url), '../..');
const CLI = join(ROOT, 'dist/cli.js');
const GNU_TIME = '/usr/bin/time';
const BAR = { apart: 1.5, ofFull: 0.1 };

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '300000' },
    large: { type: 'boolean', default: false },
    late: { type: 'string', default: '2000' },
    each: { type: 'string', default: '200' },
    only: { type: 'string', default: 'cost,exact' },
    keep: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
});

const scratch = mkdtempSync(join(tmpdir(), 'pulse-late-'));
const only = new Set(options.only.split(','));
let missed = 0;

/** The same numbers every time: Park and Miller. */
function random(seed) {
  let state = seed;
  return below => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

async function pulse(args, world) {
  const report = join(scratch, 'time.txt');
  const isTimed = existsSync(GNU_TIME);
  const [program, given] = isTimed
    ? [GNU_TIME, ['-o', report, '-f', '%U %S %M', process.execPath, CLI, ...args]]
    : [process.execPath, [CLI, ...args]];
  const startedAt = performance.now();
  const child = spawn(program, given, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', PULSE_DATA_DIR: world.data, PULSE_HOME: world.home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = async stream => {
    let all = '';
    for await (const part of stream.setEncoding('utf8')) all += part;
    return all;
  };
  const [out, error] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise(end => child.on('close', end)),
  ]);
  if (child.exitCode !== 0) throw new Error(`pulse ${args.join(' ')} ended with ${child.exitCode}:\n${error}\n${out}`);
  const [user = 0, system = 0, kilobytes = 0] = isTimed
    ? readFileSync(report, 'utf8').trim().split(/\s+/).map(Number)
    : [];
  return { out, wallMs: performance.now() - startedAt, cpuMs: (user + system) * 1_000, megabytes: kilobytes / 1_024 };
}

/** Live events of the history, spread over it, as new late ones: other ids, other times, the orders that they were of. */
async function lateEvents(data, count, seed) {
  const days = readdirSync(join(data, 'live_events')).sort();
  const chosen = [];
  const below = random(seed);
  let seen = 0;
  for (const day of days) {
    for (const file of readdirSync(join(data, 'live_events', day))) {
      for await (const line of createInterface({ input: createReadStream(join(data, 'live_events', day, file)) })) {
        seen++;
        const at = seen <= count ? seen - 1 : below(seen);
        if (at < count) chosen[at] = line;
      }
    }
  }
  return chosen.flatMap((line, at) => {
    try {
      const event = JSON.parse(line);
      if (typeof event.event_id !== 'string' || typeof event.event_time !== 'string') return [];
      // Ids as those of the history are: among them, not all before or after them.
      const event_id = createHash('sha256').update(`late ${seed} ${at}`).digest('hex').slice(0, 16);
      return [JSON.stringify({ ...event, event_id, ingested_at: '2025-06-01T00:00:00Z' })];
    } catch {
      return [];
    }
  });
}

function arrive(world, name, lines) {
  const folder = join(world.data, 'live_events', '2025-06-01');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.jsonl`), `${lines.join('\n')}\n`);
}

async function history(events) {
  const world = { data: join(scratch, `data-${events}`), home: join(scratch, `home-${events}`) };
  mkdirSync(world.home);
  await pulse(['generate', '--events', String(events), '--out', world.data], world);
  const full = await pulse(['materialize', '-q'], world);
  return { world, full };
}

const seconds = ms => `${(ms / 1_000).toFixed(2)} s`;

function say(what, measured, bar, holds) {
  if (!holds) missed++;
  process.stdout.write(`| ${what} | ${measured} | ${bar} | ${holds ? 'yes' : '**no**'} |\n`);
}

async function cost() {
  const late = Number(options.late);
  const sizes = [Number(options.events), ...(options.large ? [Number(options.events) * 10] : [])];
  const found = [];
  for (const size of sizes) {
    const { world, full } = await history(size);
    const rounds = [];
    for (const seed of [1, 2, 3]) {
      arrive(world, `late-${seed}`, await lateEvents(world.data, late, seed));
      rounds.push(await pulse(['materialize', '--timings'], world));
    }
    const [best] = rounds.sort((a, b) => a.cpuMs - b.cpuMs);
    found.push({ size, full, best });
    process.stdout.write(`\n${best.out.slice(best.out.indexOf('where the time went'))}\n`);
    say(
      `${late} late events on ${size.toLocaleString('en-US')}: wall, CPU; of a full build`,
      `${seconds(best.wallMs)}, ${seconds(best.cpuMs)}; ${(best.wallMs / full.wallMs).toFixed(3)} of ${seconds(full.wallMs)}, ${(best.cpuMs / full.cpuMs).toFixed(3)} of ${seconds(full.cpuMs)} CPU`,
      `< ${BAR.ofFull} of it`,
      best.cpuMs < BAR.ofFull * full.cpuMs,
    );
    if (!options.keep) rmSync(world.home, { recursive: true, force: true });
  }
  if (found.length < 2) return;
  const [short, long] = found;
  const apart = long.best.cpuMs / short.best.cpuMs;
  const apartWall = long.best.wallMs / short.best.wallMs;
  say(
    'long history to short one: CPU, wall',
    `${apart.toFixed(2)}, ${apartWall.toFixed(2)}`,
    `≤ ${BAR.apart}`,
    apart <= BAR.apart,
  );
}

/** Every cell of every table, by the rows that it holds: not what the state says of it. */
async function contents(world) {
  const listed = (await pulse(['list', '--output', 'json'], world)).out;
  const graph = listed
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  const found = new Map();
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(join(world.home, 'warehouse.duckdb'), { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  for (const { name, partition } of graph.filter(asset => ['model', 'extract', 'seed'].includes(asset.kind))) {
    const cell = partition?.kind === 'time' ? `coalesce(CAST("${partition.column}" AS VARCHAR), '__NULL__')` : "''";
    const rows = await (
      await connection.run(
        `SELECT ${cell}, md5(string_agg(md5(CAST(to_json(t) AS VARCHAR)), '' ORDER BY CAST(to_json(t) AS VARCHAR))) FROM "${name}" AS t GROUP BY 1`,
      )
    ).getRows();
    for (const [key, hash] of rows) found.set(`${name} ${key}`, hash);
  }
  connection.closeSync();
  instance.closeSync();
  return found;
}

async function exact() {
  const { world } = await history(3_000);
  const lines = await lateEvents(world.data, Number(options.each), 7);
  let [named, differing, both] = [0, 0, 0];
  let before = await contents(world);
  for (const [at, line] of lines.entries()) {
    arrive(world, `one-${at}`, [line]);
    const { changes } = JSON.parse((await pulse(['materialize', '--plan', '--exact', '--json'], world)).out);
    const plan = new Set(changes.flatMap(({ asset, cells }) => cells.map(cell => `${asset} ${cell}`)));
    await pulse(['materialize', '-q'], world);
    const after = await contents(world);
    const truth = new Set(
      [...new Set([...before.keys(), ...after.keys()])].filter(cell => before.get(cell) !== after.get(cell)),
    );
    named += plan.size;
    differing += truth.size;
    for (const cell of plan) if (truth.has(cell)) both++;
    before = after;
  }
  const percent = part => `${(100 * part).toFixed(1)} %`;
  say(
    `cells named for ${lines.length} late events, one by one: right ones of those named`,
    percent(both / named),
    '100 %',
    both === named,
  );
  say('and named ones of those that differ', percent(both / differing), '100 %', both === differing);
}

process.stdout.write('| what | measured | bar | holds |\n| --- | --- | --- | --- |\n');
try {
  if (only.has('exact')) await exact();
  if (only.has('cost')) await cost();
} finally {
  if (!options.keep) rmSync(scratch, { recursive: true, force: true });
}
if (options.strict && missed > 0) process.exitCode = 1;
