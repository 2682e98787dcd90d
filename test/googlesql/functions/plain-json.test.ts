// JSON read of a column beside which the warehouse keeps how it is read (plain-json.ts, its twin), and parts of parts of it, over texts with
// everything that may be odd in one and random mixtures of it, against the reference implementation. No object has a name twice, as in
// what ingestion takes; every third row has no twin, as after an upgrade (both.ts).

import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Bench, table } from '../agree.ts';

const bench = new Bench();
afterAll(() => bench.close());

const PATIENCE_MS = 60_000;
const RUNS = 2;
const ROWS = 50;

/** In one SELECT and through several: texts, parts, parts of parts, elements, and what is chosen among them. */
const QUERIES = [
  `SELECT i, JSON_VALUE(payload, '$.a') AS a, JSON_VALUE(payload, '$.b.c') AS c, JSON_VALUE(payload, '$.b.é') AS e, JSON_VALUE(payload, '$.d') AS d FROM t ORDER BY i`,
  `SELECT i, JSON_VALUE(payload, '$.a') AS a FROM t ORDER BY i`,
  `SELECT i, COALESCE(NULLIF(JSON_VALUE(payload, '$.a'), ''), NULLIF(JSON_VALUE(payload, '$.b.c'), ''), JSON_VALUE(payload, '$.d')) AS filled,
COALESCE(NULLIF(TRIM(JSON_VALUE(payload, '$.d')), ''), NULLIF(TRIM(JSON_VALUE(payload, '$.b.f')), ''), NULLIF(TRIM(JSON_VALUE(payload, '$.a')), '')) AS word,
COALESCE(JSON_VALUE(payload, '$.b'), JSON_VALUE(payload, '$')) AS any_text, COALESCE(NULLIF(JSON_QUERY(payload, '$.d'), '""'), JSON_QUERY(payload, '$.b')) AS part FROM t ORDER BY i`,
  `WITH named AS (SELECT i, COALESCE(NULLIF(JSON_QUERY(payload, '$.d'), '""'), NULLIF(JSON_QUERY(payload, '$.b'), '""')) AS part FROM t)
SELECT i, COALESCE(NULLIF(JSON_VALUE(part, '$.c'), ''), JSON_VALUE(part, '$')) AS line, COALESCE(NULLIF(TRIM(JSON_VALUE(part, '$.f')), ''), NULLIF(TRIM(JSON_VALUE(part, '$.a')), '')) AS word FROM named ORDER BY i`,
  `SELECT i, JSON_VALUE(payload) AS root, JSON_QUERY(payload, '$') AS whole, JSON_QUERY_ARRAY(payload) AS items, JSON_QUERY_ARRAY(payload, '$.d') AS d FROM t ORDER BY i`,
  `SELECT i, JSON_VALUE(payload, '$.a') AS a, JSON_QUERY(payload, '$.d') AS d, JSON_QUERY(payload, '$.b.f') AS f, JSON_QUERY(payload, '$.b') AS b FROM t ORDER BY i`,
  `WITH named AS (SELECT i, COALESCE(NULLIF(JSON_QUERY(payload, '$.d'), '""'), NULLIF(JSON_QUERY(payload, '$.b'), '""')) AS part FROM t)
SELECT i, part, JSON_VALUE(part, '$') AS text, JSON_VALUE(part, '$.c') AS c, JSON_VALUE(part, '$.f') AS f, JSON_QUERY(part, '$.f') AS g, JSON_QUERY_ARRAY(part) AS items FROM named ORDER BY i`,
  `WITH named AS (SELECT i, COALESCE(JSON_QUERY(payload, '$.d'), JSON_QUERY(payload, '$.a')) AS part FROM t WHERE i >= 0),
elements AS (SELECT i, at, element FROM named CROSS JOIN UNNEST(JSON_QUERY_ARRAY(part)) AS element WITH OFFSET AS at)
SELECT i, at, element, JSON_VALUE(element, '$.a') AS a, JSON_VALUE(element, '$.c') AS c, JSON_QUERY(element, '$.b') AS b, JSON_VALUE(element) AS root FROM elements ORDER BY i, at`,
  `WITH named AS (SELECT i, COALESCE(NULLIF(JSON_QUERY(payload, '$.d'), '""'), NULLIF(JSON_QUERY(payload, '$.b'), '""')) AS part FROM t),
lines AS (SELECT i, at + 1 AS at, line FROM named CROSS JOIN UNNEST(JSON_QUERY_ARRAY(part)) AS line WITH OFFSET AS at),
fields AS (SELECT i, at, COALESCE(NULLIF(JSON_VALUE(line, '$.a'), ''), NULLIF(JSON_VALUE(line, '$.b.c'), '')) AS a, COALESCE(NULLIF(TRIM(JSON_VALUE(line, '$.c')), ''), NULLIF(TRIM(JSON_VALUE(line, '$')), '')) AS word,
JSON_VALUE(line, '$.f') AS f, COALESCE(NULLIF(JSON_QUERY(line, '$.b'), '""'), NULLIF(JSON_QUERY(line, '$.f'), '""'), JSON_QUERY(line, '$.a')) AS below FROM lines)
SELECT i, at, a, word, f, below, ARRAY_LENGTH(JSON_QUERY_ARRAY(below)) AS n, item, JSON_VALUE(item, '$.a') AS item_a, COALESCE(JSON_VALUE(item, '$'), JSON_VALUE(item, '$.b')) AS item_text
FROM fields LEFT JOIN UNNEST(JSON_QUERY_ARRAY(below)) AS item ORDER BY i, at, item`,
  // Only what is read of the elements is asked for, not how they are written.
  `WITH named AS (SELECT i, COALESCE(JSON_QUERY(payload, '$.d'), JSON_QUERY(payload, '$.b.f')) AS part FROM t), lines AS (SELECT i, line FROM named CROSS JOIN UNNEST(JSON_QUERY_ARRAY(part)) AS line),
texts AS (SELECT i, COALESCE(NULLIF(JSON_VALUE(line, '$.a'), ''), NULLIF(JSON_VALUE(line, '$.b.a'), ''), JSON_VALUE(line, '$')) AS a FROM lines) SELECT i, a, COUNT(*) AS n FROM texts GROUP BY i, a ORDER BY i, a`,
  `SELECT i, JSON_VALUE(COALESCE(NULLIF(JSON_QUERY(payload, '$.d'), '""'), JSON_QUERY(payload, '$.a')), '$.a') AS a, ARRAY_LENGTH(JSON_QUERY_ARRAY(COALESCE(JSON_QUERY(payload, '$.d'), JSON_QUERY(payload, '$.a')))) AS n,
JSON_QUERY_ARRAY(COALESCE(NULLIF(JSON_QUERY(payload, '$.d'), '""')))[SAFE_OFFSET(0)] AS first, JSON_VALUE_ARRAY(COALESCE(JSON_QUERY(payload, '$.d'), JSON_QUERY(payload, '$.b'))) AS texts FROM t ORDER BY i`,
  `WITH named AS (SELECT i, COALESCE(NULLIF(JSON_QUERY(payload, '$.d'), '""'), JSON_QUERY(payload, '$.a')) AS part FROM t), arrays AS (SELECT i, part, JSON_QUERY_ARRAY(part) AS items, COALESCE(NULLIF(part, '[]'), '"none"') AS other FROM named)
SELECT i, item, JSON_VALUE(item, '$.a') AS a, JSON_VALUE(other, '$') AS other, JSON_VALUE(NULLIF(part, '{}'), '$.c') AS c, JSON_QUERY(part, '$.f') AS f, ARRAY_LENGTH(items) AS n FROM arrays CROSS JOIN UNNEST(items) AS item WITH OFFSET AS at ORDER BY i, at`,
  // Where rows are counted, joined, united or told apart, what is known of them stays behind.
  `WITH named AS (SELECT i, JSON_QUERY(payload, '$.d') AS part FROM t), more AS (SELECT * FROM named UNION ALL SELECT * FROM named)
SELECT part, COUNT(*) AS n, MAX(JSON_VALUE(part, '$.a')) AS a FROM more GROUP BY part ORDER BY part, n`,
  `WITH named AS (SELECT i, JSON_QUERY(payload, '$.d') AS part FROM t), both_sides AS (SELECT l.i, r.part FROM named AS l LEFT JOIN named AS r ON l.i = r.i + 1)
SELECT DISTINCT i, JSON_VALUE(part, '$.a') AS a, JSON_VALUE(part, '$.c') AS c, (SELECT COUNT(*) FROM UNNEST(JSON_QUERY_ARRAY(part)) AS x WHERE JSON_VALUE(x, '$.a') IS NOT NULL) AS n FROM both_sides ORDER BY i`,
  `SELECT payload, ROW_NUMBER() OVER (PARTITION BY JSON_VALUE(payload, '$.a') ORDER BY i) AS n FROM t QUALIFY n < 3 ORDER BY i`,
];

