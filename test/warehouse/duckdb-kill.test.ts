// Kill -9 at any moment leaves what the journal says was published: the old table or the new one, never a part.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { openDuckDb } from '../../src/warehouse/duckdb/client.ts';
import type { JournalRow, Warehouse } from '../../src/warehouse/warehouse.ts';
import { publish, rowsOf, specOf } from './warehouse-contract.ts';

const KILLS = 5;

const folder = await mkdtemp(join(tmpdir(), 'pulse-kill-'));
afterAll(() => rm(folder, { recursive: true }));

/** Starts a publisher, lets it begin, and kills it `afterMs` later. */
async function publishAndKill(path: string, afterMs: number): Promise<void> {
  const script = fileURLToPath(new URL('publisher.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'jiti/register', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  await Promise.race([
    once(child.stdout, 'data'),
    exit.then(([code]) => Promise.reject(new Error(`the publisher ended: ${code}`))),
  ]);
  setTimeout(() => child.kill('SIGKILL'), afterMs);
  await exit;
}

/** The rounds that each day's rows must be of, by the journal alone. */
function roundsByDay(journal: readonly JournalRow[]): unknown[][] {
  const rounds = new Map<string, number>();
  for (const row of journal.filter(({ asset }) => asset === 'cells')) {
    const { round, days } = JSON.parse(row.note) as { round: number; days: string[] };
    for (const day of days) rounds.set(day, round);
  }
  return [...rounds].sort().map(([day, round]) => [day, round, round, 3000]);
}

async function expectWhole(warehouse: Warehouse): Promise<number> {
  const journal = await warehouse.journal(0);
  const found = await rowsOf(
    warehouse,
    'SELECT day, min(round), max(round), count(*) FROM cells GROUP BY day ORDER BY day',
    'day DATE, a INT64, b INT64, n INT64',
  );
  expect(found).toEqual(roundsByDay(journal));
  const logged = journal.filter(({ asset }) => asset === 'log').length;
  expect(await rowsOf(warehouse, 'SELECT count(*), count(DISTINCT round) FROM log', 'a INT64, b INT64')).toEqual([
    [logged * 100, logged],
  ]);
  expect(new Set(journal.map(row => row.sequence)).size).toBe(journal.length);
  return journal.length;
}

test(`a publisher killed ${KILLS} times leaves only whole publications, and its leftovers can be swept`, async () => {
  const path = join(folder, 'w.duckdb');
  let published = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await publishAndKill(path, kill * 17 + Math.random() * 60);
    const warehouse = await openDuckDb(path, { prelude: [], scalars: [] });
    const now = await expectWhole(warehouse);
    expect(now).toBeGreaterThan(published);
    published = now;
    await warehouse.sweep([]);
    expect(await warehouse.sweep([])).toEqual([]);
    await publish(
      warehouse,
      await warehouse.stageSelect(specOf('after', 'n INT64'), `SELECT ${kill}`, { runId: 'after' }),
    );
    await warehouse.close();
  }
});
