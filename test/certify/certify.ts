// Runs cases on both sides and counts: what is certified, refused, or answered otherwise.

import type { Both, Comparison } from '../googlesql/both.ts';
import type { Case } from './calls.ts';
import type { Shape } from './shapes.ts';

/** `unanswered`: the reference cannot say: it has no such function or node, or the answer is not of the query's making. */
export type Verdict = 'equal' | 'both fail' | 'refused' | 'different' | 'unanswered';

export interface Finding {
  readonly sql: string;
  readonly verdict: Verdict;
  readonly comparison: Comparison;
}

const UNANSWERED =
  /Unsupported built-in function|Unimplemented feature|not present in this binary|ZETASQL_RET_CHECK|analyzer (?:died|gave no answer)|RESOURCE_EXHAUSTED/;

export function verdictOf({ reference, duckdb, agrees }: Comparison): Verdict {
  if (reference.kind === 'refused' || (reference.kind === 'error' && UNANSWERED.test(reference.message)))
    return 'unanswered';
  if (duckdb.kind === 'refused') return 'refused';
  if (!agrees) return 'different';
  return reference.kind === 'error' ? 'both fail' : 'equal';
}

export async function certifyShape(both: Both, { sql }: Pick<Shape, 'sql'>): Promise<Finding> {
  const comparison = await both.compare(sql);
  return { sql, verdict: verdictOf(comparison), comparison };
}

/** Nothing but expressions: several such queries can be asked as one. */
const PLAIN =
  /^SELECT (?!AS |DISTINCT |ALL |\*)(?![\s\S]*\b(?:FROM|WHERE|UNION|EXCEPT|INTERSECT|HAVING|ORDER|LIMIT|GROUP|AS [a-z])\b)/;

/** Queries: those that are nothing but expressions together, the others one by one. */
export async function certifyShapes(both: Both, sqls: readonly string[]): Promise<readonly Finding[]> {
  const isPlain = (sql: string): boolean => PLAIN.test(sql);
  const findings: Finding[] = [];
  const plain = sqls.filter(isPlain).map(sql => sql.slice('SELECT '.length));
  for (let at = 0; at < plain.length; at += TOGETHER) {
    const found = await certifyTogether(both, plain.slice(at, at + TOGETHER));
    findings.push(...found.map(finding => ({ ...finding, sql: `SELECT ${finding.sql}` })));
  }
  for (const sql of sqls) if (!isPlain(sql)) findings.push(await certifyShape(both, { sql }));
  return findings;
}

const TOGETHER = 12;

/** Expressions are asked together, and where a side fails or they differ, one by one. */
export async function certifyCases(both: Both, cases: readonly Case[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const expressions = cases.filter(one => one.isExpression).map(one => one.sql);
  for (let at = 0; at < expressions.length; at += TOGETHER) {
    findings.push(...(await certifyTogether(both, expressions.slice(at, at + TOGETHER))));
  }
  for (const { sql } of cases.filter(one => !one.isExpression)) findings.push(await certifyShape(both, { sql }));
  return findings;
}

async function certifyTogether(both: Both, expressions: readonly string[]): Promise<readonly Finding[]> {
  if (expressions.length === 0) return [];
  const comparison = await both.compare(`SELECT ${expressions.join(',\n')}`);
  if (expressions.length === 1 || verdictOf(comparison) === 'equal') {
    return expressions.map(sql => ({ sql, verdict: verdictOf(comparison), comparison }));
  }
  const half = expressions.length >> 1;
  return [
    ...(await certifyTogether(both, expressions.slice(0, half))),
    ...(await certifyTogether(both, expressions.slice(half))),
  ];
}
