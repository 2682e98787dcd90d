// What BigQuery has, this analyzer (GoogleSQL of 2023) does not know and can't be taught: told as that, and not as a mistake.
// Of errors of the analyzer only; what it takes is none of this. Pure.

import { closest, editDistance } from '../closest.ts';
import { lineAndColumn } from '../errors.ts';
import type { SqlFault } from './analyzed.ts';
import { TAUGHT } from './taught.ts';
import { isWord, type Token, tokensOf } from './tokens.ts';

/** An error of the analyzer as a person is told of it. */
export interface ToldFault {
  readonly code: 'SQL_INVALID' | 'SQL_TOO_NEW';
  readonly fault: SqlFault;
  readonly hint?: string;
}

/**
 * Functions of BigQuery's reference that take tables or models, or whose types depend on what they are given. Those of a
 * whole family are told by their first word.
 */
const FUNCTIONS: ReadonlySet<string> = new Set([
  'APPENDS',
  'CHANGES',
  'DLP_DETERMINISTIC_DECRYPT',
  'DLP_DETERMINISTIC_ENCRYPT',
  'DLP_KEY_CHAIN',
  'EXTERNAL_OBJECT_TRANSFORM',
  'EXTERNAL_QUERY',
  'GAP_FILL',
  'RANGE_SESSIONIZE',
  'ST_REGIONSTATS',
  'VECTOR_SEARCH',
]);
const FAMILIES = /^(?:AI|ML|OBJ)\.\w/;

const BY_HAND = 'Write it in the GoogleSQL of 2023';

/** The way out of what can't be told here. */
const UNCHECKED =
  "or let BigQuery alone judge the model: engines: ['bigquery'], analyze: false and its columns declared (docs/rules/not-analyzed.md).";

/** What the analyzer says of a query, with what is known beside it. */
export function toldOf(fault: SqlFault, sql: string): ToldFault {
  return functionFault(fault) ?? syntaxFault(fault, sql) ?? { code: 'SQL_INVALID', fault };
}

const newer = (fault: SqlFault, what: string, hint: string): ToldFault => ({
  code: 'SQL_TOO_NEW',
  fault: { ...fault, message: `This analyzer (GoogleSQL of 2023) does not know ${what}; BigQuery has it.` },
  hint,
});

const NOT_FOUND = /^(?:Table-valued function|Function) not found: `?([\w.`]+?)`?(?:; Did you mean (\S+)\?)?$/;

function functionFault(fault: SqlFault): ToldFault | undefined {
  const [, written, meant] = NOT_FOUND.exec(fault.message) ?? [];
  if (written === undefined) return undefined;
  const name = written.replaceAll('`', '').toUpperCase();
  if (FUNCTIONS.has(name) || FAMILIES.test(name)) return newer(fault, name, `${BY_HAND}, ${UNCHECKED}`);
  if (meant !== undefined && isNear(name, meant)) return { code: 'SQL_INVALID', fault };
  const message = fault.message.replace(/; Did you mean \S+\?$/, '');
  const near = closest(name, [...Object.keys(TAUGHT), ...FUNCTIONS]);
  if (near !== undefined && isNear(name, near))
    return { code: 'SQL_INVALID', fault: { ...fault, message }, hint: `Did you mean "${near}"?` };
  return {
    code: 'SQL_INVALID',
    fault: { ...fault, message },
    hint: name.includes('.')
      ? `A function of your own in BigQuery is not known here: write what it does as a partial of sql/partials, ${UNCHECKED}`
      : 'docs/sql-support.md lists the functions, and what is newer than this analyzer.',
  };
}

/** So few letters differ that it was surely meant. */
const NEAR = 2;

const isNear = (a: string, b: string): boolean =>
  editDistance(a.toLowerCase(), b.toLowerCase()) <= Math.min(NEAR, Math.floor(Math.max(a.length, b.length) / 3));

interface Construct {
  readonly what: string;
  readonly hint: string;
  readonly start: number;
  readonly end: number;
}

