// Reading fields of a payload by the names of the contract's section 3. "First non-null of the list, in order."

import { isObject, type Json, NumberText } from './json.ts';
import { type Numeric, numericOf } from './numeric.ts';

/** The first of the named values that is there and neither null nor an empty string. `a.b` is nested. */
export function first(payload: Json, ...names: string[]): Json {
  for (const name of names) {
    const value = at(payload, name);
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return null;
}

function at(payload: Json, name: string): Json | undefined {
  let value: Json | undefined = payload;
  for (const part of name.split('.')) value = isObject(value) ? value.get(part) : undefined;
  return value;
}

/** A scalar as text: numbers as they are written. Objects and arrays are no text: NULL. */
export function text(value: Json): string | null {
  if (value instanceof NumberText) return value.text;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The first of the named values, as text. */
export function firstText(payload: Json, ...names: string[]): string | null {
  return text(first(payload, ...names));
}

/** Without Unicode white space at its ends; a byte order mark is none. */
function trim(value: string): string {
  return value.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
}

/** Trimmed and upper-cased; empty is NULL. */
export function upper(value: string | null): string | null {
  const trimmed = trim(value ?? '').toUpperCase();
  return trimmed === '' ? null : trimmed;
}

/** Trimmed and lower-cased; empty is NULL. */
export function lower(value: string | null): string | null {
  const trimmed = trim(value ?? '').toLowerCase();
  return trimmed === '' ? null : trimmed;
}

/** An integer, a decimal, or digits in a string; anything else is NULL. */
export function amount(value: Json): Numeric | null {
  if (value instanceof NumberText) return numericOf(value.text);
  return typeof value === 'string' ? numericOf(value) : null;
}

/** INT64, or NULL. */
export function integer(value: Json | undefined): bigint | null {
  const written = value instanceof NumberText ? value.text : typeof value === 'string' ? value.trim() : '';
  return /^[+-]?\d{1,18}$/.test(written) ? BigInt(written) : null;
}
