// A thread that reads files into parcels: its start, what goes in and what comes out. It loads and warms up by itself, so whoever
// starts one before it is known what to read loses no time. Decides nothing about files.

import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { PackBuffers } from './event-pack.ts';
import type { WorkerInput, WorkerParcel } from './worker.ts';

/** The built entry beside the bundle; none where pulse runs from its TypeScript sources, which this Node's workers cannot load. */
const ENTRY = './raw-worker.js';

export function canReadInThreads(): boolean {
  return !import.meta.url.endsWith('.ts');
}

export class ReadingThread {
  private readonly worker: Worker;
  /** Listened to from the start: what the thread throws before anybody looks is thrown when somebody does. */
  private readonly messages: AsyncIterable<[WorkerParcel | null]>;

  constructor() {
    this.worker = new Worker(new URL(ENTRY, import.meta.url));
    this.messages = on(this.worker, 'message', { close: ['exit'] }) as AsyncIterable<[WorkerParcel | null]>;
  }

  /** Has it read; gives its parcels until the last. Once. */
  async *parcels(input: WorkerInput): AsyncGenerator<WorkerParcel> {
    this.worker.postMessage(input);
    for await (const [parcel] of this.messages) {
      if (parcel === null) return;
      yield parcel;
    }
    throw new Error('The reading thread ended before its files did.');
  }

  /** Gives back the buffers of a parcel that is written. */
  give(buffers: PackBuffers): void {
    this.worker.postMessage(buffers, buffers);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}
