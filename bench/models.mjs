// npm run bench:models: every model's translation beside a DuckDB query written by hand (bench/models/NAME.sql) that gives the very same
// rows, by turns on one warehouse of generated events. First it compares the rows, both ways; then it measures, and prints a table.
// The translations are those of the sources as they stand; the warehouse is made by the built program (npm run build), or given.
//
//   node bench/models.mjs [--events 300000] [--rounds 9] [--only stg_orders,fact_orders] [--warehouse FILE] [--explain] [--strict]
//
// --warehouse takes a warehouse that is there. --explain prints what DuckDB says of both queries' plans. --strict exits 1 above the bar.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createJiti } from 'jiti';

const ROOT = resolve(fileURLToPath(import.meta.url), '../..');
const CLI = join(ROOT, 'dist/cli.js');
const BY_HAND = join(ROOT, 'bench/models');
/** How many times the time of the query by hand a translation may take. */
const BAR = 1.15;
/** Quick models are measured more often, until they have had this much time. */
const SPENT_MS_MIN = 1_500;
const ROUNDS_MAX = 60;

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '300000' },
    rounds: { type: 'string', default: '9' },
    only: { type: 'string' },
    warehouse: { type: 'string' },
    explain: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
});

// The build puts the hash of the translator's sources here; no cache is read, so any word does.
globalThis.__TRANSLATOR_HASH__ = 'bench';
const jiti = createJiti(import.meta.url, { fsCache: false });
const load = path => jiti.import(join(ROOT, 'src', path));

const scratch = mkdtempSync(join(tmpdir(), 'pulse-bench-models-'));

function pulse(...args) {
  const env = { ...process.env, PULSE_DATA_DIR: join(scratch, 'data'), PULSE_HOME: join(scratch, 'home') };
  const { status, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: ROOT, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`pulse ${args.join(' ')} ended with ${status}:\n${stderr}`);
}

function makeWarehouse() {
  pulse('generate', '--events', options.events, '--seed', '1', '--out', join(scratch, 'data'));
  pulse('materialize');
  return join(scratch, 'home/warehouse.duckdb');
}

/** DuckDB SQL by model, as the translator writes it today. */
async function translations(names) {
  const { openProject } = await load('project.ts');
  const { emptyCompileCache } = await load('compile/cache.ts');
  // Before many models ask for it at once: jiti hands the second one a module that is half evaluated.
  for (const path of ['compile/open-engine.ts', 'compile/examine.ts']) await load(path);
  const home = join(scratch, 'compile');
  const project = await openProject({ cwd: ROOT, env: process.env, now: () => new Date(), home });
  try {
    const { models, errors } = await project.compile(names, { cache: emptyCompileCache() });
    for (const [name, [error]] of errors) throw new Error(`${name}: ${error}`);
    return new Map(names.map(name => [name, models.get(name).duckdb.sql]));
  } finally {
    await project.close();
  }
}

/** A connection as the warehouse's client has them: with the functions and macros of the translator. */
async function connect(file) {
  const { openPool } = await load('warehouse/duckdb/pool.ts');
  const { PRELUDE, SCALARS } = await load('googlesql/translate/runtime.ts');
  const settings = { access_mode: 'READ_ONLY', preserve_insertion_order: 'false' };
  return openPool(file, { prelude: PRELUDE, scalars: SCALARS, settings });
}

/** Makes a table of the query, in memory; wall and CPU time of this process, all threads. */
async function timed(connection, sql) {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await connection.run(`CREATE OR REPLACE TEMP TABLE "_bench" AS ${sql}`);
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1_000 };
}

async function sameRows(connection, { translated, byHand }) {
  await connection.run(`CREATE OR REPLACE TEMP TABLE "_translated" AS ${translated}`);
  await connection.run(`CREATE OR REPLACE TEMP TABLE "_by_hand" AS ${byHand}`);
  const only = async (one, other) => {
    const rows = await connection.runAndReadAll(`SELECT * FROM "${one}" EXCEPT ALL SELECT * FROM "${other}" LIMIT 3`);
    return rows.getRowObjects();
  };
  const differences = [await only('_translated', '_by_hand'), await only('_by_hand', '_translated')];
  const [[rows]] = (await connection.runAndReadAll('SELECT count(*) FROM "_translated"')).getRows();
  for (const name of ['_translated', '_by_hand']) await connection.run(`DROP TABLE "${name}"`);
  return { rows: Number(rows), differences };
}

