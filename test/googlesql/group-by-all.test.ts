// GROUP BY ALL: which items of the SELECT it means, told from the words; what can't be told is left as it is.

import { expect, test } from 'vitest';
import { locate, withReplacements } from '../../src/compile/source-map.ts';
import { render } from '../../src/compile/template.ts';
import { groupsByAll, replaced } from '../../src/googlesql/group-by-all.ts';

const told = (sql: string): string => replaced(sql, groupsByAll(sql));

test.each([
  ['SELECT a, COUNT(*) FROM t GROUP BY ALL', '1'],
  ['SELECT SUM(x) AS s, t.a.b AS c, a * 2, DATE_TRUNC(d, MONTH) AS m FROM t GROUP  BY\n ALL HAVING s > 1', '2, 3, 4'],
  // A window, an aggregate within a sum and a constant are no keys; what a subquery aggregates is its own.
  ['SELECT a, SUM(SUM(x)) OVER (), 1 + MAX(x), "c", (SELECT MAX(e) FROM UNNEST(v) AS e) FROM t GROUP BY ALL', '1, 5'],
  ['SELECT a, STRUCT<k INT64, l STRING>(1, "a,b") AS s, [a, b] AS l, COUNT(*) FROM t GROUP BY ALL', '1, 2, 3'],
  [
    'SELECT EXTRACT(YEAR FROM d) AS y, CASE WHEN x > 1 THEN 2 END, CURRENT_DATE(), MAX_BY(a, b) FROM t GROUP BY ALL',
    '1, 2',
  ],
  ['SELECT COUNT(*), 1, @p FROM t GROUP BY ALL', '()'],
  // What reads no column is no key; a word that may be a date part or a column is one beside a key.
  [
    "SELECT a, NULL AS n, TRUE, DATE '2024-01-01' AS d, CAST('1' AS INT64), INTERVAL 1 DAY, RAND(), @p, day FROM t GROUP BY ALL",
    '1, 9',
  ],
  ['SELECT a, DATE_TRUNC(CURRENT_DATE(), MONTH), `day`, date FROM t GROUP BY ALL', '1, 2, 3, 4'],
  ['SELECT CURRENT_DATE(), COUNT(*) FROM t GROUP BY ALL', '()'],
  ['SELECT a, -- b,\n COUNT(*) FROM t /* SELECT */ GROUP BY ALL', '1'],
  ['SELECT a AS `all`, COUNT(*), FROM t GROUP BY ALL', '1'],
])('%s', (sql, keys) => {
  expect(told(sql)).toBe(sql.replace(/ALL(?= HAVING|$)/, keys));
});

test('of several each has its own SELECT', () => {
  expect(
    told(
      'WITH c AS (SELECT a, b, SUM(n) AS n FROM t GROUP BY ALL) SELECT SUM(n), a FROM c GROUP BY ALL UNION ALL SELECT n, a FROM (SELECT n, a FROM u GROUP BY ALL) GROUP BY ALL',
    ),
  ).toBe(
    'WITH c AS (SELECT a, b, SUM(n) AS n FROM t GROUP BY 1, 2) SELECT SUM(n), a FROM c GROUP BY 2 UNION ALL SELECT n, a FROM (SELECT n, a FROM u GROUP BY 1, 2) GROUP BY 1, 2',
  );
});

test.each([
  'SELECT *, COUNT(*) FROM t GROUP BY ALL',
  'SELECT t.*, COUNT(*) FROM t GROUP BY ALL',
  'SELECT AS STRUCT a, COUNT(*) FROM t GROUP BY ALL',
  // Of an empty table this is one row, and grouped by its first column none; unless there is a column of that name.
  'SELECT DATE_TRUNC(CURRENT_DATE(), MONTH), COUNT(*) FROM t GROUP BY ALL',
  'SELECT CURRENT_DATE AS today, COUNT(*) FROM t GROUP BY ALL',
  // What it names may be of the query around it.
  'SELECT (SELECT COUNT(*) FROM u GROUP BY ALL) FROM t',
  'SELECT "GROUP BY ALL" FROM t -- GROUP BY ALL',
  'SELECT a FROM t GROUP BY `ALL`',
])('%s is left', sql => {
  expect(told(sql)).toBe(sql);
});

test('what stands behind it keeps its place in the template', () => {
  const partials = new Map([['tail', { file: 'sql/partials/tail.sql', text: 'ORDER BY n, wrong' }]]);
  const text = 'SELECT a, b, c, SUM(x) AS n\nFROM t GROUP BY ALL {{> tail}} LIMIT nope';
  const { sql, map } = render({ file: 'models/m.sql', text }, { vars: {}, partials }, 'full');
  expect(sql).toBe('SELECT a, b, c, SUM(x) AS n\nFROM t GROUP BY 1, 2, 3 ORDER BY n, wrong LIMIT nope');
  const placeOf = (word: string) => locate(map, 2, (sql.split('\n')[1] ?? '').indexOf(word) + 1);
  expect(placeOf('2, 3')).toEqual({ file: 'models/m.sql', line: 2, column: 17 });
  expect(placeOf('wrong')).toEqual({ file: 'sql/partials/tail.sql', line: 1, column: 13 });
  expect(placeOf('nope')).toEqual({ file: 'models/m.sql', line: 2, column: 38 });
  expect(withReplacements(map, [])).toEqual(map);
});
