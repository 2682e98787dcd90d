// Expected rows against rows that are there: sparse, in any order, each once.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseType } from '../../src/googlesql/type.ts';
import type { ResultSet, Value } from '../../src/googlesql/value.ts';
import type { ExpectedRow } from '../../src/model-tests/case.ts';
import { matchRows, type RowOff } from '../../src/model-tests/match.ts';

const TYPES = { id: 'STRING', n: 'INT64', tag: 'STRING' };
const table = (...rows: Record<string, Value>[]): ResultSet => ({
  columns: Object.entries(TYPES).map(([name, type]) => ({ name, type: parseType(type) })),
  rows: rows.map(row => Object.keys(TYPES).map(name => row[name] ?? null)),
});
const wanted = (...rows: Record<string, Value>[]): ExpectedRow[] =>
  rows.map(row => ({ place: { file: 'f' }, values: new Map(Object.entries(row)) }));
const shown = (off: readonly RowOff[]): unknown =>
  off.map(one =>
    one.kind === 'differs'
      ? [one.kind, Object.fromEntries(one.key), one.cells]
      : [one.kind, Object.fromEntries(one.key), Object.fromEntries(one.row)],
  );
const match = (expected: ExpectedRow[], there: ResultSet, keys = ['id'], tolerance = 0): unknown =>
  shown(matchRows(expected, there, { keys, tolerance }));

describe('rows', () => {
  test('match by the columns that they name', () => {
    expect(match(wanted({ id: 'b' }, { n: 1 }), table({ id: 'a', n: 1 }, { id: 'b', n: 2 }))).toEqual([]);
    expect(match([], table())).toEqual([]);
  });

  test('that could stand for several are given out so that all have one', () => {
    const there = table({ id: 'a', n: 1, tag: 'x' }, { id: 'b', n: 1, tag: 'y' });
    expect(match(wanted({ n: 1 }, { tag: 'x' }), there)).toEqual([]);
    expect(match(wanted({ n: 1 }, { n: 1, tag: 'x' }), there)).toEqual([]);
  });

  test('that are there twice must be expected twice', () => {
    const twice = table({ id: 'a' }, { id: 'a' });
    expect(match(wanted({ id: 'a' }, { id: 'a' }), twice)).toEqual([]);
    expect(match(wanted({ id: 'a' }), twice)).toEqual([['extra', { id: 'a' }, { id: 'a', n: null, tag: null }]]);
  });

  test('of one key that differ are told by column', () => {
    expect(match(wanted({ id: 'a', n: 2, tag: 't' }), table({ id: 'a', n: 1, tag: 't' }))).toEqual([
      ['differs', { id: 'a' }, [{ column: 'n', expected: 2, actual: 1 }]],
    ]);
    expect(match(wanted({ id: 'c', n: 1 }), table({ id: 'a', n: 1 }))).toEqual([
      ['missing', { id: 'c' }, { id: 'c', n: 1 }],
      ['extra', { id: 'a' }, { id: 'a', n: 1 }],
    ]);
  });

  test('that name no key are told by what they have in common', () => {
    expect(match(wanted({ n: 2, tag: 'x' }), table({ id: 'a', n: 1, tag: 'x' }, { id: 'b', n: 2, tag: 'x' }))).toEqual([
      ['extra', { id: 'a' }, { id: 'a', n: 1, tag: 'x' }],
    ]);
    expect(match(wanted({ n: 3, tag: 'x' }), table({ id: 'a', n: 1, tag: 'x' }))).toEqual([
      ['differs', { id: 'a' }, [{ column: 'n', expected: 3, actual: 1 }]],
    ]);
  });

  test('NULL is a value, and no other', () => {
    expect(match(wanted({ id: 'a', n: null }), table({ id: 'a' }))).toEqual([]);
    expect(match(wanted({ id: 'a', n: 0 }), table({ id: 'a' }))).toHaveLength(1);
    expect(match(wanted({ id: '' }), table({ id: null }), [])).toHaveLength(1);
  });

  test('are exact, but for the tolerance of what is not whole', () => {
    const of = (n: Value): ResultSet => ({ ...table(), rows: [[null, n, null]] });
    expect(match(wanted({ n: 0.1 }), of(0.1), [])).toEqual([]);
    expect(match(wanted({ n: 0.3 }), of(0.1 + 0.2), [])).toHaveLength(1);
    expect(match(wanted({ n: 0.3 }), of(0.1 + 0.2), [], 1e-12)).toEqual([]);
    expect(match(wanted({ n: 9007199254740990 }), of(9007199254740991), [], 1e-12)).toHaveLength(1);
    expect(match(wanted({ n: '1' }), of(1), [])).toHaveLength(1);
    expect(match(wanted({ n: { a: [1, null] } }), of({ a: [1, null] }), [])).toEqual([]);
    expect(match(wanted({ n: { a: [1, null] } }), of({ a: [1] }), [])).toHaveLength(1);
  });
});

const row = fc.record({
  id: fc.constantFrom('a', 'b', 'c', null),
  n: fc.constantFrom(1, 2, null),
  tag: fc.constantFrom('x', 'y'),
});

test('any table matches its rows, shuffled and with columns left out; one row less or more is told', () =>
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 8 }).chain(rows =>
        fc.tuple(
          fc.constant(rows),
          fc.shuffledSubarray(rows, { minLength: rows.length }),
          fc.array(fc.subarray(['id', 'n', 'tag'] as const, { minLength: 1 }), {
            minLength: rows.length,
            maxLength: rows.length,
          }),
        ),
      ),
      ([rows, shuffled, names]) => {
        const sparse = wanted(
          ...shuffled.map((one, at) => Object.fromEntries((names[at] ?? []).map(name => [name, one[name]]))),
        );
        const there = table(...rows);
        expect(match(sparse, there)).toEqual([]);
        expect(match(sparse.slice(1), there)).toHaveLength(rows.length === 0 ? 0 : 1);
        expect(match([...sparse, ...wanted({ id: 'none' })], there)).toHaveLength(1);
      },
    ),
  ));
