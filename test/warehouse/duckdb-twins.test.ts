// What the embedded warehouse keeps beside a column of JSON texts, so that its readers need not look for it (plain-json.ts): who loads it,
// what it holds, and that nobody sees it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { daily } from '../../src/asset/partition.ts';
import { joinRows, type TextColumns } from '../../src/text-columns.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/client.ts';
import { inspection } from '../../src/warehouse/duckdb/inspect.ts';
import type { Staged, Warehouse } from '../../src/warehouse/warehouse.ts';
import { publish, rowsOf, specOf } from './warehouse-contract.ts';

const folder = await mkdtemp(join(tmpdir(), 'pulse-twins-'));
afterAll(() => rm(folder, { recursive: true }));

const EVENTS = specOf('events', 'id STRING, day DATE, payload STRING', daily('day'));
const TWIN = 'SELECT id, "_pulse_plain/payload" FROM events ORDER BY id';
const MARK = '\ue000';
const DAY = '2025-01-15';

let files = 0;
let warehouse: Warehouse;
beforeEach(async () => {
  warehouse = await openDuckDb(join(folder, `${++files}.duckdb`), { prelude: [], scalars: [] });
  return () => warehouse.close();
});

async function* batch(rows: readonly (readonly [string, string])[]): AsyncGenerator<TextColumns> {
  yield joinRows(
    rows.map(([id, payload]) => [id, DAY, payload]),
    3,
  );
}

const staged = (rows: readonly (readonly [string, string])[], kept: readonly string[], few = false): Promise<Staged> =>
  warehouse.stageColumns(EVENTS, batch(rows), { runId: 'run-1', json: kept, ...(few && { rows: rows.length }) });

describe('beside JSON texts', () => {
  test('stands how each is read: as it is, with its numbers marked, or with care', async () => {
    const payloads: readonly (readonly [string, string])[] = [
      ['a', '{"total":63.1,"note":"say \\"1.50\\""}'],
      ['b', '{"total":63.10,"rate":1e5,"note":"1.50"}'],
      ['c', '{"name":"O\\u0027Neil"}'],
      ['d', '{"note":", 1.50"}'],
      ['e', '{"total":NaN}'],
      ['f', `{"note":"${MARK}"}`],
      ['g', 'no JSON'],
    ];
    await publish(warehouse, await staged(payloads, ['payload']));
    expect(await rowsOf(warehouse, TWIN, 'id STRING, twin STRING')).toEqual([
      ['a', ''],
      ['b', `{"total":"${MARK}63.10","rate":"${MARK}1e5","note":"1.50"}`],
      ['c', null],
      ['d', null],
      ['e', null],
      ['f', null],
      ['g', null],
    ]);
  });

  test.each([false, true])('a table that was loaded before gets it with the rows that come (few: %s)', async few => {
    await publish(warehouse, await staged([['a', '{"n":1}']], []));
    await publish(warehouse, await staged([['b', '{"n":2}']], ['payload'], few), { mode: 'append' });
    await publish(warehouse, await staged([['c', '{"n":2.50}']], ['payload'], few), { mode: 'append' });
    await publish(warehouse, await staged([['d', '{"n":3}']], [], few), { mode: 'append' });
    expect(await rowsOf(warehouse, TWIN, 'id STRING, twin STRING')).toEqual([
      ['a', null],
      ['b', ''],
      ['c', `{"n":"${MARK}2.50"}`],
      ['d', null],
    ]);
  });

  test('is seen by nobody: contents, columns and checks are those of a table without it', async () => {
    const rows = [
      ['a', '{"n":1}'],
      ['b', '{"n":2.50}'],
    ] as const;
    const seen = async (): Promise<unknown> => {
      const inspect = inspection((sql, columns) => warehouse.query(sql, columns));
      return {
        content: await warehouse.changes.contentOfPublished(EVENTS),
        changes: await inspect.columnChanges(EVENTS),
        columns: await inspect.past?.columns('events'),
        cells: await inspect.cells(EVENTS),
        slices: await inspect.slices(EVENTS, { cells: [DAY], keys: ['id'], of: 1 }),
        checks: await warehouse.auditPublished('events', [{ kind: 'not-null', column: 'payload', severity: 'block' }]),
      };
    };
    await publish(warehouse, await staged(rows, []));
    const without = await seen();
    const again = await staged(rows, ['payload']);
    expect(await warehouse.contentOf(again)).toEqual(await warehouse.changes.contentOfPublished(EVENTS));
    await publish(warehouse, again);
    expect(await rowsOf(warehouse, TWIN, 'id STRING, twin STRING')).toHaveLength(2);
    expect(await seen()).toEqual(without);
    const more = await staged([['c', '{"n":3}']], []);
    const limit = { kind: 'row-count', of: 'table', min: 3, max: 3, severity: 'block' } as const;
    const [checked] = await warehouse.audit(more, [limit], { isWhole: false, mode: 'append' });
    expect(checked?.failedRows).toBe(0);
  });
});
