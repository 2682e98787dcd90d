// Where in a query an error of the analyzer is, where that is not where the analyzer says: it names the second branch of a set operation
// for what is wrong with the fourth, and a keyword for one that is missing before it. Pure.

import { finalSelect, isWord, type Token, tokensOf } from '../googlesql/tokens.ts';

/** In UTF-16 units, as `offset`, which the analyzer said. */
export function faultOffset(message: string, sql: string, offset: number): number {
  const unlike = /^Column (\d+) in .* has incompatible types: (.*)$/.exec(message);
  if (unlike !== null) return unlikeColumn(sql, offset, { column: Number(unlike[1]), types: typesIn(unlike[2] ?? '') });
  if (!message.includes('Expected keyword ALL or keyword DISTINCT')) return offset;
  return tokensOf(sql).findLast(token => token.kind === 'word' && token.end <= offset)?.start ?? offset;
}

/** `A, STRUCT<B, C>` */
function typesIn(text: string): readonly string[] {
  const types: string[] = [''];
  let depth = 0;
  for (const letter of text) {
    if (letter === '<') depth += 1;
    if (letter === '>') depth -= 1;
    if (letter === ',' && depth === 0) types.push('');
    else types.push((types.pop() ?? '') + letter);
  }
  return types.map(type => type.trim());
}

const NUMBERS = /^(?:INT64|NUMERIC|BIGNUMERIC|FLOAT64|DOUBLE)$/;
const familyOf = (type: string): string => (NUMBERS.test(type) ? 'number' : type);

/** The one that is not as the others; of two the second. */
function oddOne(types: readonly string[]): number {
  const [first, second, ...others] = types.map(familyOf);
  if (others.length > 0 && first !== second && others.every(one => one === second)) return 0;
  return Math.max(
    1,
    types.findIndex(type => familyOf(type) !== first),
  );
}

/** The column in the list of the branch that is unlike the others. */
function unlikeColumn(
  sql: string,
  offset: number,
  { column, types }: { readonly column: number; readonly types: readonly string[] },
): number {
  const tokens = tokensOf(sql).filter(token => token.kind !== 'comment');
  const second = tokens.findIndex(token => token.start >= offset);
  const { depth = 0 } = tokens[second] ?? {};
  const select = branchSelect(tokens, { second, depth, branch: oddOne(types) });
  if (select === undefined) return offset;
  const items = finalSelect(sql.slice(select.start));
  const item = items.slice(0, column).some(one => one.name === '*') ? undefined : items[column - 1];
  return select.start + (item?.start ?? 0);
}

interface Branch {
  /** The first token of the second branch. */
  readonly second: number;
  readonly depth: number;
  /** Counted from 0. */
  readonly branch: number;
}

function branchSelect(tokens: readonly Token[], { second, depth, branch }: Branch): Token | undefined {
  const isSelect = (token: Token): boolean => isWord(token, 'SELECT');
  if (branch === 0) return tokens.slice(0, second).findLast(token => token.depth === depth && isSelect(token));
  const end = tokens.findIndex((token, at) => at > second && token.depth < depth);
  const rest = tokens.slice(second, end < 0 ? undefined : end);
  const operators = rest.flatMap((token, at) =>
    token.depth === depth && isWord(token, 'UNION', 'INTERSECT', 'EXCEPT') && isWord(rest[at + 1], 'ALL', 'DISTINCT')
      ? [at]
      : [],
  );
  const from = branch === 1 ? 0 : operators[branch - 2];
  return from === undefined ? undefined : rest.slice(from).find(isSelect);
}
