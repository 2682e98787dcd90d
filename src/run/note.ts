// What a publication was made from, as the warehouse's journal keeps it: JSON text.

export interface Note {
  /** Of a seed: path -> content hash of the files. */
  readonly files: Readonly<Record<string, string>>;
  /** Of an extract: every batch that is in the table. */
  readonly batches: readonly string[];
  /** Of an extract: the last redaction that it has followed. */
  readonly redaction: number;
}

const NOTHING: Note = { files: {}, batches: [], redaction: 0 };

export function writeNote(note: Partial<Note>): string {
  return JSON.stringify(note);
}

/** Reads a note; what it does not say is empty. */
export function readNote(text: string | undefined): Note {
  return text === undefined || text === '' ? NOTHING : { ...NOTHING, ...(JSON.parse(text) as Partial<Note>) };
}
