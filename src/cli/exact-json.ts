// JSON text of results, exact where JSON.stringify is not: FLOAT64 -0.0 keeps its sign.

import type { Value } from '../googlesql/value.ts';

/** Compact JSON text. INT64 and decimals beyond a double are strings already (googlesql/value.ts). */
export function exactJson(value: Value): string {
  if (Object.is(value, -0)) return '-0.0';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(exactJson).join(',')}]`;
  return `{${Object.entries(value)
    .map(([name, held]) => `${JSON.stringify(name)}:${exactJson(held)}`)
    .join(',')}}`;
}

const isArray = (value: object): value is readonly Value[] => Array.isArray(value);
