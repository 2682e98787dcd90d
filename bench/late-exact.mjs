// npm run bench:exact: whether the plan names exactly the cells that a late event changes. For each of many random late events
// (orders, payments, refunds, shipments, orders that move, duplicates, conflicts, what is rejected) on a history of two years:
// the cells that `--plan --exact` names, against an exhaustive comparison of every cell of every table before the event and
// after a full build with it. Each event comes alone, to a copy of the same project. Works on the source, in one process.
//
//   node bench/late-exact.mjs [--events 2000] [--each 200] [--seed 7] [--keep]
//
// Prints precision and recall by kind of event; exits 1 where a cell was named wrongly, or not.

import { execFileSync } from 'node:child_process';
import { constants, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import 'jiti/register';

const ROOT = resolve(fileURLToPath(import.meta.url), '../..');
const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '2000' },
    each: { type: 'string', default: '200' },
    seed: { type: 'string', default: '7' },
    keep: { type: 'boolean', default: false },
  },
});
/** A module of the source. */
const load = async path => (await import(path)).default;

const NOW = new Date('2025-06-01T12:00:00Z');
const DAYS = '2023-01-01..2024-12-31';
const { translatorHash } = await load('../translator-hash.ts');
// What a build puts in.
globalThis.__TRANSLATOR_HASH__ = translatorHash();
// First and alone: what many ask for at once would be half there.
for (const path of ['compile/open-engine.ts', 'compile/examine.ts', 'compile/template.ts'])
  await load(`../src/${path}`);
const { openProject } = await load('../src/project.ts');
const { materialize } = await load('../src/run/materialize.ts');
const { rehearse } = await load('../src/run/rehearse.ts');
const { startAnalyzer } = await load('../src/googlesql/analyzer.ts');

const scratch = mkdtempSync(join(tmpdir(), 'pulse-exact-'));
const analyzer = startAnalyzer();
const below = random(Number(options.seed));

/** The same numbers every time: Park and Miller. */
function random(seed) {
  let state = seed;
  return limit => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
}

const oneOf = list => list[below(list.length)];

async function opened({ data, home }, work) {
  const project = await openProject({ cwd: ROOT, env: {}, now: () => NOW, dataDir: data, home, analyzer });
  try {
    return await work(project);
  } finally {
    await project.close();
  }
}

async function made(world, more = {}) {
  const result = await opened(world, project => materialize(project, { selection: [], ...more }, () => undefined));
  if (result.status === 'failed') throw new Error(`a run failed: ${JSON.stringify(result.steps)}`);
}

