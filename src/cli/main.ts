#!/usr/bin/env node
// The command line: reads words, calls one verb, sets the exit code. Loads next to nothing before it must.

import { makeCodeCache, useCodeCache } from './code-cache.ts';
import { VERSION } from './version.ts';

async function main(argv: readonly string[]): Promise<void> {
  const [{ runProgram }, { processIo }] = await Promise.all([import('./program.ts'), import('./io.ts')]);
  const code = await runProgram(argv, processIo());
  // What is written to a pipe goes out later; after that nothing keeps the process, whatever a library left open.
  await Promise.all([process.stdout, process.stderr].map(stream => new Promise(done => stream.write('', done))));
  process.exit(code);
}

const argv = process.argv.slice(2);

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(`${VERSION}\n`);
} else {
  if (process.env.PULSE_CODE_CACHE === 'make') makeCodeCache(__filename);
  else useCodeCache(__filename);
  // Without a catch: runProgram throws nothing.
  void main(argv);
}
