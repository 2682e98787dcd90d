// What may have been meant, where the analyzer does not say it: names only, and only of what is near.

import { expect, test } from 'vitest';
import { suggestion } from '../../src/compile/suggestion.ts';
import { parseType } from '../../src/googlesql/type.ts';

const orders = {
  name: 'stg_orders',
  columns: ['order_id', 'n', 'placed_at'].map(name => ({ name, type: parseType('STRING') })),
};

test.each([
  ['Unrecognized name: order_idd', 'Did you mean "order_id"?'],
  ['Unrecognized name: order_idd; Did you mean order_id?', undefined],
  ['Column order_di in USING clause not found on left side of join', 'Did you mean "order_id"?'],
  // The first column of a set operation has no name that could be misspelt.
  ['Column 1 in UNION ALL has incompatible types: INT64, STRING', undefined],
])('%s: %s', (message, hint) => {
  expect(suggestion(message, [orders])).toBe(hint);
});
