// The scanner against JSON.parse: what it keeps, what it refuses, and why.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Arena } from '../../src/raw/arena.ts';
import { KIND, keyName, ScanFault, Scanner } from '../../src/raw/scan.ts';

function scan(text: string | Uint8Array): string {
  const bytes = Buffer.from(text as string);
  const scanner = new Scanner(new Arena(16));
  scanner.scan(bytes, 0, { to: bytes.length });
  const rest = bytes.subarray(scanner.at).toString().trim();
  if (rest !== '') throw new ScanFault(`then ${rest}`, scanner.at, false);
  return scanner.text(0);
}

function reasonOf(text: string | Uint8Array): string {
  try {
    scan(text);
  } catch (error) {
    if (error instanceof ScanFault) return error.message;
    throw error;
  }
  return 'valid';
}

/** JSON text with white space strewn between its tokens. */
const spaced = fc
  .tuple(fc.json(), fc.array(fc.constantFrom('', '', ' ', '\n', '\r\n', '\t'), { minLength: 1 }))
  .map(([json, spaces]) => {
    let count = 0;
    const space = () => spaces[count++ % spaces.length];
    const tokens = json.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^[\]{},:"\s]+/g) ?? [];
    return { json, text: tokens.map(token => `${space()}${token}`).join('') + space() };
  });

/** Whether JSON.parse takes it and nothing in it could mislead: the scanner's own definition, said the slow way. */
function isStrict(text: string): boolean {
  try {
    JSON.parse(text);
  } catch {
    return false;
  }
  // Without the other escapes: a u behind an escaped backslash is a letter.
  return !/\\u[dD][89a-fA-F]/.test(text.replace(/\\[^u]/g, ''));
}

describe('what is kept', () => {
  test('every JSON text is kept as it is, without the white space between its tokens', () => {
    fc.assert(
      fc.property(spaced, ({ json, text }) => {
        expect(scan(text)).toBe(json);
      }),
      { numRuns: 500 },
    );
  });

  test('numbers and strings stay as they were written', () => {
    const text = '[63.10,6.31e1,-0,0.0,1E+2,12345678901234567890,"\\u0041\\/\\ud83d\\ude00é","\u{1F600}"]';
    expect(scan(text)).toBe(text);
  });

  test('members are found by name, escaped or not', () => {
    const text = Buffer.from('{"a":1,"\\u0062":{"c":[2]},"é":3}');
    const scanner = new Scanner(new Arena(16));
    scanner.scan(text, 0, { to: text.length });
    const member = (name: string): string => scanner.text(scanner.member(0, keyName(name)));
    expect(['a', 'b', 'é'].map(member)).toEqual(['1', '{"c":[2]}', '3']);
    expect(scanner.member(0, keyName('c'))).toBe(-1);
    expect(scanner.kind(scanner.member(0, keyName('b')))).toBe(KIND.object);
  });
});

/** An object of so many members. */
const wide = (count: number, value = '0'): string =>
  `{${Array.from({ length: count }, (_, n) => `"k${n}":${value}`).join(',')}}`;

describe('what is refused', () => {
  test('a key is a duplicate within its own object only, however many the objects around and beside it have', () => {
    for (const count of [31, 32, 33, 70]) {
      const text = `[${wide(count, '{"k0":[{"k0":1}]}')},${wide(count, wide(34))},${wide(count)}]`;
      expect(scan(text)).toBe(text);
      for (const key of ['k0', `k${count - 1}`]) {
        expect(reasonOf(`[${wide(count)},${wide(count).slice(0, -1)},"${key}":1}]`)).toBe(`duplicate key "${key}"`);
      }
    }
  });

  test('the scanner takes what JSON.parse takes, duplicate keys apart, and nothing else', () => {
    const alphabet = fc.constantFrom(...'{}[]:,"\\ \n0123456789.-+eEtrufalsn/bd89aAé\u0001\u{1F600}');
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.nat(3), fc.array(alphabet, { maxLength: 3 }))
      .map(([json, at, cut, put]) => {
        const from = json.length === 0 ? 0 : at % json.length;
        return json.slice(0, from) + put.join('') + json.slice(from + cut);
      });
    fc.assert(
      fc.property(broken, text => {
        const reason = reasonOf(text);
        if (!reason.startsWith('duplicate key')) expect(reason === 'valid', reason).toBe(isStrict(text));
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    ['{"a":NaN}', 'N where a value should start'],
    ['{"a":Infinity}', 'I where a value should start'],
    ['{"a":-Infinity}', 'I where a digit should stand'],
    ['{"a":01}', '1 where a , or } should stand'],
    ['{"a":.5}', '. where a value should start'],
    ['{"a":1.}', '} where a digit should stand'],
    ['[1,]', '] where a value should start'],
    ['{"a":1,}', '} where a key should start'],
    ["{'a':1}", "' where a key should start"],
    ['{"a" 1}', '1 where a : should stand'],
    ['"\t"', 'control character 0x09 in a string'],
    ['"\\x41"', '\\x is no escape'],
    ['"\\u12g4"', '\\u without four hexadecimal digits'],
    ['"\\ud800"', 'lone surrogate \\ud800'],
    ['"\\udc00\\ud800"', 'lone surrogate \\udc00'],
    ['"\\ud800\\u0041"', 'lone surrogate \\ud800'],
    ['nul', 'the text ends in the middle of a value'],
    ['nulx', 'a word that is not null'],
    ['{"a":"b', 'the text ends in the middle of a string'],
    ['-', 'the text ends in the middle of a number'],
    ['{"a":1,"a":2}', 'duplicate key "a"'],
    ['{"a":1,"\\u0061":2}', 'duplicate key "\\u0061"'],
    ['[{"b":{"é":1,"x":0,"\\u00e9":2}}]', 'duplicate key "\\u00e9"'],
  ])('%s: %s', (text, reason) => expect(reasonOf(text)).toBe(reason));

  test.each([
    ['a lone continuation byte', [0x80], 'byte 0x80 is not UTF-8'],
    ['an overlong slash', [0xc0, 0xaf], 'byte 0xC0 is not UTF-8'],
    ['an overlong form of three bytes', [0xe0, 0x80, 0x80], 'bytes 0xE0 0x80 are not UTF-8'],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80], 'bytes 0xED 0xA0 are not UTF-8'],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], 'bytes 0xF4 0x90 are not UTF-8'],
    ['a byte that never occurs', [0xff], 'byte 0xFF is not UTF-8'],
  ])('%s', (_, bytes, reason) => expect(reasonOf(Buffer.from([0x22, ...bytes, 0x22]))).toBe(reason));

  test('duplicates are found among many keys too', () => {
    const keys = Array.from({ length: 5_000 }, (_, n) => `"k${n}":${n}`);
    expect(reasonOf(`{${keys.join()}}`)).toBe('valid');
    expect(reasonOf(`{${keys.join()},"k4321":0}`)).toBe('duplicate key "k4321"');
    expect(reasonOf(`{${keys.join()},"\\u006b7":0}`)).toBe('duplicate key "\\u006b7"');
  });

  test('the same key in other objects is no duplicate', () => {
    expect(reasonOf('{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":1}}')).toBe('valid');
  });

  test('100 levels are the most', () => {
    expect(reasonOf('['.repeat(100) + ']'.repeat(100))).toBe('valid');
    expect(reasonOf('['.repeat(101) + ']'.repeat(101))).toBe('nested deeper than 100 levels');
    expect(reasonOf('['.repeat(1_000_000))).toBe('nested deeper than 100 levels');
  });
});
