// Where the translation has a fast path and a slow one: values just inside and just outside of what the fast one takes, and random ones,
// over columns, against the reference implementation.

import fc from 'fast-check';
import { afterAll, test } from 'vitest';
import type { Value } from '../../../src/googlesql/value.ts';
import { Bench, table } from '../agree.ts';

const bench = new Bench();
afterAll(() => bench.close());

const RANDOM = { numRuns: 4, endOnFailure: true };
const ROWS = 80;
const PATIENCE_MS = 60_000;

type Kind = 'STRING' | 'NUMERIC' | 'TIMESTAMP' | 'INT64';

/** `select` over the columns a, b … of a table of these rows gives the same on both sides, to the error. */
async function agreeOver(select: string, kinds: readonly Kind[], rows: readonly (readonly Value[])[]): Promise<void> {
  const names = kinds.map((_, i) => String.fromCharCode('a'.charCodeAt(0) + i));
  const columns = Object.fromEntries([['i', 'INT64'], ...names.map((name, i) => [name, kinds[i] ?? 'STRING'])]);
  await bench.agree(`SELECT i, ${select} FROM t ORDER BY i`, [
    table(
      't',
      columns,
      rows.map((row, i) => [i, ...row]),
    ),
  ]);
}

const pairs = (values: readonly Value[]): Value[][] => values.flatMap(a => values.map(b => [a, b]));

// A machine word holds a NUMERIC below 999,999,999.

const NUMBERS = [
  null, '0', '1', '-1', '0.000000001', '-0.000000001', '0.5', '-0.5', '0.999999999', '0.333333333', '0.000000005', '-1.000000005',
  '999999998.999999999', '999999999', '999999999.000000001', '-999999998.999999999', '-999999999', '1000000000', '1234.565', '-1234.565',
  '99999999999999999999', '99999999999999999999999999999.999999999', '-99999999999999999999999999999.999999999',
]; // biome-ignore format: a list

const numeric = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.bigInt(0n, 2_000_000_000n), fc.bigInt(0n, 10n ** 18n)),
    fc.bigInt(0n, 999_999_999n),
  )
  .map(([sign, whole, part]) => `${sign}${whole}.${String(part).padStart(9, '0')}`);

const ARITHMETIC = `SAFE_MULTIPLY(a, b) AS product, SAFE_DIVIDE(a, b) AS quotient, ROUND(SAFE_MULTIPLY(a, b), 2) AS money,
  SAFE_DIVIDE(SAFE_MULTIPLY(a, b), b) AS back, IF(ABS(SAFE_MULTIPLY(a, b)) < NUMERIC '5', SAFE_MULTIPLY(a, b), NULL) AS small,
  SAFE.ROUND(a, 0) AS whole, SAFE.ROUND(a, 8) AS eight, LEAST(GREATEST(a, b), b) AS clipped`;

test(
  'NUMERIC products, quotients and rounding at the bounds of a machine word',
  () => agreeOver(ARITHMETIC, ['NUMERIC', 'NUMERIC'], pairs(NUMBERS)),
  PATIENCE_MS,
);

test(
  'NUMERIC products, quotients and rounding of random numbers',
  () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(numeric, numeric), { minLength: ROWS, maxLength: ROWS }), rows =>
        agreeOver(ARITHMETIC, ['NUMERIC', 'NUMERIC'], rows),
      ),
      RANDOM,
    ),
  PATIENCE_MS,
);

