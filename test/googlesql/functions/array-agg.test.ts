// ARRAY_AGG of the first row by an order, for which DuckDB does not sort, against the reference implementation.

import { afterAll, test } from 'vitest';
import { Bench, table } from '../agree.ts';

const bench = new Bench();
afterAll(() => bench.close());

/** By group: values, of which some are NULL, and keys, of which some are NULL, equal or NaN; group 3 has no value, group 4 no key. */
const ROWS: readonly (readonly (string | number | null)[])[] = [
  [1, 1, 'a', 2, 1.5, '2024-01-02'],
  [1, 2, 'b', null, Number.NaN, '2024-01-01'],
  [1, 3, null, 9, 9.5, null],
  [1, 4, 'd', 2, Number.POSITIVE_INFINITY, '2024-01-03'],
  [1, 5, '', -1, null, '2024-01-03'],
  [2, 6, 'é', 5, -0.0, '2023-12-31'],
  [2, 7, 'Z', 5, 0, '2023-12-31'],
  [2, 8, 'z', null, Number.NEGATIVE_INFINITY, null],
  [3, 9, null, 1, 1, '2024-01-01'],
  [4, 10, 'x', null, null, null],
  [4, 11, 'y', null, null, null],
];

const KEYS = ['k', 'k DESC', 'k NULLS LAST', 'k DESC NULLS FIRST', 'f', 'f DESC', 'd', 'd DESC NULLS FIRST', 's', 's DESC', 'k, f DESC', 'd DESC, k NULLS LAST']; // biome-ignore format: a list

test('the first by an order, of each group and of all', async () => {
  const firsts = KEYS.flatMap(key => [
    `ARRAY_AGG(s IGNORE NULLS ORDER BY ${key}, id LIMIT 1)[SAFE_OFFSET(0)]`,
    `ARRAY_AGG(id IGNORE NULLS ORDER BY ${key}, id DESC LIMIT 1)`,
    `ARRAY_LENGTH(ARRAY_AGG(d IGNORE NULLS ORDER BY ${key}, id LIMIT 1))`,
  ]).map((sql, i) => `${sql} AS c${i}`);
  const types = { g: 'INT64', id: 'INT64', s: 'STRING', k: 'INT64', f: 'FLOAT64', d: 'DATE' };
  const given = [table('t', types, ROWS)];
  await bench.agree(`SELECT g, ${firsts.join(', ')} FROM t GROUP BY g ORDER BY g`, given);
  await bench.agree(`SELECT ${firsts.join(', ')} FROM t`, given);
  await bench.agree(`SELECT ${firsts.join(', ')} FROM t WHERE id > 100`, given);
});
