// What {{in_partitions}} is bound to: every value that the column has in the cells that are made, and none of another cell.

import { expect, test } from 'vitest';
import { daily, hourly, monthly, type Partition, staticKeys, weekly } from '../../src/asset/partition.ts';
import { bindCells, bindGoogleSqlCells, hasHint } from '../../src/compile/bind.ts';

const bound = (partition: Partition, ...cells: string[]): string => bindCells('$pulse_partitions', partition, cells);
const days = (text: string): string[] => text.match(/\d{4}-\d{2}-\d{2}/g) ?? [];

test('a day is itself, a week its seven days, a month all of its days', () => {
  expect(bound(daily('d'), '2023-05-07')).toBe("[DATE '2023-05-07']");
  expect(days(bound(weekly('d'), '2023-02-27'))).toEqual([
    '2023-02-27',
    '2023-02-28',
    '2023-03-01',
    '2023-03-02',
    '2023-03-03',
    '2023-03-04',
    '2023-03-05',
  ]);
  const february = days(bound(monthly('d'), '2024-02'));
  expect([february.length, february[0], february.at(-1)]).toEqual([29, '2024-02-01', '2024-02-29']);
  expect(days(bound(monthly('d'), '9999-12'))).toHaveLength(31);
  expect(days(bound(weekly('d'), '9999-12-27'))).toHaveLength(5);
  expect(days(bindGoogleSqlCells('@pulse_partitions', monthly('d'), ['2023-12', '2024-01']))).toHaveLength(62);
});

test('a key is the value that it is the key of', () => {
  expect(bound(staticKeys('k', []), "it's", '=?')).toBe("['it''s', '?']");
});

test('what an hour holds cannot be listed, nor can rows without a value be compared', () => {
  expect(hasHint(hourly('t'), ['2023-05-07T01'])).toBe(false);
  expect(hasHint(daily('d'), ['2023-05-07', '__NULL__'])).toBe(false);
  expect(hasHint(monthly('d'), ['2023-05'])).toBe(true);
});
