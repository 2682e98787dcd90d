// What a publication was made from, as the warehouse's journal keeps it: JSON text.

import type { Edges } from '../plan/edges.ts';
import type { Rewound } from '../plan/rewound.ts';

export interface Note {
  /** Of a seed: path -> content hash of the files. */
  readonly files: Readonly<Record<string, string>>;
  /** Of an extract: every batch that is in the table. */
  readonly batches: readonly string[];
  /** Of an extract: the last redaction that it has followed. */
  readonly redaction: number;
  /** Of a model: what its mappings meant. */
  readonly edges?: Edges;
  /** Of a table that was rewound: to which run, and the code version that it is held against. */
  readonly rewound?: Rewound;
}

const NOTHING: Note = { files: {}, batches: [], redaction: 0 };

export function writeNote(note: Partial<Note>): string {
  return JSON.stringify(note);
}

/** Reads a note; what it does not say is empty. */
export function readNote(text: string | undefined): Note {
  return text === undefined || text === '' ? NOTHING : { ...NOTHING, ...(JSON.parse(text) as Partial<Note>) };
}
