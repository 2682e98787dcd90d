// The words of a SQL text with their places: enough to find the columns of a final SELECT and the names of CTEs.
// Judges nothing; what the SQL means is the analyzer's to say.

export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'sign' | 'comment';
  /** As it stands there; of a back-quoted name what is inside. */
  readonly text: string;
  /** In UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** How many brackets are open around it. */
  readonly depth: number;
  /** A closing bracket that closes nothing. */
  readonly isUnmatched: boolean;
}

const TOKEN =
  /(--[^\n]*|#[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(`(?:[^`\\]|\\.)*`?)|((?:[rR][bB]?|[bB][rR]?)?(?:'''[\s\S]*?(?:'''|$)|"""[\s\S]*?(?:"""|$)|'(?:[^'\\\n]|\\[\s\S])*'?|"(?:[^"\\\n]|\\[\s\S])*"?))|([A-Za-z_][A-Za-z0-9_]*)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(\S)/g;

/** All tokens, comments included, in their order. */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  for (const match of sql.matchAll(TOKEN)) {
    const [text, comment, quoted, string, word, number] = match;
    const kind = comment
      ? 'comment'
      : quoted
        ? 'quoted'
        : string
          ? 'string'
          : word
            ? 'word'
            : number
              ? 'number'
              : 'sign';
    const closes = kind === 'sign' && /[)\]]/.test(text);
    const isUnmatched = closes && depth === 0;
    if (closes) depth = Math.max(0, depth - 1);
    tokens.push({
      kind,
      text: kind === 'quoted' ? text.replace(/^`|`$/g, '') : text,
      start: match.index,
      end: match.index + text.length,
      depth,
      isUnmatched,
    });
    if (kind === 'sign' && /[([]/.test(text)) depth += 1;
  }
  return tokens;
}

export const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token?.kind === 'word' && words.includes(token.text.toUpperCase());

/** One item of a SELECT list. */
export interface SelectItem {
  /** The column it is called; undefined where it has no name, `*` for a star. */
  readonly name: string | undefined;
  readonly start: number;
  /** Where the name stands: an alias, or the end of a path. */
  readonly nameStart: number;
}

const ENDS_LIST = [
  'FROM',
  'WHERE',
  'UNION',
  'INTERSECT',
  'EXCEPT',
  'ORDER',
  'LIMIT',
  'GROUP',
  'HAVING',
  'QUALIFY',
  'WINDOW',
];

/** The items of the list that names a query's columns: of its first SELECT outside of all brackets. */
export function finalSelect(sql: string): SelectItem[] {
  const tokens = tokensOf(sql).filter(token => token.kind !== 'comment');
  const at = tokens.findIndex(token => token.depth === 0 && isWord(token, 'SELECT'));
  if (at < 0) return [];
  const items: SelectItem[] = [];
  let item: Token[] = [];
  for (const token of tokens.slice(at + 1)) {
    const isEnd =
      token.depth === 0 && (isWord(token, ...ENDS_LIST) || token.text === ';') && !isStarExcept(item, token);
    if (isEnd) break;
    if (token.depth === 0 && token.text === ',') {
      items.push(...itemOf(item));
      item = [];
    } else if (item.length > 0 || !isWord(token, 'DISTINCT', 'ALL')) item.push(token);
  }
  return [...items, ...itemOf(item)];
}

const isStarExcept = (item: readonly Token[], token: Token): boolean =>
  isWord(token, 'EXCEPT') && item.at(-1)?.text === '*';

function itemOf(tokens: readonly Token[]): SelectItem[] {
  const [first, last, before] = [tokens[0], tokens.at(-1), tokens.at(-2)];
  if (first === undefined || last === undefined) return [];
  const star = tokens.find(token => token.text === '*' && token.depth === 0 && token.kind === 'sign');
  const isStar = star !== undefined && (star === first || tokens[tokens.indexOf(star) - 1]?.text === '.');
  if (isStar) return [{ name: '*', start: first.start, nameStart: first.start }];
  const isName = last.kind === 'quoted' || (last.kind === 'word' && !isWord(last, 'END', 'NULL', 'TRUE', 'FALSE'));
  const isPath = tokens.every((token, i) =>
    i % 2 === 0 ? token.kind === 'word' || token.kind === 'quoted' : token.text === '.',
  );
  const isAlias =
    isWord(before, 'AS') ||
    (before !== undefined && before.text !== '.' && before.kind !== 'sign') ||
    before?.text === ')' ||
    before?.text === ']';
  const name = isName && (isPath || isAlias || before?.text === '.') ? last.text : undefined;
  return [{ name, start: first.start, nameStart: name === undefined ? first.start : last.start }];
}
