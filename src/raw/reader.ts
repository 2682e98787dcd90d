// Reads files into parcels: inline, or (where there is enough to read) in worker threads, so that the cores share
// reading and checking while this thread writes.

import { on } from 'node:events';
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { PulseError } from '../errors.ts';
import { buffersOf } from './event-pack.ts';
import type { SourceFile } from './files.ts';
import { readInline } from './read-inline.ts';
import type { Ending, Parcel, ReadOptions } from './read-source.ts';
import type { WorkerEnding, WorkerInput, WorkerParcel, WorkerReply } from './worker.ts';

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
 * of the files; their parcels come in turns, so that the order does not depend on who is faster.
 */
export async function* readFiles(files: readonly SourceFile[], options: ReadOptions): AsyncGenerator<Parcel> {
  const url = workerUrl(import.meta.url);
  const sizes = await Promise.all(files.map(sizeOf));
  if (url === undefined || sum(sizes) < WORKER_BYTES) {
    yield* readInline(files, options);
    return;
  }
  const lanes = shares(sizes, laneCount());
  yield* inTurns(
    lanes.map(lane => {
      const totalBytes = sum(lane.map(index => sizes[index] as number));
      const input = { files: lane.map(index => files[index] as SourceFile), options: { ...options, totalBytes } };
      return readInWorker(url, input, { indexes: lane });
    }),
  );
}

/** The built entry beside the bundle; none where pulse runs from its TypeScript sources, which this Node's workers cannot load. */
function workerUrl(self: string): URL | undefined {
  return self.endsWith('.ts') ? undefined : new URL('./raw-worker.js', self);
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

async function* readInWorker(
  url: URL,
  input: WorkerInput,
  { indexes }: { readonly indexes: readonly number[] },
): AsyncGenerator<Parcel> {
  const worker = new Worker(url, { workerData: input });
  try {
    // `on` throws what the worker throws, and keeps what comes while the writer is busy.
    for await (const [message] of on(worker, 'message', { close: ['exit'] })) {
      const parcel: WorkerParcel | null = message;
      if (parcel === null) return;
      // The worker counts its own files only.
      const sources = parcel.sources.map(source => {
        return { ...source, file: indexes[source.file] as number, ending: revived(source.ending) };
      });
      yield { ...parcel, sources };
      const buffers: WorkerReply = buffersOf(parcel.events);
      worker.postMessage(buffers, buffers);
    }
    throw new Error('The reading thread ended before its files did.');
  } finally {
    await worker.terminate();
  }
}

function revived(ending: WorkerEnding | null): Ending | null {
  if (ending?.kind !== 'failed') return ending;
  const { code, message, ...options } = ending.error;
  return { kind: 'failed', error: new PulseError(code, message, options) };
}
