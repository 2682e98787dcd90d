// What quality judges by, one promise a test: thresholds, freshness policies, anomalies from history, parameters.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bindDuckDb, bindGoogleSql } from '../../src/compile/bind-parameters.ts';
import { DEFAULT_RULE, judgeDay, judgeDrift, ROWS } from '../../src/quality/anomaly.ts';
import { addDays, countDays, daysBetween, isDay, weekdayName } from '../../src/quality/day.ts';
import { judge } from '../../src/quality/judge.ts';
import { judgePolicy } from '../../src/quality/policy.ts';
import { mad, median } from '../../src/quality/robust.ts';

describe('thresholds', () => {
  const threshold = { warnAbove: 1, failAbove: 2, warnBelow: -1, failBelow: -2 };
  test.each([
    [0, 'pass'],
    [1, 'pass'],
    ['1.01', 'warn'],
    ['2', 'warn'],
    [2.5, 'fail'],
    [-1.5, 'warn'],
    ['-3', 'fail'],
    [null, 'pass'],
  ])('%s is %s', (value, verdict) => {
    expect(judge({ m: value }, { thresholds: { m: threshold } }).verdict).toBe(verdict);
  });

  test('the worst measure says what the check came to; one without a threshold says nothing', () => {
    expect(judge({ a: 5, b: 1.5, c: 99 }, { thresholds: { a: { warnAbove: 9 }, b: threshold } })).toMatchObject({
      verdict: 'warn',
    });
  });

  test('what only warns never fails; below the minimum nothing is judged, and that is said', () => {
    expect(judge({ m: 3 }, { thresholds: { m: threshold }, severity: 'warn' }).verdict).toBe('warn');
    const told = judge(
      { m: 3 },
      { thresholds: { m: { warnAbove: 1, failAbove: 2, failBelow: -7 } }, severity: 'warn' },
    );
    expect(told.measures[0]?.threshold).toEqual({ warnAbove: 1, warnBelow: -7 });
    expect(judge({ m: 3, n: 4 }, { thresholds: { m: threshold }, minimum: { n: 5 } })).toMatchObject({
      verdict: 'pass',
      note: 'too little to judge: n is 4, below 5',
    });
  });
});

