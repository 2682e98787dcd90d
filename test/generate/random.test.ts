// The random numbers: fixed for good, spread evenly, and a pure function of (seed, stream, counter).

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal } from '../../src/generate/money.ts';
import { Draw } from '../../src/generate/random.ts';

const first = (seed: number, stream: number, counter: number) => {
  const draw = new Draw(seed, stream, counter);
  return [draw.next(), draw.next(), draw.next()];
};

test('the numbers are these and no others', () => {
  expect(first(1, 2, 3)).toEqual([4209750467, 2877829628, 1859740995]);
  expect(first(2 ** 52 + 1, 7, 2 ** 50 + 5)).toEqual([937627971, 997808787, 1961664703]);
});

test('seed, stream and counter each make a difference, in their high bits too', () => {
  const all = [
    first(1, 1, 1),
    first(2, 1, 1),
    first(1, 2, 1),
    first(1, 1, 2),
    first(1 + 2 ** 40, 1, 1),
    first(1, 1, 1 + 2 ** 40),
  ];
  expect(new Set(all.map(String)).size).toBe(all.length);
});

test('below(n) stays below n and reaches everything', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 50 }), (seed, limit) => {
      const draw = new Draw(seed, 1, 1);
      const seen = new Set(Array.from({ length: limit * 40 }, () => draw.below(limit)));
      expect(Math.max(...seen)).toBeLessThan(limit);
      expect(seen.size).toBeGreaterThan(limit * 0.9);
    }),
  );
});

test('neighbouring counters are not alike', () => {
  const means = [0, 1, 2, 3].map(place => {
    let sum = 0;
    for (let counter = 0; counter < 20_000; counter += 1) {
      const draw = new Draw(1, 1, counter);
      for (let i = 0; i < place; i += 1) draw.next();
      sum += draw.below(1_000_000) / 1_000_000;
    }
    return sum / 20_000;
  });
  for (const mean of means) expect(mean).toBeCloseTo(0.5, 1);
});

test('kobo and cents are written exactly', () => {
  expect([0, 5, 10, 100, 6_310, 4_000_000, 123_456_789].map(decimal)).toEqual([
    '0',
    '0.05',
    '0.10',
    '1',
    '63.10',
    '40000',
    '1234567.89',
  ]);
});
