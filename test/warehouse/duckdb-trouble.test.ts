// What goes wrong with a DuckDB file or query, told so that a person can act; and functions of JavaScript in its SQL.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, test } from 'vitest';
import type { ScalarFunction } from '../../src/googlesql/translate/scalar.ts';
import { parseType } from '../../src/googlesql/type.ts';
import { type DuckDbOptions, openDuckDb } from '../../src/warehouse/duckdb/client.ts';
import type { QueryOptions, Warehouse } from '../../src/warehouse/warehouse.ts';
import { inChunks, publish, specOf } from './warehouse-contract.ts';

const folder = await mkdtemp(join(tmpdir(), 'pulse-duckdb-'));
afterAll(() => rm(folder, { recursive: true }));

const BARE: DuckDbOptions = { prelude: [], scalars: [] };
const memory = await openDuckDb(':memory:', BARE);
afterAll(() => memory.close());

const one = (sql: string, options: QueryOptions & { type?: string; warehouse?: Warehouse } = {}): Promise<unknown> => {
  const { type = 'INT64', warehouse = memory, ...rest } = options;
  return warehouse.query(sql, [{ name: 'v', type: parseType(type) }], rest).then(result => result.rows[0]?.[0]);
};

/** Minutes of work for one query. */
const ENDLESS = 'SELECT count(*) FROM range(10000000) AS a(i), range(10000000) AS b(j) WHERE (i * j) % 7 = 3';

