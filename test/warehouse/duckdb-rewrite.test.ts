// A file that is written anew has all that the one before had: tables with their descriptions, what may not be NULL, indexes, the
// numbers that come next. What cannot be written leaves the file as it was.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rewriteDuckDb } from '../../src/warehouse/duckdb/rewrite.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pulse-rewrite-'));
  path = join(folder, 'warehouse.duckdb');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function open<T>(work: (ask: (sql: string) => Promise<unknown[][]>) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.fromCache(path);
  const connection = await instance.connect();
  try {
    return await work(async sql => (await (await connection.run(sql)).getRowsJson()) as unknown[][]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const ABOUT = [
  'SELECT table_name, comment, index_count FROM duckdb_tables() ORDER BY ALL',
  'SELECT table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL',
  'SELECT index_name, sql FROM duckdb_indexes() ORDER BY ALL',
  'SELECT sequence_name, last_value FROM duckdb_sequences()',
  'SELECT rowid, * FROM "_pulse_kept/a/1" ORDER BY rowid',
  "SELECT nextval('numbers')",
];

const make = (): Promise<unknown> =>
  open(ask =>
    ask(`CREATE SEQUENCE numbers; SELECT nextval('numbers') FROM range(3);
CREATE TABLE "_pulse_kept/a/1" (id VARCHAR NOT NULL, made TIMESTAMP, n DECIMAL(38, 9), s STRUCT(a BIGINT, b VARCHAR[]));
COMMENT ON TABLE "_pulse_kept/a/1" IS 'it''s a table'; COMMENT ON COLUMN "_pulse_kept/a/1".n IS 'How many.';
CREATE INDEX "by id" ON "_pulse_kept/a/1" (id);
INSERT INTO "_pulse_kept/a/1" SELECT 'secret' || (1000 - i), TIMESTAMP '2023-01-01' + INTERVAL (i) HOUR, i / 7, {'a': i, 'b': [NULL, 'x']} FROM range(1000) t(i);
CREATE TABLE gone AS SELECT 'forget me ' || i AS text FROM range(3) t(i)`),
  );

test('has all that it had, and nothing of what was deleted', async () => {
  await make();
  await open(ask => ask('DROP TABLE gone; DELETE FROM "_pulse_kept/a/1" WHERE n > 140'));
  expect(readFileSync(path).includes('forget me')).toBe(true);
  // The next number is taken before and after.
  const before = await open(async ask => Promise.all(ABOUT.slice(0, -1).map(ask)));
  let wasThere = false;
  await rewriteDuckDb(path, {
    copied: () => {
      wasThere = existsSync(`${path}.new`) && !existsSync(`${path}.new.wal`);
    },
  });
  const after = await open(async ask => Promise.all(ABOUT.slice(0, -1).map(ask)));
  expect(after).toEqual(before);
  expect([wasThere, readFileSync(path).includes('forget me'), existsSync(`${path}.new`)]).toEqual([true, false, false]);
  expect(await open(ask => ask(ABOUT.at(-1) ?? ''))).toEqual([['4']]);
});

test('what a killed one left is written over; what fails leaves the file and no copy', async () => {
  await make();
  writeFileSync(`${path}.new`, 'half');
  writeFileSync(`${path}.new.wal`, 'half');
  const bytes = readFileSync(path);
  const full = new Error('the disk is full');
  const failing = rewriteDuckDb(path, {
    copied: () => {
      throw full;
    },
  });
  await expect(failing).rejects.toThrow('the disk is full');
  expect([existsSync(`${path}.new`), existsSync(`${path}.new.wal`), readFileSync(path).equals(bytes)]).toEqual([
    false,
    false,
    true,
  ]);
  rmSync(`${path}.new`, { force: true });
  mkdirSync(`${path}.new`);
  await expect(rewriteDuckDb(path, { copied: () => undefined })).rejects.toThrow();
  expect(readFileSync(path).equals(bytes)).toBe(true);
});