function syntaxFault(fault: SqlFault, sql: string): ToldFault | undefined {
  if (
    fault.line === undefined ||
    !/^Syntax error|not supported|^Unrecognized name: @@|^Invalid identifier after SELECT WITH/.test(fault.message)
  )
    return undefined;
  const offset = offsetOf(sql, fault.line, fault.column ?? 1);
  const found = constructsIn(sql).find(({ start, end }) => start <= offset && offset < end);
  if (found === undefined) return undefined;
  return newer({ ...fault, ...lineAndColumn(sql, found.start) }, found.what, found.hint);
}

function offsetOf(sql: string, line: number, column: number): number {
  const above = sql.split(/(?<=\r\n|\n|\r(?!\n))/).slice(0, line - 1);
  return above.join('').length + column - 1;
}

const PIPES = `${BY_HAND}: SELECT … FROM …, a CTE for each few steps,`;

/** A construct by the words that it begins with: which word of a text's it begins at, and how many words it has. */
const CONSTRUCTS: readonly {
  readonly what: string;
  readonly hint: string;
  readonly words: number;
  isAt(tokens: readonly Token[], at: number): boolean;
}[] = [
  {
    what: 'pipe syntax (|>)',
    hint: `${PIPES} ${UNCHECKED}`,
    words: 2,
    isAt: (tokens, at) =>
      tokens[at]?.text === '|' && tokens[at + 1]?.text === '>' && tokens[at]?.end === tokens[at + 1]?.start,
  },
  {
    what: 'a query that begins with FROM (pipe syntax)',
    hint: `${PIPES} ${UNCHECKED}`,
    words: 1,
    isAt: (tokens, at) =>
      isWord(tokens[at], 'FROM') &&
      (at === 0 || tokens[at - 1]?.text === '(' || isWord(tokens[at - 1], 'ALL') || isWord(tokens[at - 1], 'DISTINCT')),
  },
  {
    what: 'GROUP BY ALL',
    hint: 'Name what it groups by: GROUP BY 1, 2 (the columns of the SELECT that hold no aggregate).',
    words: 3,
    isAt: (tokens, at) => isWord(tokens[at], 'GROUP') && isWord(tokens[at + 1], 'BY') && isWord(tokens[at + 2], 'ALL'),
  },
  {
    what: 'BY NAME of set operations',
    hint: 'Write CORRESPONDING, or name the columns of each query in one order.',
    words: 2,
    isAt: (tokens, at) => isWord(tokens[at], 'BY') && isWord(tokens[at + 1], 'NAME'),
  },
  ...['MATCH_RECOGNIZE', 'GRAPH_TABLE'].map(word => ({
    what: word,
    hint: `${BY_HAND}, ${UNCHECKED}`,
    words: 2,
    isAt: (tokens: readonly Token[], at: number) => isWord(tokens[at], word) && tokens[at + 1]?.text === '(',
  })),
  {
    what: 'WITH DIFFERENTIAL_PRIVACY',
    hint: `${BY_HAND}, ${UNCHECKED}`,
    words: 2,
    isAt: (tokens, at) => isWord(tokens[at], 'WITH') && isWord(tokens[at + 1], 'DIFFERENTIAL_PRIVACY'),
  },
  {
    what: 'chained function calls',
    hint: 'Write F(x) for (x).F().',
    words: 4,
    isAt: (tokens, at) =>
      tokens[at]?.text === ')' &&
      tokens[at + 1]?.text === '.' &&
      tokens[at + 2]?.kind === 'word' &&
      tokens[at + 3]?.text === '(',
  },
  {
    what: 'system variables',
    hint: `A model's answer should not depend on the session: use a {{var}}, ${UNCHECKED}`,
    words: 3,
    isAt: (tokens, at) => tokens[at]?.text === '@' && tokens[at + 1]?.text === '@',
  },
];

function constructsIn(sql: string): readonly Construct[] {
  const tokens = tokensOf(sql).filter(token => token.kind !== 'comment');
  return tokens.flatMap((token, at) =>
    CONSTRUCTS.filter(({ isAt }) => isAt(tokens, at)).map(({ what, hint, words }) => ({
      what,
      hint,
      start: token.start,
      end: tokens[at + words - 1]?.end ?? token.end,
    })),
  );
}