describe('a freshness policy', () => {
  const at = (text: string): Date => new Date(text);
  test.each([
    ['within 6h', { within: '6h' }, '2025-01-15T06:00:00Z', '2025-01-15T12:00:00Z', 'ok'],
    ['within 6h', { within: '6h' }, '2025-01-15T05:59:59Z', '2025-01-15T12:00:00Z', 'overdue'],
    ['by 09:00, made today', { by: '09:00' }, '2025-01-15T00:00:00Z', '2025-01-15T09:00:00Z', 'ok'],
    ['by 09:00, made yesterday', { by: '09:00' }, '2025-01-14T23:59:00Z', '2025-01-15T09:00:00Z', 'overdue'],
    ['by 09:00, not nine yet', { by: '09:00' }, '2025-01-14T08:00:00Z', '2025-01-15T08:59:00Z', 'ok'],
    ['made late, but made', { by: '09:00' }, '2025-01-15T10:00:00Z', '2025-01-15T11:00:00Z', 'ok'],
    [
      'by 09:00 in Lagos (08:00 UTC)',
      { by: '09:00', timeZone: 'Africa/Lagos' },
      '2025-01-14T22:30:00Z',
      '2025-01-15T08:00:00Z',
      'overdue',
    ],
    [
      'midnight in Lagos is 23:00 UTC',
      { by: '09:00', timeZone: 'Africa/Lagos' },
      '2025-01-14T23:00:00Z',
      '2025-01-15T08:00:00Z',
      'ok',
    ],
    ['within 6h by 09:00', { within: '6h', by: '09:00' }, '2025-01-15T02:59:00Z', '2025-01-15T20:00:00Z', 'overdue'],
    ['within 6h by 09:00', { within: '6h', by: '09:00' }, '2025-01-15T03:00:00Z', '2025-01-15T20:00:00Z', 'ok'],
    [
      'summer time begins at 02:00',
      { by: '09:00', timeZone: 'Europe/Berlin' },
      '2025-03-29T23:00:00Z',
      '2025-03-30T07:00:00Z',
      'ok',
    ],
    [
      'summer time, one hour less',
      { by: '09:00', timeZone: 'Europe/Berlin' },
      '2025-03-29T22:59:00Z',
      '2025-03-30T07:00:00Z',
      'overdue',
    ],
  ])('%s', (_, policy, made, now, status) => {
    expect(judgePolicy(policy, at(made), at(now)).status).toBe(status);
  });

  test.each([
    // 02:30 is skipped on that day: due when the clocks jump to 03:00, not half an hour before.
    ['02:30', '2025-03-08T23:00:00Z', '2025-03-09T06:45:00Z', 'ok', ''],
    ['02:30', '2025-03-08T23:00:00Z', '2025-03-09T07:00:00Z', 'overdue', ', due since 2025-03-09 07:00 UTC'],
    // A day of 25 hours: an hour before midnight, 24 hours back is the same day, whose time has not come.
    ['23:45', '2025-11-02T03:00:00Z', '2025-11-03T04:30:00Z', 'ok', ''],
    // 01:30 comes twice: the first counts.
    ['01:30', '2025-11-01T23:00:00Z', '2025-11-02T05:31:00Z', 'overdue', ', due since 2025-11-02 05:30 UTC'],
  ] as const)('clocks that are set: by %s, made %s, now %s: %s', (by, made, now, status, due) => {
    const found = judgePolicy({ within: '2h', by, timeZone: 'America/New_York' }, at(made), at(now));
    expect([found.status, found.text.split(' UTC').slice(1).join(' UTC')]).toEqual([status, due]);
  });

  test('what was never made is overdue, and says so', () => {
    expect(judgePolicy({ within: '6h' }, undefined, at('2025-01-15T12:00:00Z'))).toEqual({
      status: 'overdue',
      text: 'asked for within 6h; never made, due since 2025-01-15 06:00 UTC',
    });
  });
});

