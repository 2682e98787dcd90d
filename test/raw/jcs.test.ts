// RFC 8785 against another implementation of it, and the event id of the data contract.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Arena } from '../../src/raw/arena.ts';
import { JcsFault, JcsWriter } from '../../src/raw/jcs.ts';
import { Scanner } from '../../src/raw/scan.ts';

const writer = new JcsWriter();

function scanned(text: string): Scanner {
  const bytes = Buffer.from(text);
  const scanner = new Scanner(new Arena(16));
  scanner.scan(bytes, 0, { to: bytes.length });
  return scanner;
}

const jcs = (text: string): string => writer.text(scanned(text), 0);

/** Numbers as people write them: 007 apart. */
const written = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(n => JSON.stringify(n)),
  fc.bigInt().map(String),
  fc.tuple(fc.integer(), fc.nat(99_999_999), fc.integer({ min: -30, max: 30 })).map(([a, b, e]) => `${a}.${b}e${e}`),
  fc.tuple(fc.integer(), fc.nat({ max: 999_999 })).map(([a, b]) => `${a}.${String(b).padStart(6, '0')}`),
  fc.constantFrom(
    '-0',
    '0.0',
    '-0.0e5',
    '1e21',
    '1e20',
    '0.000001',
    '0.0000001',
    '0.00001',
    '63.10',
    '123456789012345.6',
  ),
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('€', '\r', '\u{1F600}', 'דּ', 'ö', '\u0080', '1', '"', '\\', '\u007f', '\u2028'),
);
const value = fc.letrec(tie => ({
  any: fc.oneof(
    { depthSize: 'small' },
    written,
    text.map(one => JSON.stringify(one)),
    fc.constantFrom('true', 'false', 'null'),
    tie('array'),
    tie('object'),
  ),
  array: fc.array(tie('any') as fc.Arbitrary<string>).map(items => `[${items.join()}]`),
  object: fc
    .uniqueArray(fc.tuple(text, tie('any') as fc.Arbitrary<string>), { selector: ([name]) => name, maxLength: 40 })
    .map(members => `{${members.map(([name, one]) => `${JSON.stringify(name)}:${one}`).join()}}`),
})).any as fc.Arbitrary<string>;

test('it writes what the reference writes', () => {
  fc.assert(
    fc.property(value, json => {
      expect(jcs(json)).toBe(canonicalize(JSON.parse(json)));
    }),
    { numRuns: 2_000 },
  );
});

test('the example of RFC 8785, section 3.2.3: keys by UTF-16 code units', () => {
  const keys = '{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}';
  expect(jcs(keys)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"\u{1F600}":5,"\ufb33":3}');
});

test('the example of RFC 8785, section 3.2.2', () => {
  const numbers = '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]}';
  expect(jcs(numbers)).toBe('{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}');
});

test('many keys are sorted like few', () => {
  const keys = Array.from({ length: 500 }, (_, n) => `"k${(n * 7919) % 500}":${n}`);
  expect(jcs(`{${keys.join()}}`)).toBe(canonicalize(JSON.parse(`{${keys.join()}}`)));
});

test('a number that no double holds has no form', () => {
  expect(() => jcs('{"a":1e400}')).toThrow(JcsFault);
});

test('an event id is the SHA-256 of type, payload and vendor, in this order', () => {
  const sha = (one: string): string => createHash('sha256').update(one).digest('hex');
  const payload = scanned('{"b": 1.50, "a": "é"}');
  expect(writer.eventId(payload, 0, { eventType: 'historical_order', vendor: 'vendor_a' })).toBe(
    sha('{"event_type":"historical_order","payload":{"a":"é","b":1.5},"vendor":"vendor_a"}'),
  );
  expect(writer.eventId(payload, 0, { eventType: 'a"b', vendor: null })).toBe(
    sha('{"event_type":"a\\"b","payload":{"a":"é","b":1.5},"vendor":null}'),
  );
});