test('products with whole numbers that are known, and the whole numbers around a NUMERIC', async () => {
  const by = ['0', '1', '-1', '7', '1000000', '-999999999', '999999999', '1000000000'];
  await agreeOver(
    [
      ...by.map((n, i) => `SAFE_MULTIPLY(a, NUMERIC '${n}') AS p${i}, SAFE_MULTIPLY(NUMERIC '${n}', a) AS q${i}`),
      'SAFE.FLOOR(a) AS below, SAFE.CEIL(a) AS above, SAFE_CAST(SAFE.FLOOR(a) AS INT64) AS whole, SAFE_CAST(a AS INT64) AS near',
    ].join(', '),
    ['NUMERIC'],
    NUMBERS.map(number => [number]),
  );
  for (const sql of ['FLOOR(-a)', 'CEIL(a)', "a * NUMERIC '2'"]) {
    await agreeOver(`${sql} AS x`, ['NUMERIC'], [['99999999999999999999999999999.5']]);
    await agreeOver(`IF(a > 9, ${sql}, NULL) AS x`, ['NUMERIC'], [['1.5'], [null]]);
  }
});

test('a product that overflows is an error, next to one that does not', async () => {
  for (const b of ['99999999999999999999999999999', '999999999']) {
    await agreeOver('a * b AS p', ['NUMERIC', 'NUMERIC'], [
      ['999999999', b],
      ['2', '3'],
    ]); // biome-ignore format: a table
  }
});

// Texts that are numbers, times, or nearly.

const SPACES = ['', ' ', '\t', '\n', '\r', '\f', '\v', '\u00a0', ' \t\r\n '];
const DIGITS = [
  '5', '+5', '-5', '- 5', '5.', '.5', '-.5', '.', '1_000', '1e3', '1E-3', '1e', 'e1', '0x1F', '-0x1f', '0x', '00000000000000000000007', '1.5.5', '5 5',
  '9223372036854775807', '9223372036854775808', '999999999.9999999995', '123456789.0000000005', '-0.0000000005', 'free', 'NaN', 'inf', '',
]; // biome-ignore format: a list
const AS_NUMBERS = `SAFE_CAST(a AS INT64) AS i64, SAFE_CAST(a AS NUMERIC) AS n, SAFE_CAST(a AS FLOAT64) AS f,
  SAFE_CAST(REGEXP_EXTRACT(a, r'^\\s*([+-]?[0-9]{1,12})(?:\\.0*)?\\s*$') AS INT64) AS whole,
  IF(ABS(SAFE_CAST(a AS NUMERIC)) < NUMERIC '100', SAFE_CAST(a AS NUMERIC), NULL) AS small,
  SAFE.TIMESTAMP_SECONDS(SAFE_CAST(a AS INT64)) AS at`;

test('numbers as text, with what may stand around them', async () => {
  await agreeOver(
    AS_NUMBERS,
    ['STRING'],
    SPACES.flatMap(space => DIGITS.flatMap(digits => [[space + digits], [digits + space]])),
  );
});

test('points in time as text', async () => {
  const days = [
    '0000-01-01',
    '0001-01-01',
    '0010-02-29',
    '0999-12-31',
    '9999-12-31',
    '2024-02-29',
    '2023-02-29',
    '10000-01-01',
    '2024-2-9',
  ];
  const clocks = ['', ' 00:00:00', 'T23:59:59', 't23:59:59z', ' 24:00:00', ' 23:59:60', ' 01:02', 'T01:02:03.123456Z', ' 01:02:03.1234567', '+00', ' 01:02:03+01:30', ' 01:02:03 UTC', 'x']; // biome-ignore format: a list
  await agreeOver(
    'SAFE_CAST(a AS TIMESTAMP) AS at, SAFE_CAST(a AS DATETIME) AS wall, SAFE_CAST(a AS DATE) AS day',
    ['STRING'],
    days.flatMap(day => clocks.map(clock => [day + clock])),
  );
});

