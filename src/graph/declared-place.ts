// Where in the text of an asset's file something is declared: for errors about a column, a dep, a check. Pure.

import { lineAndColumn, type Place } from '../errors.ts';

/** The text of a file that declares an asset, or of pulse.config.ts, and its path relative to the project. */
export interface DeclaringFile {
  readonly file: string;
  readonly text: string;
}

export type DeclaredProperty =
  | 'columns'
  | 'deps'
  | 'checks'
  | 'partition'
  | 'clusterBy'
  | 'model'
  | 'headers'
  | 'name'
  | 'freshness'
  | 'exposures';

/**
 * The place of `word` as a string literal below the property `within`; else of the property; else the file alone.
 * Declarations are code: what is built elsewhere has no line here.
 */
export function declaredPlace({ file, text }: DeclaringFile, within: DeclaredProperty, word?: string): Place {
  const start = new RegExp(String.raw`(?<![\w$.'"\`])['"]?${within}['"]?\s*[:,]`).exec(text)?.index;
  if (start === undefined) return word === undefined ? { file } : (placeOfWord({ file, text }, word, 0) ?? { file });
  const found = word === undefined ? undefined : placeOfWord({ file, text }, word, start);
  return found ?? placeAt({ file, text }, start);
}

function placeOfWord({ file, text }: DeclaringFile, word: string, from: number): Place | undefined {
  const quoted = ["'", '"', '`'].map(quote => text.indexOf(`${quote}${word}${quote}`, from)).filter(at => at >= 0);
  const bare = new RegExp(String.raw`\b${word.replace(/[^\w]/g, String.raw`\$&`)}\s*:`).exec(text.slice(from));
  const [first] = quoted.sort((a, b) => a - b);
  if (first !== undefined) return placeAt({ file, text }, first + 1);
  return bare === null ? undefined : placeAt({ file, text }, from + bare.index);
}

const placeAt = ({ file, text }: DeclaringFile, offset: number): Place => ({ file, ...lineAndColumn(text, offset) });
