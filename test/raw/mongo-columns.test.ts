// Documents of MongoDB by column say what the same documents say one by one, whoever wrote them and whatever they hold.

import fc from 'fast-check';
import { BSON, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';
import { expect, test } from 'vitest';
import { columnsOfDocuments } from '../../src/raw/mongo-columns.ts';
import { eventOf } from '../../src/raw/mongo-document.ts';
import { splitRows } from '../../src/text-columns.ts';

/** Texts that JSON spells otherwise, that end a column's text, or that are longer than a loop takes. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '"', '\\', '\n', '\u0000x', '\u001e', '\u001f', 'a\u001fb', 'é'.repeat(80), 'x'.repeat(200)),
);
const key = fc.oneof(fc.string({ unit: 'grapheme' }), text).map(one => one.replaceAll('\u0000', ''));
const number = fc.oneof(
  fc.integer().map(n => new Int32(n)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(n => Long.fromBigInt(n)),
  fc.double().map(n => new Double(n)),
  fc.constantFrom('12345678901234567890.123', '1E+40', 'NaN').map(one => Decimal128.fromString(one)),
);
const { payload } = fc.letrec(tie => ({
  payload: fc.oneof(
    { depthSize: 'small' },
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
    tie('value'),
  ),
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.date({ noInvalidDate: true }),
    fc.constant(new ObjectId('65a4f3b2c1d0e9f8a7b6c5d4')),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const date = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
});
const micros = fc.option(fc.integer({ min: 1, max: 999 }), { nil: undefined });

/** As pulse writes them. */
const own = fc.record({
  _id: fc.constant(new ObjectId('65a4f3b2c1d0e9f8a7b6c5d4')),
  event_id: text,
  event_type: text.filter(one => one !== ''),
  event_time: date,
  event_time_us: micros,
  vendor: fc.option(text),
  payload,
  ingested_at: date,
  ingested_at_us: micros,
  batch_id: fc.constant('b'),
});
/** As another program may have. */
const foreign = fc
  .tuple(own, fc.constantFrom('2025-01-15 09:43:48', '2025-01-15T09:43:48.5+01:00'), fc.constantFrom(0, 1, 2, 3))
  .map(([{ ingested_at, vendor, ...event }, time, kind]) => {
    if (kind === 0) return { ...event, ingested_at, vendor, event_time: time };
    return { ...event, ...(kind > 1 && { vendor: 5 }), ...(kind > 2 && { ingested_at: time }) };
  });

const rowOf = (bytes: Buffer): readonly (string | null)[] => {
  const { eventId, eventType, eventTime, vendor, payload, ingestedAt } = eventOf(bytes);
  return [eventId, eventType, eventTime, vendor, payload, ingestedAt];
};

const documents = (events: readonly object[]): readonly Buffer[] =>
  events.map(event => Buffer.from(BSON.serialize(event, { ignoreUndefined: true })));

test('documents of pulse, and of others', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof({ arbitrary: own, weight: 9 }, foreign), { minLength: 1, maxLength: 6 }), events => {
      const bytes = documents(events);
      expect(splitRows(columnsOfDocuments(bytes))).toEqual(bytes.map(rowOf));
    }),
    { numRuns: 1_000 },
  );
});

test('a payload is the JSON of what was stored', () => {
  // BSON has no key with a NUL.
  const plain = fc
    .jsonValue({ stringUnit: 'grapheme' })
    .filter(one => !JSON.stringify(one).includes('\\u0000'))
    // JSON.stringify writes -0 as 0.
    .map(one => JSON.parse(JSON.stringify(one)));
  fc.assert(
    fc.property(plain, payload => {
      const time = new Date('2025-01-15T09:43:48.120Z');
      const event = { event_id: 'a', event_type: 't', event_time: time, vendor: null, payload, ingested_at: time };
      const [row] = splitRows(columnsOfDocuments(documents([event])));
      expect(row?.slice(0, 4)).toEqual(['a', 't', '2025-01-15T09:43:48.12Z', null]);
      expect(JSON.parse(row?.[4] ?? '')).toEqual(JSON.parse(JSON.stringify(payload)));
    }),
  );
});

test('a document with a field twice says what its last one says', () => {
  const time = new Date('2025-01-15T09:43:48Z');
  const event = { event_id: 'a', event_type: 't', event_time: time, payload: 1, ingested_at: time };
  const [whole = Buffer.alloc(0)] = documents([event]);
  const [more = Buffer.alloc(0)] = documents([{ payload: 2 }]);
  const bytes = Buffer.concat([whole.subarray(0, -1), more.subarray(4)]);
  bytes.writeInt32LE(bytes.length, 0);
  expect(splitRows(columnsOfDocuments([bytes]))[0]?.[4]).toBe('2');
});
