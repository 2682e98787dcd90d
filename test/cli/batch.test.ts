// A batch of queries: answers in order, each failure alone.

import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { runBatch } from '../../src/cli/batch.ts';
import { PulseError } from '../../src/errors.ts';
import { parseType } from '../../src/googlesql/type.ts';
import type { ResultSet } from '../../src/googlesql/value.ts';

const one: ResultSet = { columns: [{ name: 'f0_', type: parseType('INT64') }], rows: [[1]] };

/** Answers every query with one row but those that say how they fail. */
async function query(sql: string): Promise<ResultSet> {
  if (sql === 'wrong') throw new PulseError('SQL_INVALID', 'Unrecognized name: x');
  if (sql === 'slow') throw new PulseError('QUERY_TIMEOUT', 'It took longer than 1 s.');
  if (sql === 'placed') {
    throw new PulseError('SQL_INVALID', 'Unrecognized name: y', { place: { file: 'query', line: 2, column: 8 } });
  }
  if (sql === 'minus zero') return { ...one, rows: [[-0]] };
  if (sql === 'bug') throw new TypeError('x is undefined');
  return one;
}

async function textOf(input: string | Buffer, signal = new AbortController().signal): Promise<string> {
  let out = '';
  await runBatch(Readable.from([input], { objectMode: false }), query, {
    write: text => {
      out += text;
    },
    signal,
  });
  return out;
}

async function answers(input: string | Buffer, signal?: AbortSignal): Promise<object[]> {
  const lines = (await textOf(input, signal)).split('\n');
  return lines.filter(Boolean).map(line => JSON.parse(line) as object);
}

const right = (id: unknown) => ({ id, columns: [{ name: 'f0_', type: 'INT64' }], rows: [[1]] });

test('in order, one line a query; what fails fails alone', async () => {
  const input = [
    '{"id":1,"sql":"SELECT 1"}',
    '{"id":"b","sql":"wrong"}',
    '',
    '{"id":3,"sql":"slow"}\r',
    '{"id":4,"sql":"bug"}',
    '{"id":5,"sql":"SELECT 1"}',
  ];
  expect(await answers(input.join('\n'))).toEqual([
    right(1),
    { id: 'b', error: 'Unrecognized name: x', code: 'SQL_INVALID' },
    { id: 3, error: 'It took longer than 1 s.', code: 'QUERY_TIMEOUT' },
    { id: 4, error: 'x is undefined', code: 'INTERNAL' },
    right(5),
  ]);
});

test('a line of invalid UTF-8 fails alone; what is valid stays as it is', async () => {
  const input = Buffer.from('{"id":1,"sql":"?"}\n{"id":"é\u2028😀","sql":"SELECT 1"}\n');
  input[input.indexOf('?')] = 0xff;
  expect(await answers(input)).toEqual([
    { id: null, error: 'The line is not UTF-8.', code: 'USAGE' },
    right('é\u2028😀'),
  ]);
});

test('a line that asks nothing is answered too', async () => {
  const [broken, noSql, noId] = await answers('{"id":1\n{"id":2}\n{"sql":"SELECT 1"}\n');
  expect(broken).toMatchObject({ id: null, code: 'USAGE' });
  expect(noSql).toMatchObject({ id: 2, code: 'USAGE' });
  expect(noId).toEqual(right(null));
});

test('the place of a fault is told', async () => {
  expect(await answers('{"id":1,"sql":"placed"}\n')).toEqual([
    { id: 1, error: 'Unrecognized name: y', code: 'SQL_INVALID', line: 2, column: 8 },
  ]);
});

test.each([
  ['{"id":9007199254740993,"sql":"SELECT 1"}', '9007199254740993'],
  ['{"sql":"SELECT \\"id\\": 5, {","id":-12345678901234567890123 }', '-12345678901234567890123'],
  [
    '{"x":{"id":1},"id":[9007199254740993,{"id":"a,b"}],"sql":"wrong","y":[{"id":2}]}',
    '[9007199254740993,{"id":"a,b"}]',
  ],
  ['{"id":1,"id": 1.50 ,"sql":"SELECT 1"}', '1.50'],
  ['{"id":"\\u0041","sql":"SELECT 1"}', '"\\u0041"'],
  ['\ufeff{"id":7,"sql":"SELECT 1"}', '7'],
  ['{"sql":"SELECT 1"}', 'null'],
])('%s comes back with its id as it was written', async (input, id) => {
  expect((await textOf(input)).startsWith(`{"id":${id},`)).toBe(true);
});

test('-0.0 keeps its sign', async () => {
  expect(await textOf('{"id":1,"sql":"minus zero"}')).toBe(
    '{"id":1,"columns":[{"name":"f0_","type":"INT64"}],"rows":[[-0.0]]}\n',
  );
});

test('an interruption ends it after the query under way', async () => {
  const controller = new AbortController();
  controller.abort();
  expect(await answers('{"id":1,"sql":"SELECT 1"}\n', controller.signal)).toEqual([]);
});

test('the id is kept beside a text of millions of characters, escapes among them', async () => {
  const line = `{"sql":"${'\\u00e9'.repeat(2_000_000)}${'\\\\\\"'.repeat(1_000)}\\\\","id":{"a\\"":"}"}}`;
  expect(await answers(line)).toEqual([right({ 'a"': '}' })]);
});
