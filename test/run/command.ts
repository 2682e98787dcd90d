// A process of its own for the tests: a command line of pulse from its source. `hold` is no command of pulse: it takes the
// claim of the project, opens the warehouse, says `ready`, and holds both until it is killed or its input ends. Nor is `redact-raw`.

import { once } from 'node:events';
import { translatorHash } from '../../translator-hash.ts';

// What the bundler puts in.
Object.assign(globalThis, { __TRANSLATOR_HASH__: translatorHash() });

async function hold(): Promise<void> {
  const { openProject } = await import('../../src/project.ts');
  const { claim, openWarehouse } = await import('../../src/run/claim.ts');
  const project = await openProject({ cwd: process.cwd(), env: {}, now: () => new Date() });
  const emit = (): void => undefined;
  const signal = new AbortController().signal;
  const claimed = await claim(project, { runId: 'of-another', command: 'materialize all', noWait: true, signal, emit });
  await openWarehouse(project, { claimed, emit });
  process.stdout.write('ready');
  process.stdin.resume();
  await once(process.stdin, 'end');
  await claimed.release();
  await project.close();
}

async function pulse(argv: readonly string[]): Promise<void> {
  const { runProgram } = await import('../../src/cli/program.ts');
  const { processIo } = await import('../../src/cli/io.ts');
  const code = await runProgram(argv, processIo());
  await new Promise<void>(done => process.stdout.write('', () => done()));
  process.exit(code);
}

/** Takes events out of the raw store without asking who is at work: as a redaction does that took the lease of a sleeper. */
async function redactRaw(ids: readonly string[]): Promise<void> {
  const { openProject } = await import('../../src/project.ts');
  const project = await openProject({ cwd: process.cwd(), env: {}, now: () => new Date() });
  const store = await project.rawStore();
  await store.redact(ids, { reason: 'asked for', redactedAt: new Date().toISOString() });
  await project.close();
}

const [verb, ...rest] = process.argv.slice(2);
if (verb === 'hold') await hold();
else if (verb === 'redact-raw') await redactRaw(rest);
else await pulse(process.argv.slice(2));
