// A query that is nested deeper than the stack holds: a sum of a thousand terms is a thousand calls, one in the other.
// Where that is, told by its words: a call stack that has run out tells nothing any more. Pure.

import { lineAndColumn } from '../errors.ts';
import { SqlNotTranslated } from './analyzed.ts';
import { isWord, type Token, tokensOf } from './tokens.ts';

export const isTooDeep = (error: unknown): boolean =>
  error instanceof RangeError && error.message.startsWith('Maximum call stack');

/** What to tell of a query that ran out of the stack. */
export function tooDeep(sql: string, cause: unknown): SqlNotTranslated {
  const tokens = tokensOf(sql).filter(token => token.kind !== 'comment');
  const { start, links } = longestChain(tokens);
  const { depth, outermost } = deepestBrackets(tokens);
  const isNest = depth > links;
  const what = isNest ? `${depth} brackets, one in the other` : `${links} operators in one expression`;
  return new SqlNotTranslated(
    { message: `The query is nested too deeply: ${what}, here.`, ...lineAndColumn(sql, isNest ? outermost : start) },
    { cause, hint: 'Write it with fewer levels: SUM over a table of the terms, or a CTE for each few of them.' },
  );
}

/** How many brackets stand around a word at most, and where the outermost of those is. */
function deepestBrackets(tokens: readonly Token[]): { readonly depth: number; readonly outermost: number } {
  let depth = 0;
  let outermost = 0;
  let open = 0;
  for (const token of tokens) {
    if (token.depth === 0) open = token.start;
    if (token.depth <= depth) continue;
    depth = token.depth;
    outermost = open;
  }
  return { depth, outermost };
}

interface Chain {
  readonly start: number;
  readonly links: number;
}

/** The expression with the most operators and brackets in it. */
function longestChain(tokens: readonly Token[]): Chain {
  let longest: Chain = { start: 0, links: 0 };
  let now: Chain | undefined;
  for (const token of tokens) {
    if (isBorder(token)) now = undefined;
    else now = { start: now?.start ?? token.start, links: (now?.links ?? 0) + (isLink(token) ? 1 : 0) };
    if (now !== undefined && now.links > longest.links) longest = now;
  }
  return longest;
}

const isLink = (token: Token): boolean =>
  (token.kind === 'sign' && /[-+*/|&^<>=([]/.test(token.text)) || isWord(token, 'AND', 'OR', 'CASE', 'NOT');

const isBorder = (token: Token): boolean =>
  (token.depth === 0 && token.text === ',') ||
  isWord(
    token,
    'SELECT',
    'FROM',
    'WHERE',
    'GROUP',
    'ORDER',
    'HAVING',
    'QUALIFY',
    'LIMIT',
    'UNION',
    'INTERSECT',
    'EXCEPT',
    'ON',
    'WITH',
  );
