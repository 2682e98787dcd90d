// GROUP BY ALL as the analyzer of 2023 knows it: by position. BigQuery has it since 2024: it groups by every item of the SELECT that
// holds no aggregate, no window and some column. Where that can't be told from the words, it is left, and refused by name. Pure.

import { isWord, type Token, tokensOf } from './tokens.ts';

/** A stretch of a text, in UTF-16 units, and what is to stand there. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** `ALL` of each GROUP BY ALL that can be told, by place. */
export function groupsByAll(sql: string): readonly Replacement[] {
  if (!/\bGROUP\b[\s\S]*?\bBY\b[\s\S]*?\bALL\b/i.test(sql)) return [];
  const tokens = tokensOf(sql).filter(token => token.kind !== 'comment');
  return tokens.flatMap((token, at) => {
    const [by, all] = [tokens[at + 1], tokens[at + 2]];
    if (!isWord(token, 'GROUP') || !isWord(by, 'BY') || all === undefined || !isWord(all, 'ALL')) return [];
    const keys = keysOf(tokens, at);
    return keys === undefined ? [] : [{ start: all.start, end: all.end, text: keys }];
  });
}

/** The text with them. */
export function replaced(text: string, replacements: readonly Replacement[]): string {
  return [...replacements]
    .reverse()
    .reduce((now, { start, end, text: put }) => now.slice(0, start) + put + now.slice(end), text);
}

/** What the GROUP BY ALL at a word means; undefined where that can't be told. */
function keysOf(tokens: readonly Token[], group: number): string | undefined {
  const { depth = 0 } = tokens[group] ?? {};
  const isHere = (token: Token | undefined, ...words: readonly string[]): boolean =>
    token?.depth === depth && isWord(token, ...words);
  const select = tokens.findLastIndex((token, at) => at < group && isHere(token, 'SELECT'));
  const from = tokens.findIndex((token, at) => at > select && at < group && isHere(token, 'FROM'));
  if (select < 0 || from < 0 || !standsAlone(tokens, group)) return undefined;
  const items = itemsOf(tokens.slice(select + 1, from), depth);
  if (items === undefined) return undefined;
  const kinds = items.map(kindOf);
  const keys = kinds.flatMap((kind, at) => (kind === 'computed' || kind === 'constant' ? [] : [at + 1]));
  if (keys.length === 0) return '()';
  // Grouped by what may be a constant alone, no rows would be no group.
  return kinds.includes('key') ? keys.join(', ') : undefined;
}

/** Whether all brackets around a word are a CTE's or a table's: a subquery of another kind may read columns from without. */
function standsAlone(tokens: readonly Token[], at: number): boolean {
  const { depth = 0 } = tokens[at] ?? {};
  if (depth === 0) return true;
  const open = tokens.findLastIndex((token, index) => index < at && token.depth < depth && token.text === '(');
  return isWord(tokens[open - 1], 'AS', 'FROM', 'JOIN') && standsAlone(tokens, open);
}

/** The items of a SELECT list; undefined where a star stands for some, or it is no plain list. */
function itemsOf(tokens: readonly Token[], depth: number): readonly (readonly Token[])[] | undefined {
  const list = isWord(tokens[0], 'DISTINCT', 'ALL') ? tokens.slice(1) : tokens;
  if (isWord(list[0], 'AS', 'WITH')) return undefined;
  const items: Token[][] = [[]];
  let angles = 0;
  for (const [at, token] of list.entries()) {
    const isType = isWord(list[at - 1], 'STRUCT', 'ARRAY', 'RANGE');
    if (token.text === '<' && (isType || angles > 0)) angles += 1;
    if (token.text === '>' && angles > 0) angles -= 1;
    if (token.depth === depth && isStar(list, at)) return undefined;
    if (token.depth === depth && token.text === ',' && angles === 0) items.push([]);
    else items.at(-1)?.push(token);
  }
  return items.filter(item => item.length > 0);
}

/** A star that is no multiplication. */
const isStar = (list: readonly Token[], at: number): boolean => {
  const before = list[at - 1];
  return list[at]?.text === '*' && (before === undefined || before.text === ',' || before.text === '.');
};

