// A machine without the optional analyzer (Windows, --omit=optional): all that is translated already works, and what would need it
// says so. The program is copied, so that it finds no package but those that are linked beside it; in a process of its own.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyzerFiles } from '../googlesql/installed.ts';
import { makeShop, type Shop } from './shop.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OPTIONAL = '@fivetrandevelopers';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let shop: Shop;
let program: string;
beforeAll(async () => {
  shop = await makeShop();
  mkdirSync(join(shop.root, 'sql/analytics'), { recursive: true });
  writeFileSync(join(shop.root, 'sql/analytics/1_totals.sql'), 'SELECT SUM(total) AS total FROM {{ref "orders"}}\n');
  // What is committed: with the analyzer.
  expect(await shop.pulse(['compile'])).toMatchObject({ code: 0 });
  program = mkdtempSync(join(tmpdir(), 'pulse-without-'));
  for (const part of ['src', 'package.json', 'translator-hash.ts', 'test/cli/fake-io.ts'])
    cpSync(join(ROOT, part), join(program, part), { recursive: true });
  mkdirSync(join(program, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== OPTIONAL) symlinkSync(join(ROOT, 'node_modules', name), join(program, 'node_modules', name));
  writeFileSync(join(program, 'run.ts'), RUN);
});
afterAll(async () => {
  rmSync(program, { recursive: true, force: true });
  await shop.remove();
});

/** Runs command lines one after another in one process. */
const RUN = `import { translatorHash } from './translator-hash.ts';
Object.assign(globalThis, { __TRANSLATOR_HASH__: translatorHash() });
const { run } = await import('./test/cli/fake-io.ts');
const all = [];
for (const argv of JSON.parse(process.argv[2])) all.push(await run(argv, { cwd: process.cwd() }));
process.stdout.write(JSON.stringify(all));
`;

function pulse(...lines: readonly (readonly string[])[]): readonly Ran[] {
  const args = ['--import', import.meta.resolve('jiti/register'), join(program, 'run.ts'), JSON.stringify(lines)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: shop.root, encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as readonly Ran[];
}

test.skipIf(!analyzerFiles)('runs all that is translated, and says what a new query needs', () => {
  const day = '2025-01-15';
  const lines = {
    materialize: ['materialize'],
    status: ['status', '--json'],
    check: ['check', '--date', day],
    compile: ['compile'],
    analyze: ['analyze', '1_totals', '--format', 'csv'],
    lineage: ['lineage', 'orders.total'],
    prove: ['prove', '-q'],
    query: ['query', 'SELECT COUNT(*) FROM orders'],
    redact: ['redact', '--where', "vendor = 'x'", '--yes'],
  };
  const all = pulse(...Object.values(lines));
  const ran: Partial<Record<string, Ran>> = Object.fromEntries(Object.keys(lines).map((name, at) => [name, all[at]]));
  expect(Object.entries(ran).map(([name, one]) => [name, one?.code])).toEqual([
    ['materialize', 0],
    ['status', 0],
    ['check', 0],
    ['compile', 0],
    ['analyze', 0],
    ['lineage', 0],
    ['prove', 0],
    ['query', 2],
    ['redact', 2],
  ]);
  const states = JSON.parse(ran.status?.out ?? '') as { status: string }[];
  expect(new Set(states.map(({ status }) => status))).toEqual(new Set(['fresh']));
  expect(ran.analyze?.out).toBe('total\n325.15\n');
  for (const name of ['query', 'redact']) {
    expect(ran[name]?.err).toMatch(/is typed and translated by the analyzer. The optional package .* is not installed/);
    expect(ran[name]?.err).toMatch(/hint: Run `npm ci` without --omit=optional.*pulse analyze/);
  }
});

test.skipIf(!analyzerFiles)('a model that was changed is red by name, and the others run', () => {
  writeFileSync(join(shop.root, 'sql/analytics/1_totals.sql'), 'SELECT MAX(total) AS total FROM {{ref "orders"}}\n');
  const [analyze, materialize] = pulse(['analyze', '1_totals'], ['materialize']);
  expect([analyze?.code, analyze?.err]).toEqual([2, expect.stringContaining('is not installed')]);
  expect(materialize?.code).toBe(0);
});
