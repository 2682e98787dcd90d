// For tests that need processes: pulse from its source, without a build. The parent's side.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts test/run/command.ts: a command line of pulse in a project, or `hold`, which takes the claim until it is killed or its input ends. */
export function startPulse(root: string, argv: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const program = fileURLToPath(new URL('./command.ts', import.meta.url));
  return spawn(process.execPath, ['--import', import.meta.resolve('jiti/register'), program, ...argv], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}
