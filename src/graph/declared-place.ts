// Where in the text of an asset's file something is declared: for errors about a column, a dep, a check. Pure.

import type { ShapedProperty } from '../asset/shape.ts';
import { lineAndColumn, type Place } from '../errors.ts';
import { withoutComments, withoutTexts } from './code-text.ts';

/** The text of a file that declares an asset, or of pulse.config.ts, and its path relative to the project. */
export interface DeclaringFile {
  readonly file: string;
  readonly text: string;
}

export type DeclaredProperty = ShapedProperty | 'analyze' | 'name' | 'freshness' | 'exposures';

/**
 * The place of `word` as a string literal below the property `within`; else of the property; else of what declares it; else the file
 * alone. Declarations are code: what is built elsewhere has no line here. What is commented out declares nothing.
 */
export function declaredPlace({ file, text: written }: DeclaringFile, within: DeclaredProperty, word?: string): Place {
  const text = withoutComments(written);
  const start = propertyAt(text, within);
  const found = word === undefined ? undefined : placeOfWord({ file, text }, word, start ?? 0);
  return found ?? placeAt({ file, text }, start ?? openingAt(text));
}

/** Where a property starts; what an import or a text names is none. */
const propertyAt = (text: string, within: string): number | undefined =>
  new RegExp(String.raw`(?<![\w$.'"\`])['"]?${within}['"]?\s*[:,]`).exec(
    withoutTexts(text).replace(/\bimport\b[^;'"]*(?=from\b)/g, found => ' '.repeat(found.length)),
  )?.index;

/** Where what declares begins. */
const openingAt = (text: string): number | undefined =>
  /\b(?:source|ingest|extract|seed|model|defineConfig)\s*\(/.exec(withoutTexts(text))?.index;

/** The place of the next `word` as declaredPlace finds it, behind so many of them. */
export function declaredAgain(
  { file: path, text }: DeclaringFile,
  within: DeclaredProperty,
  { word, behind }: { readonly word: string; readonly behind: number },
): Place {
  const file = { file: path, text: withoutComments(text) };
  let from = propertyAt(file.text, within) ?? 0;
  for (let left = behind; left >= 0; left--) {
    const found = quotedAt(file.text, word, from);
    if (found === undefined) break;
    if (left === 0) return placeAt(file, found);
    from = found + word.length;
  }
  return declaredPlace(file, within, word);
}

/** The first letter of `word` in quotes, from an offset on. */
function quotedAt(text: string, word: string, from: number): number | undefined {
  const found = ["'", '"', '`'].map(quote => text.indexOf(`${quote}${word}${quote}`, from)).filter(at => at >= 0);
  return found.length === 0 ? undefined : Math.min(...found) + 1;
}

function placeOfWord({ file, text }: DeclaringFile, word: string, from: number): Place | undefined {
  const quoted = quotedAt(text, word, from);
  const bare = new RegExp(String.raw`\b${word.replace(/[^\w]/g, String.raw`\$&`)}\s*:`).exec(text.slice(from));
  if (quoted !== undefined) return placeAt({ file, text }, quoted);
  return bare === null ? undefined : placeAt({ file, text }, from + bare.index);
}

const placeAt = ({ file, text }: DeclaringFile, offset: number | undefined): Place =>
  offset === undefined ? { file } : { file, ...lineAndColumn(text, offset) };