/** Two years of live days and the exports of 2023; the live days' files made one, which is opened faster. */
async function history() {
  const world = { data: join(scratch, 'data'), home: join(scratch, 'home') };
  execFileSync(process.execPath, [
    join(ROOT, 'dist/cli.js'),
    ...['generate', '--events', options.events, '--days', DAYS, '--out', world.data, '--quiet'],
  ]);
  const live = join(world.data, 'live_events');
  const files = readdirSync(live, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  const text = files.map(file => readFileSync(join(file.parentPath, file.name), 'utf8')).join('');
  rmSync(live, { recursive: true });
  arrive(world, 'all', text);
  await made(world);
  return { world, stored: text.split('\n').flatMap(eventOf) };
}

function eventOf(line) {
  try {
    const event = JSON.parse(line);
    return typeof event.event_id === 'string' && typeof event.event_time === 'string' ? [event] : [];
  } catch {
    return [];
  }
}

function arrive({ data }, name, text) {
  const folder = join(data, 'live_events', '2025-06-01');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.jsonl`), text);
}

const DAY_MS = 86_400_000;
const moved = (text, days) => new Date(Date.parse(text) + days * DAY_MS).toISOString().replace('.000', '');

/** A payload whose every time is so many days later. */
const movedPayload = (payload, days) =>
  JSON.parse(
    JSON.stringify(payload, (_, value) => {
      if (typeof value === 'number' && value > 1_600_000_000 && value < 1_800_000_000) return value + days * 86_400;
      const day = typeof value === 'string' ? /^(\d{4})([-/])(\d\d)\2(\d\d)(?=[T ]|$)/.exec(value) : null;
      if (day === null) return value;
      const later = moved(`${day[1]}-${day[3]}-${day[4]}T00:00:00Z`, days).slice(0, 10);
      return `${later.replaceAll('-', day[2])}${value.slice(10)}`;
    }),
  );

/** A payload whose amounts are others. */
const changedAmounts = payload =>
  JSON.parse(
    JSON.stringify(payload, (key, value) =>
      /^(amount|amt|total|totalAmount|amountPaid|amount_paid)$/.test(key) && typeof value === 'number'
        ? value + 1 + below(500)
        : value,
    ),
  );

/** What a late event may be, made of one that is stored; `type` picks that one. */
const KINDS = {
  'a payment': { type: 'payment_succeeded', of: event => ({ ...event, payload: changedAmounts(event.payload) }) },
  'a payment of an order of January': {
    type: 'payment_succeeded',
    isWanted: event => event.event_time.startsWith('2023-01'),
    of: event => ({ ...event, event_time: moved(event.event_time, 9), payload: changedAmounts(event.payload) }),
  },
  'a refund': { type: 'refund_issued', of: event => ({ ...event, payload: changedAmounts(event.payload) }) },
  'a shipment': { type: 'shipment_updated', of: event => event },
  'a later shipment': {
    type: 'shipment_updated',
    of: event => ({
      ...event,
      event_time: moved(event.event_time, 3),
      payload: movedPayload(event.payload, 3),
    }),
  },
  'an order again, with other amounts': {
    type: 'order_created',
    of: event => ({ ...event, payload: changedAmounts(event.payload) }),
  },
  'an order that moves': {
    type: 'order_created',
    of: event => {
      const days = 1 + below(40) - 20;
      return { ...event, event_time: moved(event.event_time, days), payload: movedPayload(event.payload, days) };
    },
  },
  'a change of an order': {
    type: 'order_updated',
    of: event => ({ ...event, event_time: moved(event.event_time, 1) }),
  },
  'a payment without an order': {
    type: 'payment_succeeded',
    of: event => ({ ...event, payload: JSON.parse(JSON.stringify(event.payload).replaceAll('ORD-', 'NOT-')) }),
  },
  'a duplicate': { isSameId: true, of: event => event },
  'a duplicate with other content': {
    isSameId: true,
    type: 'payment_succeeded',
    of: event => ({ ...event, payload: changedAmounts(event.payload) }),
  },
  'no event': { isSameId: true, of: event => ({ ...event, event_time: 'yesterday' }) },
};

function lateEvent(kind, stored, at) {
  const { type, isWanted = () => true, isSameId = false, of } = KINDS[kind];
  const event = of(oneOf(stored.filter(one => (type === undefined || one.event_type === type) && isWanted(one))));
  return isSameId ? event : { ...event, event_id: `late-${at}`, ingested_at: '2025-06-01T00:00:00Z' };
}

/** Every cell of every table, by the rows that it holds: not what the state says of it. */
async function contents({ home }, tables) {
  const found = new Map();
  const instance = await DuckDBInstance.create(join(home, 'warehouse.duckdb'), { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  for (const { name, partition } of tables) {
    const cell = partition.kind === 'time' ? `coalesce(CAST("${partition.column}" AS VARCHAR), '__NULL__')` : "''";
    const row = 'md5(CAST(to_json(t) AS VARCHAR))';
    const rows = await connection.run(
      `SELECT ${cell}, md5(string_agg(${row}, '' ORDER BY ${row})) FROM "${name}" AS t GROUP BY 1`,
    );
    for (const [key, hash] of await rows.getRows()) found.set(`${name} ${key}`, hash);
  }
  connection.closeSync();
  instance.closeSync();
  return found;
}

const counts = new Map();

async function tryOne({ at, kind, base, stored, tables, before }) {
  const world = { data: join(scratch, 'trial-data'), home: join(scratch, 'trial') };
  cpSync(base.data, world.data, { recursive: true });
  cpSync(base.home, world.home, { recursive: true, mode: constants.COPYFILE_FICLONE });
  const event = lateEvent(kind, stored, at);
  arrive(world, `one-${at}`, `${JSON.stringify(event)}\n`);
  const { changes } = await opened(world, project => rehearse(project, { selection: [] }));
  const plan = new Set(changes.flatMap(({ asset, cells }) => cells.map(cell => `${asset} ${cell}`)));
  await made(world, { selection: ['*'], fullRefresh: true });
  const after = await contents(world, tables);
  const truth = [...new Set([...before.keys(), ...after.keys()])].filter(cell => before.get(cell) !== after.get(cell));
  const right = truth.filter(cell => plan.has(cell));
  const count = counts.get(kind) ?? { events: 0, named: 0, differing: 0, right: 0 };
  counts.set(kind, {
    events: count.events + 1,
    named: count.named + plan.size,
    differing: count.differing + truth.length,
    right: count.right + right.length,
  });
  if (plan.size !== right.length || truth.length !== right.length) {
    const surplus = [...plan].filter(cell => !truth.includes(cell));
    const missed = truth.filter(cell => !plan.has(cell));
    process.stdout.write(
      `${JSON.stringify(event)}: named and the same ${surplus.join(', ')}; not named ${missed.join(', ')}\n\n`,
    );
    process.exitCode = 1;
  }
  rmSync(world.data, { recursive: true });
  rmSync(world.home, { recursive: true });
}

const percent = (part, whole) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);

try {
  const { world: base, stored } = await history();
  const tables = await opened(base, project =>
    project.graph.order
      .map(name => project.graph.assets.get(name))
      .filter(({ kind }) => !['source', 'ingest'].includes(kind)),
  );
  const before = await contents(base, tables);
  const kinds = Object.keys(KINDS);
  for (let at = 0; at < Number(options.each); at++) {
    await tryOne({ at, kind: kinds[at % kinds.length], base, stored, tables, before });
    if ((at + 1) % 20 === 0) process.stderr.write(`${at + 1} events tried\n`);
  }
  process.stdout.write(
    `${stored.length} live events before; ${before.size} cells of ${tables.length} tables compared each time; seed ${options.seed}\n\n` +
      '| late event | tried | cells that differ | named | precision | recall |\n| --- | --- | --- | --- | --- | --- |\n',
  );
  const all = { events: 0, named: 0, differing: 0, right: 0 };
  for (const [kind, count] of counts) {
    for (const key of Object.keys(all)) all[key] += count[key];
    say(kind, count);
  }
  say('**all**', all);
} finally {
  analyzer.close();
  if (!options.keep) rmSync(scratch, { recursive: true, force: true });
}

function say(kind, { events, named, differing, right }) {
  process.stdout.write(
    `| ${kind} | ${events} | ${differing} | ${named} | ${percent(right, named)} | ${percent(right, differing)} |\n`,
  );
}
