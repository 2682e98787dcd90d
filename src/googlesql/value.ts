// The values of a result, engine-neutral: what both engines' clients decode to, and what JSON output encodes.

import type { TypedColumn } from './type.ts';

/**
 * One value, by its type:
 * NULL null · BOOL boolean · INT64 number within ±(2^53-1), else decimal string · FLOAT64 number, or 'NaN', 'Infinity', '-Infinity' ·
 * NUMERIC and BIGNUMERIC decimal string without needless zeros ('63.1', '-0.5', '100') · STRING string · BYTES base64 ·
 * DATE '2023-03-31' · TIME '19:30:00.5' · DATETIME '2023-03-31T19:30:00' · TIMESTAMP '2023-03-31T19:30:00.123Z'
 * (fraction digits as many as it has, none for whole seconds) · INTERVAL as BigQuery prints it · JSON its compact text ·
 * ARRAY array · STRUCT object by field name (an unnamed field is `_field_N`, N from 1).
 */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };

export interface ResultSet {
  /** Unnamed columns are f0_, f1_, … by their position, as BigQuery names them. */
  readonly columns: readonly TypedColumn[];
  readonly rows: readonly (readonly Value[])[];
}
