// Numbers, times and counts as people read them.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ago, causesText, countsText, duration, number, plural, someOf } from '../../src/cli/wording.ts';

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [999.6, '1.0 s'],
  [1234, '1.2 s'],
  [59_949, '59.9 s'],
  [59_960, '1 min 00 s'],
  [125_000, '2 min 05 s'],
  [3_720_000, '1 h 02 min'],
])('%d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('counts', () => {
  expect([plural(1, 'asset'), plural(1551, 'row'), plural(0, 'batch', 'batches')]).toEqual([
    '1 asset',
    '1,551 rows',
    '0 batches',
  ]);
  expect(countsText({ received: 1004, inserted: 1000, duplicates: 2, conflicts: 1, rejected: 1 })).toBe(
    'received 1,004 = inserted 1,000 + duplicates 2 + conflicts 1 + rejected 1',
  );
});

test('how long ago', () => {
  const now = new Date('2025-01-20T12:00:00Z');
  expect(
    ['2025-01-20T11:59:30Z', '2025-01-20T11:30:00Z', '2025-01-20T02:00:00Z', '2025-01-18T00:00:00Z'].map(at =>
      ago(at, now),
    ),
  ).toEqual(['just now', '30 min ago', '10 h ago', '2 days ago']);
  expect(ago('2025-01-20T12:00:05Z', now)).toBe('just now');
});

test('long lists are cut, with how many are left', () => {
  expect(someOf(['a', 'b'])).toBe('a, b');
  expect(someOf(['a', 'b', 'c', 'd', 'e', 'f', 'g'], 3)).toBe('a, b, c and 4 more');
});

test('causes that say the same are said once', () => {
  expect(
    causesText([
      { text: 'its SQL changed' },
      { text: 'a is stale', asset: 'a' },
      { text: 'b is stale', asset: 'b' },
      { text: 'c changed (3 cells)', asset: 'c' },
    ]),
  ).toBe('its SQL changed; a, b are stale; c changed (3 cells)');
});

test('numbers are written as English writes them', () => {
  const some = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.double({ noNaN: true }));
  fc.assert(fc.property(some, one => Object.is(one, -0) || number(one) === one.toLocaleString('en-US')));
});
