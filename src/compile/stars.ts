// Stars that take all columns of a table, told from the words of a query: the resolved tree no longer knows them. Pure.

import { isWord, type Token, tokensOf } from '../googlesql/tokens.ts';

const ENDS_FROM = ['WHERE', 'GROUP', 'HAVING', 'QUALIFY', 'WINDOW', 'ORDER', 'LIMIT', 'UNION', 'INTERSECT', 'EXCEPT'];

export interface Star {
  readonly table: string;
  /** In UTF-16 units. */
  readonly start: number;
}

/** Every `*` or `alias.*` of a SELECT over one of `tables` itself, not over a CTE or subquery. */
export function starsOf(sql: string, tables: readonly string[]): readonly Star[] {
  const tokens = tokensOf(sql).filter(token => token.kind !== 'comment');
  const known = new Map(tables.map(table => [table.toLowerCase(), table]));
  return tokens.flatMap((token, at) => {
    if (token.text !== '*' || token.kind !== 'sign') return [];
    const before = tokens[at - 1];
    const isQualified = before?.text === '.';
    if (
      !isQualified &&
      !isWord(before, 'SELECT', 'DISTINCT', 'ALL') &&
      !(before?.text === ',' && startsItem(tokens[at + 1]))
    )
      return [];
    if (isOfExists(tokens, at)) return [];
    const read = sourcesAfter(tokens, at);
    const alias = isQualified ? tokens[at - 2]?.text.toLowerCase() : undefined;
    const table = read
      .filter(source => alias === undefined || source.alias === alias)
      .map(source => known.get(source.table))
      .find(found => found !== undefined);
    return table === undefined ? [] : [{ table, start: (isQualified ? tokens[at - 2] : token)?.start ?? token.start }];
  });
}

/** Whether it is in the list of the SELECT of an EXISTS, which reads no column. */
function isOfExists(tokens: readonly Token[], at: number): boolean {
  const depth = tokens[at]?.depth ?? 0;
  const open = tokens.findLastIndex((token, i) => i < at && token.depth < depth);
  return isWord(tokens[open - 1], 'EXISTS');
}

/** What may follow a star that is an item of a list; a product has an operand there. */
const startsItem = (next: Token | undefined): boolean =>
  next === undefined || next.text === ',' || next.text === ')' || isWord(next, 'FROM', 'EXCEPT', 'REPLACE');

/** The tables of the FROM clause of the SELECT that `tokens[at]` is in. */
function sourcesAfter(tokens: readonly Token[], at: number): { readonly table: string; readonly alias: string }[] {
  const depth = tokens[at]?.depth ?? 0;
  const rest = tokens.slice(at + 1);
  const end = rest.findIndex(token => token.depth < depth);
  const own = (end < 0 ? rest : rest.slice(0, end)).filter(token => token.depth === depth);
  const from = own.findIndex(token => isWord(token, 'FROM'));
  if (from < 0) return [];
  const stop = own.findIndex((token, i) => i > from && isWord(token, ...ENDS_FROM));
  const clause = own.slice(from, stop < 0 ? undefined : stop);
  return clause.flatMap((token, i) => {
    const opens = isWord(token, 'FROM', 'JOIN') || token.text === ',';
    const name = clause[i + 1];
    if (!opens || name === undefined || (name.kind !== 'quoted' && name.kind !== 'word')) return [];
    const next = clause[i + 2];
    const named = isWord(next, 'AS')
      ? clause[i + 3]
      : next?.kind === 'word' && !isWord(next, ...JOINS)
        ? next
        : undefined;
    return [{ table: name.text.toLowerCase(), alias: (named ?? name).text.toLowerCase() }];
  });
}

const JOINS = ['JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'ON', 'USING', 'TABLESAMPLE'];
