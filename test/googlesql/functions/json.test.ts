// JSON functions against the reference implementation: over columns, where the paths are read together, and over random texts.

import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Bench, table } from '../agree.ts';
import { agreeOn } from './cases.ts';

const bench = new Bench();
afterAll(() => bench.close());

const texts = (rows: readonly (string | null)[]) => [
  table(
    't',
    { i: 'INT64', x: 'STRING' },
    rows.map((x, i) => [i, x]),
  ),
];

const PATHS = ['$.a', '$.a.b', '$.b', '$.b.c', '$.a.b.c', '$', '$.a[0]', '$[1]', '$.0', '$[0].a', '$."a b"', '$.d-1'];

const quotedPath = (path: string): string => `'${path.replaceAll("'", "\\'")}'`;

/** What differs: text, path, the reference's answer, ours. One query over all texts, whose paths are read in one pass. */
async function differing(call: string, rows: readonly (string | null)[], paths: readonly string[] = PATHS) {
  const { reference, duckdb } = await bench.compare(`${reading(call, paths)} ORDER BY i`, texts(rows));
  if (reference.kind !== 'rows' || duckdb.kind !== 'rows') return [reference, duckdb];
  return rows.flatMap((x, i) =>
    paths.flatMap((path, n) => {
      const [theirs, ours] = [reference.rows[i]?.[n + 1], duckdb.rows[i]?.[n + 1]];
      return JSON.stringify(theirs) === JSON.stringify(ours) ? [] : [{ x, path, theirs, ours }];
    }),
  );
}

function reading(call: string, paths: readonly string[] = PATHS): string {
  return `SELECT i, ${paths.map((path, n) => `${call}(x, ${quotedPath(path)}) AS c${n}`).join(', ')} FROM t`;
}

const READERS = ['JSON_VALUE', 'JSON_QUERY', 'JSON_QUERY_ARRAY', 'JSON_VALUE_ARRAY'] as const;

const NUMBERS = [
  '63.10', '63.1', '0', '-0', '-0.0', '0.0', '100', '100.0', '1e2', '1E+2', '1.50e-3', '12345678901234567.890', '12345678901234567890123',
  '-9223372036854775809', '18446744073709551616', '1e999', '9007199254740993', '0.10', '5e0', '1e-07', '-1.0',
]; // biome-ignore format: a list

