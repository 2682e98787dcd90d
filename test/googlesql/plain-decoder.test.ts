// One pass over the bytes gives exactly what protobufjs gives in two, the order of fields included: code versions hash it.

import protobuf, { type INamespace } from 'protobufjs';
import { afterAll, expect, test } from 'vitest';
import { startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { plainDecoder } from '../../src/googlesql/plain-decoder.ts';
import json from '../../src/googlesql/protocol.json' with { type: 'json' };
import { analyzerFiles } from './installed.ts';

const analyzer = startAnalyzer();
afterAll(() => analyzer.close());

const QUERIES = [
  'SELECT 1 AS one',
  "SELECT x, COUNT(*) OVER (PARTITION BY x ORDER BY x DESC) FROM UNNEST([1, 2, NULL]) AS x WHERE x IN (1, 2) AND 'é' LIKE '%'",
  "WITH a AS (SELECT STRUCT(1 AS b, [NUMERIC '1.5'] AS c) AS s) SELECT s.b, SAFE_CAST('1' AS FLOAT64), -9223372036854775808, b'\\x00\\xff', DATE '1969-01-01', s.c FROM a",
  'SELECT ARRAY_AGG(x ORDER BY x LIMIT 2) AS a FROM (SELECT 1 AS x UNION ALL SELECT 2) GROUP BY ROLLUP(x)',
];

test.skipIf(!analyzerFiles).each(QUERIES)('%s', async sql => {
  const type = protobuf.Root.fromJSON(json as INamespace).lookupType('zetasql.local_service.AnalyzeResponse');
  const { statement } = await analyzer.analyze(sql, { tables: [] });
  const message = { resolved_statement: { resolved_query_stmt_node: statement } };
  const bytes = type.encode(type.fromObject(message)).finish();
  const inTwo = type.toObject(type.decode(bytes), { longs: String, enums: String, bytes: String, oneofs: true });
  const inOne = plainDecoder(type)(protobuf.Reader.create(bytes), bytes.length);
  expect(JSON.stringify(inOne)).toBe(JSON.stringify(inTwo));
});