test('casts behind a pattern that says what the text is, or nearly', async () => {
  const days = ['2024-02-29', '2023-02-29', '0000-01-01', '0999-12-31', '2024/02/28', '2024-13-01'];
  const clocks = ['', ' 00:00', 'T23:59', ' 24:00', 'T23:60', 'T00:00:00Z', ' 23:59:59', 'T24:00:00', 'T23:59:60Z', 't01:02:03z', 'T1:02:03Z', ' 01:02:3 Z', 'T01:02:03.5Z', '\n']; // biome-ignore format: a list
  const texts = [
    ...days.flatMap(day => clocks.map(clock => day + clock)),
    ...DIGITS,
    '12345678901',
    '99999999999',
    '123456789012',
    '253402300800',
  ];
  const day = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
  const shapes = ['[12]', '[0-9]'].flatMap(first =>
    ['([01][0-9]|2[0-3])', '[0-2][0-9]'].map(hour => `${first}[0-9]{3}-[0-9]{2}-[0-9]{2}[T ]${hour}:[0-9]{2}`),
  );
  const columns = [
    ...shapes.flatMap(shape => [
      `IF(REGEXP_CONTAINS(a, r'^${shape}:[0-5][0-9]Z?$'), SAFE_CAST(a AS TIMESTAMP), NULL)`,
      `CASE WHEN REGEXP_CONTAINS(a, r'^${shape}$') THEN SAFE_CAST(CONCAT(a, ':00') AS TIMESTAMP) END`,
      `IF(REGEXP_CONTAINS(a, r'^${shape.replaceAll('}-', '}/')}$'), SAFE_CAST(REPLACE(a, '/', '-') AS TIMESTAMP), NULL)`,
    ]),
    `IF(REGEXP_CONTAINS(a, r'^${day}'), SAFE_CAST(a AS TIMESTAMP), NULL)`,
    `IF(REGEXP_CONTAINS(a, r'${day}$'), SAFE_CAST(a AS TIMESTAMP), NULL)`,
    ...['[0-9]{1,11}', '[0-9]{12}', '-?[0-9]+', '[+]?[0-9]{3}', '[-+.0-9a-fxeE]+', '[0-9]+\\n?'].flatMap(digits => [
      `IF(REGEXP_CONTAINS(a, r'^${digits}$'), SAFE_CAST(a AS INT64), -1)`,
      `IF(REGEXP_CONTAINS(a, r'^${digits}$'), SAFE.TIMESTAMP_SECONDS(SAFE_CAST(a AS INT64)), NULL)`,
    ]),
    ...['[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,2})?', '[0-9.]+', '[.][0-9]+', '-?[0-9]+[.]?'].map(
      number => `IF(REGEXP_CONTAINS(a, r'^${number}$'), SAFE_CAST(a AS NUMERIC), -1)`,
    ),
  ];
  await agreeOver(
    columns.map((sql, n) => `${sql} AS c${n}`).join(', '),
    ['STRING'],
    [null, ...texts].map(text => [text]),
  );
});

test('what a CASE looks for behind several shapes, where JavaScript answers', async () => {
  const days = ['2024-02-29', '2023-02-29', '0000-01-01', '0999/12/31', '2024/02/28'];
  const clocks = ['', ' 00:00', 't23:59+0130', ' 24:00', ' 23:59:59', 'T23:59:60Z', 'T01:02:03.1234567890+14:00', 'T01:02:03.5z', 'T01:02:03.5zz']; // biome-ignore format: a list
  const numbers = ['1.5', '-1.0000005', '+12e3', '1E99', '1e-9', '5.', '.5', '1e', '1-2', '62135596800', '-62135596800.5', '253402300799.9999999', '99999999999999999999999999999.9']; // biome-ignore format: a list
  const shapes = ['1', '22', '[3-5][0-9]{2}']
    .map(shape => `WHEN REGEXP_CONTAINS(a, r'^${shape}$') THEN NULL`)
    .join(' ');
  const behind = (pattern: string, value: string): string =>
    `CASE ${shapes} WHEN REGEXP_CONTAINS(a, r'${pattern}') THEN ${value} END`;
  const cut = String.raw`REGEXP_REPLACE(REGEXP_REPLACE(REPLACE(a, '/', '-'), r'^(.{16})([Zz+-]|$)', r'\1:00\2'), r'(\.[0-9]{6})[0-9]+', r'\1')`;
  const columns = [
    behind('^[0-9]{4}(-[01][0-9]-|/[01][0-9]/)[0-3][0-9]([Tt ].+)?$', `SAFE_CAST(${cut} AS TIMESTAMP)`),
    behind('^[0-9]{4}[-/][01][0-9][-/][0-9]{2}[Tt ][-+.:0-9TZtz]+$', `SAFE_CAST(${cut} AS TIMESTAMP)`),
    behind('^[^1]*$', `'none'`),
    behind('^[0-9a]{1,30}[.]?[0-9]*$', `SAFE_CAST(a AS NUMERIC)`),
    ...['^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$', '^-?[0-9.]+$'].flatMap(number => [
      behind(number, `SAFE_CAST(a AS NUMERIC)`),
      behind(
        number,
        `SAFE.TIMESTAMP_MICROS(SAFE_CAST(FLOOR(SAFE_MULTIPLY(SAFE_CAST(a AS NUMERIC), NUMERIC '1000000')) AS INT64))`,
      ),
    ]),
  ];
  await agreeOver(
    columns.map((sql, n) => `${sql} AS c${n}`).join(', '),
    ['STRING'],
    [null, '', '1', '22', '350', 'soon', ...days.flatMap(day => clocks.map(clock => day + clock)), ...numbers].map(
      text => [text],
    ),
  );
});

