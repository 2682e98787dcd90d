// Random queries have one answer: a seed gives the query, both sides answer it.

import fc from 'fast-check';
import { afterAll, describe, test } from 'vitest';
import { Bench } from './agree.ts';
import { analyzerFiles } from './installed.ts';
import { RandomQuery } from './random-query.ts';
import { tablesOf } from './sample.ts';

const RUNS = Number(process.env.PULSE_RANDOM_QUERIES ?? 150);

describe.skipIf(!analyzerFiles)('random queries', () => {
  const bench = new Bench();
  afterAll(() => bench.close());

  test(`${RUNS} of them are answered as the reference implementation does`, async () => {
    const property = fc.asyncProperty(fc.gen(), async gen => {
      const sql = new RandomQuery(n => gen(fc.nat, { max: n - 1 })).query();
      await bench.agree(sql, tablesOf(sql));
    });
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
  });
});
