// What every adapter that gives tables back as they were must do (warehouse/past.ts): each publication can be undone, cell by
// cell or whole, with duplicates and other columns; what is not kept is said to be gone.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { daily } from '../../src/asset/partition.ts';
import type { CellContent } from '../../src/warehouse/table.ts';
import type { JournalRow, Staged, Warehouse } from '../../src/warehouse/warehouse.ts';
import { inChunks, publish, rowsOf, specOf } from './warehouse-contract.ts';

type Text = string | null;

const ORDERS = specOf('orders', 'id STRING, day DATE, n INT64', daily('day'));
const TABLE = { name: 'orders', description: 'As it was.', partition: ORDERS.partition, clusterBy: [] };
const WIDER = specOf('orders', 'id STRING, day DATE, n INT64, note STRING', daily('day'));
const FAR = '2000-01-01T00:00:00.000Z';

/** `keepsAll`: the engine has a window of time in place of a number of versions. */
export function pastContract(
  name: string,
  open: () => Promise<Warehouse>,
  { keepsAll }: { readonly keepsAll: boolean },
): void {
  describe(`past contract: ${name}`, () => {
    let warehouse: Warehouse;
    let runs = 0;
    beforeEach(async () => {
      warehouse = await open();
    });
    afterEach(() => warehouse.close());

    const whole = async (rows: Text[][], spec = ORDERS, versions = 2): Promise<JournalRow> =>
      publish(warehouse, await warehouse.stageRows(spec, inChunks(rows), { runId: `run-${++runs}` }), { versions });

    /** Replaces some cells by rows. */
    const part = async (cells: string[], rows: Text[][], versions = 2): Promise<JournalRow> => {
      const values = rows.map(([id, day, n]) => `SELECT '${id}' AS id, DATE '${day}' AS day, ${n} AS n`);
      const none = `SELECT '' AS id, DATE '2000-01-01' AS day, 0 AS n`;
      const sql = [...values, none].join(' UNION ALL ');
      const region = { kind: 'cells', cells } as const;
      const options = { runId: `run-${++runs}` };
      const staged = await warehouse.changes.stageParts(ORDERS, [{ sql, region, restrict: [] }], options);
      const changes = (await warehouse.changes.compare(staged)) ?? [];
      const content = await warehouse.contentOf(staged);
      const isLeft = (cell: string): boolean => content.some(one => one.cell === cell);
      const written = content.filter(one => changes.some(change => change.cell === one.cell));
      const removed = changes.map(change => change.cell).filter(cell => !isLeft(cell));
      return publish(warehouse, staged, { mode: 'regions', isWhole: false, written, removed, versions });
    };

    const stagedAs = (sequence: number, isWhole = false): Promise<Staged | undefined> =>
      warehouse.past.stageAsOf(TABLE, sequence, { runId: `run-${++runs}`, isWhole });
    const published = (): Promise<readonly CellContent[]> => warehouse.changes.contentOfPublished(ORDERS);

    /** The whole table as it was: by the staged one where it is whole. */
    const asOf = async (sequence: number): Promise<readonly CellContent[]> => {
      const staged = await stagedAs(sequence, true);
      if (staged === undefined) throw new Error('it is not kept');
      try {
        return await warehouse.contentOf(staged);
      } finally {
        await warehouse.discard(staged);
      }
    };

    const FIRST: Text[][] = [
      ['a', '2023-01-01', '1'],
      ['a', '2023-01-01', '1'],
      ['b', '2023-01-02', '2'],
      ['c', null, null],
    ];

    test('a table is given back as each of its publications left it, duplicates and cells that went among it', async () => {
      const states: [number, readonly CellContent[]][] = [];
      const remember = async (row: JournalRow): Promise<void> => {
        states.push([row.sequence, await published()]);
      };
      await remember(await whole(FIRST));
      await remember(
        await part(
          ['2023-01-01', '2023-01-03'],
          [
            ['a', '2023-01-01', '1'],
            ['d', '2023-01-03', '4'],
          ],
        ),
      );
      await remember(await part(['2023-01-02'], []));
      await remember(
        await part(
          ['2023-01-03'],
          [
            ['d', '2023-01-03', '5'],
            ['d', '2023-01-03', '5'],
          ],
        ),
      );
      for (const [sequence, content] of states) expect(await asOf(sequence)).toEqual(content);
    });

    test('what was replaced as a whole is given back with its own columns', async () => {
      const { sequence } = await whole(FIRST);
      const before = await published();
      await whole([['a', '2023-01-01', '1', 'new']], WIDER);
      const staged = await stagedAs(sequence);
      expect(staged?.spec.columns.map(column => column.name)).toEqual(['id', 'day', 'n']);
      expect(await warehouse.contentOf(staged as Staged)).toEqual(before);
      await publish(warehouse, staged as Staged, { versions: 2 });
      expect(await published()).toEqual(before);
      expect(await rowsOf(warehouse, "SELECT * FROM orders WHERE id = 'b'", 'id STRING, day DATE, n INT64')).toEqual([
        ['b', '2023-01-02', 2],
      ]);
    });

    test('before its first publication there is nothing to give back', async () => {
      expect(await warehouse.past.reach('orders')).toBeUndefined();
      expect(await stagedAs(0)).toBeUndefined();
    });

    test.skipIf(keepsAll)('only the cells that changed since are built, and publishing them undoes it', async () => {
      const { sequence } = await whole(FIRST);
      const before = await published();
      await part(['2023-01-01'], [['x', '2023-01-01', '9']]);
      const staged = (await stagedAs(sequence)) as Staged;
      expect(staged.regions).toEqual([{ kind: 'cells', cells: ['2023-01-01'] }]);
      const changes = (await warehouse.changes.compare(staged)) ?? [];
      expect(changes.map(change => change.cell)).toEqual(['2023-01-01']);
      const written = before.filter(cell => cell.cell === '2023-01-01');
      await publish(warehouse, staged, { mode: 'regions', isWhole: false, written, removed: [], versions: 2 });
      expect(await published()).toEqual(before);
    });

    test.skipIf(keepsAll)(
      'of a cell as many versions are kept as asked for, of tables that were replaced too',
      async () => {
        const sequences = [(await whole(FIRST)).sequence];
        for (const n of ['1', '2', '3'])
          sequences.push((await part(['2023-01-01'], [['x', '2023-01-01', n]])).sequence);
        const limits = { tables: new Map([['orders', { versions: 2, partition: ORDERS.partition }]]), before: FAR };
        await warehouse.past.forget(limits);
        await warehouse.changes.prune(new Map());
        expect(await warehouse.past.reach('orders')).toBe(sequences[1]);
        expect(await stagedAs(sequences[0] ?? 0)).toBeUndefined();
        expect((await asOf(sequences[1] ?? 0)).find(cell => cell.cell === '2023-01-01')?.rows).toBe(1);
        for (const n of ['4', '5', '6']) sequences.push((await whole([['x', '2023-01-01', n]])).sequence);
        expect(await warehouse.past.reach('orders')).toBe(sequences[4]);
        expect(await asOf(sequences[4] ?? 0)).toHaveLength(1);
      },
    );

    test.skipIf(keepsAll)(
      'what is older than the limit is forgotten, and what is published without versions too',
      async () => {
        const { sequence } = await whole(FIRST);
        const second = await part(['2023-01-01'], [['x', '2023-01-01', '1']]);
        await warehouse.past.forget({ tables: new Map(), before: '2999-01-01T00:00:00.000Z' });
        expect(await warehouse.past.reach('orders')).toBe(second.sequence);
        expect(await stagedAs(sequence)).toBeUndefined();
        await whole([['y', '2023-01-01', '1']]);
        expect(await warehouse.past.reach('orders')).toBe(second.sequence);
        const last = await whole([['z', '2023-01-01', '1']], ORDERS, 0);
        expect(await warehouse.past.reach('orders')).toBe(last.sequence);
        await warehouse.drop('orders');
        expect(await warehouse.past.reach('orders')).toBeUndefined();
      },
    );
  });
}
