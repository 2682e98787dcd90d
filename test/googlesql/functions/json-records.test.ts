// Texts and JSON that are read of one text in one go (sharing.ts, json_record_parts), over texts with everything that one fence or another is
// there for, and random mixtures of it, against the reference implementation.

import fc from 'fast-check';
import { afterAll, test } from 'vitest';
import { Bench, table } from '../agree.ts';

const bench = new Bench();
afterAll(() => bench.close());

const RUNS = 4;
const ROWS = 120;
const PATIENCE_MS = 60_000;

const READ = `JSON_VALUE(a, '$.a') AS a, JSON_VALUE(a, '$.b.c') AS c, JSON_VALUE(a, '$.b.é') AS e, JSON_VALUE(a, '$.long_name.b') AS l,
  JSON_QUERY(a, '$.d') AS d, JSON_QUERY(a, '$.b.f') AS f, JSON_QUERY(a, '$.b') AS b, COALESCE(JSON_QUERY(a, '$.a'), JSON_QUERY(a, '$.d')) AS any_json,
  JSON_QUERY_ARRAY(JSON_QUERY(a, '$.d')) AS items, JSON_QUERY_ARRAY(a) AS all_items, JSON_QUERY_ARRAY(a, '$.d') AS at_d, JSON_VALUE(JSON_QUERY(a, '$.b'), '$.c') AS again, UPPER(JSON_VALUE(a, '$.a')) AS loud`;

/** The first of several paths that has an answer, however each is asked. */
const FIRST = `COALESCE(NULLIF(JSON_VALUE(a, '$.a'), ''), NULLIF(JSON_VALUE(a, '$.b.c'), ''), NULLIF(JSON_VALUE(a, '$.d'), '')) AS filled,
  UPPER(COALESCE(NULLIF(TRIM(JSON_VALUE(a, '$.d')), ''), NULLIF(TRIM(JSON_VALUE(a, '$.b.f')), ''), NULLIF(TRIM(JSON_VALUE(a, '$.a')), ''))) AS word,
  COALESCE(JSON_VALUE(a, '$.b'), JSON_VALUE(a, '$.b.c'), JSON_VALUE(a, '$')) AS any_text,
  COALESCE(NULLIF(TRIM(JSON_VALUE(a, '$.a')), ''), JSON_VALUE(a, '$.a'), NULLIF(JSON_VALUE(a, '$'), ''), 'none') AS mixed,
  IFNULL(NULLIF(TRIM(JSON_VALUE(a, '$.a')), ''), JSON_VALUE(a, '$.d')) AS either,
  COALESCE(NULLIF(JSON_QUERY(a, '$.d'), '""'), JSON_QUERY(a, '$.b'), NULLIF(JSON_QUERY(a, '$.a'), '""')) AS part,
  IF(COALESCE(NULLIF(JSON_VALUE(a, '$.long_name.b'), ''), NULLIF(JSON_VALUE(a, '$.long_name.f'), '')) < 'x', 1, 2) AS compared`;
/** Where nothing reads the paths together. */
const ALONE =
  "(SELECT COUNT(*) FROM t AS u WHERE u.i = t.i AND COALESCE(NULLIF(TRIM(JSON_VALUE(u.a, '$.a')), ''), JSON_VALUE(u.a, '$.b.c')) < 'x') AS alone";

async function agreeOn(texts: readonly (string | null)[]): Promise<void> {
  const rows = texts.map((text, i) => [i, text]);
  for (const read of [READ, FIRST, ALONE]) {
    await bench.agree(`SELECT i, ${read} FROM t ORDER BY i`, [table('t', { i: 'INT64', a: 'STRING' }, rows)]);
  }
}

const SCALARS = [
  '1', '0', '-0', '-0.0', '63.10', '0.0001', '1e400', '1E5', '-1e-2', '1234567890123456789', '12345678901234567890123', '1234567890.5', '0.1234567',
  'true', 'null', '""', '"63.10"', '"x"', '"NaN"', '"a, 1.50, b"', '"say \\"b\\": 1.50,"', '", Ibadan"', '", inf"', '", nan,"', '"O\\u0027Neil"', '"\\u0001\\u001f"',
  '"\u2028"', '"\ue000"', '"\ue0001.5"', '"\\ue0001.5"', '"\\uE000"', '"[1"', '"{\\"c\\":1.50}"', '"é\\n\\t\\/"',
  '" "', '" x "', '"x\\t"', '"\\u00a0y"', '"y\u3000"', '"{"', '"{}"', '"|"', '"~x"', '"_"', '"[]"', '"\ue000 "', '"\ue000-"',
]; // biome-ignore format: a list
const BROKEN = ['NaN', 'nan', '-Infinity', 'inf', '01.50', '1.', '.5', '+1', '1.5.5', "'x'", '"', '"\\x41"'];
const NAMES = ['a', 'b', 'c', 'd', 'f', 'é', 'long_name', 'A', '\\u0062', 'b\\u', '\\u00e9', 'x\\"b', 'ab'];

const space = fc.constantFrom('', '', '', '', ' ', '\n\t');
const scalar = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(...SCALARS) },
  { weight: 1, arbitrary: fc.constantFrom(...BROKEN) },
);
const { value } = fc.letrec<{ value: string; object: string; array: string }>(tie => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, scalar, tie('object'), tie('array')),
  object: fc
    .array(fc.tuple(fc.constantFrom(...NAMES), space, tie('value')), { maxLength: 5 })
    .map(members => `{${members.map(([name, gap, member]) => `"${name}"${gap}:${gap}${member}${gap}`).join(',')}}`),
  array: fc
    .array(fc.tuple(space, tie('value')), { maxLength: 4 })
    .map(items => `[${items.map(([gap, item]) => gap + item + gap).join(',')}]`),
}));

test(
  'texts and JSON of one text, with each odd value in each place',
  async () => {
    await agreeOn([
      null,
      '',
      'x',
      ...[...SCALARS, ...BROKEN].flatMap(odd => [
        odd,
        `{"a":${odd},"b":{"c":${odd},"f":[${odd}, ${odd}]},"d":[1,{"x":${odd}}]}`,
        `{"a":1,"x":[${odd}],"b":{"c":2.50},"d":${odd}}`,
        `{"b":${odd},"b":{"c":"second","f":{}},"a":1}`,
        `[${odd}, ${odd},null,{"a":[${odd}],"b" : ${odd}}]`,
      ]),
      '{"b":{"x":1},"\\u0062":{"c":2}}',
      '{"b":{"c":null},"b":{"c":2}}',
      '{"b":{"\\u00e9":1,"é":2},"long\\u005fname":{"b":1},"long_name":{"b":2}}',
      '{"long_name":{},"long_name":{"b":1.50}}',
      '"63.10"',
      '[{"a":1}]',
    ]);
  },
  PATIENCE_MS,
);

test(
  'texts and JSON of random texts',
  () =>
    fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: ROWS, maxLength: ROWS }), texts => agreeOn(texts)),
      { numRuns: RUNS, endOnFailure: true },
    ),
  PATIENCE_MS,
);