describe('anomalies', () => {
  const DAY = '2025-03-05';
  const weeks = (values: readonly number[]): Map<string, number> =>
    new Map(values.map((value, at) => [addDays(DAY, -7 * (values.length - at)), value]));
  const options = { rule: DEFAULT_RULE, scale: ROWS, absent: 0 };

  test('are silent until the same weekday is known four times, and say so', () => {
    const known = weeks([100, 100, 100]).set(addDays(DAY, -1), 100).set(DAY, 9000);
    expect(judgeDay(DAY, known, options)).toMatchObject({
      kind: 'silent',
      text: '3 Wednesdays in the 56 days before are known, 4 are needed',
    });
  });

  test('look at the same weekday: quiet Sundays make no quiet Wednesday usual', () => {
    const history = weeks([100, 104, 98, 101]);
    for (let back = 1; back < 28; back++) if (back % 7 !== 0) history.set(addDays(DAY, -back), 0);
    expect(judgeDay(DAY, new Map(history).set(DAY, 103), options).kind).toBe('usual');
    expect(judgeDay(DAY, new Map(history).set(DAY, 40), options)).toMatchObject({
      kind: 'unusual',
      median: 100.5,
      value: 40,
    });
    expect(judgeDay(DAY, new Map(history).set(DAY, 400), options).kind).toBe('unusual');
  });

  test('are not moved by one bad day before, and take nothing at all for unusual however few there are', () => {
    expect(judgeDay(DAY, weeks([100, 5000, 98, 101, 99]).set(DAY, 100), options).kind).toBe('usual');
    expect(judgeDay(DAY, weeks([3, 2, 3, 4]), options)).toMatchObject({ kind: 'unusual', value: 0 });
  });

  test('of drift name the column that is furthest off', () => {
    const profile = (share: number, mean: number, deviation = 0) => ({
      rows: 50,
      nullShares: { region: share },
      means: { total: mean },
      deviations: { total: deviation },
    });
    const history = new Map([...weeks([1, 2, 3, 4]).keys()].map(day => [day, profile(0, 100)]));
    expect(judgeDrift(DAY, new Map(history).set(DAY, profile(0, 101)), DEFAULT_RULE).kind).toBe('usual');
    expect(judgeDrift(DAY, new Map(history).set(DAY, profile(1, 120)), DEFAULT_RULE)).toMatchObject({
      kind: 'unusual',
      text: 'NULL region: 100.0 %, usually 0.0 % (4 Wednesdays)',
    });
    // One order of fifty at a hundred times the others moves the mean, and says nothing of the day.
    expect(judgeDrift(DAY, new Map(history).set(DAY, profile(0, 298, 1386)), DEFAULT_RULE).kind).toBe('usual');
    expect(judgeDrift(DAY, new Map(history).set(DAY, profile(0, 298, 20)), DEFAULT_RULE).kind).toBe('unusual');
    expect(judgeDrift(DAY, new Map(history).set(DAY, { ...profile(1, 1), rows: 3 }), DEFAULT_RULE).kind).toBe('silent');
  });

  test('the median halves its values; the MAD is that of the distances', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, undefined]);
    expect(mad([1, 1, 2, 2, 4, 6, 9], 2)).toBe(1);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), values => {
        const middle = median(values) ?? 0;
        const below = values.filter(value => value < middle).length;
        const above = values.filter(value => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});

describe('parameters', () => {
  const values = {
    from: { kind: 'DATE', value: '2025-01-15' },
    order_id: { kind: 'STRING', value: "O'B\\\n$from @from" },
  } as const;

  test('are bound as literals, and not where they are in a text, a name or a comment', () => {
    expect(bindDuckDb(`SELECT $from, '$from', "$from", $order_id -- $from`, values)).toBe(
      `SELECT DATE '2025-01-15', '$from', "$from", 'O''B\\\n$from @from' -- $from`,
    );
    expect(bindGoogleSql("SELECT @from, '\\'@from', `@from`, @order_id", values)).toBe(
      "SELECT DATE '2025-01-15', '\\'@from', `@from`, 'O\\'B\\\\\\n$from @from'",
    );
  });

  test('without a value, or with one that is no day, are a bug', () => {
    expect(() => bindDuckDb('SELECT $to', values)).toThrow('no value for the parameter to');
    expect(() => bindDuckDb('SELECT $from', { from: { kind: 'DATE', value: "x'" } })).toThrow('no DATE');
  });
});

test('days are days of the calendar', () => {
  expect(['2024-02-29', '2025-02-29', '2025-1-5', 'today'].map(isDay)).toEqual([true, false, false, false]);
  expect([addDays('2024-02-28', 2), addDays('2025-01-01', -1), weekdayName('2025-01-15')]).toEqual([
    '2024-03-01',
    '2024-12-31',
    'Wednesday',
  ]);
});

test('days end where the calendar of DATE does', () => {
  expect([addDays('0001-01-01', -27), addDays('9999-12-31', 1), addDays('2024-02-28', 1)]).toEqual([
    '0001-01-01',
    '9999-12-31',
    '2024-02-29',
  ]);
  expect(daysBetween('9999-12-30', '9999-12-31')).toEqual(['9999-12-30', '9999-12-31']);
  expect([countDays('0001-01-01', '9999-12-31'), daysBetween('2025-01-02', '2025-01-01')]).toEqual([3_652_059, []]);
  expect(['0000-01-01', '2023-02-29', '2024-02-29'].map(isDay)).toEqual([false, false, true]);
});