const ODD = [
  null, '', ' ', 'x', 'null', 'true', '"x"', ' 1 ', '5.0', '-0', '{}', '[]', '{"a":{}}', '{"a":[]}', '{"a":""}', '{"a":"{"}', '{"a":"{}"}',
  '{"a":"[1]"}', '{"a":"null"}', '{"a":"NaN"}', '{"a":"12.50"}', '{"a":"1e5"}', '{"a":"a.b"}', '{"a":"5.x"}', '{"a":" 1.0"}', '{"a":"\\"q\\""}',
  '{"a":"\\u00e9\\u0041"}', '{"a":"\\u0000"}', '{"a":"x\\u0001y"}', '{"a":"\\u001f"}', '{"a":"\\n\\t\\b\\f\\r\\/\\\\"}', '{"a":"\u2028\u2029"}',
  '{"a":"\ue000"}', '{"a":"é😀"}', '{"a":"x\ny"}', '{"a":"\\q"}', '{"a":"\\é"}', '{"a":"\\😀x"}', '{"a":"\\\u2028"}', '{"a":"it\'s"}', "{'a':1}", "{'a':'b\"c'}", '{a:1}', '{"a":+1}', '{"a":.5}', '{"a":5.}',
  '{"a":01}', '{"a":NaN}', '{"a":NaN,"b":1}', '{"b":1,"a":NaN}', '{"a":Infinity,"b":1}', '{"a":-Infinity}', '{"a":1,"a":2}', '{"a":null,"a":2}',
  '{"a":{"b":1},"a":{"b":2}}', '{"a":1, bad', '{"a":1,"b":{}', '{"a":1}x', '{"a":1,}', '[1,2,]', '[1,,2]', '[1,2', '{"a":[1,2', '{"a":{"b":1.50',
  '{"0":5}', '[5]', '[5,6.50,"x",null,true]', '{"a":[1.50,"x",null,true]}', '{"a":[1,[2]]}', '{"a b":1.50}', '{"d-1":2.50}', '{"a.b":1}', '[{"a":7.10}]',
  '{"a":1.50,"b":1.5}', '{"b":{"a":1.50},"a":1.5}', '{"a":1.5,"b":{"a":1.50}}', '{"x":"\\"a\\":9.90","a":9.9}', '{"a":"note, 5.50: 1.0","b":2.0}',
  '{ "a" : 63.10 , "b" : { "c" : [ 1.0, 2 ] } }', '{"a":[{"sku":"S","price":63.10},{"price":0}],"b":{"c":-0}}', '{"a":0,"d":"2020-01-01"}',
  '{"a":{"b":{"c":"\\u2028"}}}', '{"a":tru}', '{"a":truex}', '{"a":nullx}', '\t{"a":1}\n', '\f{"a":1}', '\ufeff{"a":1}', '{"":1}', '{"a":{"":1}}',
  '{"a":1,"a":{"b":2.50}}', '{"a":{"b":1,"b":{"c":2}}}', '{"b":{},"b":{"c":[1.50]}}', '{"\\u0061":1,"a":{"b":2}}', '{"a":{"b":null},"a":{"b":2}}',
  '[,1]', '[,]', '[1,,]', '[[,],{}]', '{"a":,"b":1}', '{"a":1,,"b":1}', '{,"a":1}', '{"a":}', '{"a":[1,bad],"b":1}', '{"a":12.', '{"a":12e', '{"a":1.5.5}',
  '{"a":0x1F}', '{"a":--1}', '{"a":"\\u12"}', '{"a":"\\x41\\101\\8"}', '{"a":"\\x4"}', '{"a":true5,"b":1}', '{"a":"x"5,"b":1}', '{"a":[5}', '{"a":{"b":1]', 'tru', '"a',
  '{"a":12.5,"a":12.50}', '{"b":{"c":"x"},"a":{"b":{"c":1.0}}}', '{"A":1}', '"a.b"', '[[1.0],[2]]', '{"a":1}{"a":2}', '{"a":1 "b":2}',
]; // biome-ignore format: a list

// Random texts: of few names, so that paths lead somewhere and names recur, written in many ways, some cut or changed

const written: fc.Arbitrary<string> = fc.letrec<{ value: string }>(tie => {
  const space = fc.constantFrom('', '', '', ' ', '\n ');
  const text = fc.oneof(
    fc.constantFrom(
      'a',
      'x, 5.50',
      '1.50',
      '{',
      '[1.0]',
      'é',
      '\u2028',
      '2020-01-01T00:00:00.5Z',
      '-0',
      'null',
      'NaN',
      '',
    ),
    fc.constantFrom('\\n', '\\"a\\":1.50', '\\u0041', '\\u00e9', '\\/', '\\u001f', '\\\\'),
  );
  const digits = fc.constantFrom('0', '7', '63', '100', '12345678901234567', '98765432109876543210');
  const number = fc
    .tuple(
      fc.constantFrom('', '', '-'),
      digits,
      fc.constantFrom('', '', '.0', '.50', '.10', '.123456789012345678'),
      fc.constantFrom('', '', '', 'e2', 'E+2', 'e-7'),
    )
    .map(parts => parts.join(''));
  const name = fc.constantFrom('a', 'b', 'c', '0', 'a b', 'd-1');
  const member = fc
    .tuple(name, space, space, tie('value'))
    .map(([key, before, after, value]) => `"${key}"${before}:${after}${value}`);
  const listOf = (item: fc.Arbitrary<string>) =>
    fc.tuple(fc.array(item, { maxLength: 4 }), space).map(([items, gap]) => items.join(`,${gap}`));
  return {
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      number,
      text.map(content => `"${content}"`),
      fc.constantFrom('true', 'false', 'null'),
      listOf(member).map(body => `{${body}}`),
      listOf(tie('value')).map(body => `[${body}]`),
    ),
  };
}).value;

