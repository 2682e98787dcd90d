// The contract's formats of time, and the one form they all get.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  millisOfTime,
  plainTimeBytes,
  TIME_BYTES,
  timeOfDate,
  timeOfEpoch,
  timeOfText,
  writeEpoch,
  writeWallTime,
} from '../../src/raw/time.ts';

test.each([
  ['2023-03-31 19:30', '2023-03-31T19:30:00Z'],
  ['2023-10-10T22:31:55Z', '2023-10-10T22:31:55Z'],
  ['2023/10/11 00:04:00', '2023-10-11T00:04:00Z'],
  ['2023-08-03T20:31:17', '2023-08-03T20:31:17Z'],
  ['2023-08-03T20:31:17+01:00', '2023-08-03T19:31:17Z'],
  ['2023-01-01T00:30:00+0100', '2022-12-31T23:30:00Z'],
  ['2024-02-28T23:30:00-05', '2024-02-29T04:30:00Z'],
  ['2023-08-03T20:31:17.500Z', '2023-08-03T20:31:17.5Z'],
  ['2023-08-03T20:31:17.000Z', '2023-08-03T20:31:17Z'],
  ['2023-12-31T23:59:59.9999999Z', '2023-12-31T23:59:59.999999Z'],
  ['2023-08-03t20:31:17z', '2023-08-03T20:31:17Z'],
])('%s is %s', (text, time) => expect(timeOfText(text)).toBe(time));

test.each([
  '',
  'yesterday',
  '2023-02-29 10:00',
  '2023-13-01 10:00',
  '2023-01-01 24:00',
  '2023-01-01T10:00:60Z',
  '2023-01-01',
  '0000-01-01T00:00:00Z',
  '2023-01/01 10:00',
  '2023-01-01T10:00:00+24:00',
  '0001-01-01T00:00:00+01:00',
  ' 2023-01-01 10:00',
])('%j is no time', text => expect(timeOfText(text)).toBeNull());

test.each([
  ['1736930628', '2025-01-15T08:43:48Z'],
  ['1736930628.5', '2025-01-15T08:43:48.5Z'],
  ['1.736930628e9', '2025-01-15T08:43:48Z'],
  ['0', '1970-01-01T00:00:00Z'],
  ['-1', '1969-12-31T23:59:59Z'],
  ['-0.25', '1969-12-31T23:59:59.75Z'],
  ['-1e-99', '1969-12-31T23:59:59.999999Z'],
  ['1e-999999999', '1970-01-01T00:00:00Z'],
  ['253402300799', '9999-12-31T23:59:59Z'],
])('epoch %s is %s', (number, time) => expect(timeOfEpoch(number)).toBe(time));

test.each(['253402300800', '1736930628000', '1e99999999999', '-62135596801'])('epoch %s is no time', number =>
  expect(timeOfEpoch(number)).toBeNull(),
);

test('every second of every year is what Date says', () => {
  const seconds = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 });
  fc.assert(
    fc.property(seconds, second => {
      const iso = new Date(second * 1000).toISOString().replace('.000Z', 'Z');
      expect(timeOfEpoch(String(second))).toBe(iso);
      expect(timeOfText(iso)).toBe(iso);
      expect(timeOfDate(new Date(second * 1000))).toBe(iso);
      expect(plainTimeBytes(Buffer.from(iso), 0, 20)).toBe(19);
      expect(millisOfTime(Buffer.from(iso), 0)).toBe(second * 1000);
    }),
    { numRuns: 2_000 },
  );
});

test('a plain time is one whose bytes are its canonical form, but for zeros at the end', () => {
  const spelt = ['2023-02-28T23:59:59Z', '2024-02-29T00:00:00.000Z', '2023-08-03T20:31:17.120Z'];
  const near = fc
    .tuple(
      fc.constantFrom(...spelt, '2023-08-03T20:31:17.000001Z', '2023-08-03T20:31:17.1234567Z', '2023-08-03T20:31:17.Z'),
      fc.nat(28),
      fc.constantFrom(...'0123456789T:-Z. '),
    )
    .map(([time, at, c]) => (at >= time.length ? time : time.slice(0, at) + c + time.slice(at + 1)));
  fc.assert(
    fc.property(near, text => {
      const bytes = Buffer.from(text);
      const plain = plainTimeBytes(bytes, 0, bytes.length);
      const time = timeOfText(text);
      if (plain > 0) expect(`${text.slice(0, plain)}Z`).toBe(time);
      else expect(text).not.toBe(time);
      if (time !== null) expect(millisOfTime(Buffer.from(time), 0)).toBe(Math.floor(Date.parse(time)));
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['2024-02-29T00:00:00.000Z', 19],
  ['2023-08-03T20:31:17.120Z', 22],
  ['2023-08-03T20:31:17.000001Z', 26],
  ['2023-08-03T20:31:17.1234567Z', 0],
])('%s is told without making a string', (text, plain) => {
  expect(plainTimeBytes(Buffer.from(text), 0, text.length)).toBe(plain);
});

describe('times that are written without a string are those of the text', () => {
  const written = (write: typeof writeEpoch, text: string): string | false => {
    const target = new Uint8Array(TIME_BYTES);
    const bytes = Buffer.from(`"${text}"`);
    return write(bytes, { from: 1, to: bytes.length - 1 }, target) && Buffer.from(target).toString();
  };

  test('epoch seconds', () => {
    const odd = fc.constantFrom('', '-1', '1e3', '1.5', '123456789012', '0', '951782400', '99999999999', '4107542400');
    fc.assert(
      fc.property(fc.oneof(odd, fc.nat(99_999_999_999).map(String)), text => {
        const one = written(writeEpoch, text);
        expect(one).toBe(/^\d{1,11}$/.test(text) ? timeOfEpoch(text) : false);
      }),
      { numRuns: 2_000 },
    );
  });

  test('dates and times without a zone', () => {
    const two = (max: number) => fc.nat(max).map(n => String(n).padStart(2, '0'));
    const parts = fc.tuple(
      fc.oneof(fc.nat(9999), fc.constantFrom(0, 1900, 2000, 2023, 2024)).map(n => String(n).padStart(4, '0')),
      fc.constantFrom('-', '/', '.', ''),
      two(14),
      fc.constantFrom('-', '/'),
      two(33),
      fc.constantFrom(' ', 'T', 't', '_'),
      two(26),
      fc.constantFrom(':', ':', '.'),
      two(61),
      fc.oneof(
        fc.constantFrom('', 'Z', ':', ':1', ':aa', ':30Z'),
        two(61).map(second => `:${second}`),
      ),
    );
    fc.assert(
      fc.property(parts, all => {
        const text = all.join('');
        const one = written(writeWallTime, text);
        if (one !== false) expect(one).toBe(timeOfText(text));
        else if (/^\d{4}([-/])\d\d\1\d\d[ T]\d\d:\d\d(:\d\d)?$/.test(text)) expect(timeOfText(text)).toBe(null);
      }),
      { numRuns: 5_000 },
    );
    expect(written(writeWallTime, '2023-03-31 19:30')).toBe('2023-03-31T19:30:00Z');
    expect(written(writeWallTime, '2023/10/11 00:04:05')).toBe('2023-10-11T00:04:05Z');
    expect(written(writeWallTime, '2023-08-03T20:31:17')).toBe('2023-08-03T20:31:17Z');
  });
});
