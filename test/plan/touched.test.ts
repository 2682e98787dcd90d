// Which cells of a reader a changed cell touches: never fewer than a reader could have read.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  allPartitions,
  byKey,
  daily,
  hourly,
  monthly,
  type Partition,
  samePartition,
  weekly,
  window,
} from '../../src/asset/partition.ts';
import { cellsOf } from '../../src/plan/partitions.ts';
import { touched } from '../../src/plan/touched.ts';

const none = { kind: 'none' } as const;
const days = fc
  .date({ min: new Date('1999-12-20T00:00:00Z'), max: new Date('2030-01-10T00:00:00Z'), noInvalidDate: true })
  .map(d => d.toISOString().slice(0, 10));

test('nothing changed touches nothing', () => {
  expect(touched([], { mapping: undefined, from: daily('d'), to: daily('d') })).toEqual([]);
});

test('an edge without a mapping, or to a table without partitions, touches everything', () => {
  expect(touched(['2023-01-03'], { mapping: undefined, from: daily('d'), to: daily('d') })).toEqual(['*']);
  expect(touched(['2023-01-03'], { mapping: samePartition(), from: daily('d'), to: none })).toEqual(['*']);
  expect(touched([''], { mapping: samePartition(), from: none, to: daily('d') })).toEqual(['*']);
  expect(touched(['2023-01-03'], { mapping: allPartitions(), from: daily('d'), to: daily('d') })).toEqual(['*']);
});

test('rows that changed and are in the log touch the cells of their keys, of a table without partitions too', () => {
  const edge = { mapping: byKey('order_id'), from: daily('a'), isLogged: true };
  expect(touched(['2023-01-03'], { ...edge, to: daily('b') })).toEqual(['?']);
  expect(touched(['2023-01-03'], { ...edge, to: none })).toEqual(['?']);
  expect(touched([], { ...edge, to: daily('b') })).toEqual([]);
});

test('keys are known in the warehouse only: without them all cells is what is right', () => {
  expect(touched(['2023-01-03'], { mapping: byKey('order_id'), from: daily('a'), to: daily('b') })).toEqual(['*']);
});

test('the same partition of a coarser reader is the one that holds the day', () => {
  expect(
    touched(['2023-01-03', '2023-01-31', '2023-02-01'], {
      mapping: samePartition(),
      from: daily('d'),
      to: monthly('d'),
    }),
  ).toEqual(['2023-01', '2023-02']);
  expect(
    touched(['2023-01-01', '2023-01-02'], { mapping: samePartition(), from: daily('d'), to: weekly('d') }),
  ).toEqual(['2022-12-26', '2023-01-02']);
  expect(touched(['2023-01-03T23'], { mapping: samePartition(), from: hourly('t'), to: daily('d') })).toEqual([
    '2023-01-03',
  ]);
});

test('the same partition of a finer reader is every one within it', () => {
  const from = (partition: Partition, to: Partition, cell: string) =>
    touched([cell], { mapping: samePartition(), from: partition, to });
  const february = from(monthly('d'), daily('d'), '2023-02');
  expect([february.length, february[0], february.at(-1)]).toEqual([28, '2023-02-01', '2023-02-28']);
  expect(from(monthly('d'), weekly('d'), '2023-02')).toEqual([
    '2023-01-30',
    '2023-02-06',
    '2023-02-13',
    '2023-02-20',
    '2023-02-27',
  ]);
  expect(from(daily('d'), hourly('t'), '2023-01-03')).toHaveLength(24);
});

test('whatever the grains, the cell of a row touches the cell that the same row is in', () => {
  const grains = fc.constantFrom(hourly('t'), daily('t'), weekly('t'), monthly('t'));
  const cellOf = (at: Date, to: Partition): string =>
    cellsOf(at.toISOString().slice(0, 13), { name: 'a', partition: to })[0] ?? '';
  const instants = fc.date({ min: new Date('1969-12-20'), max: new Date('2030-01-10'), noInvalidDate: true });
  fc.assert(
    fc.property(grains, grains, instants, (from, to, at) => {
      expect(touched([cellOf(at, from)], { mapping: samePartition(), from, to })).toContain(cellOf(at, to));
    }),
  );
});

test('a window touches exactly the days whose window holds the changed day', () => {
  fc.assert(
    fc.property(days, fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }), (day, before, after) => {
      const cells = touched([day], { mapping: window({ before, after }), from: daily('d'), to: daily('d') });
      const at = Date.parse(`${day}T00:00:00Z`) / 86_400_000;
      const numbers = cells.map(cell => Date.parse(`${cell}T00:00:00Z`) / 86_400_000);
      for (let reader = at - 50; reader <= at + 50; reader++) {
        const reads = reader - before <= at && at <= reader + after;
        expect(numbers.includes(reader)).toBe(reads);
      }
    }),
  );
});

test('windows of months go over the turn of a year', () => {
  const cells = touched(['2023-01'], {
    mapping: window({ before: 1, after: 1 }),
    from: monthly('d'),
    to: monthly('d'),
  });
  expect(cells).toEqual(['2022-12', '2023-01', '2023-02']);
});

test('rows without a partition touch their like, and everything where a window can not say', () => {
  expect(touched(['__NULL__'], { mapping: samePartition(), from: daily('d'), to: monthly('d') })).toEqual(['__NULL__']);
  expect(touched(['__NULL__'], { mapping: window({ before: 1, after: 0 }), from: daily('d'), to: daily('d') })).toEqual(
    ['*'],
  );
});

test('where the calendar of a DATE ends there are no more cells to touch', () => {
  const around = window({ before: 1, after: 1 });
  const windowed = (partition: Partition, cell: string) =>
    touched([cell], { mapping: around, from: partition, to: partition });
  expect(windowed(daily('d'), '9999-12-31')).toEqual(['9999-12-30', '9999-12-31']);
  expect(windowed(daily('d'), '0001-01-01')).toEqual(['0001-01-01', '0001-01-02']);
  expect(windowed(monthly('d'), '9999-12')).toEqual(['9999-11', '9999-12']);
  expect(windowed(hourly('t'), '9999-12-31T23')).toEqual(['9999-12-31T22', '9999-12-31T23']);
  const days = touched(['9999-12-27'], { mapping: samePartition(), from: weekly('d'), to: daily('d') });
  expect([days.length, days.at(-1)]).toEqual([5, '9999-12-31']);
  expect(touched(['9999-12-27'], { mapping: samePartition(), from: weekly('d'), to: monthly('d') })).toEqual([
    '9999-12',
  ]);
});
