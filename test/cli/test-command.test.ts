// pulse test in a project of its own: what it says, how it ends, what it records.

import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyzerFiles } from '../googlesql/installed.ts';
import { makeShop, type Shop } from './shop.ts';

const MODEL = 'models/marts/orders.sql';
const OWN = 'test/models/orders.own.test.yaml';

describe.skipIf(!analyzerFiles)('pulse test', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await makeShop();
  });
  afterAll(() => shop.remove());

  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(shop.root, path)), { recursive: true });
    await writeFile(join(shop.root, path), text);
  };
  const read = (path: string): string => readFileSync(join(shop.root, path), 'utf8');
  /** Runs with a file of tests of its own beside the project's, which is gone afterwards. */
  const withTests = async (text: string, argv: readonly string[]) => {
    await write(OWN, text);
    try {
      return { ...(await shop.pulse(argv)), text: read(OWN) };
    } finally {
      await rm(join(shop.root, OWN));
    }
  };

  test('a new project has tests, and they pass', async () => {
    const { code, out } = await shop.pulse(['test']);
    expect([code, out]).toEqual([0, 'ok   test/models/orders.test.yaml  2 passed\n\n2 passed, 0 failed.\n']);
    expect((await shop.pulse(['test', 'orders', '--engine', 'duckdb', '--verbose'])).out).toContain(
      '  ok   orders: an order that comes late changes the day it was placed on, and no other\n',
    );
  });

  test('a failed test tells row, column, what was expected and what is, and ends with 1', async () => {
    const text = `tests:
  - name: wrong
    given:
      raw_events:
        - { event_type: order_created, event_date: 2025-01-15, payload: '{"order_id":"o-1","total":63.10}' }
        - { event_type: order_created, event_date: 2025-01-15, payload: '{"order_id":"o-2","total":1}' }
    expect:
      - { order_id: o-1, total: 63.2 }
      - { order_id: o-3 }
`;
    const { code, out } = await withTests(text, ['test', '--name', 'wrong']);
    expect(code).toBe(1);
    expect(out.replace(/ +$/gm, '')).toBe(`FAIL test/models/orders.own.test.yaml  1 failed
  FAIL orders: wrong
       DuckDB and the reference implementation: 3 rows of orders are not as expected.
       at test/models/orders.own.test.yaml:8:7
         row           column               expected  is
         order_id o-1  total                63.2      63.1
         order_id o-3  row is missing
         order_id o-2  row is not expected
                       total                          1

0 passed, 1 failed.
`);
    const json = JSON.parse((await withTests(text, ['test', '--name', 'wrong', '--json'])).out);
    expect([json.passed, json.failed, json.tests[0].failures.length]).toEqual([0, 1, 2]);
    expect(json.tests[0].failures[0].off[0]).toEqual({
      kind: 'differs',
      key: { order_id: 'o-1' },
      cells: [{ column: 'total', expected: '63.2', actual: '63.1' }],
    });
  });

  test('what is wrong with a file is told at its place, and nothing is run', async () => {
    const { code, out, err } = await withTests('tests:\n  - name: a\n    expect: [{ totl: 1 }]\n', ['test']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('orders has no column "totl".\n  at test/models/orders.own.test.yaml:3:16\n');
    expect(err).toContain('Did you mean "total"?');
  });

  test('where there is no test, it says how to write one', async () => {
    const { code, err } = await shop.pulse(['test', 'raw_events']);
    expect(code).toBe(2);
    expect(err).toContain('test/models/raw_events.test.yaml');
  });

  test('a build that is to fail may, on both engines', async () => {
    const given = `given: { raw_events: [{ event_type: order_created, payload: '{"total":"x"}' }] }`;
    const text = `tests:
  - name: any
    ${given}
    expect: { error: true }
  - name: code
    ${given}
    expect: { error: WAREHOUSE_QUERY_FAILED }
  - name: other words
    ${given}
    expect: { error: overflow }
  - name: none
    given: { raw_events: [] }
    expect: { error: true }
`;
    const { code, out } = await withTests(text, ['test', 'orders', '--json']);
    expect(code).toBe(1);
    const tests: { name: string; status: string; failures: { kind: string }[] }[] = JSON.parse(out).tests;
    expect(tests.slice(0, 4).map(one => [one.name, one.status, one.failures.map(({ kind }) => kind)])).toEqual([
      ['any', 'passed', []],
      ['code', 'passed', []],
      ['other words', 'failed', ['error', 'error']],
      ['none', 'failed', ['no-error', 'no-error']],
    ]);
  });

  test('an edge that promises too much is found: the table made step by step is not that of the reference', async () => {
    const before = read(MODEL);
    await write(MODEL, before.replace(/CAST\([^\n]*< \{\{var "small_order"\}\}/, 'COUNT(*) OVER () = 1'));
    try {
      const text = `defaults: { raw_events: { event_type: order_created } }
tests:
  - name: unseen
    steps:
      - given: { raw_events: [{ event_id: e1, event_date: 2025-01-15, payload: '{"order_id":"o-1"}' }] }
      - given: { raw_events: [{ event_id: e2, event_date: 2025-01-16, payload: '{"order_id":"o-2"}' }] }
        expect: [{ order_id: o-1 }, { order_id: o-2 }]
`;
      const { code, out } = await withTests(text, ['test', '--name', 'unseen']);
      expect(code).toBe(1);
      expect(out).toContain('step 2, DuckDB: 2 rows of orders are not what the reference implementation gives.');
    } finally {
      await write(MODEL, before);
    }
  });

  test('a file that cannot be read is told where it may be meant', async () => {
    const text = 'tests: [\n  - name: x\n';
    const wrong = await withTests(text, ['test', 'orders']);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining(`${OWN}:`)]);
    const unknown = await withTests('asset: ordrs\ntests: []\n', ['test', 'orders']);
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('There is no model "ordrs"')]);
  });

  test('a test that expects nothing is none', async () => {
    const text = 'tests:\n  - name: open\n    given: { raw_events: [] }\n';
    const { code, err } = await withTests(text, ['test', 'orders']);
    expect([code, err]).toEqual([2, expect.stringContaining('"open" expects nothing')]);
    expect(err).toContain(`${OWN}:2:5`);
  });

  test('recording writes what failed or was not said, leaves every other character, and marks it until it is checked', async () => {
    const text = `# Kept.
defaults: { raw_events: { event_type: order_created } } # kept too
tests:
  - name: open
    given:
      raw_events: # a comment
        - { event_id: 1234567890123456789, event_date: 2025-01-15, payload: '{"order_id":"null","total":63.10}' }
        - { event_id: e2, event_date: 2025-01-14, payload: '{"order_id":"it''s","total":5}' }

  - name: step by step
    steps:
      - given: { raw_events: [{ event_id: e1, event_date: 2025-01-15, payload: '{"order_id":"o-1"}' }] }
        # what is right stays
        expect: { rows: [{ order_id: "o-1" }], cells: [2025-01-15] }
      - given: { raw_events: [{ event_id: e2, event_date: 2025-01-16, payload: '{"order_id":"o-2"}' }] }
        expect:
          rows:
            - { order_id: o-1 }
          cells: [2025-01-15]
  - name: fails
    given: { raw_events: [{ payload: '{"total":"x"}' }] }
    expect: []
`;
    const recorded = await withTests(text, ['test', 'orders', '--record']);
    expect(recorded.code).toBe(0);
    expect(recorded.out).toContain('recorded 3 tests in test/models/orders.own.test.yaml: check them by hand.\n');
    const mark = 'recorded: true # by a run: check it by hand, then take this line away';
    expect(recorded.text).toBe(
      text
        .replace(
          `"total":5}' }\n`,
          `"total":5}' }
    expect:
      ${mark}
      rows:
        - { order_id: 'it''s', order_date: 2025-01-14, ordered_at: null, vendor: null, total: 5, is_small: true }
        - { order_id: 'null', order_date: 2025-01-15, ordered_at: null, vendor: null, total: 63.1, is_small: false }
`,
        )
        .replace(
          `          rows:
            - { order_id: o-1 }
          cells: [2025-01-15]`,
          `          ${mark}
          rows:
            - { order_id: o-1 }
            - { order_id: o-2 }
          cells: [2025-01-16]`,
        )
        .replace('    expect: []\n', `    expect:\n      ${mark}\n      error: WAREHOUSE_QUERY_FAILED\n`),
    );
    const again = await withTests(recorded.text, ['test', 'orders']);
    expect([again.code, again.out.split('\n').at(-2)]).toEqual([
      0,
      '5 passed, 0 failed. 3 expectations recorded and not yet checked by a person.',
    ]);
  });
});
