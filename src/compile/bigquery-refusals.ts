// What the analyzer knows and BigQuery refuses: functions and set operations of GoogleSQL that BigQuery has not taken in.
// For what is committed to a project; `pulse query` asks GoogleSQL as it is. Pure.

import { PulseError } from '../errors.ts';
import type { Analyzed } from '../googlesql/analyzed.ts';
import { arrayComparisons, arrayOrders } from '../googlesql/facts/array-comparisons.ts';
import { outerJoinsWithoutEquality } from '../googlesql/facts/outer-joins.ts';
import { recursiveByDistinct } from '../googlesql/facts/recursions.ts';
import { isWord, type Token, tokensOf } from '../googlesql/tokens.ts';
import { locateOffset } from './source-map.ts';
import type { Rendered } from './template.ts';

const over = (expression: string): string => `Write (SELECT ${expression} FROM UNNEST(array) AS x).`;

/** Each with what to write instead. Only those that are surely not there: BigQuery's reference, "Array functions" and the others. */
const ABSENT: Readonly<Record<string, string>> = {
  ARRAY_SUM: over('SUM(x)'),
  ARRAY_AVG: over('AVG(x)'),
  ARRAY_MIN: over('MIN(x)'),
  ARRAY_MAX: over('MAX(x)'),
  ARRAY_FILTER: 'Write ARRAY(SELECT x FROM UNNEST(array) AS x WITH OFFSET AS i WHERE … ORDER BY i).',
  ARRAY_TRANSFORM: 'Write ARRAY(SELECT … FROM UNNEST(array) AS x WITH OFFSET AS i ORDER BY i).',
  ARRAY_INCLUDES: 'Write value IN UNNEST(array).',
  ARRAY_INCLUDES_ANY: 'Write EXISTS (SELECT 1 FROM UNNEST(array) AS x WHERE x IN UNNEST(others)).',
  ARRAY_INCLUDES_ALL: 'Write NOT EXISTS (SELECT 1 FROM UNNEST(others) AS x WHERE x NOT IN UNNEST(array)).',
  ARRAY_IS_DISTINCT: over('COUNT(*) = COUNT(DISTINCT x)'),
  ARRAY_FIND: 'Write (SELECT x FROM UNNEST(array) AS x WITH OFFSET AS i WHERE … ORDER BY i LIMIT 1).',
  ARRAY_FIND_ALL: 'Write ARRAY(SELECT x FROM UNNEST(array) AS x WITH OFFSET AS i WHERE … ORDER BY i).',
  ARRAY_OFFSET: 'Write (SELECT MIN(i) FROM UNNEST(array) AS x WITH OFFSET AS i WHERE …).',
  ARRAY_OFFSETS: 'Write ARRAY(SELECT i FROM UNNEST(array) AS x WITH OFFSET AS i WHERE … ORDER BY i).',
  ARRAY_FIRST_N: 'Write ARRAY(SELECT x FROM UNNEST(array) AS x WITH OFFSET AS i WHERE i < n ORDER BY i).',
  ARRAY_LAST_N: 'Write ARRAY_SLICE(array, -n, -1).',
  ARRAY_REMOVE_FIRST_N: 'Write ARRAY(SELECT x FROM UNNEST(array) AS x WITH OFFSET AS i WHERE i >= n ORDER BY i).',
  ARRAY_REMOVE_LAST_N: 'Write ARRAY_SLICE(array, 0, -n - 1).',
  ARRAY_ZIP: 'Join both by UNNEST(array) WITH OFFSET.',
  ISERROR: 'Use a SAFE. function and IS NULL.',
  IFERROR: 'Use a SAFE. function and IFNULL.',
  NULLIFERROR: 'Use a SAFE. function.',
  PI: 'Write ACOS(-1).',
  PI_NUMERIC: 'Write CAST(ACOS(-1) AS NUMERIC).',
  PI_BIGNUMERIC: 'Write CAST(ACOS(-1) AS BIGNUMERIC).',
  DEGREES: 'Write x * 180 / ACOS(-1).',
  RADIANS: 'Write x * ACOS(-1) / 180.',
};

/** Those that SAFE. is taken before by the analyzer, and by BigQuery, which has it for scalar functions, not. */
const AGGREGATES: ReadonlySet<string> = new Set([
  'ANY_VALUE',
  'APPROX_COUNT_DISTINCT',
  'ARRAY_AGG',
  'AVG',
  'COUNT',
  'COUNTIF',
  'LOGICAL_AND',
  'LOGICAL_OR',
  'MAX',
  'MIN',
  'STRING_AGG',
  'SUM',
]);

/** Whether a function that the analyzer has is surely none of BigQuery's. */
export const isAbsent = (name: string): boolean => Object.hasOwn(ABSENT, name.toUpperCase());

