// JSON written straight to BSON is what the driver makes of the same values, byte for byte: any value, any spelling, any number.

import fc from 'fast-check';
import { BSON, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { Arena } from '../../src/raw/arena.ts';
import { packEvents } from '../../src/raw/event-pack.ts';
import { BsonWriter } from '../../src/raw/mongo-bson.ts';
import { DocumentWriter, eventOf, textElement } from '../../src/raw/mongo-document.ts';
import type { IncomingEvent } from '../../src/raw/raw-event.ts';
import { KIND, NODE, Scanner } from '../../src/raw/scan.ts';

/** A JSON number as digits × 10^power, without a double in between. */
function exact(text: string): { readonly digits: bigint; readonly power: number } {
  const [mantissa = '', power = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), power: Number(power) - fraction.length };
}

function isSame(left: string, right: string): boolean {
  const [one, other] = [exact(left), exact(right)];
  const least = Math.min(one.power, other.power);
  const scaled = ({ digits, power }: typeof one) => digits * 10n ** BigInt(power - least);
  return scaled(one) === scaled(other);
}

/** The contract's rule: int32 or int64 where it is one, a double where that gives the same value back, else Decimal128. */
function numberOf(text: string): unknown {
  const { digits, power } = exact(text);
  if (digits === 0n) return text.startsWith('-') ? new Double(-0) : new Int32(0);
  const divisor = 10n ** BigInt(Math.max(0, -power));
  if (digits % divisor === 0n && power < 20) {
    const whole = power < 0 ? digits / divisor : digits * 10n ** BigInt(power);
    if (whole === BigInt.asIntN(32, whole)) return new Int32(Number(whole));
    if (whole === BigInt.asIntN(64, whole)) return Long.fromBigInt(whole);
  }
  const double = Number(text);
  if (Math.abs(double) < 1e18 && isSame(String(double), text)) return new Double(double);
  return Decimal128.fromString(text);
}

/** The values that a driver is given for a JSON text. Objects are Maps: their keys keep their order, and none is special. */
function jsonValue(text: string): unknown {
  const bytes = Buffer.from(text);
  const scanner = new Scanner(new Arena(bytes.length));
  scanner.scan(bytes, 0, { to: bytes.length });
  const { tape } = scanner;
  const value = (node: number): unknown => {
    const end = tape[node + 3] as number;
    switch (scanner.kind(node)) {
      case KIND.object: {
        const members = new Map<string, unknown>();
        for (let key = node + NODE; key < end; key = tape[key + NODE + 3] as number)
          members.set(scanner.string(key), value(key + NODE));
        return members;
      }
      case KIND.array: {
        const items: unknown[] = [];
        for (let item = node + NODE; item < end; item = tape[item + 3] as number) items.push(value(item));
        return items;
      }
      case KIND.number:
        return numberOf(scanner.text(node));
      case KIND.string:
      case KIND.escapedString:
        return scanner.string(node);
      default:
        return JSON.parse(scanner.text(node));
    }
  };
  return value(0);
}

/** A document of the one member `payload`. What follows in the pack's bytes is not to be read. */
function written(text: string, { size = 16, behind = '1.5e3"}]' } = {}): Buffer {
  const arena = new Arena(size);
  arena.end = 4;
  const bytes = Buffer.from(text + behind);
  const range = { from: 0, to: bytes.length - Buffer.byteLength(behind) };
  new BsonWriter(arena, { hasDecimal128: true }).element(Buffer.from('payload\0'), bytes, range);
  const document = Buffer.concat([arena.bytes.subarray(0, arena.end), Buffer.of(0)]);
  document.writeInt32LE(document.length);
  return document;
}

const driven = (text: string): Buffer => Buffer.from(BSON.serialize(new Map([['payload', jsonValue(text)]])));

const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max });
const whole = fc.oneof(
  fc.constant('0'),
  digits(1, 17).map(text => text.replace(/^0+(?=\d)/, '')),
);
const number = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }).map(value => String(value)),
  fc
    .tuple(fc.constantFrom('', '-'), whole, fc.option(digits(1, 16)), fc.option(fc.integer({ min: -20, max: 20 })))
    .map(([sign, whole, fraction, power]) => {
      const exponent = power === null ? '' : `${power % 2 === 0 ? 'e' : 'E'}${power > 9 ? '+' : ''}${power}`;
      return `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent}`;
    }),
  fc.constantFrom(
    '0',
    '-0',
    '-0.0',
    '0.00',
    '1.0',
    '100.00',
    '63.10',
    '2147483647',
    '2147483648',
    '-2147483648',
    '-2147483649',
    '9007199254740993',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '1e3',
    '1e18',
    '1e22',
    '999999999999999',
    '999999999999999.9',
    '99999999999999.9',
    '0.1234567890123456789',
    '0.000000000000001',
    '1E-30',
    '12345678901234567890123456789012.34',
    '4.35',
    '0.3',
    '5e-300',
    '123456789.123456',
  ),
);