test('seconds, milliseconds and microseconds at the ends of time', async () => {
  const units = { SECONDS: 1_000_000n, MILLIS: 1000n, MICROS: 1n };
  const ends = [-62_135_596_800_000_000n, 253_402_300_799_999_999n];
  for (const [unit, micros] of Object.entries(units)) {
    const around = ends.flatMap(end => [-1n, 0n, 1n].map(by => [String(end / micros + by)]));
    await agreeOver(
      `SAFE.TIMESTAMP_${unit}(a) AS at`,
      ['INT64'],
      [...around, [null], ['9223372036854775807'], ['-9223372036854775808']],
    );
  }
});

test('TRIM of texts with and without white space, inside JSON and out', async () => {
  const white = [
    ' ',
    '\t',
    '\v',
    '\u0085',
    '\u00a0',
    '\u1680',
    '\u2003',
    '\u3000',
    '\u200b',
    '\ufeff',
    '\0',
    '\u001f',
    '~',
    '!',
    'é',
  ];
  await agreeOver(
    `TRIM(a) AS t, TRIM(JSON_VALUE(b, '$.a')) AS j, COALESCE(NULLIF(TRIM(JSON_VALUE(b, '$.a')), ''), 'none') AS k`,
    ['STRING', 'STRING'],
    white
      .flatMap(w => [w, `${w}a`, `a${w}`, `a${w}b`, `${w}${w}a b${w}`, `${w}é`, 'é', ''])
      .map(text => [text, JSON.stringify({ a: text })]),
  );
});

test('REGEXP_EXTRACT of a group that may take no part', async () => {
  const patterns = ['(a)?b', '(?:(a)|c)b', '(?:x(a))?b', 'x(a)(?:c)?', '(a)(?:\\\\.0*)?$', '[(](a)?', '([(])', 'a|(b)', '(?i)(A)b?', '(?:c)?(a)', '(a){0,1}b', '((?:a)?)b']; // biome-ignore format: a list
  const texts = ['b', 'ab', 'cb', 'xab', 'xa', 'xac', 'a.00', 'a', '(', '(a', 'c', '', 'A', null];
  await agreeOver(
    patterns.map((pattern, n) => `REGEXP_EXTRACT(a, '${pattern}') AS c${n}`).join(', '),
    ['STRING'],
    texts.map(text => [text]),
  );
});

test('names and days of dates of any year', async () => {
  const days = ['0001-01-01', '0987-06-05', '2020-02-29', '9999-12-31'].map(day => [`${day} 14:07:09+00`]);
  await agreeOver(
    `FORMAT_TIMESTAMP('%A %a %B %b %d %j %m %H:%M:%S', a) AS at, FORMAT_DATE('%B, %A the %d', DATE(a)) AS day, FORMAT_DATE('%H', DATE(a)) AS hour`,
    ['TIMESTAMP'],
    days,
  );
});

