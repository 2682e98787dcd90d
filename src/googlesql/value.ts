// The values of a result, engine-neutral: what both engines' clients decode to, and what JSON output encodes.
// Knows no engine.

import type { TypedColumn } from './type.ts';

/**
 * One value, by its type:
 * NULL null · BOOL boolean · INT64 number within ±2^53, else decimal string · FLOAT64 number, or 'NaN', 'Infinity', '-Infinity' ·
 * NUMERIC and BIGNUMERIC decimal string without needless zeros ('63.1', '-0.5', '100') · STRING string · BYTES base64 ·
 * DATE '2023-03-31' · TIME '19:30:00.5' · DATETIME '2023-03-31T19:30:00' · TIMESTAMP '2023-03-31T19:30:00.123Z'
 * (fraction digits as many as it has, none for whole seconds) · INTERVAL as BigQuery prints it · JSON its compact text ·
 * ARRAY array · STRUCT object by field name (an unnamed field is `_field_N`, N from 1; see `uniqueNames`).
 */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };

/** Names that are there twice get _1, _2, …: an object has one value a name. */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map(name => {
    let free = name;
    for (let n = 1; taken.has(free); n++) free = `${name}_${n}`;
    taken.add(free);
    return free;
  });
}

export interface ResultSet {
  /** Unnamed columns are f0_, f1_, … among themselves, as BigQuery names them. */
  readonly columns: readonly TypedColumn[];
  readonly rows: readonly (readonly Value[])[];
}