const broken: fc.Arbitrary<string> = fc
  .tuple(
    written,
    fc.nat({ max: 60 }),
    fc.constantFrom('', ',', '"', '}', ']', '{', 'NaN', "'", ':', '.', '5', '\\', ' '),
  )
  .map(([text, at, part]) => text.slice(0, at) + part + text.slice(at + (at % 2)));

const cutOff: fc.Arbitrary<string> = fc.tuple(written, fc.nat({ max: 80 })).map(([text, at]) => text.slice(0, at));

const TEXTS_A_QUERY = 60;

async function neverDiffers(call: string, text: fc.Arbitrary<string>): Promise<void> {
  const rows = fc.array(text, { minLength: TEXTS_A_QUERY, maxLength: TEXTS_A_QUERY });
  const isSame = async (some: readonly string[]): Promise<void> => {
    expect(await differing(call, some)).toEqual([]);
  };
  await fc.assert(fc.asyncProperty(rows, isSame), { numRuns: 8, endOnFailure: true });
}

describe('random JSON in a STRING column', () => {
  test.each(READERS)('%s of well-formed text', async call => {
    await neverDiffers(call, written);
  });

  test.each(READERS)('%s of broken text', async call => {
    await neverDiffers(call, fc.oneof(broken, cutOff));
  });
});

describe('JSON in a STRING column', () => {
  test.each(READERS)('%s gives numbers as they are written', async call => {
    const rows = NUMBERS.flatMap(n => [
      `{"a":${n}}`,
      `{"a":{"b":${n}},"b":[${n}, 1]}`,
      `[${n},${n}]`,
      `{"b": {"c" : ${n} }}`,
      n,
    ]);
    expect(await differing(call, rows)).toEqual([]);
  });

  test.each(READERS)('%s of odd and broken texts', async call => {
    expect(await differing(call, ODD)).toEqual([]);
  });

  test('each path alone is read as it is together with others', async () => {
    for (const path of PATHS.slice(0, 7)) {
      expect(await differing('JSON_VALUE', [...ODD, '{"a":63.10}'], [path])).toEqual([]);
    }
  });

  test('a path in WHERE, in a CASE and over a path', async () => {
    await bench.agree(
      `SELECT i, CASE WHEN JSON_VALUE(x, '$.a') = '63.10' THEN JSON_VALUE(x, '$.b.c') ELSE JSON_QUERY(x, '$.b') END AS c,
        JSON_VALUE(JSON_QUERY(x, '$.b'), '$.c') AS d, ARRAY_LENGTH(JSON_QUERY_ARRAY(JSON_QUERY(x, '$.a'))) AS n
      FROM t WHERE JSON_VALUE(x, '$.a') IS NOT NULL OR JSON_QUERY(x, '$.b') IS NOT NULL`,
      texts([...ODD, '{"a":63.10,"b":{"c":1.0}}', '{"a":63.1,"b":{"c":1.0}}']),
    );
  });

  test('the two escapes of one character give that character', async () => {
    const { duckdb } = await bench.compare(
      reading('JSON_VALUE', ['$.a', '$.b']),
      texts(['{"a":"\\ud83d\\ude00","b":1.50}']),
    );
    expect(duckdb).toMatchObject({ rows: [[0, '😀', '1.50']] });
  });
});

const PATIENCE_MS = 120_000;

