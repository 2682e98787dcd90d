// A process of its own for the tests: a command line of pulse from its source. `hold` is no command of pulse: it takes the
// claim of the project, opens the warehouse, says `ready`, and holds both until it is killed or its input ends.

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

const argv = process.argv.slice(2);
await (argv[0] === 'hold' ? hold() : pulse(argv));
