// Expressions by pattern, compared with the reference implementation: many to a query, and where one fails, fewer.

import { expect } from 'vitest';
import type { Value } from '../../../src/googlesql/value.ts';
import type { Bench, Comparison } from '../agree.ts';

/** `LEFT('ab', ⟨0¦1⟩)` is LEFT('ab', 0) and LEFT('ab', 1); every ⟨…¦…⟩ multiplies. Lines that are empty or begin with # are left out. */
export function casesOf(patterns: string): readonly string[] {
  const lines = patterns.split('\n').map(line => line.trim());
  return lines.filter(line => line !== '' && !line.startsWith('#')).flatMap(expand);
}

function expand(pattern: string): readonly string[] {
  const match = /⟨([^⟨⟩]*)⟩/.exec(pattern);
  if (!match) return [pattern];
  const [before, after] = [pattern.slice(0, match.index), pattern.slice(match.index + match[0].length)];
  return (match[1] ?? '').split('¦').flatMap(choice => expand(before + choice + after));
}

/** So many to a query; and so many of those that fail, or can't stand under SAFE., are asked one by one. */
const TOGETHER = 40;
const ALONE_MOST = 40;
/** Of GoogleSQL's functions these take no SAFE. before them. */
const NEVER_SAFE = /^(?:IF|IFNULL|NULLIF|COALESCE|CASE|EXTRACT|CAST|ZEROIFNULL|NULLIFZERO|IFERROR|PI|SAFE)\b/;
const isCall = (expression: string): boolean => /^[A-Z][A-Z0-9_]*\(/.test(expression) && !NEVER_SAFE.test(expression);

/**
 * Each case, under SAFE. where it can be: an error is NULL there. Then as it stands, those that gave a value together,
 * and some of those that gave none one by one, to see that they fail, or are NULL, in both.
 * @throws where an expression gives another value than the reference, or fails where it does not, or is refused.
 */
export async function agreeOn(bench: Bench, patterns: string): Promise<void> {
  const cases = casesOf(patterns);
  const calls = cases.filter(isCall);
  const empty = new Set<string>();
  const note = (expressions: readonly string[], row: readonly Value[]): void =>
    expressions.forEach((expression, i) => {
      if (row[i] === null) empty.add(expression);
    });
  const differing = [
    ...(await differingIn(
      bench,
      calls.map(call => `SAFE.${call}`),
      note,
    )),
    ...(await differingIn(
      bench,
      calls.filter(call => !empty.has(`SAFE.${call}`)),
    )),
    ...(await differingIn(
      bench,
      some(
        calls.filter(call => empty.has(`SAFE.${call}`)),
        ALONE_MOST,
      ),
      undefined,
      1,
    )),
    ...(await differingIn(
      bench,
      some(
        cases.filter(expression => !isCall(expression)),
        4 * ALONE_MOST,
      ),
      undefined,
      8,
    )),
  ];
  for (const call of some(calls, ALONE_MOST)) differing.push(...(await differingOverColumns(bench, call)));
  expect(differing).toEqual([]);
}

/** The call over columns that hold its arguments: rules look at literals, and must not need them without saying so. */
async function differingOverColumns(bench: Bench, call: string): Promise<readonly string[]> {
  const [name = '', rest = ''] = [call.slice(0, call.indexOf('(')), call.slice(call.indexOf('(') + 1, -1)];
  const values = argumentsOf(rest);
  const moved = values.map(value => !isWord(value));
  const args = values.map((value, i) => (moved[i] ? `c${i}` : value)).join(', ');
  const columns = values.flatMap((value, i) => (moved[i] ? [`${value} AS c${i}`] : [])).join(', ');
  if (columns === '') return [];
  const sql = `SELECT SAFE.${name}(${args}) FROM (SELECT ${columns})`;
  const { reference, duckdb, agrees } = await bench.compare(sql);
  return agrees || duckdb.kind === 'refused' ? [] : [`${sql}: ${JSON.stringify({ reference, duckdb })}`];
}

/** Date parts, intervals and NULL without a type have no place in a column. */
const isWord = (value: string): boolean => /^(?:[A-Z_]+(?:\([A-Z]+\))?|INTERVAL .*|wide_number_mode.*)$/s.test(value);

/** Splits at the commas that stand outside of parentheses, brackets and quotation marks. */
function argumentsOf(text: string): readonly string[] {
  const parts = text.match(
    /(?:[rb]?'(?:[^'\\]|\\.)*'|[rb]?"(?:[^"\\]|\\.)*"|\((?:[^()]|\([^()]*\))*\)|\[(?:[^[\]]|\[[^\]]*\])*\]|[^,])+/gs,
  );
  return (parts ?? []).map(part => part.trim());
}

/** At most `count` of them, evenly spread. */
function some(cases: readonly string[], count: number): readonly string[] {
  const step = Math.max(1, cases.length / count);
  return cases.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
}

type Note = (expressions: readonly string[], row: readonly Value[]) => void;

async function differingIn(
  bench: Bench,
  cases: readonly string[],
  note?: Note,
  together = TOGETHER,
): Promise<readonly string[]> {
  const differing: string[] = [];
  for (let at = 0; at < cases.length; at += together) {
    differing.push(...(await halved(bench, cases.slice(at, at + together), note)));
  }
  return differing;
}

async function halved(bench: Bench, cases: readonly string[], note: Note | undefined): Promise<readonly string[]> {
  const { reference, duckdb, agrees } = await bench.compare(`SELECT ${cases.join(',\n')}`);
  if (agrees && (reference.kind === 'rows' || cases.length === 1)) {
    note?.(cases, firstRow(reference));
    return [];
  }
  if (cases.length === 1) return [`${cases[0]}: ${JSON.stringify({ reference, duckdb })}`];
  const half = cases.length >> 1;
  return [...(await halved(bench, cases.slice(0, half), note)), ...(await halved(bench, cases.slice(half), note))];
}

const firstRow = (answer: Comparison['reference']): readonly Value[] =>
  answer.kind === 'rows' ? (answer.rows[0] ?? []) : [];