const agreeOn = async (texts: readonly (string | null)[]): Promise<void> => {
  const given = [table('t', { i: 'INT64', payload: 'STRING' }, texts.map((text, i) => [i, text]))]; // biome-ignore format: a line
  for (const query of QUERIES) await bench.agree(query, given);
};

const SCALARS = [
  '1', '0', '-0', '-0.0', '63.10', '2.00', '0.0001', '1e400', '1E5', '-1e-2', '1234567890123456789', '12345678901234567890123', '1234567890.5', '0.1234567',
  'true', 'null', '""', '"63.10"', '"x"', '"NaN"', '"a, 1.50, b"', '"say \\"b\\": 1.50,"', '", Ibadan"', '", inf"', '", nan,"', '"O\\u0027Neil"', '"\\u0001\\u001f"',
  '"\u2028"', '"\ue000"', '"\ue0001.5"', '"\\ue0001.5"', '"\\uE000"', '"[1"', '"{\\"c\\":1.50}"', '"é\\n\\t\\/"', '{}', '[]', '[null,1.50,null]',
  '" "', '" x "', '"x\\t"', '"\\u00a0y"', '"y\u3000"', '"{"', '"{}"', '"|"', '"~x"', '"_"', '"[]"', '"\ue000 "', '"\ue000-"',
]; // biome-ignore format: a list
const BROKEN = ['NaN', 'nan', '-Infinity', 'inf', '01.50', '1.', '.5', '+1', "'x'", '"', '"\\x41"'];
/** No two are spelt for the same name. */
const NAMES = ['a', 'b', 'c', 'd', 'f', 'é', 'A', '\\u0067', 'x\\"b', 'ab'];

