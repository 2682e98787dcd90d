// The shapes of queries in shapes/*.sql, spelt out: each paragraph is a query, each ⟨…¦…⟩ in it multiplies.
// Tables come from shapes/tables.sql: a query gets those that it names, in front, as WITH entries.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.join(import.meta.dirname, 'shapes');
const TABLES = 'tables.sql';

/** A query to certify, and where it comes from. */
export interface Shape {
  /** The file without its end: `aggregation`. */
  readonly group: string;
  readonly sql: string;
}

/** All of them, in the order of their files. */
export function shapes(): readonly Shape[] {
  const tables = readTables();
  const files = readdirSync(FOLDER).filter(file => file.endsWith('.sql') && file !== TABLES);
  return files
    .sort()
    .flatMap(file =>
      paragraphs(file).flatMap(text =>
        expand(text).map(sql => ({ group: path.basename(file, '.sql'), sql: withEntries(sql, tables) })),
      ),
    );
}

const paragraphs = (file: string): readonly string[] =>
  readFileSync(path.join(FOLDER, file), 'utf8')
    .split(/\n\s*\n/)
    .map(text => text.replace(/^--.*\n?/gm, '').trim())
    .filter(text => text !== '');

/** `LEFT('ab', ⟨0¦1⟩)` is LEFT('ab', 0) and LEFT('ab', 1). */
function expand(pattern: string): readonly string[] {
  const match = /⟨([^⟨⟩]*)⟩/.exec(pattern);
  if (!match) return [pattern];
  const [before, after] = [pattern.slice(0, match.index), pattern.slice(match.index + match[0].length)];
  return (match[1] ?? '').split('¦').flatMap(choice => expand(before + choice + after));
}

const readTables = (): ReadonlyMap<string, string> =>
  new Map(
    paragraphs(TABLES)
      .filter(text => /^\w+ AS \(/.test(text))
      .map(text => [/^\w+/.exec(text)?.[0] ?? '', text] as const),
  );

/** The query with the tables that it names in front. */
export const withTables = (sql: string): string => withEntries(sql, readTables());

function withEntries(sql: string, tables: ReadonlyMap<string, string>): string {
  const entries = [...tables].filter(([name]) => new RegExp(`\\b${name}\\b`).test(sql)).map(([, text]) => text);
  if (entries.length === 0) return sql;
  const head = /^WITH (RECURSIVE )?(?!\()/.exec(sql);
  if (!head) return `WITH ${entries.join(',\n')}\n${sql}`;
  return `WITH ${head[1] ?? ''}${entries.join(',\n')},\n${sql.slice(head[0].length)}`;
}
