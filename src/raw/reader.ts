// Reads files into parcels: inline, or (where there is enough to read) in worker threads, so that the cores share
// reading and checking while this thread writes.

import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { PulseError } from '../errors.ts';
import { buffersOf } from './event-pack.ts';
import type { SourceFile } from './files.ts';
import { readInline } from './read-inline.ts';
import type { Ending, Parcel, ReadOptions } from './read-source.ts';
import { canReadInThreads, ReadingThread } from './reading-thread.ts';
import type { WorkerEnding, WorkerInput } from './worker.ts';

/** Below this a thread costs more than it brings. */
const WORKER_BYTES = 8 << 20;

/** More readers than two would only wait for the one writer. */
const MOST_LANES = 2;

/** One core is the writer's. On two, a second reader would warm up twice what one does once, and take turns with the writer. */
function laneCount(): number {
  return Math.max(1, Math.min(MOST_LANES, availableParallelism() - 1));
}

/**
 * Reads files, each to its end. With enough to read, one thread reads, or two where there are cores for them, each its share
 * of the files; their parcels come in turns, so that the order does not depend on who is faster. A `thread` that is there already
 * is the first of them.
 */
export async function* readFiles(
  files: readonly SourceFile[],
  options: ReadOptions,
  { thread }: { readonly thread?: ReadingThread | undefined } = {},
): AsyncGenerator<Parcel> {
  const sizes = await Promise.all(files.map(sizeOf));
  if (!canReadInThreads() || sum(sizes) < WORKER_BYTES) {
    yield* readInline(files, options);
    return;
  }
  const lanes = shares(sizes, laneCount());
  yield* inTurns(
    lanes.map((lane, index) => {
      const totalBytes = sum(lane.map(file => sizes[file] as number));
      const input = { files: lane.map(file => files[file] as SourceFile), options: { ...options, totalBytes } };
      return readInThread(index === 0 ? thread : undefined, input, { indexes: lane });
    }),
  );
}

/** On disk; what is not there is told by whoever reads it. */
async function sizeOf(file: SourceFile): Promise<number> {
  const [found] = await Promise.allSettled([stat(file.path)]);
  return found.status === 'fulfilled' ? found.value.size : 0;
}

/** Indexes of files in shares of about the same size, each in the files' order; none is empty. */
function shares(sizes: readonly number[], count: number): readonly (readonly number[])[] {
  const lanes = Array.from({ length: count }, () => ({ size: 0, indexes: [] as number[] }));
  const largestFirst = [...sizes.keys()].sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
  for (const index of largestFirst) {
    const [smallest] = [...lanes].sort((a, b) => a.size - b.size);
    smallest?.indexes.push(index);
    if (smallest !== undefined) smallest.size += sizes[index] ?? 0;
  }
  return lanes.map(({ indexes }) => indexes.sort((a, b) => a - b)).filter(indexes => indexes.length > 0);
}

/** One parcel of each in turn, while there are any. All are at work from the start. */
async function* inTurns(lanes: readonly AsyncGenerator<Parcel>[]): AsyncGenerator<Parcel> {
  const begin = (lane: AsyncGenerator<Parcel>) => {
    const next = lane.next();
    // It is looked at in its turn; until then its failure is nobody's news.
    next.catch(() => undefined);
    return next;
  };
  let turns = lanes.map(lane => ({ lane, next: begin(lane) }));
  try {
    while (turns.length > 0) {
      for (const turn of turns) {
        const { done, value } = await turn.next;
        if (done === true) turns = turns.filter(one => one !== turn);
        else {
          yield value;
          turn.next = begin(turn.lane);
        }
      }
    }
  } finally {
    await Promise.all(lanes.map(lane => lane.return(undefined)));
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

async function* readInThread(
  started: ReadingThread | undefined,
  input: WorkerInput,
  { indexes }: { readonly indexes: readonly number[] },
): AsyncGenerator<Parcel> {
  const thread = started ?? new ReadingThread();
  try {
    for await (const parcel of thread.parcels(input)) {
      // The thread counts its own files only.
      const sources = parcel.sources.map(source => {
        return { ...source, file: indexes[source.file] as number, ending: revived(source.ending) };
      });
      yield { ...parcel, sources };
      thread.give(buffersOf(parcel.events));
    }
  } finally {
    await thread.end();
  }
}

function revived(ending: WorkerEnding | null): Ending | null {
  if (ending?.kind !== 'failed') return ending;
  const { code, message, ...options } = ending.error;
  return { kind: 'failed', error: new PulseError(code, message, options) };
}
