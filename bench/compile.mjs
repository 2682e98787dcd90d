// node bench/compile.mjs: what the promises about the compiler say, measured with 1,000 models of 15 lines with three parents each,
// beside their bars. It drives the built CLI as a person would and imports nothing of pulse. CPU time is said beside wall time:
// on a busy machine only that can be compared.
//
//   node bench/compile.mjs [--models 1000] [--rounds 3] [--cli dist/cli.js] [--keep] [--strict]

import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = resolve(fileURLToPath(import.meta.url), '../..');
/** Seconds, on 2 cores. */
const BAR = { cold: 4, warm: 1, changed: 0.6 };

const { values: options } = parseArgs({
  options: {
    models: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    cli: { type: 'string', default: join(ROOT, 'dist/cli.js') },
    keep: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
});

const root = mkdtempSync(join(tmpdir(), 'pulse-bench-compile-'));
const put = (path, text) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

/** A number below `below`, the same in every run. */
let state = 7;
const random = below => {
  state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
  return state % below;
};

function writeProject(count) {
  put('package.json', '{ "type": "module" }\n');
  put('.gitignore', '.pulse/\n.forgotten/\ntarget/\nnode_modules\n');
  put(
    'pulse.config.ts',
    "import { defineConfig } from 'pulse';\nexport default defineConfig({ name: 'bench', vars: { rate: 2 } });\n",
  );
  put(
    'assets/raw/files.ts',
    "import { source } from 'pulse';\nexport default source({ name: 'files', description: 'd', files: ['*.csv'], format: 'csv' });\n",
  );
  const columns = ['id STRING', 'day DATE', 'amount NUMERIC', 'label STRING', 'n INT64'].map(one => one.split(' '));
  for (let at = 0; at < 10; at++) {
    const headers = columns.map(([name]) => `${name}: '${name}'`).join(', ');
    const declared = columns.map(([name, type]) => `['${name}', '${type}', 'd']`).join(', ');
    put(
      `assets/raw/seed_${at}.ts`,
      `import { seed } from 'pulse';\nexport default seed({ name: 'seed_${at}', description: 'd', deps: ['files'], headers: { ${headers} }, columns: [${declared}] });\n`,
    );
  }
  for (let at = 0; at < count; at++) writeModel(at);
}

/** Three parents among the hundred models before it; the first thirty read seeds. */
function writeModel(at) {
  const parents = new Set();
  while (parents.size < 3) parents.add(at < 30 ? `seed_${random(10)}` : `m_${Math.max(0, at - 1 - random(100))}`);
  const [a, b, c] = parents;
  put(
    `assets/g${at % 20}/m_${at}.ts`,
    `import { model } from 'pulse';\n\nexport default model({\n  name: 'm_${at}',\n  description: 'One row an id.',\n  deps: ['${a}', '${b}', '${c}'],\n  model: 'g${at % 20}/m_${at}.sql',\n});\n`,
  );
  put(
    `models/g${at % 20}/m_${at}.sql`,
    `-- One row an id.
WITH left_rows AS (
  SELECT id, day, amount, label, n FROM {{ref "${a}"}} WHERE amount > {{var "rate"}}
),
totals AS (
  SELECT id, SUM(n) AS n, MAX(day) AS day FROM {{ref "${b}"}} GROUP BY id
)
SELECT
  left_rows.id,
  COALESCE(left_rows.day, totals.day) AS day,
  ROUND(left_rows.amount * NUMERIC '1.5', 2) AS amount,
  UPPER(CONCAT(left_rows.label, '-', other.label)) AS label,
  totals.n + ${at} AS n
FROM left_rows INNER JOIN totals ON totals.id = left_rows.id
LEFT JOIN {{ref "${c}"}} AS other ON other.id = left_rows.id
`,
  );
}

/** Wall and CPU seconds of a command to its end. */
async function measure(args) {
  const report = join(root, '.pulse', 'time.txt');
  mkdirSync(dirname(report), { recursive: true });
  const hasTime = existsSync('/usr/bin/time');
  const command = hasTime
    ? ['/usr/bin/time', '-o', report, '-f', '%U %S', process.execPath, options.cli, ...args]
    : [process.execPath, options.cli, ...args];
  const startedAt = process.hrtime.bigint();
  const child = spawn(command[0], command.slice(1), { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', chunk => {
    said += chunk;
  });
  const code = await new Promise(done => child.on('close', done));
  const wall = Number(process.hrtime.bigint() - startedAt) / 1e9;
  if (code !== 0) throw new Error(`pulse ${args.join(' ')} exited ${code}: ${said}`);
  const cpu = hasTime
    ? readFileSync(report, 'utf8')
        .trim()
        .split(/\s+/)
        .map(Number)
        .reduce((sum, seconds) => sum + seconds, 0)
    : Number.NaN;
  return { wall, cpu };
}

async function best(prepare, args) {
  let found;
  for (let round = 0; round < Number(options.rounds); round++) {
    prepare(round);
    const measured = await measure(args);
    if (found === undefined || measured.wall < found.wall) found = measured;
  }
  return found;
}

const git = (...args) =>
  execFileSync('git', ['-C', root, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args], {
    stdio: 'ignore',
  });

writeProject(Number(options.models));
symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
/** Moved away, not removed: ext4 looks for a free inode among those removed in the last 5 s, one by one, for each file that is made. */
const forget = round => {
  const away = `.forgotten/${round}`;
  mkdirSync(join(root, away, 'models'), { recursive: true });
  for (const made of ['.pulse', 'target', 'models/.translated'])
    if (existsSync(join(root, made))) renameSync(join(root, made), join(root, away, made));
};
const results = [];
results.push(['from nothing', BAR.cold, await best(forget, ['compile'])]);
results.push(['with a warm cache', BAR.warm, await best(() => undefined, ['compile'])]);
git('init', '-q');
git('add', '-A');
git('commit', '-qm', 'bench');
const last = Number(options.models) - 1;
const touch = round => appendFileSync(join(root, `models/g${last % 20}/m_${last}.sql`), `-- round ${round}\n`);
results.push(['--changed-since, one change', BAR.changed, await best(touch, ['compile', '--changed-since', 'HEAD'])]);

console.log(
  `${options.models} models, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}; best of ${options.rounds}`,
);
console.log('\n| pulse compile | wall s | CPU s of pulse | bar s |\n| --- | --- | --- | --- |');
for (const [name, bar, { wall, cpu }] of results) {
  console.log(`| ${name} | ${wall.toFixed(2)} | ${cpu.toFixed(2)} | ${bar} ${wall <= bar ? 'met' : 'missed'} |`);
}
console.log('\nCPU is that of pulse itself; the analyzer, a process of its own, takes some 1.5 ms a model beside it.');
if (options.keep) console.log(root);
else rmSync(root, { recursive: true, force: true });
if (options.strict && results.some(([, bar, { wall }]) => wall > bar)) process.exitCode = 1;
