// docs/sql-support.md: what the certification found, by function and signature and by shape of query. Pure text.

import { TAUGHT } from '../../src/googlesql/taught.ts';
import type { Signature } from './catalog.ts';
import type { Finding, Verdict } from './certify.ts';
import { isKnown, KNOWN } from './known.ts';

export interface Report {
  readonly signatures: readonly { readonly signature: Signature; readonly findings: readonly Finding[] }[];
  readonly shapes: readonly { readonly group: string; readonly findings: readonly Finding[] }[];
}

const AS: Readonly<Record<string, string>> = {
  MAX_BY: 'as ANY_VALUE(x HAVING MAX y)',
  MIN_BY: 'as ANY_VALUE(x HAVING MIN y)',
};

/** What the page begins with. */
export const HEAD = `# What SQL runs on DuckDB

Written by \`npm run certify\`; do not edit. Each case runs on Google's reference implementation of GoogleSQL and, translated, on DuckDB; columns, types, rows (in order where ORDER BY fixes it), NaN, errors must be the same. "Certified" counts the cases that were. What is refused is refused at compile time, by name, with its place and the nearest alternative; nothing is translated by guess.

A model may be marked \`engines: ['bigquery']\`: then DuckDB is not asked, and what is refused below is right all the same. The analyzer and the reference are of 2023; what BigQuery has got since is listed under [newer than the analyzer](#newer-than-the-analyzer).
`;

/** What BigQuery has and neither the analyzer nor the reference knows. */
export const NEWER = [
  '## Newer than the analyzer\n',
  'Taught to the analyzer from BigQuery\'s reference: they are typed, and no DuckDB runs them but where "as" says so. That they give the same as BigQuery could not be certified.\n',
  '| signature | on DuckDB |\n| --- | --- |',
  ...Object.entries(TAUGHT).flatMap(([name, { signatures, instead }]) =>
    signatures.map(
      text => `| \`${text}\` | ${AS[name] ?? (instead === undefined ? 'refused' : `refused: use ${instead}`)} |`,
    ),
  ),
  '',
  '- GROUP BY ALL is read as the positions it stands for. Beside `SELECT *`, and where only constants may be left to group by, it is refused (SQL_TOO_NEW).',
  '- Told as newer, with what to write instead (SQL_TOO_NEW): pipe syntax, set operations BY NAME, MATCH_RECOGNIZE, GRAPH_TABLE, WITH DIFFERENTIAL_PRIVACY, chained function calls, system variables, VECTOR_SEARCH, APPENDS, CHANGES, GAP_FILL, RANGE_SESSIONIZE, EXTERNAL_QUERY, DLP_…, ML.…, AI.…, OBJ.….',
  '',
].join('\n');

/** Not among the cases: these read no table. */
const OF_TABLES =
  '- Sums, averages, variances and correlations of FLOAT64 over rows of tables: DuckDB adds them up, many times faster, and the last digits may differ. In a query that reads no table they are the same to the last bit.';

/** Found by hand: no case asks for it. */
const FOUND = [
  '- IN and BETWEEN like AND and OR: what stands behind the answer may not be computed, so an error in it is not raised. So too the arguments of a function beside one that is NULL.',
  '- An error in a column of a subquery or CTE that nobody reads, or in the list of an EXISTS, is not raised: the column is not computed, as BigQuery may leave it out too.',
  '- The zero -0.0 loses its sign in an array or struct that a subquery gives, and in INTERSECT ALL and EXCEPT ALL.',
  '- An INTERVAL with digits below a microsecond is refused; of other points in time the seventh digit and what follows are cut off or an error, as in the reference.',
];

/** Where the answers of the two are not the same. */
export const DIFFERS = ['\n## What differs\n', ...KNOWN.map(known => `- ${known.why}`), OF_TABLES, ...FOUND, ''].join(
  '\n',
);

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
    DIFFERS,
    '## Refused\n',
    ...refusals(all).map(([message, times]) => `- ${message} (${times})`),
    '',
    NEWER,
    '## Functions\n',
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
