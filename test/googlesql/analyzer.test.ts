// The analyzer client: what it says of queries, what it computes, and that a dying or hanging server harms one question only.

import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { findBinary, type Server, startServer } from '../../src/googlesql/server.ts';
import { parseType } from '../../src/googlesql/type.ts';
import type { Value } from '../../src/googlesql/value.ts';
import { analyzerFiles } from './installed.ts';

const column = (name: string, type: string) => ({ name, type: parseType(type) });
const orders = {
  name: 'orders',
  columns: [column('order_id', 'STRING'), column('items', 'ARRAY<STRUCT<sku STRING, qty INT64>>')],
};

describe.skipIf(!analyzerFiles)('the analyzer', () => {
  const analyzer = startAnalyzer();
  afterAll(() => analyzer.close());

  test('types a query against tables with nested columns, and names what it reads', async () => {
    const analyzed = await analyzer.analyze(
      'SELECT o.order_id, i.*, COUNT(*) OVER () FROM orders o, o.items i WHERE order_id = @id',
      {
        tables: [orders],
        parameters: [{ name: 'Id', type: { kind: 'STRING' } }],
      },
    );
    expect(analyzed.columns).toEqual([
      column('order_id', 'STRING'),
      column('sku', 'STRING'),
      column('qty', 'INT64'),
      column('f0_', 'INT64'),
    ]);
    expect(analyzed.tables).toEqual(['orders']);
  });

  test.each([
    ['SELECT order_idd FROM orders', 'Unrecognized name: order_idd; Did you mean order_id?', 1, 8],
    ['SELECT\n\torder_id, "é😀", nope FROM orders', 'Unrecognized name: nope', 2, 19],
    ['CREATE TABLE t AS SELECT 1', 'Statement not supported: CreateTableStatement', 1, 1],
    ['SELECT FROM', 'Syntax error: SELECT list must not be empty', 1, 8],
    ['SELECT order_id FROM orders GROUP BY nope', undefined, 1, 38],
  ])('says where %j is wrong', async (sql, message, line, col) => {
    const error = await analyzer.analyze(sql, { tables: [orders] }).catch(e => e);
    expect(error).toMatchObject({ code: 'SQL_INVALID', fault: { line, column: col } });
    if (message) expect(error.message).toBe(message);
  });

  // As Google's manual prints it: SELECT val, AddFourAndDivide(val, 2) gives val and f0_ (user-defined functions).
  test('columns without a name are counted among themselves, in an analysis and in an evaluation', async () => {
    const sql = "SELECT 1 AS x, 2, 3 AS y, 'a'";
    const columns = [column('x', 'INT64'), column('f0_', 'INT64'), column('y', 'INT64'), column('f1_', 'STRING')];
    expect((await analyzer.analyze(sql, { tables: [] })).columns).toEqual(columns);
    expect(await analyzer.evaluate(sql, { tables: [] })).toEqual({ columns, rows: [[1, 2, 3, 'a']] });
  });

  test('a tree deeper than a hundred messages comes through', async () => {
    const sql = `SELECT ${'('.repeat(60)}1${' + 1)'.repeat(60)}`;
    expect((await analyzer.analyze(sql, { tables: [] })).columns).toEqual([column('f0_', 'INT64')]);
  });

  const values: readonly [string, string, Value][] = [
    ['BOOL', 'TRUE', true],
    ['INT64', '9007199254740992', 9007199254740992],
    ['INT64', '9007199254740993', '9007199254740993'],
    ['INT64', '-9223372036854775808', '-9223372036854775808'],
    ['FLOAT64', "CAST('nan' AS FLOAT64)", 'NaN'],
    ['FLOAT64', "CAST('-inf' AS FLOAT64)", '-Infinity'],
    ['NUMERIC', "NUMERIC '-99999999999999999999999999999.999999999'", '-99999999999999999999999999999.999999999'],
    ['NUMERIC', "NUMERIC '63.10'", '63.1'],
    ['BIGNUMERIC', "BIGNUMERIC '-1e-38'", '-0.00000000000000000000000000000000000001'],
    ['STRING', "'é😀'", 'é😀'],
    ['BYTES', "b'\\x00\\xff'", 'AP8='],
    ['DATE', "DATE '0001-01-01'", '0001-01-01'],
    ['TIME', "TIME '23:59:59.999999'", '23:59:59.999999'],
    ['DATETIME', "DATETIME '9999-12-31 23:59:59.5'", '9999-12-31T23:59:59.5'],
    ['TIMESTAMP', "TIMESTAMP '0001-01-01 00:00:00.000001+00'", '0001-01-01T00:00:00.000001Z'],
    ['TIMESTAMP', "TIMESTAMP '2023-03-31 19:30:00+01'", '2023-03-31T18:30:00Z'],
    ['JSON', `JSON '{"b":1,"a":[1.5,null]}'`, '{"a":[1.5,null],"b":1}'],
    ['ARRAY<INT64>', '[1, NULL]', [1, null]],
    [
      'STRUCT<INT64, a STRING, a BOOL>',
      "STRUCT<INT64, a STRING, a BOOL>(1, 'x', NULL)",
      { _field_1: 1, a: 'x', a_1: null },
    ],
    ['ARRAY<STRUCT<a INT64>>', '[STRUCT(1 AS a)]', [{ a: 1 }]],
  ];

  test.each(values)('reads a %s: %s', async (type, sql, value) => {
    const result = await analyzer.evaluate(`SELECT ${sql}`, { tables: [] });
    expect(result).toEqual({ columns: [column('f0_', type)], rows: [[value]] });
  });

  test('rows that are sent come back as they were', async () => {
    const sent = values.filter(([, , value]) => value !== null);
    const table = {
      name: 't',
      columns: sent.map(([type], i) => column(`c${i}`, type)),
      rows: [sent.map(([, , value]) => value), sent.map(() => null)],
    };
    const result = await analyzer.evaluate('SELECT * FROM t ORDER BY c0 DESC', { tables: [table] });
    expect(result.rows).toEqual(table.rows);
  });

  test('an interval reads as BigQuery prints it', async () => {
    const sql = "SELECT INTERVAL '-1-2 3 -4:5:6.789001' YEAR TO SECOND, INTERVAL 90 MINUTE, INTERVAL '0.5' SECOND";
    expect((await analyzer.evaluate(sql, { tables: [] })).rows).toEqual([
      ['-1-2 3 -4:5:6.789001', '0-0 0 1:30:0', '0-0 0 0:0:0.500'],
    ]);
  });

  test('a query that fails while it runs says why', async () => {
    await expect(analyzer.evaluate('SELECT 1 / x FROM UNNEST([0]) x', { tables: [] })).rejects.toMatchObject({
      code: 'WAREHOUSE_QUERY_FAILED',
      message: 'division by zero: 1 / 0',
    });
  });
});

