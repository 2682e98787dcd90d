// node bench/watch.mjs: from saving a file of this project to the answer of `pulse compile --watch`, beside its bar of 200 ms.
// It drives the built CLI as an editor's neighbour would, in a copy of the project, and imports nothing of pulse.
//
//   node bench/watch.mjs [--rounds 15] [--cli dist/cli.js] [--strict]

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = resolve(fileURLToPath(import.meta.url), '../..');
const BAR_MS = 200;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    cli: { type: 'string', default: join(ROOT, 'dist/cli.js') },
    strict: { type: 'boolean', default: false },
  },
});

const root = mkdtempSync(join(tmpdir(), 'pulse-bench-watch-'));
for (const part of ['assets', 'models', 'sql', 'pulse.config.ts', 'package.json']) {
  cpSync(join(ROOT, part), join(root, part), { recursive: true });
}
symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));

const child = spawn(process.execPath, [options.cli, 'compile', '--watch'], { cwd: root });
let said = '';
let answered = () => undefined;
let gone = () => undefined;
child.once('exit', code => gone(code));
for (const stream of [child.stdout, child.stderr]) {
  stream.on('data', chunk => {
    said += chunk;
    if (said.includes('Ctrl-C ends.\n')) answered();
  });
}
/** What is said until it waits again, and how long that took, after `act`. */
const answerTo = act =>
  new Promise((done, fail) => {
    said = '';
    const startedAt = performance.now();
    answered = () => done({ ms: performance.now() - startedAt, text: said });
    gone = code => fail(new Error(`compile --watch ended with ${code}: ${said}`));
    act();
  });

/** Saves a file with something else each time. */
const save = (path, change) => {
  const full = join(root, path);
  const text = readFileSync(full, 'utf8');
  let count = 0;
  return () => writeFileSync(full, change(text, ++count));
};
const comment = (text, count) => `${text}\n-- ${count}\n`;
const KINDS = {
  'a comment in a model that nobody reads': save('models/marts/fact_order_daily.sql', comment),
  'a comment in a model with many readers': save('models/staging/stg_payments.sql', comment),
  'an expression of a mart': save('models/marts/fact_payments.sql', (text, count) =>
    text.replace(/\bSELECT\b/, `SELECT /* ${count} */`),
  ),
  'a misspelt column, and mended': save('models/marts/fact_order_daily.sql', (text, count) =>
    count % 2 === 1 ? text.replace('SUM(unit_count)', `SUM(unit_countt${count})`) : text,
  ),
  'a partial that six models include': save(
    'sql/partials/parse_time.sql',
    (text, count) => `${text}{{!-- ${count} --}}`,
  ),
};

let isMissed = false;
try {
  const first = await answerTo(() => undefined);
  console.log(`first answer ${first.ms.toFixed(0)} ms; load ${loadavg()[0].toFixed(1)}`);
  for (const [kind, act] of Object.entries(KINDS)) {
    const all = [];
    for (let round = 0; round < Number(options.rounds); round++) all.push((await answerTo(act)).ms);
    all.sort((a, b) => a - b);
    const [median, worst] = [all[Math.floor(all.length / 2)], all.at(-1)];
    if (median > BAR_MS) isMissed = true;
    const verdict = median <= BAR_MS ? 'within' : 'MISSED';
    console.log(
      `${kind}: median ${median.toFixed(0)} ms, best ${all[0].toFixed(0)}, worst ${worst.toFixed(0)} (bar ${BAR_MS}: ${verdict})`,
    );
  }
} finally {
  child.removeAllListeners('exit');
  child.kill('SIGINT');
  rmSync(root, { recursive: true, force: true });
}
if (isMissed && options.strict) process.exitCode = 1;
