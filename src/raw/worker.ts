// What a reading thread does: reads files into parcels and hands them over, their buffers moved and not copied.
// Never runs ahead of the writer by more than a few parcels: memory stays bounded.

import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import type { PulseError, PulseErrorOptions } from '../errors.ts';
import { buffersOf, type PackBuffers, PackSpares } from './event-pack.ts';
import type { SourceFile } from './files.ts';
import { readInline } from './read-inline.ts';
import type { Ending, Parcel, ParcelSource, ReadOptions } from './read-source.ts';
import { warmUp } from './warm-up.ts';

export interface WorkerInput {
  readonly files: readonly SourceFile[];
  readonly options: ReadOptions;
}

/** A Parcel as it passes between threads, where an error loses its class; null after the last. */
export interface WorkerParcel extends Omit<Parcel, 'sources'> {
  readonly sources: readonly (Omit<ParcelSource, 'ending'> & { readonly ending: WorkerEnding | null })[];
}

export type WorkerEnding =
  | Exclude<Ending, { readonly kind: 'failed' }>
  | {
      readonly kind: 'failed';
      readonly error: Pick<PulseError, 'code' | 'message'> & Omit<PulseErrorOptions, 'cause'>;
    };

/** Parcels that may be with the writer: one it writes, and one that waits. */
const AHEAD = 2;

/** Warms up, waits for what to read, and reads it. For each parcel that is written its buffers come back. */
export async function work(port: MessagePort): Promise<void> {
  const asked = once(port, 'message');
  warmUp();
  const [{ files, options }]: [WorkerInput] = (await asked) as [WorkerInput];
  const credit = new Credit(AHEAD);
  const spares = new PackSpares();
  port.on('message', (buffers: PackBuffers) => {
    spares.give(buffers);
    credit.add();
  });
  for await (const parcel of readInline(files, { ...options, spares })) {
    await credit.take();
    const sources = parcel.sources.map(source => ({ ...source, ending: plain(source.ending) }));
    port.postMessage({ ...parcel, sources } satisfies WorkerParcel, buffersOf(parcel.events));
  }
  port.postMessage(null);
  port.close();
}

function plain(ending: Ending | null): WorkerEnding | null {
  if (ending?.kind !== 'failed') return ending;
  const { code, message, hint, transient, place } = ending.error;
  const error = { code, message, transient, ...(hint !== undefined && { hint }), ...(place && { place }) };
  return { kind: 'failed', error };
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
