// Reads files into parcels in the thread that asks: one after the other, each to its end.

import { PulseError } from '../errors.ts';
import { nameless, type SourceFile } from './files.ts';
import { Collector, type Parcel, type ReadOptions, readFile } from './read-source.ts';

/** Reads files, each to its end; nothing is read ahead of who takes it. A file's ending is in its last parcel. */
export async function* readInline(files: readonly SourceFile[], options: ReadOptions): AsyncGenerator<Parcel> {
  const collector = new Collector(options);
  for (const [index, file] of files.entries()) {
    collector.begin(index, file.shape ?? 'live');
    try {
      if (file.shape === null) throw nameless(file.source);
      collector.finish({ kind: 'end', ...(yield* readFile(file, collector, options)) });
    } catch (error) {
      if (!(error instanceof PulseError)) throw error;
      collector.finish({ kind: 'failed', error });
    }
  }
  collector.end();
  yield* collector.parcels();
}
