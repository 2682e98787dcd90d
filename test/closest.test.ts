import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closest, editDistance, hintClosest } from '../src/closest.ts';

test('a swap of neighbours counts once', () => {
  expect(editDistance('oredrs', 'orders')).toBe(1);
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('', 'abc')).toBe(3);
});

test('law: a distance is symmetric, zero only for equals, at most the longer length, at least the difference', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});

test('the nearest is offered, the first of equals, and nothing that is far', () => {
  expect(closest('fact_order', ['dim_date', 'fact_orders', 'fact_order_items'])).toBe('fact_orders');
  expect(closest('FACT_ORDERS', ['fact_orders'])).toBe('fact_orders');
  expect(closest('ab', ['ac', 'ad'])).toBe('ac');
  expect(closest('revenue', ['dim_date', 'fact_orders'])).toBeUndefined();
});

test('where nothing is near, a beginning is enough', () => {
  const names = ['dim_date', 'fact_order_daily', 'fact_order_items', 'fact_orders', 'fact_shipments'];
  expect(closest('fact_ship', names)).toBe('fact_shipments');
  expect(closest('FA', names)).toBeUndefined();
  expect(hintClosest('fact_ord', names, '')).toBe(
    'Did you mean "fact_orders", "fact_order_daily" or "fact_order_items"?',
  );
  expect(hintClosest('fact_order', names, '')).toBe('Did you mean "fact_orders"?');
  expect(hintClosest('fact', names, '')).toMatch(
    /^Did you mean "fact_orders", "fact_shipments" or "fact_order_\w+"\?$/,
  );
  expect(hintClosest('net_amount', ['net_amount_in_naira'], '')).toBe('Did you mean "net_amount_in_naira"?');
});

test('a hint is a sentence either way', () => {
  expect(hintClosest('stg_order', ['stg_orders'], 'List them.')).toBe('Did you mean "stg_orders"?');
  expect(hintClosest('zzz', ['stg_orders'], 'List them.')).toBe('List them.');
});
