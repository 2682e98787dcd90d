// Rows of two builds, paired off by key: what is left is what differs.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairRows } from '../../src/run/compare.ts';

const pair = (before: readonly (readonly (number | string | null)[])[], after: typeof before) =>
  pairRows({ names: ['id', 'n'], keys: ['id'], before, after });

describe('rows', () => {
  test('that changed are told by key and column', () => {
    expect(
      pair(
        [
          ['a', 1],
          ['b', 2],
        ],
        [
          ['b', 3],
          ['c', 1],
          ['a', 1],
        ],
      ),
    ).toEqual([
      { key: { id: 'b' }, kind: 'changed', columns: [{ name: 'n', published: 2, rebuilt: 3 }] },
      { key: { id: 'c' }, kind: 'only-rebuilt', columns: [] },
    ]);
  });

  test('that are there several times are counted', () => {
    expect(
      pair(
        [
          ['a', 1],
          ['a', 1],
        ],
        [['a', 1]],
      ),
    ).toEqual([{ key: { id: 'a' }, kind: 'only-published', columns: [] }]);
  });

  test('of minus zero differ from those of zero', () => {
    expect(pair([['a', -0]], [['a', 0]])).toMatchObject([{ kind: 'changed' }]);
  });

  test('in any order are equal to themselves, and one more is one difference', () => {
    const row = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(null, 0, 1));
    fc.assert(
      fc.property(fc.array(row), row, fc.nat(), (rows, other, seed) => {
        const shuffled = [...rows].sort((a, b) => JSON.stringify(a).length * seed - JSON.stringify(b).length);
        expect(pair(rows, shuffled)).toEqual([]);
        expect(pair(rows, [...shuffled, other])).toHaveLength(1);
      }),
    );
  });
});