async function measure(connection, { translated, byHand }) {
  const runs = { translated: [], byHand: [] };
  await timed(connection, byHand);
  await timed(connection, translated);
  let spentMs = 0;
  for (let round = 0; round < Number(options.rounds) || (spentMs < SPENT_MS_MIN && round < ROUNDS_MAX); round++) {
    const first = round % 2 === 0 ? ['byHand', 'translated'] : ['translated', 'byHand'];
    for (const which of first) {
      const run = await timed(connection, which === 'byHand' ? byHand : translated);
      runs[which].push(run);
      spentMs += run.wallMs;
    }
  }
  // The fastest: on a machine with neighbours the others measure the neighbours.
  const of = (which, key) => Math.min(...runs[which].map(run => run[key]));
  return {
    byHandMs: of('byHand', 'wallMs'),
    translatedMs: of('translated', 'wallMs'),
    byHandCpuMs: of('byHand', 'cpuMs'),
    translatedCpuMs: of('translated', 'cpuMs'),
  };
}

const text = value =>
  JSON.stringify(value, (_key, item) =>
    typeof item === 'bigint'
      ? String(item)
      : item?.toString?.() === '[object Object]'
        ? item
        : typeof item === 'object' && item !== null && !Array.isArray(item)
          ? String(item)
          : item,
  );

async function explain(connection, sql) {
  const rows = (await connection.runAndReadAll(`EXPLAIN ANALYZE ${sql}`)).getRows();
  console.log(rows.map(row => row[1]).join('\n'));
}

async function main() {
  const all = readdirSync(BY_HAND)
    .filter(file => file.endsWith('.sql'))
    .map(file => basename(file, '.sql'));
  const names = options.only === undefined ? all : all.filter(name => options.only.split(',').includes(name));
  const sql = await translations(names);
  const pool = await connect(resolve(options.warehouse ?? makeWarehouse()));
  const lines = [];
  const missed = [];
  await pool.use(async connection => {
    for (const name of names) {
      const byHand = readFileSync(join(BY_HAND, `${name}.sql`), 'utf8').trim();
      const pair = { translated: sql.get(name), byHand };
      const { rows, differences } = await sameRows(connection, pair);
      if (differences.some(some => some.length > 0)) {
        missed.push(`${name} (other rows)`);
        console.error(
          `${name}: the rows differ.\n  only translated: ${text(differences[0])}\n  only by hand: ${text(differences[1])}`,
        );
      }
      if (options.explain) for (const query of [pair.byHand, pair.translated]) await explain(connection, query);
      const found = await measure(connection, pair);
      const ratio = found.translatedMs / found.byHandMs;
      const cpuRatio = found.translatedCpuMs / found.byHandCpuMs;
      if (Math.min(ratio, cpuRatio) > BAR) missed.push(name);
      const cells = [
        name,
        rows.toLocaleString('en-US'),
        ...[found.byHandMs, found.translatedMs].map(ms => `${ms.toFixed(0)} ms`),
      ];
      lines.push([
        ...cells,
        ratio.toFixed(2),
        ...[found.byHandCpuMs, found.translatedCpuMs].map(ms => `${ms.toFixed(0)} ms`),
        cpuRatio.toFixed(2),
      ]);
      console.error(`  ${name}: ${ratio.toFixed(2)} (CPU ${cpuRatio.toFixed(2)})`);
    }
  });
  await pool.close();
  const head = ['model', 'rows', 'by hand', 'translated', 'times', 'CPU by hand', 'CPU translated', 'times CPU'];
  console.log([head, head.map(() => '---'), ...lines].map(line => `| ${line.join(' | ')} |`).join('\n'));
  if (missed.length > 0) console.error(`Above ${BAR} times, or other rows: ${missed.join(', ')}.`);
  if (options.strict && missed.length > 0) process.exitCode = 1;
}

try {
  await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