test(
  'paths as GoogleSQL spells them',
  async () => {
    await agreeOn(
      bench,
      String.raw`
      ⟨JSON_VALUE¦JSON_QUERY¦JSON_VALUE_ARRAY¦JSON_QUERY_ARRAY⟩('{"a":{"b c":[1.50],"d.e":"x","\\"":2}}', ⟨'$'¦'$.a'¦'$.a."b c"'¦'$.a.b c'¦'$.a."d.e"'¦'$.a."\\""'¦'a'¦'$.'¦'$..a'¦'$.*'¦''¦'$.a[0]'¦'$.a."b c"[0]'¦"$['a']"¦'$ '¦'$.a.'¦'$[a]'¦'$."a'⟩)
      ⟨JSON_EXTRACT¦JSON_EXTRACT_SCALAR¦JSON_EXTRACT_ARRAY¦JSON_EXTRACT_STRING_ARRAY⟩('{"a":{"b c":[1.50],"d.e":"x"}}', ⟨'$'¦'$.a'¦"$.a['b c']"¦"$['a']['d.e']"¦'$.a."d.e"'¦"$.a['b c'][0]"¦'$.'¦'$..a'⟩)
      ⟨JSON_VALUE¦JSON_QUERY¦JSON_VALUE_ARRAY¦JSON_QUERY_ARRAY⟩(⟨'5.0'¦'[1.0]'¦'"x"'¦NULL⟩)
      ⟨JSON_VALUE¦JSON_QUERY⟩(⟨'{}'¦NULL⟩, ⟨CAST(NULL AS STRING)¦'$'⟩)
    `,
    );
  },
  PATIENCE_MS,
);

test(
  'values of the JSON type',
  async () => {
    await agreeOn(
      bench,
      String.raw`
      ⟨JSON_VALUE¦JSON_QUERY¦JSON_VALUE_ARRAY¦JSON_QUERY_ARRAY⟩(JSON ⟨'{"a":63.10}'¦'{"a":1e2}'¦'{"a":"x"}'¦'{"a":null}'¦'{"b":null}'¦'{"a":[1,null,"x",2.50]}'¦'{"a":[1,[2]]}'¦'{"a":{"z":1,"b":1.0,"z":2}}'¦'{"a":12345678901234567890}'¦'{"a":"\\u00e9\\n\\u2028"}'¦'{"a":true}'¦'[1]'¦'null'¦'{"a":-0.0}'¦'{"a":-0}'⟩, '$.a')
      ⟨JSON_EXTRACT_SCALAR¦JSON_EXTRACT⟩(JSON '{"a b":1.50}', "$['a b']")
      PARSE_JSON(⟨'1'¦'1.10'¦'1e2'¦'-0'¦'0.1'¦'1e400'¦'0.300000000000000041'¦'18446744073709551615'¦'18446744073709551616'¦' [1 , 2] '¦''¦'nan'¦'{"a":1,}'¦'01'¦'"\\ud83d\\ude00"'¦'"\\ud83d"'¦'{"b":1,"a":2,"B":3,"é":4,"":5,"a":6}'¦'"a\nb"'¦NULL¦'123456789012345.5'¦'1e-7'¦'[1]x'¦'"\\q"'¦"'a'"⟩⟨¦, wide_number_mode=>'round'⟩)
      JSON_TYPE(⟨JSON '1'¦JSON '1.5'¦JSON '"x"'¦JSON 'null'¦JSON '[]'¦JSON '{}'¦JSON 'true'¦CAST(NULL AS JSON)⟩)
      INT64(JSON ⟨'1'¦'1.0'¦'1e3'¦'1.5'¦'9223372036854775807'¦'9223372036854775808'¦'1e19'¦'"1"'¦'null'¦'-0.0'¦'true'¦'[]'⟩)
      FLOAT64(JSON ⟨'1'¦'1.5'¦'9007199254740993'¦'"1"'¦'null'⟩⟨¦, wide_number_mode=>'exact'⟩)
      BOOL(JSON ⟨'true'¦'false'¦'"true"'¦'null'¦'1'⟩)
      STRING(JSON ⟨'"x"'¦'""'¦'null'¦'true'¦'1'⟩)
      ⟨LAX_INT64¦LAX_FLOAT64¦LAX_BOOL¦LAX_STRING⟩(JSON ⟨'1'¦'1.5'¦'-2.5'¦'0'¦'0.0'¦'100.0'¦'1e100'¦'9223372036854775808'¦'"10"'¦'"1e3"'¦'" 5 "'¦'"1.9"'¦'"x"'¦'"NaN"'¦'"-inf"'¦'"0x1F"'¦'"TRUE"'¦'"1e400"'¦'true'¦'false'¦'null'¦'[]'¦'{}'⟩)
      JSON ⟨'{"a":[1,2.50]}'¦'{"a":null}'¦'[1,2]'¦'5'⟩⟨.a¦.b¦.a[0]¦[1]¦[5]¦[-1]¦['a']⟩
    `,
    );
  },
  PATIENCE_MS,
);

