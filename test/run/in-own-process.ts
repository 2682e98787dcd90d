// For tests that need processes: pulse as it was built, where the build is newer than all it is made of, else from its source.
// The parent's side.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const BUILT = join(PROJECT, 'dist/cli.js');
/** What the build is made of. */
const MADE_OF = ['src', 'tsdown.config.ts', 'translator-hash.ts', 'package-lock.json'];
/** Those of test/run/command.ts alone. */
const TESTS_OWN = new Set(['hold', 'redact-raw']);

/** Starts a command line of pulse in a project, or what test/run/command.ts has besides: `hold` takes the claim until it is killed or its input ends. */
export function startPulse(root: string, argv: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [...program(argv[0]), ...argv], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** The build starts in a quarter of the time. */
function program(verb: string | undefined): readonly string[] {
  if (!TESTS_OWN.has(verb ?? '') && isBuilt()) return [BUILT];
  const source = fileURLToPath(new URL('./command.ts', import.meta.url));
  return ['--import', import.meta.resolve('jiti/register'), source];
}

/** Looked at each time: somebody may be at work on it. */
function isBuilt(): boolean {
  if (!existsSync(BUILT)) return false;
  const built = statSync(BUILT).mtimeMs;
  return MADE_OF.every(path => newest(join(PROJECT, path)) < built);
}

/** When the newest file at a path was written, or its folder changed. */
function newest(path: string): number {
  const found = statSync(path);
  const below = found.isDirectory() ? readdirSync(path).map(name => newest(join(path, name))) : [];
  return Math.max(found.mtimeMs, ...below);
}
