// Checks refuse options that they have not: what is left out without a word would look as if it held.

import { expect, test } from 'vitest';
import { notNull, refersTo, unique } from '../../src/asset/check.ts';
import { window } from '../../src/asset/partition.ts';
import { isDep } from '../../src/asset/shape.ts';

const said = (declare: () => unknown): unknown => {
  try {
    return declare();
  } catch (error) {
    return `${(error as Error).message} (${(error as { hint?: string }).hint})`;
  }
};

test('an option that a check has not is refused by name, and what is none', () => {
  expect([
    said(() => notNull('id', { severitty: 'warn' } as never)),
    said(() => refersTo('id', 'orders', { kye: 'id' } as never)),
    said(() => unique('id', 'day' as never)),
    said(() => refersTo('id', 'orders', { key: 'order_id', severity: 'warn' })),
  ]).toEqual([
    'A check is given "severitty", which is no option of it. (Its options are { severity }.)',
    'A check is given "kye", which is no option of it. (Its options are { severity, key }.)',
    `A check is given "day" where options belong. (Several columns are written as a list: unique(['order_id', 'line']).)`,
    { kind: 'refers-to', column: 'id', asset: 'orders', key: 'order_id', severity: 'warn' },
  ]);
});

test('a window is of whole numbers of cells', () => {
  const spans = [{ before: 1, after: 0 }, { before: -1, after: 0 }, { before: 1 }, { befor: 1, before: 0, after: 0 }];
  expect(spans.map(span => isDep({ asset: 'orders', mapping: window(span as never) }))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
