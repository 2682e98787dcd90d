// What a file of tests means, and that all that is wrong with one is told at its place.

import { describe, expect, test } from 'vitest';
import { faultsOf, readOrders } from './shop-test.ts';

const oneRow = (row: string): string => `tests:\n  - name: a\n    given: { events: [${row}] }\n`;
const valuesOf = (row: string): unknown => {
  const { tests, faults } = readOrders(oneRow(row));
  expect(faults).toEqual([]);
  return tests[0]?.steps[0]?.given.get('events')?.rows[0];
};

test('a file that is no YAML is of the model that its text or name says; of none where that is no model', () => {
  const asset = (text: string) => readOrders(`${text}tests: [\n  - name: x\n`).asset;
  expect([asset(''), asset('asset: orders # own\n'), asset('asset: odrers\n')]).toEqual([
    'orders',
    'orders',
    undefined,
  ]);
});

describe('what is right', () => {
  test('a test has its name, place, vars, steps and expectation', () => {
    const text = `tests:
  - name: one
    vars: { small_order: 5 }
    given:
      events: [{ event_id: e1 }]
    expect:
      rows: [{ order_id: A }]
      cells: [2023-01-03]
      tolerance: 1e-9
      recorded: true
  - name: two
    steps:
      - given: { events: { as: whole, rows: [] } }
      - expect: { error: overflow }
`;
    const { tests, faults, asset } = readOrders(text);
    expect([asset, faults]).toEqual(['orders', []]);
    expect(tests.map(one => [one.name, one.place.line, one.vars, one.steps.length])).toEqual([
      ['one', 2, { small_order: 5 }, 1],
      ['two', 11, {}, 2],
    ]);
    expect(tests[0]?.steps[0]?.expected).toEqual({
      place: { file: 'test/models/orders.test.yaml', line: 7, column: 7 },
      rows: [
        { place: { file: 'test/models/orders.test.yaml', line: 7, column: 14 }, values: new Map([['order_id', 'A']]) },
      ],
      cells: ['2023-01-03'],
      tolerance: 1e-9,
      isRecorded: true,
    });
    expect(tests[1]?.steps.map(step => [step.given.get('events')?.isWhole, step.expected?.error])).toEqual([
      [true, undefined],
      [undefined, 'overflow'],
    ]);
  });

  test('values are exact, by the type of their column; what is left out is NULL', () => {
    expect(
      valuesOf(`{ event_id: 007, count: 9223372036854775807, amount: 63.10, share: 1e3, day: 2023-03-31,
        at: 2023-03-31T19:30:00.5+01:00, raw: aGk=, body: { a: 1.10, b: [null, x] }, tags: [a, 1.0], line: { price: -0.50 } }`),
    ).toEqual([
      '007',
      '9223372036854775807',
      '63.1',
      1000,
      '2023-03-31',
      '2023-03-31T18:30:00.5Z',
      'aGk=',
      '{"a":1.10,"b":[null,"x"]}',
      ['a', '1.0'],
      { sku: null, price: '-0.5' },
      null,
    ]);
    expect(
      valuesOf(`{ event_id: 'null', count: "42", amount: '0.000000001', body: '{"n": 1.0}', share: -.inf }`),
    ).toEqual(['null', 42, '0.000000001', '-Infinity', null, null, null, '{"n":1.0}', null, null, null]);
  });

  test('defaults stand for what a row leaves out, and give way to a NULL that is written', () => {
    const text = `defaults: { events: { event_id: usual, count: 1 } }\n${oneRow('{}, { count: null }, { event_id: own }')}`;
    const { tests, faults } = readOrders(text);
    expect(faults).toEqual([]);
    expect(tests[0]?.steps[0]?.given.get('events')?.rows.map(row => row.slice(0, 2))).toEqual([
      ['usual', 1],
      ['usual', null],
      ['own', 1],
    ]);
  });

  test('anchors and files beside the test give rows too', () => {
    const text = `defaults:
  events: { event_id: x }
tests:
  - name: a
    given: { events: &rows [{ count: 1 }] }
  - name: b
    given: { events: *rows }
  - name: c
    given: { events: { csv: rows.csv } }
`;
    const { tests, faults } = readOrders(text, { beside: { 'rows.csv': 'count,amount\n7,1.50\n,2\n' } });
    expect(faults).toEqual([]);
    expect(tests.map(one => one.steps[0]?.given.get('events')?.rows.map(row => row.slice(0, 3)))).toEqual([
      [['x', 1, null]],
      [['x', 1, null]],
      [
        ['x', 7, '1.5'],
        ['x', null, '2'],
      ],
    ]);
  });
});

