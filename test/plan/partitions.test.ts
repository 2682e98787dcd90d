// `--partitions` names cells as a person thinks of time; what can't be meant is refused with what to write instead.

import { expect, test } from 'vitest';
import { daily, hourly, monthly, staticKeys, weekly } from '../../src/asset/partition.ts';
import { PulseError } from '../../src/errors.ts';
import { cellsOf } from '../../src/plan/partitions.ts';

const of = (text: string, partition = daily('d')) => cellsOf(text, { name: 'sales', partition });

test('days, ranges and months of a daily table, each once, in order', () => {
  expect(of('2023-03-30..2023-04-01, 2023-03-31,2023-01-05')).toEqual([
    '2023-01-05',
    '2023-03-30',
    '2023-03-31',
    '2023-04-01',
  ]);
  expect(of('2024-02')).toHaveLength(29);
  expect(of('2023')).toHaveLength(365);
  expect(of('2023-01..2023-02')).toHaveLength(59);
  expect(of('__NULL__')).toEqual(['__NULL__']);
});

test('a table of another grain has the cells that the time overlaps', () => {
  expect(of('2023-01-31..2023-03-01', monthly('d'))).toEqual(['2023-01', '2023-02', '2023-03']);
  expect(of('2023-01-01..2023-01-02', weekly('d'))).toEqual(['2022-12-26', '2023-01-02']);
  expect(of('2023-03-31', hourly('t'))).toHaveLength(24);
  expect(of('2023-03-31T19..2023-03-31T20', hourly('t'))).toEqual(['2023-03-31T19', '2023-03-31T20']);
  expect(of('2023-03-31T19', daily('d'))).toEqual(['2023-03-31']);
  expect(of('1969-12-31', weekly('d'))).toEqual(['1969-12-29']);
});

test('a static table has its own keys', () => {
  expect(of('eu,us', staticKeys('r', ['us', 'eu', 'as']))).toEqual(['eu', 'us']);
});

const refusal = (text: string, partition = daily('d')): string => {
  try {
    of(text, partition);
  } catch (error) {
    if (error instanceof PulseError) return `${error.code} ${error.message} ${error.hint}`;
    throw error;
  }
  return 'accepted';
};

test('what can not be meant is refused, with what to write', () => {
  expect(refusal('2023-02-30')).toMatch(/^PARTITIONS_INVALID "2023-02-30" is no partition of sales/);
  expect(refusal('yesterday')).toMatch(/Write days, months or ranges/);
  expect(refusal('0000-12-31')).toMatch(/is no partition of sales/);
  expect(refusal('2023-03-31..2023-03-01')).toBe(
    'PARTITIONS_INVALID The range "2023-03-31..2023-03-01" is the wrong way round: it ends before it begins. Write 2023-03-01..2023-03-31.',
  );
  expect(refusal('2023-03-01..')).toMatch(/is no range of partitions/);
  expect(refusal('2023..2024..2025')).toMatch(/is no range of partitions/);
  expect(refusal(' , ')).toMatch(/names none/);
  expect(refusal('0001..9999', hourly('t'))).toMatch(/more than 100,000 cells/);
  expect(refusal('mars', staticKeys('r', ['us', 'eu']))).toMatch(/has no partition "mars".*us, eu/);
  expect(refusal('2023-03', { kind: 'none' } as never)).toMatch(/has no partitions.*--full-refresh/);
});
