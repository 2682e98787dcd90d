// docs/sql-support.md: what the certification found, by function and signature and by shape of query. Pure text.

import type { Signature } from './catalog.ts';
import type { Finding, Verdict } from './certify.ts';
import { isKnown, KNOWN } from './known.ts';

export interface Report {
  readonly signatures: readonly { readonly signature: Signature; readonly findings: readonly Finding[] }[];
  readonly shapes: readonly { readonly group: string; readonly findings: readonly Finding[] }[];
}

const HEAD = `# What SQL runs on DuckDB

Written by \`npm run certify\`; do not edit. Each case runs on Google's reference implementation of GoogleSQL and, translated, on DuckDB; columns, types, rows (in order where ORDER BY fixes it), NaN, errors must be the same. "Certified" counts the cases that were. What is refused is refused at compile time, by name, with its place and the nearest alternative; nothing is translated by guess.

BigQuery itself has all of it: a model may be marked \`engines: ['bigquery']\`.
`;

export function reportText({ signatures, shapes }: Report): string {
  const all = [...signatures, ...shapes].flatMap(one => one.findings);
  return [
    HEAD,
    '## Totals\n',
    `| cases | certified | refused | different | the reference has none |\n| --- | --- | --- | --- | --- |\n| ${all.length} | ${certified(all)} | ${count(all, 'refused')} | ${count(all, 'different')} | ${count(all, 'unanswered')} |\n`,
    `Signatures: ${signatures.length}; certified without a refusal ${signatures.filter(isWhole).length}, refused in part ${signatures.filter(isPart).length}, refused ${signatures.filter(isRefused).length}, without an answer of the reference ${signatures.filter(isUnanswered).length}.\n`,
    '## Queries by shape\n',
    '| shapes | cases | certified | refused | different |\n| --- | --- | --- | --- | --- |',
    ...shapes.map(
      ({ group, findings }) =>
        `| ${group.replaceAll('_', ', ')} | ${findings.length} | ${certified(findings)} | ${count(findings, 'refused')} | ${count(findings, 'different')} |`,
    ),
    '\n## What differs\n',
    ...KNOWN.map(known => `- ${known.why}`),
    '\n## Refused\n',
    ...refusals(all).map(([message, times]) => `- ${message} (${times})`),
    '\n## Functions\n',
    '| signature | certified | refused |\n| --- | --- | --- |',
    ...signatures.map(
      ({ signature, findings }) => `| \`${signature.text}\` | ${shownCount(findings)} | ${shownRefusal(findings)} |`,
    ),
    '',
  ].join('\n');
}

const count = (findings: readonly Finding[], verdict: Verdict): number =>
  findings.filter(finding => finding.verdict === verdict).length;
const certified = (findings: readonly Finding[]): number => count(findings, 'equal') + count(findings, 'both fail');

type Row = Report['signatures'][number];
const isWhole = ({ findings }: Row): boolean => certified(findings) > 0 && count(findings, 'refused') === 0;
const isPart = ({ findings }: Row): boolean => certified(findings) > 0 && count(findings, 'refused') > 0;
const isRefused = ({ findings }: Row): boolean => certified(findings) === 0 && count(findings, 'refused') > 0;
const isUnanswered = ({ findings }: Row): boolean => certified(findings) === 0 && count(findings, 'refused') === 0;

function shownCount(findings: readonly Finding[]): string {
  const different = count(findings, 'different');
  if (certified(findings) === 0 && count(findings, 'refused') === 0 && different === 0) return 'not asked';
  return different === 0 ? String(certified(findings)) : `${certified(findings)}, ${different} different`;
}

function shownRefusal(findings: readonly Finding[]): string {
  const [first] = refusals(findings);
  if (!first) return '';
  return `${count(findings, 'refused')}: ${first[0].replaceAll('|', '\\|')}`;
}

/** Messages with how often, the most frequent first. */
function refusals(findings: readonly Finding[]): readonly (readonly [string, number])[] {
  const times = new Map<string, number>();
  for (const { verdict, comparison } of findings) {
    if (verdict !== 'refused' || comparison.duckdb.kind !== 'refused') continue;
    const message = comparison.duckdb.message.replace('DuckDB has no exact translation of ', '').replace(/\.$/, '');
    times.set(message, (times.get(message) ?? 0) + 1);
  }
  return [...times].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/** What no page excuses. */
export const differing = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(
    ({ verdict, sql, comparison: { reference } }) =>
      verdict === 'different' && !isKnown(sql, reference.kind === 'error' ? reference.message : ''),
  );
