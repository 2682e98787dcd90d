#!/usr/bin/env node
// The command line: reads words, calls one verb, sets the exit code. Loads next to nothing before it must.

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { makeCodeCache, useCodeCache } from '../code-cache.ts';
import type { ReadingThread } from '../raw/reading-thread.ts';
import { VERSION } from './version.ts';

async function main(argv: readonly string[]): Promise<void> {
  const thread = await startedThread(argv);
  const [{ runProgram, sayTrouble }, { processIo }, { ownProcess }] = await Promise.all([
    import('./program.ts'),
    import('./io.ts'),
    import('./own-process.ts'),
  ]);
  const io = processIo(thread);
  const own = ownProcess({
    io,
    onUncaught: error => sayTrouble(error, argv, { io }),
    mayEndEarly: argv[0] === 'lsp',
  });
  await own.end(await runProgram(argv, io));
}

/** Words of `pulse ingest` that read no file. */
const READS_NONE = /^(?:-h|--help|--follow|https?:.*)$/i;

/** Where files are likely to be read, a thread for it: it loads and warms up on another core while this one finds out which. */
async function startedThread([command, ...words]: readonly string[]): Promise<ReadingThread | undefined> {
  if (availableParallelism() === 1 || command !== 'ingest' || words.some(word => READS_NONE.test(word)))
    return undefined;
  const { canReadInThreads, ReadingThread } = await import('../raw/reading-thread.ts');
  return canReadInThreads() ? new ReadingThread() : undefined;
}

const argv = process.argv.slice(2);

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(`${VERSION}\n`);
} else {
  const self = fileURLToPath(import.meta.url);
  if (process.env.PULSE_CODE_CACHE === 'make') makeCodeCache(self);
  else useCodeCache(self);
  // Without a catch: runProgram throws nothing.
  void main(argv);
}
