// The worker thread's entry: reads files into parcels and hands them over, their buffers moved and not copied.
// Never runs ahead of the writer by more than a few parcels: memory stays bounded.

import { isMainThread, type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { PulseError, PulseErrorOptions } from '../errors.ts';
import { buffersOf, type PackBuffers, PackSpares } from './event-pack.ts';
import type { SourceFile } from './files.ts';
import { type ReadItem, readInline } from './read-inline.ts';
import type { ReadOptions } from './read-source.ts';

export interface WorkerInput {
  readonly files: readonly SourceFile[];
  readonly options: ReadOptions;
}

/** A ReadItem as it passes between threads: an error loses its class there. */
export type WorkerItem =
  | Exclude<ReadItem, { readonly kind: 'failed' }>
  | { readonly kind: 'failed'; readonly file: number; readonly error: WorkerError }
  | { readonly kind: 'done' };

export type WorkerError = Pick<PulseError, 'code' | 'message'> & Omit<PulseErrorOptions, 'cause'>;

/** What comes back for each parcel that is written: its buffers. */
export type WorkerReply = PackBuffers;

/** Parcels that may be with the writer: one it writes, and one that waits. */
const AHEAD = 2;

async function work(port: MessagePort, { files, options }: WorkerInput): Promise<void> {
  const credit = new Credit(AHEAD);
  const spares = new PackSpares();
  port.on('message', (buffers: WorkerReply) => {
    spares.give(buffers);
    credit.add();
  });
  for await (const item of readInline(files, { ...options, spares })) {
    if (item.kind === 'parcel') {
      await credit.take();
      port.postMessage(item satisfies WorkerItem, buffersOf(item.parcel.events));
    } else if (item.kind === 'failed') {
      const { code, message, hint, transient, place } = item.error;
      const error = { code, message, transient, ...(hint !== undefined && { hint }), ...(place && { place }) };
      port.postMessage({ ...item, error } satisfies WorkerItem);
    } else port.postMessage(item satisfies WorkerItem);
  }
  port.postMessage({ kind: 'done' } satisfies WorkerItem);
  port.close();
}

class Credit {
  private left: number;
  private wake: (() => void) | undefined;

  constructor(left: number) {
    this.left = left;
  }

  add(): void {
    this.left++;
    this.wake?.();
  }

  async take(): Promise<void> {
    while (this.left === 0) {
      await new Promise<void>(resolve => {
        this.wake = resolve;
      });
    }
    this.left--;
  }
}

if (!isMainThread && parentPort !== null) await work(parentPort, workerData as WorkerInput);
