// DuckDB's name of a column's type, read back: for tables that no model describes any more. The other way round is dialect.ts.

import type { SqlType } from '../../googlesql/type.ts';

const SCALARS: Readonly<Record<string, SqlType>> = {
  BOOLEAN: { kind: 'BOOL' },
  BIGINT: { kind: 'INT64' },
  DOUBLE: { kind: 'FLOAT64' },
  'DECIMAL(38,9)': { kind: 'NUMERIC' },
  BLOB: { kind: 'BYTES' },
  DATE: { kind: 'DATE' },
  TIME: { kind: 'TIME' },
  TIMESTAMP: { kind: 'TIMESTAMP' },
  INTERVAL: { kind: 'INTERVAL' },
};

/** `STRUCT(sku VARCHAR, "a b" BIGINT)[]`; what is none of pulse's types is a STRING. DATETIME comes out as TIMESTAMP. */
export function typeOfText(text: string): SqlType {
  if (text.endsWith('[]')) return { kind: 'ARRAY', element: typeOfText(text.slice(0, -2)) };
  const [, inner] = /^STRUCT\((.*)\)$/s.exec(text) ?? [];
  if (inner === undefined) return SCALARS[text] ?? { kind: 'STRING' };
  return { kind: 'STRUCT', fields: parts(inner).map(fieldOf) };
}

function fieldOf(text: string): { readonly name: string; readonly type: SqlType } {
  const [, quoted, plain, type = ''] = /^(?:"((?:[^"]|"")*)"|(\S+)) (.*)$/s.exec(text) ?? [];
  return { name: quoted?.replaceAll('""', '"') ?? plain ?? '', type: typeOfText(type) };
}

/** Cut at commas that are in no bracket and no quotes. */
function parts(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let isQuoted = false;
  let from = 0;
  for (const [at, char] of [...text].entries()) {
    if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && char === '(') depth++;
    else if (!isQuoted && char === ')') depth--;
    else if (!isQuoted && depth === 0 && char === ',') {
      found.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  return [...found, text.slice(from).trim()];
}
