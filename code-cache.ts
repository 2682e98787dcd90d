// The last step of a build: short commands run on a copy of the sample project, and what V8 compiled of the program meanwhile is kept
// beside it (src/code-cache.ts). A build without it is as good, and slower to start.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the commands need of a project. Not its .env: nothing of what is run here may reach anybody's servers. Nor its data, of any size. */
const PROJECT = ['pulse.config.ts', 'assets', 'models', 'sql'];
const DATA = ['generate', '--events', '2000', '--out', 'data'];
const MAKES = ['materialize', 'stg_refunds', 'raw_fx_rates'];
/** The first that loads a file says what is kept of it: a run with nothing to do comes first. */
const KEPT: readonly (readonly string[])[] = [
  MAKES,
  ['ingest'],
  ['status'],
  ['query', 'SELECT COUNT(*) FROM raw_fx_rates'],
];

/** As `makeCodeCache`; where it fails the build is told, and stands. */
export async function tryMakeCodeCache(dist: string): Promise<void> {
  try {
    await makeCodeCache(dist);
  } catch (error) {
    process.stderr.write(`Without kept code pulse starts slower: ${error instanceof Error ? error.message : error}\n`);
  }
}

/** @param dist where the program was built to, absolute. */
async function makeCodeCache(dist: string): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'pulse-build-'));
  const mine = Object.entries(process.env).filter(([name]) => !/^(?:PULSE|MONGO|BIGQUERY)_/.test(name));
  const env = Object.fromEntries(mine);
  const pulse = (args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
    run(process.execPath, [join(dist, 'cli.js'), ...args], { cwd, env: { ...env, ...more } });
  try {
    for (const name of PROJECT) {
      await cp(fileURLToPath(new URL(name, import.meta.url)), join(cwd, name), { recursive: true });
    }
    await pulse(DATA);
    await pulse(MAKES);
    for (const args of KEPT) await pulse(args, { PULSE_CODE_CACHE: 'make' });
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