describe('a query', () => {
  test('that takes longer than it may is ended', async () => {
    const startedAt = performance.now();
    await expect(one(ENDLESS, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'QUERY_TIMEOUT',
      message: 'The query took longer than 50 ms.',
    });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await one('SELECT 1', { timeoutMs: 5_000 })).toBe(1);
  });

  test('is ended by its signal, before or while it runs', async () => {
    await expect(one('SELECT 1', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
    const controller = new AbortController();
    const ended = expect(one(ENDLESS, { signal: controller.signal })).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
    setImmediate(() => controller.abort());
    await ended;
  });

  test('is ended at whatever moment of its start the signal comes', async () => {
    for (let turns = 0; turns < 20; turns++) {
      const controller = new AbortController();
      const ended = expect(one(ENDLESS, { signal: controller.signal })).rejects.toMatchObject({
        code: 'QUERY_TIMEOUT',
      });
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      controller.abort();
      await ended;
    }
  });

  test('that is ended leaves those beside it alone', async () => {
    const others = Promise.all(
      Array.from({ length: 6 }, (_, i) => one(`SELECT sum(i + ${i}) FROM range(1000000) AS t(i)`)),
    );
    await expect(one(ENDLESS, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
    expect(await others).toHaveLength(6);
  });

  test.each([
    ["SELECT CAST('x' AS BIGINT)", 'WAREHOUSE_QUERY_FAILED', "Conversion Error: Could not convert string 'x' to INT64"],
    ['SELECT 9223372036854775807 + 1', 'WAREHOUSE_QUERY_FAILED', 'Out of Range Error: Overflow in addition of INT64'],
    ["SELECT error('division by zero: 1 / 0')", 'WAREHOUSE_QUERY_FAILED', 'division by zero: 1 / 0'],
    ['SELEC 1', 'WAREHOUSE_QUERY_FAILED', 'Parser Error: syntax error at or near "SELEC"'],
    ['SELECT * FROM fact_nothing', 'WAREHOUSE_TABLE_MISSING', 'The warehouse has no table "fact_nothing".'],
  ])('%s fails with %s', async (sql, code, message) => {
    await expect(one(sql)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    await expect(one(sql)).rejects.not.toMatchObject({ message: expect.stringContaining('\n') });
  });

  test('that needs more memory than there is says what to do', async () => {
    const small = await openDuckDb(':memory:', { ...BARE, memoryLimit: '20MB', tempDirectory: '' });
    await expect(
      one("SELECT count(*) FROM (SELECT DISTINCT i, repeat('x', 100) || i FROM range(3000000) AS t(i))", {
        warehouse: small,
      }),
    ).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY_FAILED', hint: expect.stringContaining('memory') });
    await small.close();
  });
});

describe('a file', () => {
  test('that another process has is busy, and the process is named', async () => {
    const path = join(folder, 'busy.duckdb');
    const holder = spawn(
      process.execPath,
      [
        '-e',
        `require('@duckdb/node-api').DuckDBInstance.create(process.argv[1]).then(() => console.log('open')); setInterval(() => {}, 1000);`,
        path,
      ],
      { cwd: fileURLToPath(new URL('../..', import.meta.url)), stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(holder.stdout, 'data');
    const busy = { code: 'WAREHOUSE_BUSY', transient: true, message: `${path} is in use by process ${holder.pid}.` };
    await expect(openDuckDb(path, BARE)).rejects.toMatchObject(busy);
    await expect(openDuckDb(path, { ...BARE, readOnly: true })).rejects.toMatchObject(busy);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await openDuckDb(path, BARE)).close();
  });

  test('that is not one of DuckDB is refused, with the way out', async () => {
    const path = join(folder, 'text.duckdb');
    await writeFile(path, 'not a database '.repeat(1000));
    await expect(openDuckDb(path, BARE)).rejects.toMatchObject({
      code: 'WAREHOUSE_UNREACHABLE',
      hint: expect.stringContaining('move it and its .wal aside'),
    });
  });

  test.each([0, 3, 100, 4096, 9000, 12_287])(
    'that was cut off after %i bytes of its headers, by a full disk or a kill, is made anew',
    async bytes => {
      const path = join(folder, `cut-${bytes}.duckdb`);
      await (await openDuckDb(path, BARE)).close();
      const beginning = (await readFile(path)).subarray(0, bytes);
      await writeFile(path, beginning);
      await expect(openDuckDb(path, { ...BARE, readOnly: true })).rejects.toMatchObject({
        code: 'WAREHOUSE_UNREACHABLE',
      });
      await (await openDuckDb(path, BARE)).close();
      await (await openDuckDb(path, { ...BARE, readOnly: true })).close();
      expect(await readFile(`${path}.cut-off`)).toEqual(beginning);
    },
  );

  test('that was cut off beside a log with something in it stays as it is', async () => {
    const path = join(folder, 'logged.duckdb');
    await writeFile(path, 'DUC');
    await writeFile(`${path}.wal`, 'what was published');
    await expect(openDuckDb(path, BARE)).rejects.toMatchObject({ code: 'WAREHOUSE_UNREACHABLE' });
    expect([await readFile(path, 'utf8'), await readFile(`${path}.wal`, 'utf8')]).toEqual([
      'DUC',
      'what was published',
    ]);
  });

  test('that was taken away leaves a log that is of no other file', async () => {
    const path = join(folder, 'gone.duckdb');
    const old = join(folder, 'old.duckdb');
    const instance = await DuckDBInstance.create(old);
    const connection = await instance.connect();
    await connection.run('CREATE TABLE t AS SELECT 1 AS n');
    await connection.run('CHECKPOINT');
    await connection.run('INSERT INTO t VALUES (2)');
    await copyFile(`${old}.wal`, `${path}.wal`);
    connection.closeSync();
    instance.closeSync();
    // A reader makes no file, and takes none away.
    const reader = await openDuckDb(path, { ...BARE, readOnly: true });
    expect(await reader.hasTable('t')).toBe(false);
    await reader.close();
    expect(existsSync(`${path}.wal`)).toBe(true);
    const warehouse = await openDuckDb(path, BARE);
    await publish(warehouse, await warehouse.stageSelect(specOf('t', 'n INT64'), 'SELECT 42', { runId: 'r' }));
    await warehouse.close();
    const again = await openDuckDb(path, BARE);
    expect(await one('SELECT SUM(n) FROM t', { warehouse: again })).toBe(42);
    await again.close();
  });

  test('has no log beside it when it is closed: a copy of the file is all of it', async () => {
    const path = join(folder, 'closed.duckdb');
    for (const runId of ['1', '2']) {
      const warehouse = await openDuckDb(path, BARE);
      await publish(warehouse, await warehouse.stageSelect(specOf('t', 'n INT64'), `SELECT ${runId}`, { runId }));
      await warehouse.close();
      expect(existsSync(`${path}.wal`)).toBe(false);
    }
  });

  test('that is damaged in the middle is told when it is read', async () => {
    const path = join(folder, 'damaged.duckdb');
    const warehouse = await openDuckDb(path, BARE);
    const rows = Array.from({ length: 20_000 }, (_, i) => [String(i), `text ${(i * 7919) % 20_000}`]);
    await publish(
      warehouse,
      await warehouse.stageRows(specOf('t', 'n INT64, t STRING'), inChunks(rows, 5_000), { runId: 'r' }),
    );
    await warehouse.close();
    await damage(path);
    const read = async (): Promise<unknown> => {
      const reopened = await openDuckDb(path, { ...BARE, readOnly: true });
      return one('SELECT count(DISTINCT t) + sum(n) FROM t', { warehouse: reopened }).finally(() => reopened.close());
    };
    await expect(read()).rejects.toMatchObject({ code: 'WAREHOUSE_UNREACHABLE' });
  });

  test('that is not there is an empty warehouse to a reader, and is not made', async () => {
    const reader = await openDuckDb(join(folder, 'nowhere', 'w.duckdb'), { ...BARE, readOnly: true });
    expect(await reader.hasTable('fact_orders')).toBe(false);
    expect(await reader.journal(0)).toEqual([]);
    await expect(one('SELECT * FROM fact_orders', { warehouse: reader })).rejects.toMatchObject({
      code: 'WAREHOUSE_TABLE_MISSING',
    });
    await reader.close();
  });

  test('is made with its folder, and what was published is there for a reader later', async () => {
    const path = join(folder, 'deep', 'er', 'w.duckdb');
    const warehouse = await openDuckDb(path, BARE);
    const row = await publish(
      warehouse,
      await warehouse.stageSelect(specOf('t', 'n INT64'), 'SELECT 42', { runId: 'r' }),
    );
    await warehouse.close();
    const reader = await openDuckDb(path, { ...BARE, readOnly: true });
    expect(await one('SELECT n FROM t', { warehouse: reader })).toBe(42);
    expect(await reader.journal(0)).toEqual([row]);
    await reader.close();
  });

  test('is shared by a reader in the process that writes it, and outlives that reader', async () => {
    const path = join(folder, 'shared.duckdb');
    const writer = await openDuckDb(path, BARE);
    const reader = await openDuckDb(path, { ...BARE, readOnly: true });
    await publish(writer, await writer.stageSelect(specOf('t', 'n INT64'), 'SELECT 42', { runId: 'r' }));
    expect(await one('SELECT n FROM t', { warehouse: reader })).toBe(42);
    await reader.close();
    await publish(writer, await writer.stageSelect(specOf('t', 'n INT64'), 'SELECT 43', { runId: 'r' }));
    expect(await one('SELECT n FROM t', { warehouse: writer })).toBe(43);
    await writer.close();
    const again = await openDuckDb(path, { ...BARE, readOnly: true });
    await expect(openDuckDb(path, BARE)).rejects.toMatchObject({ code: 'WAREHOUSE_BUSY' });
    await again.close();
  });

  test('is closed at once, whatever is under way, and holds no part of it', async () => {
    const path = join(folder, 'closed.duckdb');
    const warehouse = await openDuckDb(path, BARE);
    const interrupted = Array.from({ length: 5 }, (_, i) =>
      expect(warehouse.stageSelect(specOf(`t_${i}`, 'n INT64'), ENDLESS, { runId: 'r' })).rejects.toMatchObject({
        code: 'RUN_INTERRUPTED',
      }),
    );
    setImmediate(() => warehouse.close());
    await Promise.all(interrupted);
    await warehouse.close();
    const again = await openDuckDb(path, BARE);
    expect(await again.sweep([])).toEqual([]);
    await again.close();
  });

  test('keeps descriptions with its tables, and follows when they change', async () => {
    const warehouse = await openDuckDb(join(folder, 'comments.duckdb'), BARE);
    const spec = specOf('t', 'n INT64');
    const told = async (): Promise<unknown> => [
      await one("SELECT comment FROM duckdb_tables() WHERE table_name = 't'", { warehouse, type: 'STRING' }),
      await one("SELECT comment FROM duckdb_columns() WHERE table_name = 't'", { warehouse, type: 'STRING' }),
    ];
    await publish(warehouse, await warehouse.stageSelect(spec, 'SELECT 1', { runId: 'r' }));
    expect(await told()).toEqual(['The table t.', 'Its n.']);
    const other = {
      ...spec,
      description: "It's another.",
      columns: spec.columns.map(column => ({ ...column, description: '' })),
    };
    await publish(warehouse, await warehouse.stageSelect(other, 'SELECT 2', { runId: 'r' }), {
      mode: 'append',
      isWhole: false,
    });
    expect(await told()).toEqual(["It's another.", null]);
    await warehouse.close();
  });
});

describe('the prelude', () => {
  const scalars: ScalarFunction[] = [
    {
      name: 'js_reverse',
      parameters: ['VARCHAR'],
      returns: 'VARCHAR',
      call: text => [...String(text)].reverse().join(''),
    },
    {
      name: 'js_count',
      parameters: ['BIGINT', 'VARCHAR[]'],
      returns: 'BIGINT',
      takesNull: true,
      call: (n, list) => BigInt(Array.isArray(list) ? list.length : -1) + (typeof n === 'bigint' ? n : 0n),
    },
    { name: 'js_half', parameters: ['DECIMAL(38,9)'], returns: 'DECIMAL(38,9)', call: n => (n as bigint) / 2n },
    {
      name: 'js_bytes',
      parameters: ['BLOB'],
      returns: 'BLOB',
      call: bytes => Uint8Array.from(bytes as Uint8Array, byte => byte ^ 255),
    },
    { name: 'js_split', parameters: ['VARCHAR'], returns: 'VARCHAR[]', call: text => [...String(text)] },
    {
      name: 'js_fail',
      parameters: ['VARCHAR'],
      returns: 'BOOLEAN',
      call: text => {
        throw new Error(`no ${text}`);
      },
    },
  ];
  const open = (): Promise<Warehouse> =>
    openDuckDb(':memory:', {
      prelude: ['CREATE TEMP MACRO twice(x) AS 2 * x', 'CREATE TEMP MACRO four() AS twice(2)'],
      scalars,
    });

  test('stands on every connection, and its functions are those of JavaScript', async () => {
    const warehouse = await open();
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        one(`SELECT twice(${i}) + four() + length(js_reverse('abc'))`, { warehouse }),
      ),
    );
    expect(all).toEqual([7, 9, 11, 13, 15, 17, 19, 21]);
    const text = (sql: string, type = 'STRING'): Promise<unknown> => one(`SELECT ${sql}`, { warehouse, type });
    expect(await text("js_reverse(chr(65279) || 'a' || chr(0) || 'é')")).toBe('é\0a\ufeff');
    expect(await text('js_reverse(NULL)')).toBeNull();
    expect(await text("js_count(NULL, ['a', NULL])", 'INT64')).toBe(2);
    expect(await text("js_count(9223372036854775806, ['a'])", 'INT64')).toBe('9223372036854775807');
    expect(await text("js_half(CAST('63.1' AS DECIMAL(38, 9)))", 'NUMERIC')).toBe('31.55');
    expect(await text("js_bytes(from_hex('00ff'))", 'BYTES')).toBe('/wA=');
    expect(await text("js_split('aé')", 'ARRAY<STRING>')).toEqual(['a', 'é']);
    await warehouse.close();
  });

  test('a function that throws fails its query with its message', async () => {
    const warehouse = await open();
    await expect(one("SELECT js_fail('luck')", { warehouse, type: 'BOOL' })).rejects.toMatchObject({
      code: 'WAREHOUSE_QUERY_FAILED',
      message: expect.stringContaining('no luck'),
    });
    expect(await one('SELECT count(js_reverse(CAST(i AS VARCHAR))) FROM range(10000) AS t(i)', { warehouse })).toBe(
      10_000,
    );
    await warehouse.close();
  });
});

/** Overwrites the second half of a file's blocks. */
async function damage(path: string): Promise<void> {
  const { open } = await import('node:fs/promises');
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  const blockBytes = 262_144;
  // The three headers (4 KiB each) stay: the file opens, its blocks do not hold.
  for (let at = 12_288; at < size; at += blockBytes) await file.write(Buffer.alloc(64, 0xee), 0, 64, at + 1_000);
  await file.close();
}
