// Reads files into parcels in the thread that asks: one after the other, each to its end.

import { PulseError } from '../errors.ts';
import { buffersOf, PackSpares } from './event-pack.ts';
import type { SourceFile } from './files.ts';
import { Pace, type Parcel, type ReadOptions, readFile, type SourceEnd } from './read-source.ts';

/** What comes out, `file` being the index of the file it came from. Each file ends with `end` or `failed`. */
export type ReadItem =
  | { readonly kind: 'parcel'; readonly file: number; readonly parcel: Parcel }
  | { readonly kind: 'end'; readonly file: number; readonly end: SourceEnd }
  | { readonly kind: 'failed'; readonly file: number; readonly error: PulseError };

/** Reads files, each to its end; nothing is read ahead of who takes it. */
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
