// What BigQuery has got since the analyzer was made: what it is taught types, and what it can't be is told as newer, at its place.

import { afterAll, describe, expect, test } from 'vitest';
import { startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { TAUGHT } from '../../src/googlesql/taught.ts';
import { translate } from '../../src/googlesql/translate/translate.ts';
import { parseType, typeText } from '../../src/googlesql/type.ts';
import { Bench } from './agree.ts';
import { analyzerFiles } from './installed.ts';

const columns = {
  n: 'INT64',
  f: 'FLOAT64',
  s: 'STRING',
  b: 'BYTES',
  j: 'JSON',
  g: 'GEOGRAPHY',
  v: 'ARRAY<FLOAT64>',
  w: 'ARRAY<STRUCT<dimension INT64, magnitude FLOAT64>>',
  r: 'RANGE<DATE>',
};
const t = {
  name: 't',
  columns: Object.entries(columns).map(([name, type]) => ({ name, type: parseType(type) })),
};

describe.skipIf(!analyzerFiles)('what is newer than the analyzer', () => {
  const analyzer = startAnalyzer();
  afterAll(() => analyzer.close());
  const analyze = (sql: string) => analyzer.analyze(sql, { tables: [t] });

  test.each([
    ['MAX_BY(s, n)', 'STRING'],
    ['MIN_BY(w, s)', columns.w],
    ["COLLATE(s, 'und:ci')", 'STRING'],
    ["CONTAINS_SUBSTR((n, s), 'x', json_scope => 'JSON_KEYS')", 'BOOL'],
    ["CONTAINS_SUBSTR(t, 'x')", 'BOOL'],
    ["EDIT_DISTANCE(s, 'x', max_distance => 2)", 'INT64'],
    ['EDIT_DISTANCE(b, b)', 'INT64'],
    ['COSINE_DISTANCE(v, [1.0, 2.0])', 'FLOAT64'],
    ['EUCLIDEAN_DISTANCE(w, w)', 'FLOAT64'],
    ["COSINE_DISTANCE([('a', 1.0)], [('b', 2.0)])", 'FLOAT64'],
    ["JSON_KEYS(j, 2, mode => 'lax')", 'ARRAY<STRING>'],
    ['JSON_FLATTEN(j)', 'ARRAY<JSON>'],
    ["SEARCH(t, 'x', analyzer => 'LOG_ANALYZER')", 'BOOL'],
    ["TEXT_ANALYZE(s, analyzer => 'NO_OP_ANALYZER')", 'ARRAY<STRING>'],
    ['BAG_OF_WORDS([s])', 'ARRAY<STRUCT<term STRING, count INT64>>'],
    ['TF_IDF([s], 10, 1) OVER ()', 'ARRAY<STRUCT<term STRING, tf_idf FLOAT64>>'],
    ['KLL_QUANTILES.INIT_INT64(n, 100, weight => n)', 'BYTES'],
    ['kll_quantiles . merge_point_float64(b, 0.5)', 'FLOAT64'],
    ['SAFE.KLL_QUANTILES.EXTRACT_INT64(b, 4)', 'ARRAY<INT64>'],
    ['ST_HAUSDORFFDWITHIN(g, g, 3, directed => TRUE)', 'BOOL'],
    ['ST_LINESUBSTRING(g, 0, 0.5)', 'GEOGRAPHY'],
    ["RANGE(TIMESTAMP '2024-01-01', NULL)", 'RANGE<TIMESTAMP>'],
    ['GENERATE_RANGE_ARRAY(r, INTERVAL 1 MONTH)', 'ARRAY<RANGE<DATE>>'],
    ['RANGE_START(r)', 'DATE'],
    ['STRUCT(r AS period)', 'STRUCT<period RANGE<DATE>>'],
  ])('%s is %s', async (call, type) => {
    const { columns: made } = await analyze(`SELECT ${call} AS x FROM t`);
    expect(made.map(column => typeText(column.type))).toEqual([type]);
  });

  test.each([
    ["EDIT_DISTANCE(n, 'x')", 'No matching signature for function EDIT_DISTANCE for argument types: INT64, STRING.'],
    ['MAX_BY(s, j)', 'Argument 2 to MAX_BY must support ordering; Type JSON does not'],
    ['MAX_BY(s, n) OVER ()', 'Aggregate function MAX_BY does not support an OVER clause'],
    ['JSON_KEYS(s)', 'No matching signature for function JSON_KEYS for argument types: STRING.'],
  ])('%s is refused as BigQuery refuses it', async (call, message) => {
    await expect(analyze(`SELECT ${call} FROM t`)).rejects.toMatchObject({
      code: 'SQL_INVALID',
      message: expect.stringContaining(message),
    });
  });

  test('every signature that is taught is one that the server takes', async () => {
    const calls = Object.entries(TAUGHT).map(([name, { mode }]) => `${name}()${mode === 'ANALYTIC' ? ' OVER ()' : ''}`);
    for (const call of calls) {
      const error = await analyze(`SELECT ${call}`).catch((one: unknown) => one);
      expect(error).toMatchObject({
        message: expect.stringMatching(/^Number of arguments does not match|^No matching/),
      });
    }
  });

  test('what has no translation is refused by name, with what to write instead', async () => {
    const analyzed = await analyze("SELECT n,\n  CONTAINS_SUBSTR(s, 'x') FROM t");
    expect(() => translate(analyzed)).toThrow(
      expect.objectContaining({
        code: 'SQL_NOT_TRANSLATED',
        message:
          'DuckDB has no exact translation of the function CONTAINS_SUBSTR, which is newer than the reference that translations are certified by.',
        hint: 'Use STRPOS(NORMALIZE_AND_CASEFOLD(…), NORMALIZE_AND_CASEFOLD(…)) > 0.',
        fault: expect.objectContaining({ line: 2, column: 3 }),
      }),
    );
  });

  test.each([
    "RANGE<DATE> '[2024-01-01, UNBOUNDED)'",
    'RANGE_CONTAINS(r, r)',
    'GENERATE_RANGE_ARRAY(r, INTERVAL 1 DAY)',
  ])('of ranges DuckDB has none: %s', async call => {
    const analyzed = await analyze(`SELECT ${call} FROM t`);
    expect(() => translate(analyzed)).toThrow(expect.objectContaining({ code: 'SQL_NOT_TRANSLATED' }));
  });

  test('many questions at once are each taught what they call', async () => {
    const sqls = [
      'SELECT MAX_BY(s, n) AS x FROM t',
      'SELECT n AS x FROM t',
      'SELECT JSON_FLATTEN(j) AS x FROM t',
      'SELECT KLL_QUANTILES.MERGE_PARTIAL(b) AS x FROM t',
    ];
    const all = await Promise.all(sqls.map(analyze));
    expect(all.map(({ columns: [x] }) => x && typeText(x.type))).toEqual(['STRING', 'INT64', 'ARRAY<JSON>', 'BYTES']);
  });

  const HAS = (what: string): string => `This analyzer (GoogleSQL of 2023) does not know ${what}; BigQuery has it.`;

  test.each([
    ['FROM t |> WHERE n > 1', HAS('a query that begins with FROM (pipe syntax)'), 1, 1],
    ['SELECT n FROM t\n|> WHERE n > 1', HAS('pipe syntax (|>)'), 2, 1],
    ['WITH x AS (FROM t |> WHERE n > 1)\nSELECT * FROM x', HAS('a query that begins with FROM (pipe syntax)'), 1, 12],
    ['SELECT n FROM t UNION ALL BY NAME SELECT n FROM t', HAS('BY NAME of set operations'), 1, 27],
    ["SELECT *\nFROM VECTOR_SEARCH(TABLE t, 'v', TABLE t)", HAS('VECTOR_SEARCH'), 2, 6],
    ['SELECT * FROM ML.PREDICT(MODEL m, TABLE t)', HAS('ML.PREDICT'), 1, 15],
    ["SELECT AI.IF('x') FROM t", HAS('AI.IF'), 1, 8],
    ['SELECT (s).UPPER() FROM t', HAS('chained function calls'), 1, 10],
    ['SELECT *, COUNT(*) FROM t GROUP BY ALL', HAS('GROUP BY ALL'), 1, 27],
    ['SELECT @@session_id', HAS('system variables'), 1, 8],
    [
      'SELECT n FROM t MATCH_RECOGNIZE (ORDER BY n MEASURES 1 AS x PATTERN (A) DEFINE A AS TRUE)',
      HAS('MATCH_RECOGNIZE'),
      1,
      17,
    ],
    ['SELECT WITH DIFFERENTIAL_PRIVACY OPTIONS(epsilon=1) COUNT(*) FROM t', HAS('WITH DIFFERENTIAL_PRIVACY'), 1, 8],
  ])('%j is told as newer', async (sql, message, line, column) => {
    await expect(analyze(sql)).rejects.toMatchObject({
      code: 'SQL_TOO_NEW',
      fault: { message, line, column },
      hint: expect.stringMatching(/\.$/),
    });
  });

  test.each([
    ['SELECT COUNTT(n) FROM t', 'Function not found: COUNTT; Did you mean count?', undefined],
    ['SELECT EDITDISTANCE(s, s) FROM t', 'Function not found: EDITDISTANCE', 'Did you mean "EDIT_DISTANCE"?'],
    ['SELECT MAXBY(s, n) FROM t', 'Function not found: MAXBY', 'Did you mean "MAX_BY"?'],
    ['SELECT LISTAGG(s) FROM t', 'Function not found: LISTAGG', expect.stringContaining('docs/sql-support.md')],
    [
      'SELECT mine.clean(s) FROM t',
      'Function not found: mine.clean',
      expect.stringContaining('A function of your own'),
    ],
    // A mistake of their own stays one, whatever else the query holds.
    ['SELECT s FORM u t |> WHERE n > 1', 'Syntax error: Expected end of input but got identifier "u"', undefined],
  ])('%s is wrong, and only what is near is offered', async (sql, message, hint) => {
    await expect(analyze(sql)).rejects.toMatchObject({ code: 'SQL_INVALID', message, hint });
  });
});

describe.skipIf(!analyzerFiles)('MAX_BY and MIN_BY', () => {
  const bench = new Bench();
  afterAll(() => bench.close());

  test.each([
    'SELECT MAX_BY(x, y), MIN_BY(x, y) FROM UNNEST([STRUCT("a" AS x, 1 AS y), ("b", 5), ("c", NULL), (NULL, 0)])',
    'SELECT k, MAX_BY(x, y + 1) AS m FROM UNNEST([STRUCT(1 AS k, "a" AS x, 1 AS y), (1, "b", 5), (2, "c", NULL)]) GROUP BY k ORDER BY k',
    'SELECT MAX_BY(x, y) FROM UNNEST([STRUCT("a" AS x, CAST("nan" AS FLOAT64) AS y), ("b", 5.0)])',
    'SELECT MIN_BY(x, y) FROM (SELECT "a" AS x, 1 AS y) WHERE FALSE',
    'SELECT k FROM UNNEST([STRUCT(1 AS k, "a" AS x), (1, "b"), (2, "c")]) GROUP BY k HAVING MAX_BY(x, x) = "b"',
  ])('%s', sql => bench.agree(sql));
});
