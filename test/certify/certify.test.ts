// What is accepted is answered as the reference implementation answers it: a tenth of the cases, another for each seed.
// PULSE_CERTIFY=all (npm run certify) asks them all and writes docs/sql-support.md.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Both, shown } from '../googlesql/both.ts';
import { analyzerFiles } from '../googlesql/installed.ts';
import { casesOf, setCasesOf } from './calls.ts';
import { type Signature, signatures } from './catalog.ts';
import { certifyCases, certifyShapes, type Finding, verdictOf } from './certify.ts';
import { equivalents } from './grouping-sets.ts';
import { differing, type Report, reportText } from './report.ts';
import { shapes } from './shapes.ts';

const isWhole = process.env['PULSE_CERTIFY'] === 'all';
const SEED = process.env['PULSE_CERTIFY_SEED'] ?? '1';
const PAGE = path.join(import.meta.dirname, '..', '..', 'docs', 'sql-support.md');
const TIMEOUT_MS = isWhole ? 3_600_000 : 240_000;
/** A signature has some sixty cases, which differ less than shapes do. */
const SHARES = { shapes: 10, cases: 20 } as const;

/** Whether a case belongs to the seed's share. */
function isAsked(text: string, oneIn: number): boolean {
  if (isWhole) return true;
  return createHash('sha256').update(`${SEED} ${text}`).digest().readUInt32LE() % oneIn === 0;
}

/** The same numbers each time. */
function randomOf(seed: number): (n: number) => number {
  let state = seed;
  return n => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % n;
  };
}

const explained = (findings: readonly Finding[]): readonly string[] =>
  differing(findings).map(
    ({ sql, comparison }) =>
      `${sql}\n  reference: ${shown(comparison.reference).slice(0, 400)}\n  duckdb:    ${shown(comparison.duckdb).slice(0, 400)}`,
  );

describe.skipIf(!analyzerFiles)('certification', () => {
  const both = new Both();
  afterAll(() => both.close());
  const report: { signatures: Report['signatures'][number][]; shapes: Report['shapes'][number][] } = {
    signatures: [],
    shapes: [],
  };

  test('queries of every shape are answered as the reference does, or refused', { timeout: TIMEOUT_MS }, async () => {
    const asked = shapes().filter(shape => isAsked(shape.sql, SHARES.shapes));
    for (const group of new Set(asked.map(shape => shape.group))) {
      const sqls = asked.filter(shape => shape.group === group).map(shape => shape.sql);
      report.shapes.push({ group, findings: await certifyShapes(both, sqls) });
    }
    expect(explained(report.shapes.flatMap(one => one.findings))).toEqual([]);
  });

  test('grouping sets are answered as the groupings that they stand for', { timeout: TIMEOUT_MS }, async () => {
    const asked = equivalents().filter(({ short }) => isAsked(short, SHARES.shapes));
    const findings: Finding[] = [];
    for (const { short, expanded } of asked) {
      const comparison = await both.compareWith(short, expanded);
      findings.push({ sql: short, verdict: verdictOf(comparison), comparison });
    }
    expect(findings.filter(({ verdict }) => verdict === 'equal')).toHaveLength(asked.length);
    report.shapes.push({ group: 'grouping_sets', findings });
  });

  test('every signature of every function is answered as the reference does, or refused', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const random = randomOf(42);
    const cases = (signature: Signature) =>
      signature.mode === 'SCALAR' ? casesOf(signature, random) : setCasesOf(signature);
    for (const signature of await signatures()) {
      const asked = cases(signature).filter(one => isAsked(one.sql, SHARES.cases));
      report.signatures.push({ signature, findings: await certifyCases(both, asked) });
    }
    expect(report.signatures.length).toBeGreaterThan(500);
    if (isWhole) writeFileSync(PAGE, reportText(report));
    expect(explained(report.signatures.flatMap(one => one.findings))).toEqual([]);
  });
});