const character = fc.oneof(
  { arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }), weight: 4 },
  fc.constantFrom('"', '\\', '/', '\b', '\f', '\n', '\r', '\t', '\u0001', 'é', 'ọ', '€', '😀', '\u2028', '\uffff'),
);
/** How a character may be spelt. */
const spelt = fc.tuple(character, fc.constantFrom('plain', 'unicode', 'slash')).map(([text, how]) => {
  if (how === 'slash' && text === '/') return '\\/';
  const plain = JSON.stringify(text).slice(1, -1);
  if (how !== 'unicode') return plain;
  return Array.from({ length: text.length }, (_, at) => {
    const hex = text.charCodeAt(at).toString(16).padStart(4, '0');
    return `\\u${at % 2 === 0 ? hex.toUpperCase() : hex}`;
  }).join('');
});
const string = fc.array(spelt, { maxLength: 12 }).map(parts => `"${parts.join('')}"`);
const isKey = (text: string): boolean => !(JSON.parse(text) as string).includes('\0');
const key = fc.oneof(
  string.filter(isKey),
  fc.constantFrom('"_bsontype"', '"__proto__"', '"$set"', '"a.b"', '"1"', '""'),
);
const { json } = fc.letrec<{ json: string }>(tie => ({
  json: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    number.map(String),
    string,
    fc.constantFrom('true', 'false', 'null', '[]', '{}', '[[]]', '[{}]', '{"a":{}}', '{"a":[]}'),
    fc.array(tie('json'), { maxLength: 12 }).map(items => `[${items.join(',')}]`),
    fc
      .uniqueArray(fc.tuple(key, tie('json')), { maxLength: 6, selector: ([name]) => JSON.parse(name) })
      .map(members => `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`),
  ),
}));

describe('a JSON text as BSON is what the driver writes of its values', () => {
  test('whatever it holds', () => {
    fc.assert(
      fc.property(json, text => {
        expect(written(text).toString('hex')).toBe(driven(text).toString('hex'));
      }),
      { numRuns: 1_500 },
    );
  });

  test('every spelling of a number', () => {
    fc.assert(
      fc.property(number.map(String), text => {
        expect(written(text).toString('hex')).toBe(driven(text).toString('hex'));
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    ['many items', `[${Array.from({ length: 12_345 }, (_, n) => (n % 3 === 0 ? '[]' : n)).join(',')}]`],
    ['many levels', `${'[{"a":'.repeat(50)}1${'}]'.repeat(50)}`],
    ['a long text', JSON.stringify('é😀x'.repeat(100_000))],
    ['what grows most', `[${'1,'.repeat(5_000)}1]`],
  ])('%s', (_, text) => {
    expect(written(text).equals(driven(text))).toBe(true);
  });
});

const fault = (text: string, hasDecimal128 = true): string => {
  const arena = new Arena(16);
  const bytes = Buffer.from(text);
  const writer = new BsonWriter(arena, { hasDecimal128 });
  try {
    writer.element(Buffer.from('p\0'), bytes, { from: 0, to: bytes.length });
    return '';
  } catch (error) {
    expect(arena.end).toBe(0);
    return error instanceof Error ? error.message : '';
  }
};

test('what BSON cannot hold is told, and nothing of it is left', () => {
  expect(fault('{"a":1,"b\\u0000c":2}')).toBe('a key must not contain null bytes');
  expect(fault('"b\\u0000c"')).toBe('');
  expect(fault('[1,12345678901234567890123456789012345]')).toContain('has more than 34 digits');
  expect(fault('1e7000')).toContain('beyond the range of Decimal128');
  expect(fault('12345678901234567890123', false)).toContain('needs Decimal128 to stay exact');
  expect(fault('1e22', false)).toBe('');
  expect(fault('['.repeat(200) + ']'.repeat(200))).toBe('nested deeper than 128 levels');
});

const time = fc
  .tuple(
    fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
    fc.constantFrom('', '.1', '.12', '.123', '.1234', '.12345', '.123456', '.000001', '.9'),
  )
  .map(([date, fraction]) => date.toISOString().replace(/\.\d+Z$/, `${fraction}Z`));
const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'a\0b', 'é'.repeat(70)));
const event: fc.Arbitrary<IncomingEvent> = fc.record({
  eventId: text,
  eventType: text,
  eventTime: time,
  vendor: fc.option(text),
  payload: json.filter(one => !one.includes('\\u0000')),
  ingestedAt: time,
  line: fc.constant(null),
});

test('an event as a document is the document that the driver would write, and says what the event said', () => {
  const dateOf = (time: string): Date => new Date(time.length > 24 ? `${time.slice(0, 23)}Z` : time);
  const micros = (time: string): number => Number(time.slice(23, -1).padEnd(3, '0'));
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 4 }), events => {
      const pack = packEvents(events);
      const arena = new Arena(16);
      const writer = new DocumentWriter(pack, { arena, hasDecimal128: true });
      for (const [index, one] of events.entries()) {
        const start = arena.end;
        writer.put(index, textElement('batch_id', 'b-1'));
        const bytes = arena.bytes.subarray(start, arena.end);
        const document = new Map<string, unknown>([
          ['_id', new ObjectId(bytes.subarray(9, 21))],
          ['event_id', one.eventId],
          ['event_type', one.eventType],
          ['event_time', dateOf(one.eventTime)],
          ['vendor', one.vendor],
          ['payload', jsonValue(one.payload)],
          ['ingested_at', dateOf(one.ingestedAt)],
          ['batch_id', 'b-1'],
        ]);
        if (micros(one.eventTime) > 0) document.set('event_time_us', micros(one.eventTime));
        if (micros(one.ingestedAt) > 0) document.set('ingested_at_us', micros(one.ingestedAt));
        expect(bytes.toString('hex')).toBe(Buffer.from(BSON.serialize(document)).toString('hex'));
        const { eventId, eventType, eventTime, vendor, ingestedAt, batchId } = eventOf(bytes);
        const told = { eventId, eventType, eventTime, vendor, ingestedAt, batchId };
        const { payload: _, line: __, ...said } = one;
        expect(told).toEqual({ ...said, batchId: 'b-1' });
      }
    }),
    { numRuns: 300 },
  );
});
