// Lines and arrays, whole and broken: what comes out, in order, with its line and reason, however the bytes arrive.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Arena } from '../../src/raw/arena.ts';
import { Scanner } from '../../src/raw/scan.ts';
import type { Sink, Splitter } from '../../src/raw/split.ts';
import { ArraySplitter } from '../../src/raw/split-array.ts';
import { LineSplitter } from '../../src/raw/split-lines.ts';

type Kind = 'lines' | 'array' | 'answer';

/** What a text gives: `3: {"a":1}` for a value in line 3, `3! reason | raw` for a fault. */
function split(
  kind: Kind,
  text: string | Uint8Array,
  options: { cuts?: number; max?: number; brokenOff?: string } = {},
): string[] {
  const bytes = Buffer.from(text as string);
  const scanner = new Scanner(new Arena(16));
  const out: string[] = [];
  const sink: Sink = {
    value: line => out.push(`${line}: ${scanner.text(0)}`),
    fault: ({ line, reason, raw, isCut }) => out.push(`${line}! ${reason} | ${raw}${isCut ? '…' : ''}`),
  };
  const given = { scanner, sink, maxEventBytes: options.max ?? 1 << 20, allowsAnswer: kind === 'answer' };
  const splitter: Splitter = kind === 'lines' ? new LineSplitter(given) : new ArraySplitter(given);
  const size = options.cuts ?? (bytes.length || 1);
  for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
  splitter.end(options.brokenOff);
  return out;
}

const BOM = '\ufeff';

describe('lines', () => {
  test('one value a line; blank lines, CRLF and a BOM are no part of it', () => {
    const text = `${BOM}{"a": 1}\r\n\r\n  \n[2]\r\n\t3`;
    expect(split('lines', text)).toEqual(['1: {"a":1}', '4: [2]', '5: 3']);
  });

  test('broken JSON in line 7 is told with its line and reason, and the rest goes on', () => {
    const lines = Array.from({ length: 9 }, (_, n) => (n === 6 ? '{"n": 7,}' : `{"n":${n + 1}}`));
    const out = split('lines', lines.join('\n'));
    expect(out[6]).toBe('7! broken JSON: } where a key should start (byte 9 of the line) | {"n": 7,}');
    expect(out.filter((_, n) => n !== 6)).toEqual(lines.flatMap((line, n) => (n === 6 ? [] : [`${n + 1}: ${line}`])));
  });

  test('a value over two lines is two broken lines', () => {
    expect(split('lines', '{"a":\n1}\n2')).toEqual([
      '1! broken JSON: the text ends in the middle of a value (byte 6 of the line) | {"a":',
      '2! broken JSON: text after the end of the value (byte 2 of the line) | 1}',
      '3: 2',
    ]);
  });

  test('an empty file holds nothing', () => {
    expect(split('lines', '')).toEqual([]);
    expect(split('lines', BOM)).toEqual([]);
    expect(split('lines', '\n\n')).toEqual([]);
  });

  test('bytes that are not UTF-8 are a fault, shown as far as they can be', () => {
    expect(split('lines', Buffer.from([0x22, 0xff, 0x22, 0x0a, 0x31]))).toEqual([
      '1! broken JSON: byte 0xFF is not UTF-8 (byte 2 of the line) | "\ufffd"',
      '2: 1',
    ]);
  });

  test('a line over the limit is told once, cut, and the next line goes on', () => {
    const long = `"${'x'.repeat(200_000)}"`;
    const out = split('lines', `1\n${long}\n3\n`, { cuts: 1000, max: 100_000 });
    expect(out).toEqual([
      '1: 1',
      `2! larger than the limit of 100000 bytes for one event | ${long.slice(0, 65_536)}…`,
      '3: 3',
    ]);
  });

  test('the limit itself is allowed', () => {
    expect(split('lines', '"678"\n"6789"\n', { max: 5 })).toEqual([
      '1: "678"',
      '2! larger than the limit of 5 bytes for one event | "6789"',
    ]);
  });

  test('what was broken off is told with what there was of it', () => {
    expect(split('lines', '1\n{"a"', { brokenOff: 'cut' })).toEqual(['1: 1', '2! cut | {"a"']);
    expect(split('lines', '', { brokenOff: 'cut' })).toEqual(['null! cut | ']);
  });
});

