// Rows by column, each column's texts joined into one: what a store hands to a warehouse without an object a value.
// Knows no store, no warehouse and no types.

export type Text = string | null;
export type TextRow = readonly Text[];

/** Characters that stand between the texts of a column, and for NULL. No text of the batch holds the first or is the second. */
export interface Marks {
  readonly separator: string;
  readonly nothing: string;
}

export interface TextColumns {
  /** 1 or more. */
  readonly rows: number;
  readonly marks: Marks;
  /** One joined text a column, `rows` texts in each. */
  readonly columns: readonly string[];
}

/** Control characters: JSON text, times and numbers never hold them. */
export const USUAL_MARKS: Marks = { separator: '\u001f', nothing: '\u001e' };

/** Joins rows, one or more, of `width` texts each. Marks that a text holds are changed for others. */
export function joinRows(rows: readonly TextRow[], width: number): TextColumns {
  return joinWith(rows, width, USUAL_MARKS) ?? (joinWith(rows, width, unusedMarks(rows)) as TextColumns);
}

/** The rows again. */
export function splitRows(batch: TextColumns): TextRow[] {
  const { separator, nothing } = batch.marks;
  const columns = batch.columns.map(joined => joined.split(separator));
  return Array.from({ length: batch.rows }, (_, row) =>
    columns.map(texts => {
      const text = texts[row];
      return text === undefined || text === nothing ? null : text;
    }),
  );
}

/** A column of `rows` times the same text. */
export const repeated = (text: string, rows: number, { separator }: Marks): string =>
  `${text}${separator}`.repeat(rows - 1) + text;

/** How many texts a joined text is of. */
export function countTexts(joined: string, { separator }: Marks): number {
  let count = 1;
  for (let at = joined.indexOf(separator); at !== -1; at = joined.indexOf(separator, at + 1)) count++;
  return count;
}

/** Undefined where a text holds a mark. */
function joinWith(rows: readonly TextRow[], width: number, marks: Marks): TextColumns | undefined {
  const columns: string[] = [];
  for (let column = 0; column < width; column++) {
    const texts = new Array<string>(rows.length);
    for (let i = 0; i < rows.length; i++) {
      const text = rows[i]?.[column] ?? null;
      if (text === marks.nothing) return undefined;
      texts[i] = text ?? marks.nothing;
    }
    const joined = texts.join(marks.separator);
    if (countTexts(joined, marks) !== rows.length) return undefined;
    columns.push(joined);
  }
  return { rows: rows.length, marks, columns };
}

/** Marks that no text of the rows holds: characters of the private use planes that are not there. */
function unusedMarks(rows: readonly TextRow[]): Marks {
  const used = new Set<number>();
  for (const row of rows) for (const text of row) for (const char of text ?? '') used.add(char.codePointAt(0) ?? 0);
  const free: string[] = [];
  for (let code = 0xf0000; free.length < 2; code++) if (!used.has(code)) free.push(String.fromCodePoint(code));
  const [separator = '', nothing = ''] = free;
  return { separator, nothing };
}