describe('what is wrong is told at its place, all of it', () => {
  test.each([
    ['tests: [', ['1:9 This is no YAML: ']],
    ['- a', ['1:1 A file of tests is a map with the key tests: asset, defaults, tests.']],
    ['tests: 1', ['1:8 tests is a list of tests. | Write tests: and below it - name: …']],
    ['asset: order\ntests: []', ['1:8 There is no model "order". | Did you mean "orders"?']],
    ['test: []\ntests: []', ['1:1 "test" is no word of a test. | Did you mean "tests"?']],
    ['tests:\n  - given: {}', ['2:5 A test has a name. | Say in it what the model promises: - name: a late payment …']],
    ['tests:\n  - name: a\n  - name: a', ['3:5 "a" is the name of two tests. | Rename one.']],
    [
      'tests:\n  - name: a\n    expect: { tolerance: 0.1 }',
      ['3:13 expect without rows, cells or error expects nothing. | Say rows: […], which is [] where none comes out.'],
    ],
    ['tests:\n  - name: a\n    steps: []', ['3:12 steps lists no step. | Write - given: … below it.']],
    [
      'tests:\n  - name: a\n    vars: { small_ordr: 1 }',
      ['3:13 pulse.config.ts has no var "small_ordr". | Did you mean "small_order"?'],
    ],
    ['tests:\n  - name: a\n    given: { event: [] }', ['3:14 orders does not read "event". | Did you mean "events"?']],
    [
      'tests:\n  - name: a\n    given: { broken: [] }',
      ['3:14 The columns of broken are not known: it does not compile. | Run `pulse compile`.'],
    ],
    [oneRow('{ event_idd: 1 }'), ['3:25 events has no column "event_idd". | Did you mean "event_id"?']],
    [
      oneRow('{ count: 1.5, amount: 1e3, day: 2023-02-30 }'),
      [
        '3:32 count (INT64): "1.5" is no INT64. | Write it as 42.',
        '3:45 amount (NUMERIC): "1e3" is no NUMERIC. | Write it as 63.10.',
        '3:55 day (DATE): "2023-02-30" is no DATE. | Write it as 2023-03-31.',
      ],
    ],
    [
      oneRow('{ count: 9223372036854775808 }'),
      ['3:32 count (INT64): "9223372036854775808" is no INT64. | Write it as 42.'],
    ],
    [oneRow('{ amount: 0.0000000001 }'), ['3:33 amount (NUMERIC): "0.0000000001" is no NUMERIC. | Write it as 63.10.']],
    [
      oneRow('{ line: { skuu: a } }'),
      [
        '3:33 line (STRUCT<sku STRING, price NUMERIC>): STRUCT<sku STRING, price NUMERIC> has no field "skuu". | Did you mean "sku"?',
      ],
    ],
    [
      oneRow('{ event_id: { a: 1 } }'),
      [
        '3:35 event_id (STRING): A STRING is one value, not a list or a map. | Put JSON text in quotes: \'{"sku":"S1"}\'.',
      ],
    ],
    [
      oneRow('{ span: 1-0 0 0:0:0 }'),
      ["3:31 span (INTERVAL): Values of INTERVAL can't be written in a test. | Leave the column out."],
    ],
    [
      'tests:\n  - name: a\n    given: { events: { as: most } }',
      [
        '3:28 as: is more or whole, not "most". | more adds rows to those that are there; whole says that these are all.',
      ],
    ],
    [
      'tests:\n  - name: a\n    given: { events: { csv: no.csv } }',
      ['3:29 There is no file no.csv. | Name it as seen from the folder of the test file.'],
    ],
    [
      'tests:\n  - name: a\n    expect: [{ order: A }]\n    expected: []',
      [
        '4:5 "expected" is no word of a test. | Did you mean "expect"?',
        '3:16 orders has no column "order". | Did you mean "order_id"?',
      ],
    ],
    [
      'tests:\n  - name: a\n    given: {}\n    steps: [{}]',
      ['2:5 A test has either steps, or given and expect. | Put them into the first step.'],
    ],
  ])('%j', (text, expected) => {
    // What the library says of broken YAML is its own.
    const found = faultsOf(text).map(fault => fault.replace(/(?<=This is no YAML: ).*/s, ''));
    expect(found).toEqual(expected);
  });
});
