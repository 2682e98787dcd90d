// Reading beside a writer: the file where it is free, else the process that has it; never a part of a publication.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { notNull } from '../../src/asset/check.ts';
import { PulseError } from '../../src/errors.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/client.ts';
import { openWhenFree } from '../../src/warehouse/duckdb/open-when-free.ts';
import { openReader } from '../../src/warehouse/duckdb/reader.ts';
import { writerPlace } from '../../src/warehouse/duckdb/serve.ts';
import { socketPath } from '../../src/warehouse/duckdb/socket.ts';
import type { Warehouse, WarehouseReader } from '../../src/warehouse/warehouse.ts';
import type { Occupied } from '../../src/warehouse/writer-place.ts';
import { publish, specOf } from './warehouse-contract.ts';

const folder = await mkdtemp(join(tmpdir(), 'pulse-reader-'));
afterAll(() => rm(folder, { recursive: true }));
let homes = 0;
const newHome = async (name = `home${homes++}`): Promise<string> => {
  const home = join(folder, name);
  await mkdir(home);
  return home;
};

const ONE = specOf('x', 'n INT64').columns;
const busy = (): Promise<never> =>
  Promise.reject(new PulseError('WAREHOUSE_BUSY', 'the file is in use', { transient: true }));

interface World {
  readonly warehouse: Warehouse;
  readonly reader: WarehouseReader;
  readonly occupied: Occupied;
}

/** A writer with a table `t` of 1, 2, 3 that has the file, and a reader that can't have it. */
async function besides(use: (world: World) => Promise<void>, home?: string): Promise<void> {
  const at = home ?? (await newHome());
  const warehouse = await openDuckDb(':memory:', { prelude: [], scalars: [] });
  const occupied = await writerPlace(at, { warehouse: () => Promise.resolve(warehouse) }).occupy();
  const reader = openReader({ openFile: busy, writer: () => undefined, socket: socketPath(at) });
  try {
    const staged = await warehouse.stageSelect(specOf('t', 'n INT64'), 'SELECT * FROM range(1, 4)', { runId: 'r' });
    await publish(warehouse, staged);
    await use({ warehouse, reader, occupied });
  } finally {
    await reader.close();
    await occupied.leave(() => warehouse.close());
  }
}

describe('beside a writer', () => {
  test('every reading verb is answered as the writer itself would', () =>
    besides(async ({ warehouse, reader }) => {
      expect(await reader.query('SELECT sum(n) FROM t', ONE)).toEqual({ columns: ONE, rows: [[6]] });
      expect([await reader.hasTable('t'), await reader.hasTable('u')]).toEqual([true, false]);
      expect(await reader.journal(0)).toEqual(await warehouse.journal(0));
      expect(await reader.auditPublished('t', [notNull('n')])).toEqual(
        await warehouse.auditPublished('t', [notNull('n')]),
      );
    }));

  test('values come as they are: minus zero, decimals, texts of any kind, nothing', () =>
    besides(async ({ warehouse, reader }) => {
      const sql = `SELECT -0.0::DOUBLE, 'nan'::DOUBLE, 63.10::DECIMAL(38,9), chr(0) || 'ü😀', NULL::BIGINT, [1, NULL], 9007199254740993`;
      const { columns } = specOf('x', 'a FLOAT64, b FLOAT64, c NUMERIC, d STRING, e INT64, f ARRAY<INT64>, g INT64');
      const answer = await reader.query(sql, columns);
      expect(answer).toEqual(await warehouse.query(sql, columns));
      expect(Object.is(answer.rows[0]?.[0], -0)).toBe(true);
    }));

  test('many rows come in parts, in their order', () =>
    besides(async ({ reader }) => {
      const { rows } = await reader.query('SELECT * FROM range(50000) ORDER BY 1', ONE);
      expect(rows.length).toBe(50_000);
      expect(rows.every(([n], at) => n === at)).toBe(true);
    }));

  test('what goes wrong there is told here, with its code and its hint', () =>
    besides(async ({ reader }) => {
      await expect(reader.query('SELECT * FROM nothing', ONE)).rejects.toMatchObject({
        code: 'WAREHOUSE_TABLE_MISSING',
        hint: 'Make it: pulse materialize nothing',
      });
      expect(await reader.hasTable('t')).toBe(true);
    }));

  const ENDLESS = 'SELECT count(*) FROM range(100000000000) AS a(n) WHERE sqrt(n) < 0';

  test('a query has its time there too, and its end ends the work', () =>
    besides(async ({ reader }) => {
      await expect(reader.query(ENDLESS, ONE, { timeoutMs: 150 })).rejects.toMatchObject({
        code: 'QUERY_TIMEOUT',
        message: 'The query took longer than 150 ms.',
      });
      // Readers are answered one by one: this one is only if the other's work has ended.
      expect((await reader.query('SELECT 1', ONE)).rows).toEqual([[1]]);
    }));

  test('who goes away in the middle leaves no work behind', () =>
    besides(async ({ reader }) => {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 100);
      await expect(reader.query(ENDLESS, ONE, { signal: stop.signal })).rejects.toMatchObject({
        code: 'QUERY_TIMEOUT',
      });
      expect((await reader.query('SELECT 1', ONE)).rows).toEqual([[1]]);
    }));

  test('a home with a long path has its socket elsewhere', async () => {
    const home = await newHome('long'.repeat(40));
    expect(socketPath(home).length).toBeLessThan(104);
    await besides(async ({ reader }) => expect(await reader.hasTable('t')).toBe(true), home);
  });
});

