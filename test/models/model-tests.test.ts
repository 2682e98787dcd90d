// The unit tests of the project's models (*.test.yaml beside this file), run as `pulse test` runs them.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { afterAll, describe, expect, test } from 'vitest';
import { testText } from '../../src/cli/test-text.ts';
import { openBench } from '../../src/model-tests/bench.ts';
import { openProject } from '../../src/project.ts';
import { analyzerFiles } from '../googlesql/installed.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const project = await openProject({
  cwd: ROOT,
  env: {},
  home: join(tmpdir(), 'pulse-test-models'),
  now: () => new Date(),
});
const bench = await openBench(project);
const { tests, faults } = await bench.find(new Set(project.graph.assets.keys()));
afterAll(() => project.close());

test('the files are right', () => {
  expect(faults.map(fault => [fault.place, fault.message, fault.hint])).toEqual([]);
});

describe.each(
  [...new Set(tests.map(one => one.asset))].map(asset => [asset, tests.filter(one => one.asset === asset)] as const),
)('%s', (_asset, those) => {
  test.each(those.map(one => [one.name, one] as const))('%s', async (_name, one) => {
    const result = await bench.run(one, analyzerFiles ? ['duckdb', 'reference'] : ['duckdb']);
    expect(result.failures.length === 0 ? '' : testText(result, pc.createColors(false))).toBe('');
  });
});
