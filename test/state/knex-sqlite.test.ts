// The contract on a SQLite file, and what is special to a file that several processes share.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { openSqliteState } from '../../src/state/knex.ts';
import { MIGRATIONS, migrate } from '../../src/state/migrate.ts';
import { sqliteDialect } from '../../src/state/sqlite.ts';
import { content, journalRow, NO_EFFECTS, stateStoreContract, ticking } from './state-store-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'pulse-state-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => join(folder, `state${files++}.sqlite`);

stateStoreContract('SQLite in a file', now => openSqliteState(newFile(), { now }));

/** Starts a process for each name, lets all begin at the same moment, and gives what each printed. */
async function writeAtOnce(names: readonly string[], paths: readonly string[]): Promise<readonly string[]> {
  const program = fileURLToPath(new URL('./writer.ts', import.meta.url));
  const writers = names.map(name => spawn(process.execPath, ['--import', 'jiti/register', program, name, ...paths]));
  const failures = writers.map(writer => text(writer.stderr));
  await Promise.all(writers.map(writer => once(writer.stdout, 'data')));
  const printed = writers.map(writer => text(writer.stdout));
  for (const writer of writers) writer.stdin.end('go');
  expect(await Promise.all(failures)).toEqual(names.map(() => ''));
  return Promise.all(printed);
}

describe('a file', () => {
  test('keeps what was written when it is opened again', async () => {
    const path = newFile();
    const first = await openSqliteState(path, { now: ticking() });
    await first.apply(journalRow(3, { written: [content('a', 'v1')] }), NO_EFFECTS);
    const token = await first.nextFencingToken();
    await first.close();
    const second = await openSqliteState(path, { now: ticking() });
    expect([...(await second.cells('fact_orders')).keys()]).toEqual(['a']);
    expect(await second.appliedSequence()).toBe(3);
    expect(await second.nextFencingToken()).toBe(token + 1);
    await second.close();
  });

  test('has no long log once it is closed', async () => {
    const path = newFile();
    const state = await openSqliteState(path, { now: ticking() });
    const written = Array.from({ length: 5_000 }, (_, n) => content(`cell ${n}`, 'v'.repeat(100)));
    await state.apply(journalRow(1, { written }), NO_EFFECTS);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(500_000);
    await state.close();
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
  });

  test('from a newer pulse is refused and left as it is', async () => {
    const path = newFile();
    const { db } = sqliteDialect(path);
    const later = { name: 'later', up: async (): Promise<void> => {} };
    await migrate(db, { now: ticking(), place: path, migrations: [...MIGRATIONS, later] });
    await db.destroy();
    await expect(openSqliteState(path, { now: ticking() })).rejects.toThrow(
      expect.objectContaining({ code: 'STATE_NEWER', message: expect.stringContaining(path) }),
    );
  });

  test('from an older pulse gets what is missing, in order, all or nothing', async () => {
    const path = newFile();
    await (await openSqliteState(path, { now: ticking() })).close();
    const { db } = sqliteDialect(path);
    const add = {
      name: 'later',
      up: async (tx: typeof db) => tx.schema.createTable('later', table => table.text('cell')),
    };
    const broken = { name: 'broken', up: async () => Promise.reject(new Error('cannot')) };
    await expect(
      migrate(db, { now: ticking(), place: path, migrations: [...MIGRATIONS, add, broken] }),
    ).rejects.toThrow('cannot');
    expect(await db.schema.hasTable('later')).toBe(false);
    await migrate(db, { now: ticking(), place: path, migrations: [...MIGRATIONS, add] });
    expect(await db('migrations').select('version', 'name').orderBy('version')).toEqual(
      [...MIGRATIONS, add].map(({ name }, n) => ({ version: n + 1, name })),
    );
    await db.destroy();
  });

  test('that is no database says so, with a way out', async () => {
    const path = newFile();
    writeFileSync(path, 'not a database at all. '.repeat(100));
    await expect(openSqliteState(path, { now: ticking() })).rejects.toThrow(
      expect.objectContaining({
        code: 'STATE_FAILED',
        message: `The state in ${path} cannot be used: file is not a database.`,
      }),
    );
  });

  test('in a folder that is not there says so at once', async () => {
    await expect(openSqliteState(join(folder, 'no', 'state.sqlite'), { now: ticking() })).rejects.toThrow(
      expect.objectContaining({ code: 'STATE_FAILED' }),
    );
  });

  test('can be read while another process holds the write lock, and is busy for writers, which is said to pass', async () => {
    const path = newFile();
    const state = await openSqliteState(path, { now: ticking() });
    const other = sqliteDialect(path).db;
    await other.transaction(async tx => {
      await tx('counters').update({ value: 9 });
      expect(await state.appliedSequence()).toBe(0);
      const writer = sqliteDialect(path);
      await writer.db.raw('PRAGMA busy_timeout = 20');
      const busy = await writer.db.transaction(async () => {}).catch(error => writer.trouble(error));
      expect(busy).toMatchObject({ code: 'STATE_BUSY', transient: true });
      await writer.db.destroy();
    });
    await other.destroy();
    await state.close();
  });

  test('is shared by processes without losing a write, from its first moment', async () => {
    const paths = Array.from({ length: 100 }, newFile);
    const [path = ''] = paths;
    const tokens = (await writeAtOnce(['a', 'b', 'c'], paths)).flatMap(text => JSON.parse(text) as number[]);
    expect([...new Set(tokens)].sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, n) => n + 1));
    const state = await openSqliteState(path, { now: ticking() });
    expect(await state.steps('r')).toHaveLength(120);
    expect((await state.snapshot()).files).toHaveLength(120);
    await state.close();
  });
});
