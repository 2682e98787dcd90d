// Tests of models on both engines: values of every type, an analyzer that is not there, tests after one another.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PulseError } from '../../src/errors.ts';
import type { Analyzer } from '../../src/googlesql/analyzer.ts';
import { openBench } from '../../src/model-tests/bench.ts';
import type { TestEngine } from '../../src/model-tests/case.ts';
import { openProject } from '../../src/project.ts';
import { makeShop, type Shop } from '../cli/shop.ts';
import { analyzerFiles } from '../googlesql/installed.ts';

const COLUMNS = {
  id: 'STRING',
  day: 'DATE',
  flag: 'BOOL',
  whole: 'INT64',
  part: 'FLOAT64',
  money: 'NUMERIC',
  bytes: 'BYTES',
  clock: 'TIME',
  local: 'DATETIME',
  moment: 'TIMESTAMP',
  body: 'JSON',
  tags: 'ARRAY<STRING>',
  line: 'STRUCT<sku STRING, price NUMERIC>',
  lines: 'ARRAY<STRUCT<sku STRING, prices ARRAY<NUMERIC>>>',
};

const asset = (name: string, deps: string): string => `import { byKey, daily, model } from 'pulse';
export default model({
  name: '${name}',
  description: 'All types.',
  deps: [${deps}],
  model: '${name}.sql',
  partition: daily('day'),
  columns: [${Object.entries(COLUMNS)
    .map(([column, type]) => `['${column}', '${type}', '']`)
    .join(', ')}],
});
`;
const names = Object.keys(COLUMNS).join(', ');
const FILES = {
  'assets/marts/typed.ts': asset('typed', "'raw_events'"),
  'models/typed.sql': `SELECT ${Object.entries(COLUMNS)
    .map(([column, type]) => `CAST(NULL AS ${type}) AS ${column}`)
    .join(', ')}\nFROM {{ref "raw_events"}}`,
  'assets/marts/copied.ts': asset('copied', "{ asset: 'typed', mapping: byKey('id') }"),
  'models/copied.sql': `SELECT ${names} FROM {{ref "typed"}}`,
};

const ROWS = `
- { id: empty }
- id: all
  day: 2023-02-28
  flag: false
  whole: -9223372036854775808
  part: 0.1
  money: -12345678901234567890123456789.123456789
  bytes: AP8=
  clock: 23:59:59.000001
  local: 2023-02-28T23:59:59.5
  moment: 0001-01-01T00:00:00Z
  body: { n: 1.5, s: "a'b", list: [] }
  tags: [ "it's", '', "\\u2713" ]
  line: { sku: S, price: 0.000000001 }
  lines: [ { sku: A, prices: [1.10, 2] }, { sku: null, prices: [] } ]
- { id: "q'\\"\\n", day: 2023-03-01, part: .nan, whole: 9007199254740993, tags: [], moment: 2023-03-01T00:00:00.000001+01:00 }
- { id: inf, day: 2023-03-01, part: -.inf, money: 0 }
`;
const indented = (text: string, by: number): string => text.trim().replace(/^/gm, ' '.repeat(by));

const TESTS = `tests:
  - name: whole
    given:
      typed:
${indented(ROWS, 8)}
    expect:
${indented(ROWS, 6)}
  - name: step by step
    steps:
      - given:
          typed: [{ id: first, day: 2023-01-01, lines: [{ sku: X, prices: [9] }] }]
      - given:
          typed:
${indented(ROWS, 12)}
        expect:
          rows:
            - { id: first, lines: [{ sku: X, prices: [9] }] }
${indented(ROWS, 12)}
          cells: [2023-02-28, 2023-03-01, __NULL__]
  - name: nothing of another test is left
    given: { typed: [] }
    expect: []
  - name: nothing is given
    expect: []
`;

describe.skipIf(!analyzerFiles)('a bench', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await makeShop();
    for (const [path, text] of Object.entries({ ...FILES, 'test/models/copied.test.yaml': TESTS })) {
      await mkdir(dirname(join(shop.root, path)), { recursive: true });
      await writeFile(join(shop.root, path), text);
    }
  });
  afterAll(() => shop.remove());

  const run = async (engines: readonly TestEngine[], analyzer?: Analyzer) => {
    const project = await openProject({
      cwd: shop.root,
      env: {},
      now: () => new Date(0),
      ...(analyzer === undefined ? {} : { analyzer }),
    });
    try {
      const bench = await openBench(project);
      const { tests, faults } = await bench.find(new Set(['copied']));
      expect(faults.map(({ message, place }) => [message, place])).toEqual([]);
      const results = [];
      for (const one of tests) results.push(await bench.run(one, engines));
      return results;
    } finally {
      await project.close();
    }
  };

  test('takes values of every type through both engines as they are written, at once and step by step', async () => {
    const results = await run(['duckdb', 'reference']);
    expect(results.map(({ test, status, engines, failures }) => [test.name, status, engines, failures])).toEqual(
      ['whole', 'step by step', 'nothing of another test is left', 'nothing is given'].map(name => [
        name,
        'passed',
        ['duckdb', 'reference'],
        [],
      ]),
    );
  });

  test('reads what it recorded as it was, in every type', async () => {
    const open = TESTS.replace(/ {4}expect:\n(?: {6}.*\n)+/, '').replace(
      / {10}rows:\n(?: {12}.*\n)+/,
      '          rows: []\n',
    );
    const path = join(shop.root, 'test/models/copied.test.yaml');
    await writeFile(path, open);
    try {
      const recorded = await shop.pulse(['test', 'copied', '--record']);
      expect(recorded.out).toContain('recorded 2 tests in test/models/copied.test.yaml');
      expect((await run(['duckdb', 'reference'])).map(({ status }) => status)).toEqual(Array(4).fill('passed'));
      expect(await readFile(path, 'utf8')).toContain('money: -12345678901234567890123456789.123456789\n');
    } finally {
      await writeFile(path, TESTS);
    }
  });

  test('runs on DuckDB alone where the analyzer is not there, and says why', async () => {
    const missing = new PulseError('ANALYZER_MISSING', 'It is not installed.');
    const analyzer: Analyzer = {
      analyze: () => Promise.reject(missing),
      evaluate: () => Promise.reject(missing),
      functions: async () => new Map(),
      close: () => undefined,
    };
    const results = await run(['duckdb', 'reference'], analyzer);
    expect(results.map(({ status, engines, skipped }) => [status, engines, skipped])).toEqual(
      Array.from({ length: 4 }, () => [
        'passed',
        ['duckdb'],
        [{ engine: 'reference', reason: 'It is not installed.' }],
      ]),
    );
    expect((await run(['reference'], analyzer)).map(({ status }) => status)).toEqual(
      Array.from({ length: 4 }, () => 'skipped'),
    );
  });

  test('says of a model that nobody could compile that the analyzer is missing', async () => {
    const missing = new PulseError('ANALYZER_MISSING', 'It is not installed.');
    const analyzer: Analyzer = {
      analyze: () => Promise.reject(missing),
      evaluate: () => Promise.reject(missing),
      functions: async () => new Map(),
      close: () => undefined,
    };
    const path = join(shop.root, 'models/copied.sql');
    const text = await readFile(path, 'utf8');
    await writeFile(path, `${text}\nLIMIT 1000000`);
    try {
      const results = await run(['duckdb', 'reference'], analyzer);
      expect(results.map(({ status, missing: why }) => [status, why?.code])).toEqual(
        Array.from({ length: 4 }, () => ['skipped', 'ANALYZER_MISSING']),
      );
    } finally {
      await writeFile(path, text);
    }
  });
});
