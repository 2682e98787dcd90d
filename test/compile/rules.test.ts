// Rules find what they say they find, at its place, and nothing in its better form; each has its page.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { ModelAsset } from '../../src/asset/asset.ts';
import { withoutSuppressed } from '../../src/compile/ignores.ts';
import { RULES, ruleFindings } from '../../src/compile/rules.ts';
import { must } from '../../src/errors.ts';
import { startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { declaredPlace } from '../../src/graph/declared-place.ts';
import { analyzerFiles } from '../googlesql/installed.ts';
import { compileFiles, type Files, modelText } from './shop.ts';

const analyzer = startAnalyzer();
afterAll(() => analyzer.close());

/** Findings of model m as `rule file:line:column`. */
async function found(files: Files): Promise<string[]> {
  const { result, graph, errors } = await compileFiles(files, analyzer);
  expect(errors).toEqual([]);
  const asset = must(graph.assets, 'm') as ModelAsset;
  const facts = must(result.models, 'm').facts;
  if (facts === undefined) throw new Error('no facts');
  const all = ruleFindings(asset, facts, {
    graph,
    placeOfDep: dep => declaredPlace({ file: 'assets/m.ts', text: files['assets/m.ts'] ?? '' }, 'deps', dep),
  });
  const kept = withoutSuppressed(all, {
    textOf: file => files[file] ?? '',
    whole: ['models/m.sql', 'assets/m.ts'],
    isOn: rule => rule !== 'unused-file',
    rules: Object.keys(RULES),
  });
  return kept.map(
    ({ rule, place, hint }) =>
      `${rule} ${place.file}:${place.line}:${place.column ?? ''}${/Did you.*/.exec(hint)?.[0] ?? ''}`,
  );
}

const m = (sql: string, { deps = ['orders'], more = '' }: { deps?: string[]; more?: string } = {}): Files => ({
  'assets/m.ts': modelText('m', deps, more),
  'models/m.sql': sql,
});
const DAILY = ", partition: daily('day')";
const O = '{{ref "orders"}}';

const CASES: readonly [rule: string, bad: Files, at: string, good: Files][] = [
  [
    'select-star',
    m(`SELECT\n  * FROM ${O}`),
    'models/m.sql:2:3',
    m(`WITH a AS (SELECT id, n FROM ${O}) SELECT * FROM a`),
  ],
  [
    'select-star',
    m(`SELECT n * n AS nn, o.* FROM ${O} AS o`),
    'models/m.sql:1:21',
    m(`SELECT n * n AS nn, COUNT(*) OVER () AS c FROM ${O} AS o`),
  ],
  [
    'dep-not-read',
    m(`SELECT id FROM ${O}`, { deps: ['orders', 'rates'] }),
    'assets/m.ts:2:71',
    m(`SELECT id FROM ${O}`),
  ],
  [
    'unused-cte',
    m(`WITH a AS (SELECT 1 AS x),\nb AS (SELECT id FROM ${O})\nSELECT id FROM b`),
    'models/m.sql:1:6',
    m(`WITH a AS (SELECT id FROM ${O}), b AS (SELECT id FROM a) SELECT id FROM b`),
  ],
  [
    'comma-join',
    m(`SELECT a.id FROM ${O} AS a, ${O} AS b`),
    'models/m.sql:1:39',
    m(`SELECT a.id FROM ${O} AS a CROSS JOIN ${O} AS b, UNNEST(a.lines) AS l`),
  ],
  [
    'null-comparison',
    m(`SELECT id FROM ${O}\nWHERE n NOT IN (1, NULL)`),
    'models/m.sql:2:13',
    m(`SELECT id FROM ${O} WHERE n NOT IN (1, 2)`),
  ],
  [
    'null-comparison',
    m(`WITH none AS (SELECT CAST(NULL AS STRING) AS v)\nSELECT id FROM ${O} CROSS JOIN none\nWHERE id = UPPER(none.v)`),
    'models/m.sql:3:7',
    m(
      `WITH none AS (SELECT CAST(NULL AS STRING) AS v)\nSELECT id FROM ${O} CROSS JOIN none WHERE id IS NOT DISTINCT FROM none.v`,
    ),
  ],
  [
    'float-money',
    m(`SELECT id,\n  weight * 2 AS total_price FROM ${O}`),
    'models/m.sql:2:17',
    m(`SELECT id, CAST(weight AS NUMERIC) AS total_price, weight / 2 AS price_share FROM ${O}`),
  ],
  [
    'nondeterministic',
    m(`SELECT day,\n  CURRENT_TIMESTAMP() AS made_at FROM ${O}`, { more: DAILY }),
    'models/m.sql:2:3',
    m(`SELECT day, CURRENT_TIMESTAMP() AS made_at FROM ${O}`),
  ],
  [
    'row-number-ties',
    m(`SELECT id, ROW_NUMBER() OVER (PARTITION BY id) AS r FROM ${O}`),
    'models/m.sql:1:12',
    m(`SELECT id, ROW_NUMBER() OVER (PARTITION BY id ORDER BY n) AS r FROM ${O}`),
  ],
  [
    'row-number-ties',
    m(
      `SELECT id, SUM(n) OVER () AS s,\n  SUM(n) OVER (PARTITION BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS r FROM ${O}`,
    ),
    'models/m.sql:2:3',
    m(`SELECT id, SUM(n) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS s,
  SUM(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS r FROM ${O}`),
  ],
  [
    'lossy-cast',
    m(`SELECT id,\n  COALESCE(amount, weight) AS x FROM ${O}`),
    'models/m.sql:2:12',
    m(`SELECT id, COALESCE(CAST(amount AS FLOAT64), weight) AS x, n / 2 AS y FROM ${O}`),
  ],
  [
    'comma-join',
    m(`SELECT a.id FROM ${O} AS a\nJOIN ${O} AS b ON TRUE`),
    'models/m.sql:2:1',
    m(`SELECT a.id FROM ${O} AS a LEFT JOIN ${O} AS b ON TRUE`),
  ],
  [
    'comma-join',
    m(`SELECT a.id FROM ${O} AS a\nINNER JOIN ${O} AS b ON 1 = 1`),
    'models/m.sql:2:1',
    m(`SELECT a.id FROM ${O} AS a INNER JOIN ${O} AS b ON a.n = 1 AND b.n = 1`),
  ],
  [
    'comma-join',
    m(`SELECT a.id FROM ${O} AS a\nJOIN ${O} AS b ON a.id = a.id`),
    'models/m.sql:2:1',
    m(`SELECT a.id FROM ${O} AS a JOIN ${O} AS b ON a.id = b.id`),
  ],
  [
    'null-comparison',
    m(`SELECT id FROM ${O}\nWHERE n BETWEEN NULL AND 5`),
    'models/m.sql:2:9',
    m(`SELECT id FROM ${O} WHERE n BETWEEN 1 AND 5`),
  ],
  [
    'null-comparison',
    m(`SELECT id FROM ${O}\nWHERE n NOT IN (SELECT CAST(NULL AS INT64))`),
    'models/m.sql:2:17',
    m(`SELECT id FROM ${O} WHERE n NOT IN (SELECT n FROM ${O} WHERE n > 1)`),
  ],
  [
    'null-comparison',
    m(`SELECT id FROM ${O}\nWHERE n = (SELECT CAST(NULL AS INT64))`),
    'models/m.sql:2:7',
    m(`SELECT id FROM ${O} WHERE n = (SELECT MAX(n) FROM ${O})`),
  ],
  [
    'null-comparison',
    m(`SELECT id,\n  CASE note WHEN 'a' THEN 1 WHEN NULL THEN 0 ELSE 2 END AS x FROM ${O}`),
    'models/m.sql:2:3',
    m(`SELECT id, CASE note WHEN 'a' THEN 1 WHEN 'b' THEN NULL ELSE NULL END AS x FROM ${O}`),
  ],
  [
    'float-money',
    m(`SELECT id,\n  STRUCT(weight AS price, weight AS share) AS s FROM ${O}`),
    'models/m.sql:2:47',
    m(`SELECT id, STRUCT(amount AS price, weight AS share) AS s FROM ${O}`),
  ],
  [
    'float-money',
    m(`SELECT id,\n  [STRUCT(STRUCT(weight AS total) AS t)] AS lines FROM ${O}`),
    'models/m.sql:2:45',
    m(`SELECT id, [STRUCT(STRUCT(amount AS total) AS t)] AS lines FROM ${O}`),
  ],
  [
    'lossy-cast',
    m(`SELECT id,\n  GREATEST(amount, weight) AS x FROM ${O}`),
    'models/m.sql:2:12',
    m(`SELECT id, LEAST(amount, 1.5, n) AS x FROM ${O}`),
  ],
  [
    'lossy-cast',
    m(`SELECT id,\n  CASE WHEN n > 1 THEN amount ELSE weight END AS x FROM ${O}`),
    'models/m.sql:2:24',
    m(`SELECT id, CASE WHEN n > 1 THEN amount ELSE n END AS x FROM ${O}`),
  ],
  [
    'lossy-cast',
    m(`SELECT id, weight AS x FROM ${O}\nUNION ALL\nSELECT id, amount FROM ${O}`),
    'models/m.sql:3:12',
    m(`SELECT id, weight AS x FROM ${O} UNION ALL SELECT id, CAST(amount AS FLOAT64) FROM ${O} UNION ALL SELECT '', 0`),
  ],
  [
    'lossy-cast',
    m(
      `-- two\nSELECT id, weight AS x FROM ${O}\nUNION ALL SELECT 'é', ROUND(amount, 1) FROM ${O} UNION ALL SELECT id, weight FROM ${O}`,
    ),
    'models/m.sql:3:23',
    m(`SELECT id, amount AS x FROM ${O} UNION ALL SELECT id, n FROM ${O}`),
  ],
  [
    'nondeterministic',
    m(`SELECT day,\n  STRING_AGG(id) AS ids FROM ${O} GROUP BY day`, { more: DAILY }),
    'models/m.sql:2:3',
    m(
      `WITH a AS (SELECT day, ARRAY_AGG(id) AS ids, STRING_AGG(id ORDER BY id) AS t FROM ${O} GROUP BY day)
SELECT day, ARRAY_LENGTH(ids) AS c, t, ANY_VALUE(day) OVER (PARTITION BY day) AS v FROM a`,
      { more: DAILY },
    ),
  ],
  [
    'nondeterministic',
    m(`SELECT day,\n  ARRAY_AGG(id LIMIT 1)[OFFSET(0)] AS some_id FROM ${O} GROUP BY day`, { more: DAILY }),
    'models/m.sql:2:3',
    m(`SELECT day, ARRAY_AGG(id LIMIT 1)[OFFSET(0)] AS some_id FROM ${O} GROUP BY day`),
  ],
  [
    'select-star',
    m(`SELECT id, EXISTS (SELECT 1 FROM (\n  SELECT * FROM ${O} LIMIT 1)) AS e FROM ${O}`),
    'models/m.sql:2:10',
    m(`SELECT id FROM ${O} AS o WHERE EXISTS (SELECT * FROM ${O} AS p WHERE p.n > o.n)`),
  ],
  [
    'lossy-cast',
    m(`SELECT a.id FROM ${O} AS a\nJOIN ${O} AS b ON a.n = b.weight`),
    'models/m.sql:2:31',
    m(
      `SELECT day, 100.0 * COUNTIF(n > 1) / COUNT(*) AS p, COUNT(*) = MAX(weight) AS e, SUM(n) * 0.5 AS h, MAX(n) > 0.5 AS b, GREATEST(MAX(n), -0.5) AS g, SUM(n * weight) AS w FROM ${O} GROUP BY day`,
    ),
  ],
  [
    'lossy-cast',
    m(`SELECT id,\n  COALESCE(n, weight) AS x FROM ${O}`),
    'models/m.sql:2:12',
    m(`SELECT id, COALESCE(n, 0.5) AS x, n IN (0.5, 1.5) AS y FROM ${O}`),
  ],
  [
    'float-money',
    m(`SELECT id,\n  weight AS revenue FROM ${O}`),
    'models/m.sql:2:13',
    m(`SELECT id, weight AS revenue_growth, weight AS price_index, weight AS stddev_total FROM ${O}`),
  ],
  [
    'comma-join',
    // A constant of one side joins nothing.
    m(`SELECT a.id FROM ${O} AS a\n, ${O} AS b WHERE a.n = 1 AND b.n = 1`),
    'models/m.sql:2:1',
    m(`SELECT a.id FROM ${O} AS a, ${O} AS b, ${O} AS c WHERE a.id = b.id AND LOWER(c.id) = a.id`),
  ],
  [
    'comma-join',
    m(`WITH s AS (SELECT MAX(day) AS d FROM ${O} GROUP BY n)\nSELECT a.id, s.d FROM ${O} AS a, s`),
    'models/m.sql:2:44',
    m(`WITH s AS (SELECT MAX(day) AS d FROM ${O}), t AS (SELECT 1 AS x) SELECT a.id, s.d, t.x FROM ${O} AS a, s, t`),
  ],
  [
    'nondeterministic',
    m(`SELECT day, id FROM ${O}\nLIMIT 10`, { more: DAILY }),
    'models/m.sql:2:7',
    m(
      `SELECT day, id, EXISTS (SELECT 1 FROM ${O} AS p WHERE p.id > o.id LIMIT 1) AS e FROM ${O} AS o ORDER BY id LIMIT 10`,
      { more: DAILY },
    ),
  ],
];

const UPSTREAM: Files = {
  'assets/u.ts': modelText('u', ['orders'], ", partition: daily('day'), checks: [unique('id')]"),
  'models/u.sql': `SELECT id, day, n FROM ${O}`,
};
const near = (sql: string): Files => ({
  ...UPSTREAM,
  'assets/m.ts':
    "import { daily, model, samePartition } from 'pulse';\nexport default model({ name: 'm', description: 'd', deps: [{ asset: 'u', mapping: samePartition() }], model: 'm.sql', partition: daily('day') });",
  'models/m.sql': sql,
});
const U = '{{ref "u"}}';

describe.skipIf(!analyzerFiles)('rules', () => {
  test.each([
    ...CASES,
    [
      'no-partition-hint',
      near(`SELECT day, COUNT(*) AS c\nFROM ${U} GROUP BY day`),
      'models/m.sql:2:6',
      near(`SELECT day, COUNT(*) AS c FROM ${U} WHERE {{in_partitions "day"}} GROUP BY day`),
    ],
    [
      'row-number-ties',
      {
        ...UPSTREAM,
        ...m(`SELECT id, ROW_NUMBER() OVER (PARTITION BY day ORDER BY n) AS r FROM ${U}`, { deps: ['u'] }),
      },
      'models/m.sql:1:12',
      {
        ...UPSTREAM,
        ...m(`SELECT id, ROW_NUMBER() OVER (PARTITION BY day ORDER BY n, id) AS r FROM ${U}`, { deps: ['u'] }),
      },
    ],
    [
      'row-number-ties',
      {
        ...UPSTREAM,
        ...m(`SELECT day,\n  ARRAY_AGG(id ORDER BY n DESC LIMIT 1)[OFFSET(0)] AS top FROM ${U} GROUP BY day`, {
          deps: ['u'],
        }),
      },
      'models/m.sql:2:3',
      {
        ...UPSTREAM,
        ...m(`SELECT day, ARRAY_AGG(id ORDER BY n DESC, id LIMIT 1)[OFFSET(0)] AS top FROM ${U} GROUP BY day`, {
          deps: ['u'],
        }),
      },
    ],
    [
      'row-number-ties',
      {
        ...UPSTREAM,
        ...m(`SELECT id,\n  LAG(n) OVER (ORDER BY day) AS before FROM ${U}`, { deps: ['u'] }),
      },
      'models/m.sql:2:3',
      {
        ...UPSTREAM,
        // Told apart by what they are grouped by, and by the key under another name.
        ...m(
          `WITH d AS (SELECT day, SUM(n) AS n FROM ${U} GROUP BY day), e AS (SELECT day AS on_day, n FROM d),
k AS (SELECT id AS other FROM ${U})
SELECT on_day, LAG(n) OVER (ORDER BY on_day) AS before, (SELECT MAX(r) FROM (SELECT ROW_NUMBER() OVER (ORDER BY other) AS r FROM k)) AS c FROM e`,
          { deps: ['u'] },
        ),
      },
    ],
    [
      'row-number-ties',
      // Of two days that tie LAG gives the one the day before both, and the other its own.
      { ...UPSTREAM, ...m(`SELECT id,\n  LAG(day) OVER (ORDER BY day) AS before FROM ${U}`, { deps: ['u'] }) },
      'models/m.sql:2:3',
      {
        ...UPSTREAM,
        // The value is its own sort key.
        ...m(
          `SELECT n, FIRST_VALUE(day) OVER (PARTITION BY n ORDER BY day) AS first, NTH_VALUE(day, 2) OVER (PARTITION BY n ORDER BY day) AS second FROM ${U}`,
          { deps: ['u'] },
        ),
      },
    ],
    [
      'row-number-ties',
      {
        ...UPSTREAM,
        ...m(
          `SELECT n,\n  FIRST_VALUE(day) OVER (ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS x FROM ${U}`,
          {
            deps: ['u'],
          },
        ),
      },
      'models/m.sql:2:3',
      {
        ...UPSTREAM,
        ...m(
          `SELECT n, ARRAY_AGG(day ORDER BY day DESC LIMIT 1)[OFFSET(0)] AS last, ARRAY_AGG(DISTINCT id ORDER BY id LIMIT 3) AS ids, ARRAY_AGG(STRUCT(day, n) ORDER BY day LIMIT 2) AS both FROM ${U} GROUP BY n`,
          { deps: ['u'] },
        ),
      },
    ],
    [
      'row-number-ties',
      {
        ...UPSTREAM,
        // What is kept is not the first, but the second.
        ...m(
          `WITH f AS (SELECT n, day FROM ${U} WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY n ORDER BY id) <= 2)
SELECT n, ROW_NUMBER() OVER (PARTITION BY day ORDER BY n) AS r FROM f`,
          { deps: ['u'] },
        ),
      },
      'models/m.sql:2:11',
      {
        ...UPSTREAM,
        ...m(
          `WITH f AS (SELECT n, day FROM ${U} WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY n ORDER BY id) = 1)
SELECT n, ROW_NUMBER() OVER (PARTITION BY day ORDER BY n) AS r FROM f`,
          { deps: ['u'] },
        ),
      },
    ],
    [
      'row-number-ties',
      {
        ...UPSTREAM,
        // The join may have a row of the key many times.
        ...m(
          `SELECT a.id, b.n FROM ${U} AS a JOIN ${U} AS b USING (day) WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY a.id) = 1`,
          { deps: ['u'] },
        ),
      },
      'models/m.sql:2:9',
      {
        ...UPSTREAM,
        ...m(`SELECT id, n FROM ${U} WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY id) = 1`, { deps: ['u'] }),
      },
    ],
  ] as typeof CASES)('%s', async (rule, bad, at, good) => {
    expect(await found(bad)).toEqual([`${rule} ${at}`]);
    expect(await found(good)).toEqual([]);
  });

  test('a comment with a reason suppresses one, a comment without is a finding', async () => {
    expect(await found(m(`-- pulse:ignore select-star: all of it is wanted\nSELECT * FROM ${O}`))).toEqual([]);
    expect(await found(m(`SELECT * FROM ${O} -- pulse:ignore select-star`))).toEqual([
      'ignore-without-reason models/m.sql:1:',
    ]);
    expect(
      await found(
        m(`-- pulse:ignore select-star\n-- pulse:ignore comma-join: both\nSELECT a.* FROM ${O} AS a, ${O} AS b`),
      ),
    ).toEqual(['ignore-without-reason models/m.sql:1:']);
    expect(
      await found(m(`-- pulse:ignore select-star, comma-join: both\nSELECT a.* FROM ${O} AS a, ${O} AS b`)),
    ).toEqual([]);
  });

  test('a comment that suppresses nothing is a finding, and one of a rule that there is not', async () => {
    expect(await found(m(`SELECT * FROM ${O} -- pulse:ignore comma-join: another rule`))).toEqual([
      'select-star models/m.sql:1:8',
      'unused-ignore models/m.sql:1:35',
    ]);
    expect(await found(m(`-- pulse:ignore selct-star: a reason\nSELECT * FROM ${O}`))).toEqual([
      'select-star models/m.sql:2:8',
      'unused-ignore models/m.sql:1:4Did you mean "select-star"?',
    ]);
    expect(
      await found(
        m(`{{!-- pulse:ignore --}}\nSELECT id, 'pulse:ignore' AS x FROM ${O} /* pulse:ignore lossy-cast: x */`),
      ),
    ).toEqual(['unused-ignore models/m.sql:1:7', 'unused-ignore models/m.sql:2:57']);
    // What is turned off finds nothing anywhere.
    expect(await found(m(`-- pulse:ignore unused-file: where it is on\nSELECT id FROM ${O}`))).toEqual([]);
  });
});

describe.skipIf(!analyzerFiles)('required-may-be-null', () => {
  const required = (sql: string, more = ''): Files =>
    m(sql, {
      deps: ['orders', 'rates'],
      more: `, columns: [['id', 'STRING', 'd'], ['x', 'NUMERIC', 'd', 'REQUIRED']]${more}`,
    });
  const R = '{{ref "rates"}}';
  const LEFT = `FROM ${O} AS o LEFT JOIN ${R} AS r ON r.day = o.day`;

  test.each([
    ['a LEFT JOIN', `SELECT o.id,\n  r.rate AS x ${LEFT}`, '2:13'],
    ['what is computed of it', `SELECT o.id,\n  ROUND(r.rate * 2, 1) AS x ${LEFT}`, '2:27'],
    ['a CTE of it', `WITH j AS (SELECT o.id, r.rate ${LEFT})\nSELECT id, rate AS x FROM j`, '2:20'],
    ['a sum of it', `SELECT o.id, SUM(r.rate) AS x ${LEFT} GROUP BY o.id`, '1:29'],
    ['a FULL JOIN', `SELECT o.id, r.rate AS x FROM ${O} AS o FULL JOIN ${R} AS r ON r.day = o.day`, '1:24'],
    ['a RIGHT JOIN', `SELECT o.id, o.amount AS x FROM ${O} AS o RIGHT JOIN ${R} AS r ON r.day = o.day`, '1:26'],
    ['NULLIF', `SELECT id, NULLIF(amount, 0) AS x FROM ${O}, (SELECT 1 FROM ${R} LIMIT 1) AS one`, '1:33'],
    ['no row', `SELECT 'a' AS id, MAX(rate) AS x FROM ${R}, UNNEST([1]) AS one, (SELECT 1 FROM ${O}) AS two`, '1:32'],
    ['a branch', `SELECT o.id, IF(n > 3, amount, NULL) AS x FROM ${O} AS o JOIN ${R} AS r ON r.day = o.day`, '1:41'],
    [
      'sums of a branch',
      `SELECT o.id, SUM(IF(n > 3, amount, NULL)) AS x FROM ${O} AS o JOIN ${R} AS r ON r.day = o.day GROUP BY id`,
      '1:46',
    ],
    [
      'the row before',
      `SELECT o.id, LAG(amount) OVER (ORDER BY o.id) AS x FROM ${O} AS o JOIN ${R} AS r ON r.day = o.day`,
      '1:50',
    ],
    [
      'one branch of a union',
      `SELECT id, amount AS x FROM ${O} UNION ALL SELECT 'a', CAST(NULL AS NUMERIC) FROM ${R}`,
      '1:22',
    ],
  ])('%s', async (_, sql, at) => {
    const all = (await found(required(sql))).filter(
      one => !one.startsWith('comma-join') && !one.startsWith('row-number'),
    );
    expect(all).toEqual([`required-may-be-null models/m.sql:${at}`]);
  });

  test.each([
    ['COALESCE', `SELECT o.id, COALESCE(r.rate, 1) AS x ${LEFT}`],
    ['IFNULL', `SELECT o.id, IFNULL(r.rate, 1) AS x ${LEFT}`],
    ['a filter of the column', `SELECT o.id, r.rate AS x ${LEFT} WHERE r.rate IS NOT NULL`],
    ['a filter of the key', `SELECT o.id, r.rate AS x ${LEFT} WHERE r.day IS NOT NULL`],
    ['a filter of a comparison', `SELECT o.id, r.rate AS x ${LEFT} WHERE r.rate > 1`],
    [
      'a filter of what was computed before',
      `WITH j AS (SELECT o.id, r.rate, r.day IS NOT NULL AS has ${LEFT}), k AS (SELECT id, rate AS x, has FROM j) SELECT id, x FROM k WHERE has`,
    ],
    ['a condition', `SELECT o.id, IF(r.day IS NULL, 0, r.rate) AS x ${LEFT}`],
    ['a CASE', `SELECT o.id, CASE WHEN r.day IS NULL THEN 0 ELSE r.rate END AS x ${LEFT}`],
    ['a CASE without ELSE', `SELECT o.id, CASE WHEN n > 0 THEN amount WHEN n <= 0 THEN -amount END AS x ${LEFT}`],
    ['an inner join behind it', `SELECT o.id, r.rate AS x ${LEFT} JOIN ${R} AS s ON s.day = r.day`],
    ['the left side', `SELECT o.id, o.amount AS x ${LEFT}`],
    ['what is not NULL there', `SELECT o.id, SUM(IF(r.day IS NULL, 0, 1)) + NUMERIC '0' AS x ${LEFT} GROUP BY o.id`],
    [
      'the same rows',
      `WITH t AS (SELECT id, SUM(amount) AS x FROM ${O} GROUP BY id) SELECT o.id, t.x FROM ${O} AS o LEFT JOIN t ON t.id = o.id JOIN ${R} AS r USING (day)`,
    ],
    ['one row', `SELECT o.id, t.x FROM ${O} AS o LEFT JOIN (SELECT MAX(rate) AS x FROM ${R}) AS t ON TRUE`],
    [
      'beside what it is made of',
      `SELECT o.id, t.x FROM ${O} AS o CROSS JOIN (SELECT MAX(amount) AS x FROM ${O}) AS t JOIN ${R} AS r USING (day)`,
    ],
    ['both sides', `SELECT o.id, COALESCE(o.amount, r.rate) AS x FROM ${O} AS o FULL JOIN ${R} AS r ON r.day = o.day`],
    [
      'an empty group left out',
      `SELECT 'a' AS id, MAX(rate) AS x FROM ${R} WHERE rate > (SELECT MIN(amount) FROM ${O}) HAVING COUNT(*) > 0`,
    ],
    [
      'a default',
      `SELECT o.id, LAG(amount, 1, NUMERIC '0') OVER (ORDER BY o.id) AS x FROM ${O} AS o JOIN ${R} AS r USING (day)`,
    ],
    [
      'no first row',
      `SELECT o.id, LAG(amount) OVER (ORDER BY o.id) AS x FROM ${O} AS o JOIN ${R} AS r USING (day) WHERE TRUE QUALIFY ROW_NUMBER() OVER (ORDER BY o.id) > 1`,
    ],
    [
      'NULLIF of what was looked at',
      `SELECT o.id, NULLIF(amount, 0) AS x FROM ${O} AS o JOIN ${R} AS r USING (day) WHERE amount > 0`,
    ],
    [
      'a guard',
      `SELECT o.id, IF(amount IS NULL, NULL, ROUND(amount, 1)) AS x FROM ${O} AS o JOIN ${R} AS r USING (day)`,
    ],
  ])('not with %s', async (_, sql) => {
    expect((await found(required(sql))).filter(one => one.startsWith('required'))).toEqual([]);
  });

  test('a check of it says that it is known', async () => {
    expect(await found(required(`SELECT o.id, r.rate AS x ${LEFT}`, ", checks: [notNull('x')]"))).toEqual([]);
  });
});

test('every rule has its page, in the table too', () => {
  const folder = fileURLToPath(new URL('../../docs/rules/', import.meta.url));
  const table = readFileSync(`${folder}README.md`, 'utf8');
  for (const rule of Object.keys(RULES)) {
    expect([rule, existsSync(`${folder}${rule}.md`), table.includes(`[${rule}](${rule}.md)`)]).toEqual([
      rule,
      true,
      true,
    ]);
  }
});