/** What an item is: it is grouped by a key, and by what is perhaps a constant, which does no harm beside a key. */
function kindOf(item: readonly Token[]): 'computed' | 'constant' | 'key' | 'perhaps' {
  const own = withoutSubqueries(item);
  const isCall = (at: number): boolean => own[at]?.kind !== 'sign' && own[at + 1]?.text === '(';
  if (own.some((token, at) => isWord(token, 'OVER') || (isCall(at) && AGGREGATES.test(token.text)))) return 'computed';
  const end = aliasStart(own);
  const words = own.flatMap((token, at) => {
    const isWritten = token.kind === 'word' || token.kind === 'quoted';
    return isWritten && at < end && !isCall(at) && own[at - 1]?.text !== '@' ? [at] : [];
  });
  const isType = own.some(token => token.text === '<');
  const kinds = words.map(at => nameKind(own, at));
  if (kinds.includes('name') && !isType) return 'key';
  return kinds.some(kind => kind !== 'none') || own.length < item.length ? 'perhaps' : 'constant';
}

/** Whether a word names a column: some are never one, some are a date part or a type where they are none. */
function nameKind(item: readonly Token[], at: number): 'name' | 'perhaps' | 'none' {
  const [token, before, next] = [item[at], item[at - 1], item[at + 1]];
  const word = token?.text.toUpperCase() ?? '';
  if (token?.kind === 'quoted') return 'name';
  if (RESERVED.has(word)) return 'none';
  if (!DOUBTFUL.has(word)) return 'name';
  // DATE '2024-01-01', CAST(… AS DATE), INTERVAL 1 DAY.
  return next?.kind === 'string' || isWord(before, 'AS') || isWord(item[at - 2], 'INTERVAL') ? 'none' : 'perhaps';
}

/** Where the alias begins, if there is one. */
function aliasStart(item: readonly Token[]): number {
  const [last, before] = [item.at(-1), item.at(-2)];
  if (before === undefined || (last?.kind !== 'word' && last?.kind !== 'quoted')) return item.length;
  if (isWord(before, 'AS')) return item.length - 2;
  return before.kind !== 'sign' || before.text === ')' || before.text === ']' ? item.length - 1 : item.length;
}

const wordsOf = (...lines: readonly string[]): ReadonlySet<string> => new Set(lines.flatMap(line => line.split(' ')));

/** Words that no column is called without quotes. */
const RESERVED = wordsOf(
  'AND ARRAY AS AT BETWEEN CASE CAST DISTINCT ELSE END ESCAPE EXTRACT FALSE FROM IN INTERVAL IS LIKE NOT NULL OR RANGE',
  'STRUCT THEN TO TRUE UNNEST WHEN',
);

/** Words that are part of an expression, or a column. */
const DOUBTFUL = wordsOf(
  'MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY DAYOFWEEK DAYOFYEAR WEEK ISOWEEK MONTH QUARTER YEAR ISOYEAR DATE TIME',
  'MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY ZONE SAFE FORMAT',
  'CURRENT_DATE CURRENT_DATETIME CURRENT_TIME CURRENT_TIMESTAMP',
  'BIGNUMERIC BOOL BYTES DATETIME FLOAT64 GEOGRAPHY INT64 JSON NUMERIC STRING TIMESTAMP',
  'NFC NFKC NFD NFKD',
);

/** What stands in a subquery is computed there. */
function withoutSubqueries(item: readonly Token[]): readonly Token[] {
  let within: number | undefined;
  return item.filter((token, at) => {
    if (within !== undefined && token.depth <= within) within = undefined;
    if (within === undefined && token.text === '(' && isWord(item[at + 1], 'SELECT', 'WITH')) within = token.depth;
    return within === undefined;
  });
}

const AGGREGATES =
  /^(?:ANY_VALUE|APPROX_\w+|ARRAY_AGG|ARRAY_CONCAT_AGG|AVG|BIT_AND|BIT_OR|BIT_XOR|CORR|COUNT|COUNTIF|COVAR_POP|COVAR_SAMP|GROUPING|INIT\w*|LOGICAL_AND|LOGICAL_OR|MAX|MAX_BY|MERGE\w*|MIN|MIN_BY|PERCENTILE_\w+|STDDEV\w*|STRING_AGG|ST_CENTROID_AGG|ST_EXTENT|ST_UNION_AGG|SUM|VAR_POP|VAR_SAMP|VARIANCE)$/i;
