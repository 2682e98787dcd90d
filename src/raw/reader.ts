// Reads files, one after the other, into parcels: inline, or (where there is enough to read) in a worker thread,
// so that one core reads and checks while the other one writes.

import { on } from 'node:events';
import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { PulseError } from '../errors.ts';
import { buffersOf, PackSpares } from './event-pack.ts';
import type { SourceFile } from './files.ts';
import { Pace, type Parcel, type ReadOptions, readFile, type SourceEnd } from './read-source.ts';
import type { WorkerInput, WorkerItem, WorkerReply } from './worker.ts';

/** What comes out, `file` being the index of the file it came from. Each file ends with `end` or `failed`. */
export type ReadItem =
  | { readonly kind: 'parcel'; readonly file: number; readonly parcel: Parcel }
  | { readonly kind: 'end'; readonly file: number; readonly end: SourceEnd }
  | { readonly kind: 'failed'; readonly file: number; readonly error: PulseError };

/** Below this a thread costs more than it brings. */
const WORKER_BYTES = 8 << 20;

export async function* readFiles(files: readonly SourceFile[], options: ReadOptions): AsyncGenerator<ReadItem> {
  const worker = workerUrl(import.meta.url);
  const isWorth = worker !== undefined && (await bytesOf(files)) >= WORKER_BYTES;
  yield* isWorth ? readInWorker(worker, { files, options }) : readInline(files, options);
}

/** The same in this thread. */
export async function* readInline(files: readonly SourceFile[], options: ReadOptions): AsyncGenerator<ReadItem> {
  const spares = options.spares ?? new PackSpares();
  const pace = new Pace(options.parcelEvents);
  for (const [index, file] of files.entries()) {
    for await (const item of readOne(index, file, { ...options, spares, pace })) {
      yield item;
      // In a worker they are gone to the other thread by now, and come back from there.
      if (item.kind === 'parcel' && options.spares === undefined) spares.give(buffersOf(item.parcel.events));
    }
  }
}

/** The built entry beside the bundle; none where pulse runs from its TypeScript sources, which this Node's workers cannot load. */
function workerUrl(self: string): URL | undefined {
  return self.endsWith('.ts') ? undefined : new URL('./raw-worker.js', self);
}

/** On disk; what is not there is told by whoever reads it. */
async function bytesOf(files: readonly SourceFile[]): Promise<number> {
  const found = await Promise.allSettled(files.map(file => stat(file.path)));
  return found.reduce((sum, one) => sum + (one.status === 'fulfilled' ? one.value.size : 0), 0);
}

async function* readOne(index: number, file: SourceFile, options: ReadOptions): AsyncGenerator<ReadItem> {
  const parcels = readFile(file, options);
  try {
    for (;;) {
      const next = await parcels.next();
      if (next.done === true) {
        yield { kind: 'end', file: index, end: next.value };
        return;
      }
      yield { kind: 'parcel', file: index, parcel: next.value };
    }
  } catch (error) {
    if (!(error instanceof PulseError)) throw error;
    yield { kind: 'failed', file: index, error };
  } finally {
    // Where nobody wants the rest, its file is still open.
    await parcels.return({ contentHash: '', announced: null });
  }
}

async function* readInWorker(url: URL, input: WorkerInput): AsyncGenerator<ReadItem> {
  const worker = new Worker(url, { workerData: input });
  try {
    // `on` throws what the worker throws, and keeps what comes while the writer is busy.
    for await (const [message] of on(worker, 'message', { close: ['exit'] })) {
      const item: WorkerItem = message;
      if (item.kind === 'done') return;
      yield item.kind === 'failed' ? { ...item, error: revived(item.error) } : item;
      if (item.kind === 'parcel') {
        const buffers: WorkerReply = buffersOf(item.parcel.events);
        worker.postMessage(buffers, buffers);
      }
    }
    throw new Error('The reading thread ended before its files did.');
  } finally {
    await worker.terminate();
  }
}

function revived({ code, message, ...options }: Extract<WorkerItem, { kind: 'failed' }>['error']): PulseError {
  return new PulseError(code, message, options);
}