describe('an array', () => {
  test('its elements, wherever they stand', () => {
    const text = `${BOM} [\r\n  {\r\n    "a": 1\r\n  },\r\n  {"b": [2]},{"c":3}\r\n]\r\n`;
    expect(split('array', text)).toEqual(['2: {"a":1}', '5: {"b":[2]}', '5: {"c":3}']);
    expect(split('array', '[]')).toEqual([]);
    expect(split('array', '[12,"a",null]')).toEqual(['1: 12', '1: "a"', '1: null']);
  });

  test('cut in half: what came before is there, the rest is told with its line', () => {
    expect(split('array', '[\n{"a":1},\n{"b":2},\n{"c":')).toEqual([
      '2: {"a":1}',
      '3: {"b":2}',
      '4! the file ends before its array does: it was cut off | {"c":',
    ]);
    expect(split('array', '[\n{"a":1},\n')).toEqual([
      '2: {"a":1}',
      '3! the file ends before its array does: it was cut off | ',
    ]);
    expect(split('array', '[{"a":1}')).toEqual([
      '1: {"a":1}',
      '1! the file ends before its array does: it was cut off | ',
    ]);
  });

  test.each([
    ['a NaN', '{"a": NaN}', 'broken JSON: N where a value should start (byte 7 of the record)'],
    ['a lone surrogate', '{"a": "\\ud800"}', 'broken JSON: lone surrogate \\ud800 (byte 8 of the record)'],
    ['a duplicate key', '{"a":1,"a":2}', 'broken JSON: duplicate key "a" (byte 11 of the record)'],
    ['a missing brace inside', '{"a":[{"b":1]}', 'broken JSON: ] where a , or } should stand (byte 13 of the record)'],
    ['too many braces', '{"a":1}}', undefined],
  ])('%s spoils one record of a line, and not the next', (_, broken, reason) => {
    const out = split('array', `[{"x":1},${broken},{"y":2}]`);
    expect(out[0]).toBe('1: {"x":1}');
    if (reason === undefined) expect(out).toContain('1! broken JSON: no comma before this record | }');
    else expect(out[1]).toBe(`1! ${reason} | ${broken}`);
    expect(out.at(-1)).toBe('1: {"y":2}');
  });

  test.each([
    ['a quote that is missing', '  {\n    "a": "b,\n    "c": 1\n  }'],
    ['a brace that is missing', '  {\n    "a": 1'],
    ['a comma that is missing', '  {\n    "a": 1\n    "c": 1\n  }'],
    ['a bracket that is missing', '  {\n    "a": [1, 2\n  }'],
  ])('%s spoils one record of a printed array, and not the next', (_, broken) => {
    const out = split('array', `[\n  {"x": 1},\n${broken},\n  {\n    "y": 2\n  }\n]`);
    expect(out[0]).toBe('2: {"x":1}');
    expect(out.at(-1)).toBe(`${4 + broken.split('\n').length - 1}: {"y":2}`);
    expect(out[1]).toMatch(/^3! broken JSON: /);
    expect(out).toHaveLength(3);
  });

  test('a record over the limit is told once, cut, and the next one goes on', () => {
    const long = `{"a": "${'x'.repeat(200_000)}"}`;
    const out = split('array', `[1,\n${long},\n3]`, { cuts: 1000, max: 100_000 });
    expect(out).toEqual([
      '1: 1',
      `2! larger than the limit of 100000 bytes for one event | ${long.slice(0, 65_536)}…`,
      '3: 3',
    ]);
  });

  test('what is no array, or empty, is told; so is what stands after the array, or is missing in it', () => {
    expect(split('array', '{"a":1}')).toEqual(['1! not a JSON array | {"a":1}']);
    expect(split('array', '')).toEqual(['null! the file is empty: a JSON array should stand there | ']);
    expect(split('array', '[1]\n[2]')).toEqual(['1: 1', '2! text after the end of the array | [2]']);
    expect(split('array', '[1,,2,]')).toEqual([
      '1: 1',
      '1! broken JSON: no record before this , | ',
      '1: 2',
      '1! broken JSON: no record before this ] | ',
    ]);
  });
});

describe('an answer', () => {
  test('the events of an object, or a bare array', () => {
    expect(split('answer', '{"count": 2, "more": {"a": [1]}, "events": [1, {"b":2}], "next": null}')).toEqual([
      '1: 1',
      '1: {"b":2}',
    ]);
    expect(split('answer', '[1,2]')).toEqual(['1: 1', '1: 2']);
  });

  test('an answer without events, or with broken ones, is told', () => {
    expect(split('answer', '{"error": "no"}')).toEqual(['1! no "events" in the answer | }']);
    expect(split('answer', '{"events": 5}')).toEqual(['1! "events" is not an array, or is there twice | 5}']);
    expect(split('answer', '{"events": [1')).toEqual([
      '1: 1',
      '1! the file ends before its array does: it was cut off | ',
    ]);
  });
});

describe('however the bytes arrive', () => {
  const texts = fc.array(
    fc.oneof(fc.json(), fc.constantFrom('{"a":', 'NaN', '"\\ud800"', '{"a":1,"a":2}', '', '{"b":"é😀"}')),
    { maxLength: 8 },
  );
  const cut = fc.integer({ min: 1, max: 9 });

  test('lines give the same in pieces as in one', () => {
    fc.assert(
      fc.property(texts, cut, (values, cuts) => {
        const text = values.join('\r\n');
        expect(split('lines', text, { cuts })).toEqual(split('lines', text));
      }),
    );
  });

  test('arrays give the same in pieces as in one, also where they are cut off', () => {
    fc.assert(
      fc.property(texts, cut, fc.nat(60), (values, cuts, missing) => {
        const whole = `[\n  ${values.join(',\n  ')}\n]`;
        const text = whole.slice(0, Math.max(1, whole.length - missing));
        expect(split('array', text, { cuts })).toEqual(split('array', text));
      }),
      { numRuns: 300 },
    );
  });

  test('whole arrays give their elements, as JSON.parse has them', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), cut, (values, cuts) => {
        expect(split('array', `[${values.join(' ,\n')}]`, { cuts })).toEqual(
          values.map((value, n) => `${n + 1}: ${value}`),
        );
      }),
    );
  });
});