const scalar = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(...SCALARS) },
  { weight: 1, arbitrary: fc.constantFrom(...BROKEN) },
);
const { value } = fc.letrec<{ value: string; object: string; array: string }>(tie => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, scalar, tie('object'), tie('array')),
  object: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), tie('value')), { maxLength: 6, selector: ([name]) => name })
    .map(members => `{${members.map(([name, member]) => `"${name}":${member}`).join(',')}}`),
  array: fc.array(tie('value'), { maxLength: 4 }).map(items => `[${items.join(',')}]`),
}));

describe('a payload of which it is kept how it is read', () => {
  test(
    'is read as any other text, with each odd value in each place',
    () =>
      agreeOn([
        null,
        '',
        'x',
        ...[...SCALARS, ...BROKEN].flatMap(odd => [
          odd,
          `{"a":${odd},"b":{"c":${odd},"f":[${odd},${odd}]},"d":[1,{"a":${odd},"b":{"a":[${odd}]}}]}`,
          `{"a":1,"x":[${odd}],"b":{"c":2.50,"f":{"c":${odd}}},"d":${odd}}`,
          `{"d":{"a":${odd},"c":7,"f":[${odd},"y"]},"a":${odd}}`,
          `[${odd},${odd},null,{"a":[${odd}],"b":${odd}}]`,
        ]),
        '{"order":{"order":{"order":1}},"b":{"b":{"c":1},"c":2.50}}',
      ]),
    PATIENCE_MS,
  );

  test(
    'is read as any other text, whatever stands in it',
    () =>
      fc.assert(fc.asyncProperty(fc.array(value, { minLength: ROWS, maxLength: ROWS }), agreeOn), {
        numRuns: RUNS,
        endOnFailure: true,
      }),
    PATIENCE_MS,
  );

  test('is not searched again, and neither is what is taken out of it', async () => {
    const given = [table('t', { i: 'INT64', payload: 'STRING' }, [])];
    const sql = await bench.translation(
      `WITH n AS (SELECT JSON_QUERY(payload, '$.d') AS d FROM t) SELECT JSON_VALUE(d, '$.a') AS a, JSON_VALUE(d, '$.b') AS b FROM n`,
      given,
    );
    expect(sql).toContain('json_own_text("t"."payload", "t"."_pulse_plain/payload")');
    expect(sql).toMatch(/json_record_read\("n"."d", .*, json_part_text\("n"."d", "n"."_plain"\)\)/);
  });
});
