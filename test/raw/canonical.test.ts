// When two payloads are the same.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSameJson } from '../../src/raw/canonical.ts';

test.each([
  ['{"a":1,"b":2}', '{"b":2,"a":1}'],
  ['[63.10,63.1,6.31e1]', '[6.31E+1,631e-1,0.631e2]'],
  ['[0,-0,0.000,0e9]', '[-0.0,0,0,0]'],
  ['"\\u0041\\/"', '"A/"'],
  ['1e1000000000000', '10e999999999999'],
  ['{"\\u0061":[{"x":1,"y":2}]}', '{"a":[{"y":2,"x":1.0}]}'],
])('%s is %s', (left, right) => expect(isSameJson(left, right)).toBe(true));

test.each([
  ['9007199254740993', '9007199254740992'],
  ['1234567890123456789', '1234567890123456788'],
  ['0.1', '0.10000000000000001'],
  ['1', '"1"'],
  ['1', '-1'],
  ['[1,2]', '[2,1]'],
  ['{"a":null}', '{}'],
  ['"a"', '"a "'],
  ['["a,b"]', '["a","b"]'],
])('%s is not %s', (left, right) => expect(isSameJson(left, right)).toBe(false));

test('a value is the same as itself with its keys in any order, and as nothing that JSON.parse tells apart', () => {
  const shuffled = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(shuffled);
    if (one === null || typeof one !== 'object') return one;
    return Object.fromEntries(
      Object.entries(one)
        .reverse()
        .map(([key, inner]) => [key, shuffled(inner)]),
    );
  };
  fc.assert(
    fc.property(fc.jsonValue(), one => {
      expect(isSameJson(JSON.stringify(one), JSON.stringify(shuffled(one)))).toBe(true);
      expect(isSameJson(JSON.stringify(one), JSON.stringify([one]))).toBe(false);
    }),
  );
});
