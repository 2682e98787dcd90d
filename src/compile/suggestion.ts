// "Did you mean …?" where the analyzer itself did not say it. Pure.

import { closest, hintClosest } from '../closest.ts';
import type { CatalogTable } from '../googlesql/analyzed.ts';

/**
 * What may have been meant, of the tables that a query may read, their columns, and the CTEs of its SQL; undefined where nothing
 * is near or it is said already.
 */
export function suggestion(message: string, tables: readonly CatalogTable[], sql = ''): string | undefined {
  if (/Did you mean/i.test(message)) return undefined;
  if (message.includes('Expected keyword ALL or keyword DISTINCT')) return 'Write UNION ALL, or UNION DISTINCT.';
  if (/but got keyword (?:UNION|INTERSECT|EXCEPT)$/.test(message) && /\b(?:ORDER\s+BY|LIMIT)\b/i.test(sql))
    return 'ORDER BY and LIMIT belong behind the last branch, or into brackets with their own.';
  if (/Unexpected "\{"/.test(message))
    return 'A template says {{ref "name"}} and {{!-- a comment --}}; {% … %} and {# … #} are not of it.';
  if (/Illegal input character "\$"/.test(message))
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is told of.
    return 'A template says {{ref "name"}} and {{var "name"}}: ${…} is not replaced.';
  if (/got string literal/.test(message) && /\w''\w/.test(sql)) return String.raw`A quote within a text is written \'.`;
  const table = /^Table not found: `?([\w.]+)`?/.exec(message)?.[1];
  if (table !== undefined) {
    const ctes = [...sql.matchAll(/(\w+)`?\s+AS\s*\(/gi)].map(([, name = '']) => name);
    if (ctes.some(name => name.toLowerCase() === table.toLowerCase()))
      return `The CTE ${table} is read before it ends: a CTE reads those above it. Move it up.`;
    const names = [...ctes, ...tables.map(one => one.name)];
    return hintClosest(table, names, 'Read a table by {{ref "name"}}, and list it among the deps of the asset.');
  }
  const column =
    /^Unrecognized name: `?([\w.]+)`?/.exec(message)?.[1] ??
    /^Name `?(\w+)`? not found inside/.exec(message)?.[1] ??
    /^Column `?([A-Za-z_]\w*)`? (?:in|not)/.exec(message)?.[1] ??
    /^(?:Field|Column) name `?(\w+)`? does not exist/.exec(message)?.[1];
  if (column === undefined) return undefined;
  const word = column.split('.').at(-1) ?? column;
  const near = closest(word, new Set(tables.flatMap(one => one.columns.map(({ name }) => name))));
  // Of one of that very name it is not the name that is wrong: the query reads another table.
  return near === undefined || near.toLowerCase() === word.toLowerCase() ? undefined : `Did you mean "${near}"?`;
}