/** One error for each place, in their order in the text. */
export function bigQueryRefusals(analyzed: Analyzed, rendered: Rendered): readonly PulseError[] {
  const arrays = arrayComparisons(analyzed).map(({ message, start }) => ({
    start,
    message,
    hint: 'BigQuery compares no arrays: compare TO_JSON_STRING of both, or their elements.',
  }));
  const orders = arrayOrders(analyzed).map(({ message, column }) => ({
    start: orderBy(rendered.sql, column),
    message,
    hint: 'BigQuery orders no arrays: order by TO_JSON_STRING of it, or by an element.',
  }));
  const joins = outerJoinsWithoutEquality(analyzed).map(({ kind, start }) => ({
    start,
    message: `${kind} OUTER JOIN cannot be used without a condition that is an equality of fields from both sides of the join`,
    hint: 'Add an equality of both sides, or find the pairs by CROSS JOIN and WHERE in a CTE and join those by a key.',
  }));
  const words = absentWords(rendered.sql);
  const found = [...arrays, ...orders, ...joins, ...words, ...distinctRecursions(analyzed)].sort(
    (a, b) => a.start - b.start,
  );
  return found.map(({ start, message, hint }) => {
    const place = locateOffset(rendered.map, start)?.place;
    return new PulseError('SQL_INVALID', message, { hint, ...(place !== undefined && { place }) });
  });
}

/** Where the first ORDER BY that has it names a column, or makes an array; else the first ORDER BY; of what has none, the start. */
function orderBy(sql: string, column: string): number {
  const tokens = tokensOf(sql).filter(token => token.kind !== 'comment');
  const starts = tokens.flatMap((token, at) => (isWord(token, 'ORDER') && isWord(tokens[at + 1], 'BY') ? [at] : []));
  // What is computed there has a name of the analyzer's own.
  const isIt = (text: string): boolean =>
    column.startsWith('$') ? text === '[' || text.startsWith('array') : text === column.toLowerCase();
  const naming = starts.flatMap(at => {
    const { depth = 0 } = tokens[at] ?? {};
    const end = tokens.findIndex((token, index) => index > at && token.depth < depth);
    const items = tokens.slice(at + 2, end < 0 ? undefined : end);
    return items.find(({ text }) => isIt(text.toLowerCase()))?.start ?? [];
  });
  return naming[0] ?? tokens[starts[0] ?? 0]?.start ?? 0;
}

function absentWords(sql: string): { readonly start: number; readonly message: string; readonly hint: string }[] {
  const tokens = tokensOf(sql).filter(token => token.kind !== 'comment');
  return tokens.flatMap((token, at) => {
    const next = tokens[at + 1];
    const word = token.text.toUpperCase();
    if (isWord(token, 'INTERSECT', 'EXCEPT') && isWord(next, 'ALL')) {
      const hint = `Write ${word} DISTINCT, or number equal rows and compare them so.`;
      return [{ start: token.start, message: `${word} ALL is not supported in BigQuery`, hint }];
    }
    if (isWord(token, 'PERCENTILE_CONT', 'PERCENTILE_DISC') && next?.text === '(' && !hasOver(tokens, at + 1)) {
      const hint = `Write ${word}(…) OVER (PARTITION BY …) before the GROUP BY, or APPROX_QUANTILES.`;
      const message = `Analytic function ${word} cannot be called without an OVER clause`;
      return [{ start: token.start, message, hint }];
    }
    if (AGGREGATES.has(word) && next?.text === '(' && tokens[at - 1]?.text === '.' && isWord(tokens[at - 2], 'SAFE')) {
      const hint = 'Leave SAFE. out, or write it at what may fail within.';
      return [
        { start: tokens[at - 2]?.start ?? 0, message: `Function ${word} does not support SAFE error mode`, hint },
      ];
    }
    const instead = token.kind === 'word' && Object.hasOwn(ABSENT, word) ? ABSENT[word] : undefined;
    if (instead === undefined || next?.text !== '(' || isField(tokens, at)) return [];
    return [{ start: token.start, message: `Function not found: ${word}`, hint: `BigQuery has none. ${instead}` }];
  });
}

/** Whether OVER follows the bracket that closes the one at `open`. */
function hasOver(tokens: readonly Token[], open: number): boolean {
  const depth = tokens[open]?.depth;
  const close = tokens.findIndex((token, at) => at > open && token.depth === depth && token.text === ')');
  return isWord(tokens[close + 1], 'OVER');
}

/** BigQuery's reference, "Recursive CTEs": its terms are joined by UNION ALL. */
function distinctRecursions({
  statement,
  sql,
}: Analyzed): { readonly start: number; readonly message: string; readonly hint: string }[] {
  const names = recursiveByDistinct(statement);
  if (names.length === 0) return [];
  const tokens = tokensOf(sql).filter(token => token.kind !== 'comment');
  return names.flatMap(name => {
    const open = tokens.findIndex(
      (token, at) =>
        token.text.toLowerCase() === name.toLowerCase() && isWord(tokens[at + 1], 'AS') && tokens[at + 2]?.text === '(',
    );
    const depth = (tokens[open]?.depth ?? 0) + 1;
    const union = tokens.find(
      (token, at) => at > open && token.depth === depth && isWord(token, 'UNION') && isWord(tokens[at + 1], 'DISTINCT'),
    );
    const message = 'The recursive term of WITH RECURSIVE must be combined by UNION ALL';
    const hint = 'Write UNION ALL, and leave out what is there twice in who reads it: SELECT DISTINCT.';
    return [{ start: union?.start ?? 0, message, hint }];
  });
}

/** Behind a dot it is something else, but for SAFE. */
const isField = (tokens: readonly Token[], at: number): boolean =>
  tokens[at - 1]?.text === '.' && !isWord(tokens[at - 2], 'SAFE');
