// Results of a query as text: exact in every format, harmless on a terminal.

import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { resultText, resultValue } from '../../src/cli/result-text.ts';
import { parseType } from '../../src/googlesql/type.ts';
import type { ResultSet } from '../../src/googlesql/value.ts';

const style = { colors: pc.createColors(false), isCut: false };
const columns = [
  ['id', 'INT64'],
  ['total', 'NUMERIC'],
  ['note', 'STRING'],
  ['items', 'ARRAY<STRUCT<sku STRING, qty INT64>>'],
].map(([name = '', type = '']) => ({ name, type: parseType(type) }));
const result: ResultSet = {
  columns,
  rows: [
    ['9007199254740993', '63.1', 'plain', [{ sku: 'a', qty: 2 }]],
    [1, null, 'a "quoted", cell\nwith a line', []],
    [2, '-0.5', '', null],
  ],
};

test('json: an array of objects, a row a line; big integers and decimals as strings', () => {
  const text = resultText(result, 'json', style);
  expect(text.split('\n')).toHaveLength(6);
  expect(JSON.parse(text)).toEqual([
    { id: '9007199254740993', total: '63.1', note: 'plain', items: [{ sku: 'a', qty: 2 }] },
    { id: 1, total: null, note: 'a "quoted", cell\nwith a line', items: [] },
    { id: 2, total: '-0.5', note: '', items: null },
  ]);
  expect(resultText({ columns, rows: [] }, 'json', style)).toBe('[]\n');
});

test('ndjson: an object a line', () => {
  const lines = resultText(result, 'ndjson', style).trimEnd().split('\n');
  expect(lines.map(line => JSON.parse(line).id)).toEqual(['9007199254740993', 1, 2]);
});

test('csv: quoted as RFC 4180 wants it; NULL is empty, an empty text is ""', () => {
  expect(resultText(result, 'csv', style)).toBe(
    [
      'id,total,note,items',
      '9007199254740993,63.1,plain,"[{""sku"":""a"",""qty"":2}]"',
      '1,,"a ""quoted"", cell\nwith a line",[]',
      '2,-0.5,"",',
      '',
    ].join('\n'),
  );
});

describe('table', () => {
  test('numbers at the right, NULL said, the rows counted', () => {
    expect(
      resultText(
        {
          columns: columns.slice(0, 2),
          rows: [
            [1, null],
            [1000, '63.1'],
          ],
        },
        'table',
        style,
      ),
    ).toBe(
      [
        '┌──────┬───────┐',
        '│   id │ total │',
        '├──────┼───────┤',
        '│    1 │  NULL │',
        '│ 1000 │  63.1 │',
        '└──────┴───────┘',
        '2 rows',
        '',
      ].join('\n'),
    );
  });

  test('what would move the cursor is shown, not done', () => {
    const text = resultText({ columns: columns.slice(2, 3), rows: [['\u001b[2Jgone\nnext']] }, 'table', style);
    expect(text).toContain('\\u001b[2Jgone\\nnext');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the very thing looked for
    expect(text).not.toMatch(/\u001b/);
  });

  test('long values are cut on a terminal only', () => {
    const long: ResultSet = { columns: columns.slice(2, 3), rows: [['x'.repeat(200)]] };
    expect(resultText(long, 'table', style)).toContain('x'.repeat(200));
    expect(resultText(long, 'table', { ...style, isCut: true })).toContain(`${'x'.repeat(59)}…`);
  });
});

test('two columns of one name both stay', () => {
  const twice: ResultSet = { columns: [columns[0], columns[0]].flatMap(one => one ?? []), rows: [[1, 2]] };
  expect(JSON.parse(resultText(twice, 'json', style))).toEqual([{ id: 1, id_1: 2 }]);
});

test('minus zero keeps its sign wherever it stands', () => {
  const zero: ResultSet = {
    columns: [
      { name: 'x', type: parseType('FLOAT64') },
      { name: 'y', type: parseType('ARRAY<FLOAT64>') },
    ],
    rows: [[-0, [-0, 0, -1.5]]],
  };
  expect(resultText(zero, 'ndjson', style)).toBe('{"x":-0.0,"y":[-0.0,0,-1.5]}\n');
  expect(resultText(zero, 'csv', style)).toBe('x,y\n-0.0,"[-0.0,0,-1.5]"\n');
});

test('a column called __proto__ is a column', () => {
  const odd: ResultSet = { columns: [{ name: '__proto__', type: parseType('INT64') }], rows: [[1]] };
  expect(resultText(odd, 'ndjson', style)).toBe('{"__proto__":1}\n');
});

test('as a value of a batch: types as BigQuery writes them, rows as arrays', () => {
  expect(resultValue(result).columns.at(-1)).toEqual({ name: 'items', type: 'ARRAY<STRUCT<sku STRING, qty INT64>>' });
  expect(resultValue(result).rows).toBe(result.rows);
});