describe.skipIf(!analyzerFiles)('trouble with the server', () => {
  const SLOW = 'SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 10000)) a, UNNEST(GENERATE_ARRAY(1, 10000)) b';
  const started: Server[] = [];
  const start = async () => {
    const server = await startServer();
    started.push(server);
    return server;
  };
  const analyzer = startAnalyzer(start, { quietMs: 5_000, awakeMs: 500, restMs: 10_000 });
  afterAll(() => analyzer.close());
  const answers = async () => (await analyzer.evaluate('SELECT 1', { tables: [] })).rows;

  test('a server that was killed is started again', async () => {
    expect(await answers()).toEqual([[1]]);
    process.kill(started.at(-1)?.pid ?? 0, 'SIGKILL');
    expect(await answers()).toEqual([[1]]);
  });

  test('a question whose server dies under it is asked once more, alone', async () => {
    await answers();
    const before = started.length;
    const asked = analyzer.evaluate(SLOW.replaceAll('10000', '300'), { tables: [] });
    await answers();
    process.kill(started.at(-1)?.pid ?? 0, 'SIGKILL');
    expect((await asked).rows).toEqual([[90_000]]);
    expect(started.length).toBeGreaterThanOrEqual(before);
    expect(await answers()).toEqual([[1]]);
  });

  test('a question that takes too long fails alone', async () => {
    await expect(analyzer.evaluate(SLOW, { tables: [], timeoutMs: 200 })).rejects.toMatchObject({
      code: 'ANALYZER_TIMEOUT',
      transient: true,
    });
    expect(await answers()).toEqual([[1]]);
  });

  test('a question that is larger than the server takes fails alone, and says what to do', async () => {
    await expect(analyzer.evaluate(`SELECT '${'x'.repeat(5 * 2 ** 20)}'`, { tables: [] })).rejects.toMatchObject({
      code: 'SQL_INVALID',
      message: 'The query is too large for the GoogleSQL analyzer, which takes 4 MiB: it has 5.0 MiB.',
    });
    expect(await answers()).toEqual([[1]]);
  });

  test('a server that hangs is given up and replaced', async () => {
    await answers();
    await halt(started.at(-1)?.pid ?? 0);
    await expect(analyzer.evaluate('SELECT 1', { tables: [], timeoutMs: 200 })).rejects.toMatchObject({
      code: 'ANALYZER_TIMEOUT',
    });
    expect(await answers()).toEqual([[1]]);
  });

  test.each([
    ['SIGSEGV', 'The GoogleSQL analyzer died of this query, twice (SIGSEGV).', /^Simplify the query/],
    ['SIGKILL', 'The GoogleSQL analyzer ended by SIGKILL while it had this query, twice.', /^No query sends SIGKILL/],
    ['SIGTERM', 'The GoogleSQL analyzer ended by SIGTERM while it had this query, twice.', /^Something outside/],
  ] as const)('a question under which every server ends by %s is told as that', async (signal, message, hint) => {
    const dying = startAnalyzer(async () => {
      const server = await startServer();
      return {
        ...server,
        isAlive: true,
        call: (method, message, options) => {
          if (method === 'EvaluateQuery') process.kill(server.pid ?? 0, signal);
          return server.call(method, message, options);
        },
      };
    });
    await expect(dying.evaluate(SLOW, { tables: [] })).rejects.toMatchObject({
      code: 'ANALYZER_FAILED',
      message,
      hint: expect.stringMatching(hint),
      transient: true,
    });
    dying.close();
  });

  test('closing ends the process', async () => {
    const own = startAnalyzer(start);
    await own.evaluate('SELECT 1', { tables: [] });
    const pid = started.at(-1)?.pid ?? 0;
    own.close();
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test('a binary that is no server is an error that names the analyzer', async () => {
    await expect(startServer('/bin/false')).rejects.toMatchObject({ code: 'ANALYZER_FAILED' });
  });
});

test('a platform without a build is told so', () => {
  expect(() => findBinary('win32-x64')).toThrow(expect.objectContaining({ code: 'ANALYZER_MISSING' }));
});

test.skipIf(!analyzerFiles)('a killed process leaves no server behind', () => {
  const script = `
    import { startServer } from '${new URL('../../src/googlesql/server.ts', import.meta.url).pathname}';
    const server = await startServer();
    process.stdout.write(String(server.pid), () => process.kill(process.pid, 'SIGKILL'));`;
  const jiti = new URL('../../node_modules/jiti/lib/jiti-cli.mjs', import.meta.url).pathname;
  const file = `${process.env.TMPDIR ?? '/tmp'}/leave-${process.pid}.mts`;
  execFileSync('/bin/sh', ['-c', `cat > "${file}"`], { input: script });
  const pid = Number(
    execFileSync('/bin/sh', ['-c', `"${process.execPath}" "${jiti}" "${file}"; rm "${file}"`], { encoding: 'utf8' }),
  );
  expect(pid).toBeGreaterThan(0);
  return expect.poll(() => isRunning(pid)).toBe(false);
});

/** Whether a process runs; one that has ended and waits for its parent to notice does not. */
/** Stops a process and waits until it stands: the signal is sent before all of its threads have taken it. */
async function halt(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await expect.poll(() => execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })).toMatch(/^T/);
}

function isRunning(pid: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    return !state.trim().startsWith('Z');
  } catch {
    return false;
  }
}
