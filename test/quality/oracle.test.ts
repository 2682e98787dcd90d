// Every measure of the daily checks and every answer to the six questions equals the oracle's, on each day of made-up data.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Value } from '../../src/googlesql/value.ts';
import { answer, questionsOf } from '../../src/run/analyze.ts';
import { rowsOf } from '../../src/run/ask.ts';
import { runChecks } from '../../src/run/check-all.ts';
import { run as runCli } from '../cli/fake-io.ts';
import { numericOf, numericText } from '../oracle/numeric.ts';
import { type Answer, oracle } from '../oracle/oracle.ts';
import { checks, questions } from '../oracle/quality.ts';
import { NOW, SAMPLE_DATA, type SampleProject, sampleProject } from '../run/sample-project.ts';

/** NUMERICs by value, FLOAT64s to the 12 digits that both ways of adding agree on. */
const plain = (value: Value): Value => {
  if (typeof value === 'number') return Number(value.toPrecision(12));
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? numericOf(value) : null;
  return number === null ? value : numericText(number);
};
const plainRow = (row: object) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));

const made = mkdtempSync(join(tmpdir(), 'pulse-quality-'));
afterAll(() => rmSync(made, { recursive: true, force: true }));

describe.each([
  ['the sample data', async () => SAMPLE_DATA],
  [
    'three days of dirty live data',
    async () => {
      const argv = ['generate', '--events', '1500', '--seed', '7', '--days', '2025-03-01..2025-03-03', '--out', made];
      const { code, err } = await runCli(argv, { cwd: made });
      if (code !== 0) throw new Error(err);
      return made;
    },
  ],
])('%s', (_, dataOf) => {
  let project: SampleProject;
  let right: Answer;
  beforeAll(async () => {
    const data = await dataOf();
    project = sampleProject(data);
    right = oracle(data, { now: NOW.toISOString() });
    await project.materialize();
  });
  afterAll(() => project.remove());

  test('the six questions, for all days and for a span', async () => {
    for (const span of [undefined, { from: '2023-02-01', to: '2025-03-02' }]) {
      const answers = await project.run(async open => answer(open, await questionsOf(open), span ?? {}));
      const found = Object.fromEntries(
        answers.map(({ name, result }) => [name.replace(/^\d_/, ''), rowsOf(result).map(plainRow)]),
      );
      const wanted = Object.entries(span === undefined ? questions(right) : questions(right, span));
      expect(found).toEqual(Object.fromEntries(wanted.map(([name, rows]) => [name, rows.map(plainRow)])));
      expect(Object.values(found).every(rows => rows.length > 0)).toBe(true);
    }
  });

  test('the seven checks, of each day and over all days', async () => {
    const live = right.tables.events_raw.map(row => String(row.ingested_at).slice(0, 10));
    const refunds = right.tables.fact_refunds.map(row => String(row.refund_date));
    const recent = [...new Set([...live, ...refunds])].filter(day => day > '2024').sort();
    const days = ['2023-11-30', ...recent.slice(-4)];
    await project.run(async open => {
      for (const day of days) {
        const { outcomes } = await runChecks(open, { assets: [], day });
        const wanted = checks(right, day);
        for (const { name, measures, total, note } of outcomes) {
          const expected = wanted[name as keyof typeof wanted];
          const found = plainRow(Object.fromEntries(measures.map(one => [one.name, one.value])));
          if (note === 'nothing on this day')
            expect(Object.values(expected ?? {}).every(value => value === 0 || value === null || value === '0')).toBe(
              true,
            );
          else expect({ name, day, ...found }).toEqual({ name, day, ...plainRow(expected ?? {}) });
          const all = checks(right)[name as keyof ReturnType<typeof checks>] ?? {};
          expect(plainRow(Object.fromEntries(total.map(one => [one.name, one.value])))).toEqual(plainRow(all));
        }
        expect(outcomes.map(one => one.name)).toEqual(Object.keys(wanted).sort());
      }
    });
  });
});
