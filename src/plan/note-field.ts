// One thing that the note of a publication says, without reading the rest of it. Pure; what a note holds is in run/note.ts.

/** Undefined where it says nothing of it. Notes of extracts name thousands of batches: those that lack the word are not parsed. */
export function noteField(note: string | undefined, name: string): unknown {
  if (note === undefined || !note.includes(`"${name}"`)) return undefined;
  return (JSON.parse(note) as Readonly<Record<string, unknown>>)[name];
}
