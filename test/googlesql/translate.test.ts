// What translations look like, what is refused and where, and what the code hash counts.

import { afterAll, describe, expect, test } from 'vitest';
import { startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { codeHash } from '../../src/googlesql/code-hash.ts';
import { translate } from '../../src/googlesql/translate/translate.ts';
import { parseType } from '../../src/googlesql/type.ts';
import { Bench } from './agree.ts';
import { analyzerFiles } from './installed.ts';
import { TABLES } from './sample.ts';

const events = {
  name: 'events',
  columns: [
    { name: 'id', type: parseType('INT64') },
    { name: 'payload', type: parseType('STRING') },
  ],
};
const tables = [...TABLES, events];

describe.skipIf(!analyzerFiles)('a translation', () => {
  const analyzer = startAnalyzer();
  afterAll(() => analyzer.close());
  const sqlOf = async (sql: string) => translate(await analyzer.analyze(sql, { tables })).sql;

  test('is the SELECT that a person would write', async () => {
    expect(await sqlOf('SELECT k AS name, v FROM t WHERE v > 5 AND TRUE ORDER BY v DESC LIMIT 3')).toBe(
      `SELECT "t"."k" AS "name", "t"."v"
FROM "t"
WHERE (("t"."v" > 5::BIGINT) AND TRUE)
ORDER BY "t"."v" DESC NULLS LAST
LIMIT 3::BIGINT`,
    );
  });

  test('groups, filters groups and keeps the latest row in one SELECT each', async () => {
    expect(await sqlOf('SELECT k, COUNT(*) AS c FROM t WHERE v > 5 GROUP BY k HAVING COUNT(*) > 1')).toBe(
      `SELECT "t"."k", count(*) AS "c"
FROM "t"
WHERE ("t"."v" > 5::BIGINT)
GROUP BY "t"."k"
HAVING (count(*) > 1::BIGINT)`,
    );
    expect(await sqlOf('SELECT id FROM t WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY id) = 1')).toBe(
      `SELECT "t"."id"
FROM "t"
QUALIFY (row_number() OVER (PARTITION BY "t"."k" ORDER BY "t"."id" ASC NULLS FIRST) = 1::BIGINT)`,
    );
  });

  test('a CTE that is read twice is kept, one that only renames is copied, one that nobody reads is gone', async () => {
    const sql =
      await sqlOf(`WITH plain AS (SELECT id AS key, k FROM t), counted AS (SELECT k, COUNT(*) AS c FROM t GROUP BY k),
      unused AS (SELECT 1 AS x), once AS (SELECT SUM(v) AS s FROM t)
      SELECT a.key, b.key, x.c, y.c, once.s
      FROM plain AS a JOIN plain AS b ON a.k = b.k CROSS JOIN counted AS x CROSS JOIN counted AS y CROSS JOIN once`);
    expect(sql.match(/"(\w+)" AS (MATERIALIZED )?\(/g)).toEqual(['"counted" AS MATERIALIZED (', '"once" AS (']);
    expect(sql).toContain('"s"\n  FROM "t"');
  });

  test('the paths of one JSON column are read together', async () => {
    const sql = await sqlOf(
      "SELECT id, COALESCE(JSON_VALUE(payload, '$.a'), JSON_VALUE(payload, '$.b')) AS x, UPPER(JSON_VALUE(payload, '$.c')) AS y FROM events",
    );
    expect(sql.match(/json_(?:texts?|record|record_parts|record_read)\(/g)).toHaveLength(1);
    expect(sql).not.toContain('lambda');
  });

  test('parameters, names with quotation marks and repeated names', async () => {
    const analyzed = await analyzer.analyze('SELECT @n + 1 AS `a "b"`, 2 AS x, 3 AS X', {
      tables: [],
      parameters: [{ name: 'n', type: { kind: 'INT64' } }],
    });
    const { sql, columns } = translate(analyzed);
    expect(sql).toBe('SELECT (CAST($n AS BIGINT) + 1::BIGINT) AS "a ""b""", 2::BIGINT AS "x", 3::BIGINT AS "X_2"');
    expect(columns.map(column => column.name)).toEqual(['a "b"', 'x', 'X']);
  });

  test.each([
    ['SELECT 1,\n  ST_GEOGPOINT(1, 2)', 'ST_GEOGPOINT', 2, 3],
    ['SELECT * FROM t TABLESAMPLE SYSTEM (10 PERCENT)', 'TABLESAMPLE', 1, 15],
    ['SELECT APPROX_QUANTILES(v, 2) FROM t', 'APPROX_QUANTILES', 1, 8],
    ['SELECT HLL_COUNT.INIT(v) FROM t', 'HLL_COUNT.INIT', 1, 8],
    ['SELECT CORR(v, v HAVING MIN id) FROM t', 'HAVING MIN in CORR', 1, 8],
    ["SELECT 'é', EXP(CAST(v AS BIGNUMERIC)) FROM t", 'EXP of BIGNUMERIC', 1, 13],
    ['SELECT k FROM t ORDER BY k COLLATE "und_XX"', 'COLLATE', 1, 1],
  ])('refuses %j by name and place', async (sql, what, line, column) => {
    const error = await sqlOf(sql).catch(e => e);
    expect(error).toMatchObject({ code: 'SQL_NOT_TRANSLATED', fault: { line, column } });
    expect(error.message).toContain(what);
  });

  test('the nearest way is the hint', async () => {
    await expect(sqlOf('SELECT APPROX_QUANTILES(v, 2) FROM t')).rejects.toMatchObject({
      hint: 'Use PERCENTILE_CONT or PERCENTILE_DISC, which are exact.',
    });
  });

  const hashOf = async (sql: string) => codeHash((await analyzer.analyze(sql, { tables })).statement);

  test('the code hash counts what a query means, not how it is written', async () => {
    const hash = await hashOf('WITH a AS (SELECT id, v FROM t) SELECT id FROM a WHERE v > 5');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashOf('/* why */ with a as (\n  select id, v from t -- all\n)\nselect id from a where v>5')).toBe(
      hash,
    );
    expect(await hashOf('WITH z AS (SELECT 1 AS x), a AS (SELECT id, v FROM t) SELECT id FROM a WHERE v > 5')).toBe(
      hash,
    );
    expect(await hashOf('WITH a AS (SELECT id, v FROM t) SELECT id FROM a WHERE v > 6')).not.toBe(hash);
    expect(await hashOf('WITH a AS (SELECT id, v FROM t) SELECT id AS i FROM a WHERE v > 5')).not.toBe(hash);
    expect(await hashOf('WITH a AS (SELECT id, v FROM empty) SELECT id FROM a WHERE v > 5')).not.toBe(hash);
    expect(await hashOf('SELECT a.id FROM t AS a JOIN t AS b ON a.id = b.v')).not.toBe(
      await hashOf('SELECT b.id FROM t AS a JOIN t AS b ON a.id = b.v'),
    );
  });
});

// The reference implementation of this server does not run grouping sets: what they give is written down.
describe.skipIf(!analyzerFiles)('grouping sets', () => {
  const bench = new Bench();
  afterAll(() => bench.close());
  const rows = async (sql: string) => {
    const { duckdb } = await bench.compare(sql, TABLES);
    return duckdb.kind === 'rows' ? duckdb.rows : duckdb;
  };

  test('ROLLUP gives every prefix, and GROUPING tells them apart', async () => {
    expect(
      await rows(
        "SELECT k, v, COUNT(*) AS c, GROUPING(v) AS g FROM t WHERE k = 'b' OR id = 1 GROUP BY ROLLUP (k, v) ORDER BY 1, 2, 4",
      ),
    ).toEqual([
      [null, null, 3, 1],
      ['a', null, 1, 1],
      ['a', 10, 1, 0],
      ['b', null, 2, 1],
      ['b', 30, 2, 0],
    ]);
  });

  test('CUBE and GROUPING SETS give the sets that they name', async () => {
    expect(await rows("SELECT k, v, SUM(id) FROM t WHERE k = 'b' GROUP BY CUBE (k, v) ORDER BY 1, 2")).toEqual([
      [null, null, 7],
      [null, 30, 7],
      ['b', null, 7],
      ['b', 30, 7],
    ]);
    expect(await rows("SELECT k, v FROM t WHERE k = 'b' GROUP BY GROUPING SETS ((k), (v)) ORDER BY 1, 2")).toEqual([
      [null, 30],
      ['b', null],
    ]);
  });
});