// Numbers in JSON: those that a DOUBLE prints as they are written, and all others.

const written = fc
  .tuple(
    fc.constantFrom('', '', '-'),
    fc.oneof(fc.bigInt(0n, 99n), fc.bigInt(0n, 999_999_999n), fc.bigInt(0n, 10n ** 20n)),
    fc.oneof(
      fc.constant(''),
      fc.stringMatching(/^\.[0-9]{1,8}$/),
      fc.constantFrom('.0', '.00', '.10', '.0001', '.00001'),
    ),
    fc.constantFrom('', '', '', '', 'e2', 'E-3'),
  )
  .map(parts => parts.join(''));

const spacing = fc.constantFrom('', '', '', ' ', '\n\t');

test(
  'numbers in JSON come as they are written, whichever road they take',
  () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(written, written, spacing, spacing), { minLength: ROWS, maxLength: ROWS }),
        async rows => {
          const texts = rows.map(([a, b, before, after]) => [
            `{"a"${before}:${after}${a}${before},"B":"1:${b}","b":{"c":${b}},"d":[${a},{"e":${b}}],"f":"\\":${a},"}`,
            `[${a}${after},{"a":${b}},null]`,
          ]);
          await agreeOver(
            `JSON_VALUE(a, '$.a') AS v, JSON_VALUE(a, '$.b.c') AS w, JSON_VALUE(a, '$.b') AS o, JSON_VALUE(a, '$.B') AS u, JSON_VALUE(a, '$.f') AS f,
             JSON_QUERY(a, '$.d') AS q, JSON_QUERY(a, '$.b') AS r, JSON_QUERY_ARRAY(b) AS items, JSON_QUERY_ARRAY(a, '$.d') AS e, JSON_VALUE(b, '$') AS root`,
            ['STRING', 'STRING'],
            texts,
          );
        },
      ),
      RANDOM,
    ),
  PATIENCE_MS,
);

test('names that differ in case, lead on and end at once are read apart', async () => {
  const texts = ['{"a":1.50,"A":2.50,"b":{"c":3.50,"C":"x"},"B":4.0}', '{"A":1,"b":5.50}', '{"b":{"c":"{}"}}', '{"b":"{}","a":"[1"}', 'x', '{"a":nan,"b":1}', '{"a":1,"b":-inf}']; // biome-ignore format: a list
  const paths = ['a', 'A', 'b', 'B', 'b.c', 'b.C', 'a.b'];
  await agreeOver(
    paths.map((path, n) => `JSON_VALUE(a, '$.${path}') AS c${n}`).join(', '),
    ['STRING'],
    texts.map(text => [text]),
  );
});

test('what a group captures is cast as any other text, whether or not it can only be digits', async () => {
  const texts = [null, '', '0', '-0', '+7', '12', ' 12 ', '12.0', '12.5', '012', '1e3', '0x1F', '1_000', '999999999999', '1234567890123', '9223372036854775807', '9223372036854775808', '-9223372036854775808', '12345678901234567890', 'n12', '12n', '(12)', '\n5', '５']; // biome-ignore format: a list
  const patterns = [String.raw`^\s*([+-]?[0-9]{1,12})(?:\.0*)?\s*$`, '([0-9]+)', '([0-9]*)', '([+-]?[0-9]{1,20})', '^([0-9]+|x)$', '([0-9a-fA-FxX]+)', '([0-9_]+)', String.raw`\(([0-9]+)\)`, String.raw`[(]?(\s*\d+\s*)[)]?`, '([0-9.]+)', '(?i)(N?[0-9]+)', '([0-9]+)?n', '^[0-9]+$']; // biome-ignore format: a list
  await agreeOver(
    patterns.map((pattern, n) => `SAFE_CAST(REGEXP_EXTRACT(a, r'${pattern}') AS INT64) AS c${n}`).join(', '),
    ['STRING'],
    texts.map(text => [text]),
  );
});
