// The key of a row's cell, as the queries that pulse writes itself spell it: that of the state and the warehouse, in both engines.

import { afterAll, expect, test } from 'vitest';
import { daily, hourly, monthly, type Partition, staticKeys, weekly } from '../../src/asset/partition.ts';
import { startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { parseType } from '../../src/googlesql/type.ts';
import { cellSql, DUCKDB, GOOGLESQL, type Spelling } from '../../src/quality/spelling.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/client.ts';

const analyzer = startAnalyzer();
const opened = openDuckDb(':memory:', { prelude: [], scalars: [], threads: 1 });
afterAll(async () => {
  await (await opened).close();
  await analyzer.close();
});

const sqlOf = (partition: Partition, value: string, spelling: Spelling): string =>
  `SELECT ${cellSql(partition, 't', spelling)} AS cell FROM (SELECT ${value} AS x) AS t`;

async function keys(partition: Partition, value: string): Promise<unknown[]> {
  const reference = await analyzer.evaluate(sqlOf(partition, value, GOOGLESQL), { tables: [] });
  const duckdb = await opened;
  const own = await duckdb.query(sqlOf(partition, value, DUCKDB), [{ name: 'cell', type: parseType('STRING') }]);
  return [reference.rows[0]?.[0], own.rows[0]?.[0]];
}

test.each([
  [daily('x'), "DATE '0999-01-02'", '0999-01-02'],
  [weekly('x'), "DATE '2023-01-01'", '2022-12-26'],
  [weekly('x'), "DATE '0999-01-02'", '0998-12-31'],
  [monthly('x'), "DATE '0999-01-02'", '0999-01'],
  [staticKeys('x', []), "'eu'", 'eu'],
  [staticKeys('x', []), "'*'", '=*'],
  [staticKeys('x', []), "'=a'", '==a'],
  [daily('x'), 'CAST(NULL AS DATE)', '__NULL__'],
] as const)('%j of %s is %s in both engines', async (partition, value, key) => {
  expect(await keys(partition, value)).toEqual([key, key]);
});

test('an hour is one of UTC', async () => {
  const google = sqlOf(hourly('x'), "TIMESTAMP '0999-01-02 03:59:59+00'", GOOGLESQL);
  expect((await analyzer.evaluate(google, { tables: [] })).rows).toEqual([['0999-01-02T03']]);
  const duckdb = sqlOf(hourly('x'), "TIMESTAMP '0999-01-02 03:59:59'", DUCKDB);
  const { rows } = await (await opened).query(duckdb, [{ name: 'cell', type: parseType('STRING') }]);
  expect(rows).toEqual([['0999-01-02T03']]);
});
