// npm run bench:cells: a state with many cells stays as quick to ask. Makes a small history, adds cells to its state, and
// times `pulse status`, the plan of a run with nothing to do, and that run, as a person types them.
//
//   node bench/cells.mjs [--cells 100000] [--rounds 5] [--strict]

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';

const ROOT = resolve(fileURLToPath(import.meta.url), '../..');
const CLI = join(ROOT, 'dist/cli.js');
const BAR = { statusMs: 1_000, planMs: 500 };

const { values: options } = parseArgs({
  options: {
    cells: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    strict: { type: 'boolean', default: false },
  },
});

const scratch = mkdtempSync(join(tmpdir(), 'pulse-cells-'));
const home = join(scratch, 'home');
let missed = 0;

async function run(program, args) {
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', PULSE_DATA_DIR: join(scratch, 'data'), PULSE_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', text => {
    errors += text;
  });
  await new Promise(end => child.once('close', end));
  if (child.exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${child.exitCode}:\n${errors}`);
  return performance.now() - startedAt;
}

/** Cells of a table by the hour, of its last publication. */
function addCells(count) {
  const db = new Database(join(home, 'state.sqlite'));
  const { sequence } = db.prepare("SELECT sequence FROM builds WHERE asset = 'fact_orders'").get();
  const insert = db.prepare(
    "INSERT INTO cells (asset, cell, data_version, row_count, sequence) VALUES ('fact_orders', ?, ?, 1, ?)",
  );
  db.transaction(() => {
    for (let at = 0; at < count; at++) {
      const hour = new Date(Date.UTC(2000, 0, 1) + at * 3_600_000).toISOString().slice(0, 13);
      insert.run(hour, `duckdb-1.5.5:1-${at.toString(16)}-${(at * 7).toString(16)}`, sequence);
    }
  })();
  db.close();
}

async function timed(what, args, bar) {
  const rounds = [];
  for (let at = 0; at < Number(options.rounds); at++) rounds.push(await run(process.execPath, [...args]));
  rounds.sort((a, b) => a - b);
  const holds = bar === undefined || rounds[0] < bar;
  if (!holds) missed++;
  const median = rounds[Math.floor(rounds.length / 2)];
  const verdict = bar === undefined ? '| |' : `< ${bar} ms | ${holds ? 'yes' : '**no**'} |`;
  process.stdout.write(`| ${what} | ${median.toFixed(0)} ms (fastest ${rounds[0].toFixed(0)}) | ${verdict}\n`);
}

try {
  mkdirSync(home);
  await run(process.execPath, [CLI, 'generate', '--events', '3000', '--out', join(scratch, 'data')]);
  await run(process.execPath, [CLI, 'materialize', '-q']);
  addCells(Number(options.cells));
  process.stdout.write(
    `| ${Number(options.cells).toLocaleString('en-US')} cells | measured | bar | holds |\n| --- | --- | --- | --- |\n`,
  );
  await timed('node -e 0, for comparison', ['-e', '0']);
  await timed('pulse status', [CLI, 'status'], BAR.statusMs);
  await timed('pulse materialize --plan, nothing to do', [CLI, 'materialize', '--plan'], BAR.planMs);
  await timed('pulse materialize, nothing to do', [CLI, 'materialize']);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (options.strict && missed > 0) process.exitCode = 1;