test(
  'JSON made of values',
  async () => {
    await agreeOn(
      bench,
      String.raw`
      ⟨TO_JSON¦TO_JSON_STRING⟩(⟨1¦9007199254740993¦-9007199254740993¦9007199254740992¦1.5¦100.0¦1e15¦1e21¦1e100¦0.1¦-0.0¦1e-7¦CAST('nan' AS FLOAT64)¦CAST('-inf' AS FLOAT64)¦TRUE¦CAST(NULL AS INT64)¦NUMERIC '1.50'¦NUMERIC '5'¦NUMERIC '9007199254740993'¦NUMERIC '12345678901234567890.123456789'⟩)
      ⟨TO_JSON¦TO_JSON_STRING⟩(⟨'a"\n\u2028é/<😀'¦'\u007f\u0080\b\f\r\t\\ \u0001 \u001f \u2029'¦b'\xff\x00'¦DATE '2020-01-01'¦TIMESTAMP '2020-01-01 00:00:00.5+00'¦TIMESTAMP '2020-01-01 00:00:00.123456+00'¦DATETIME '2020-01-01 00:00:00'¦DATETIME '2020-01-01 00:00:00.100'¦TIME '10:00:00.000001'¦[1,2]¦CAST(NULL AS ARRAY<INT64>)¦CAST([] AS ARRAY<INT64>)¦['a',NULL]¦[STRUCT(1 AS b, 'x' AS a)]¦STRUCT(1 AS b, 'x' AS a, [1.5] AS c, NULL AS d)¦STRUCT(1,2)¦STRUCT([STRUCT(NUMERIC '1.10' AS n)] AS s)¦JSON '{"b":1.50,"a":[1,null,"x"]}'¦JSON 'null'⟩)
      TO_JSON(⟨9007199254740993¦NUMERIC '1.123456789'¦5⟩, stringify_wide_numbers=>⟨TRUE¦FALSE⟩)
      JSON_ARRAY(⟨¦1¦1.5, 'a', NULL¦[1,2], DATE '2020-01-01', STRUCT(1 AS x), JSON '{"a":1}'⟩)
      JSON_OBJECT(CONCAT(⟨'a'¦'é"'¦''⟩, 'b'), ⟨1¦1.50¦NULL¦[1, 2]⟩, 'ab', 'x')
      JSON_OBJECT(CAST(NULL AS STRING), 1)
      JSON_OBJECT(⟨¦'a', NULL¦'b', 1, 'a', 2¦'a', 1, 'a', 2¦'x', [1.5], 'y', JSON '{"q":null}'⟩)
    `,
    );
  },
  PATIENCE_MS,
);

test('an index that the reference reads modulo 2^32, or of which it reads the first digits, is refused', async () => {
  const texts_ = ['$[-0]', '$[4294967297]', '$[1-0]', '$.a[00000000001]'];
  const answers = await Promise.all(texts_.map(path => bench.compare(`SELECT JSON_QUERY('[1, [2]]', '${path}')`)));
  expect(answers.map(({ duckdb }) => duckdb)).toMatchObject(texts_.map(() => ({ kind: 'refused' })));
  await bench.agree(
    `SELECT JSON_QUERY('[1, [2]]', '$[ 1 ]'), JSON_QUERY('[1, 2]', '$[-1]'), JSON_VALUE('[1, 2]', '$[01]')`,
  );
});

test('structs of arrays in arrays are written field by field', () =>
  bench.agree(
    `SELECT TO_JSON(x), TO_JSON_STRING(x) FROM UNNEST([STRUCT([STRUCT([1] AS v, ['a', NULL] AS w, 2 AS u)] AS i, STRUCT([3] AS z) AS y, [4] AS n)]) x`,
  ));