describe('a reader', () => {
  const openFile = (path: string) => (): Promise<Warehouse> => openDuckDb(path, { prelude: [], scalars: [] });

  test('takes the file where nobody writes, and lets go of it when it is idle', async () => {
    const home = await newHome();
    let opened = 0;
    let closed = 0;
    const reader = openReader({
      openFile: async () => {
        opened++;
        const file = await openDuckDb(':memory:', { prelude: [], scalars: [] });
        return new Proxy(file, {
          get: (of, name) => {
            if (name === 'close') closed++;
            const held: unknown = Reflect.get(of, name);
            return typeof held === 'function' ? held.bind(of) : held;
          },
        });
      },
      writer: () => undefined,
      socket: socketPath(home),
    });
    await Promise.all([reader.hasTable('t'), reader.hasTable('t')]);
    await reader.hasTable('t');
    expect([opened, closed]).toEqual([1, 0]);
    await expect.poll(() => closed).toBe(1);
    await reader.hasTable('t');
    expect(opened).toBe(2);
    await reader.close();
    expect(closed).toBe(2);
  });

  test('whose writer goes while it answers reads the file after it', async () => {
    const home = await newHome();
    const path = join(folder, 'after.duckdb');
    const warehouse = await openFile(path)();
    const occupied = await writerPlace(home, { warehouse: () => Promise.resolve(warehouse) }).occupy();
    let isFree = false;
    const reader = openReader({
      openFile: () => (isFree ? openFile(path)() : busy()),
      writer: () => undefined,
      socket: socketPath(home),
    });
    const asked = reader.query('SELECT count(*) FROM range(30000000) AS a(n) WHERE sqrt(n) >= 0', ONE);
    await new Promise(done => setTimeout(done, 30));
    await occupied.leave(async () => {
      await warehouse.close();
      isFree = true;
    });
    expect((await asked).rows).toEqual([[30_000_000]]);
    await reader.close();
  });

  test('of a process that has not opened the file takes it', async () => {
    const home = await newHome();
    const occupied = await writerPlace(home, { warehouse: () => undefined }).occupy();
    const reader = openReader({ openFile: openFile(':memory:'), writer: () => undefined, socket: socketPath(home) });
    expect((await reader.query('SELECT 7', ONE)).rows).toEqual([[7]]);
    await reader.close();
    await occupied.leave(async () => undefined);
  });

  test('does not talk to another version', async () => {
    const home = await newHome();
    const server = createServer(socket => {
      const body = Buffer.from('pulse-reader-0/v8-1');
      const head = Buffer.alloc(4);
      head.writeUInt32LE(body.length);
      socket.resume().end(Buffer.concat([head, body]));
    });
    await new Promise<void>(done => server.listen(socketPath(home), done));
    const reader = openReader({ openFile: busy, writer: () => undefined, socket: socketPath(home) });
    await expect(reader.hasTable('t')).rejects.toMatchObject({ code: 'WAREHOUSE_BUSY' });
    await new Promise(done => server.close(done));
  });
});

describe('the place of the writer', () => {
  test('is waited for until it is left, and nobody waits where nobody stands', async () => {
    const home = await newHome();
    const place = writerPlace(home, { warehouse: () => undefined });
    const never = new AbortController().signal;
    expect([await place.isOccupied(), await place.vacated(never)]).toEqual([false, false]);
    const occupied = await place.occupy();
    expect(await place.isOccupied()).toBe(true);
    const waiting = place.vacated(never);
    // What is asked later is answered later: the one who waits has been met.
    await place.isOccupied();
    await occupied.leave(async () => undefined);
    expect(await waiting).toBe(true);
    expect(await place.isOccupied()).toBe(false);
  });

  test('who waits may stop waiting', async () => {
    const home = await newHome();
    const place = writerPlace(home, { warehouse: () => undefined });
    const occupied = await place.occupy();
    const stop = new AbortController();
    const waiting = place.vacated(stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow();
    await occupied.leave(async () => undefined);
  });
});

describe('a file that is read', () => {
  test('is opened as soon as it is free; a long wait is told once', async () => {
    const told: string[] = [];
    let left = 30;
    const open = (): Promise<string> => (left-- > 0 ? busy() : Promise.resolve('open'));
    const signal = new AbortController().signal;
    expect(await openWhenFree(open, { waiting: error => told.push(error.message), signal })).toBe('open');
    expect(told).toEqual(['the file is in use']);
  });

  test('is not waited for once the run is stopped', async () => {
    const stop = AbortSignal.abort();
    await expect(openWhenFree(busy, { waiting: () => undefined, signal: stop })).rejects.toMatchObject({
      code: 'RUN_INTERRUPTED',
    });
  });
});
