// What every adapter that follows changes by rows must do (warehouse/changes.ts): what a log knows, keys made anew, what
// differs, and that nothing is lost between a publication and its readers.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unique } from '../../src/asset/check.ts';
import { daily } from '../../src/asset/partition.ts';
import type { KeyedEdge, Part } from '../../src/warehouse/changes.ts';
import { changedContent } from '../../src/warehouse/content.ts';
import type { ChangedKeys, Position } from '../../src/warehouse/table.ts';
import type { CellContent, Staged, Warehouse } from '../../src/warehouse/warehouse.ts';
import { inChunks, type PublishInput, rowsOf, specOf } from './warehouse-contract.ts';

type Text = string | null;

const EVENTS = specOf('events', 'id STRING, k STRING, day DATE, n INT64', daily('day'));
const TOTALS = specOf('totals', 'k STRING, day DATE, total INT64', daily('day'));
/** A reader by key: the sum of a key, in the cell of its last day. */
const SUMS = 'SELECT k, MAX(day), CAST(SUM(n) AS BIGINT) FROM events GROUP BY k';
const EDGE: KeyedEdge = { upstream: 'events', columns: ['k'] };
const RUN = { runId: 'run-1' };

async function publish(
  warehouse: Warehouse,
  staged: Staged,
  { mode = 'replace', position, ...publication }: PublishInput & { readonly position?: Position } = {},
): Promise<void> {
  await warehouse.publish(
    staged,
    {
      asset: staged.spec.name,
      runId: staged.runId,
      fencingToken: 1,
      codeVersion: 'code-1',
      note: '',
      written: publication.written ?? (await warehouse.contentOf(staged)),
      removed: [],
      isWhole: true,
      settles: [],
      isLogged: false,
      ...publication,
    },
    { mode, ...(position === undefined ? {} : { position }) },
  );
}

export function changesContract(name: string, open: () => Promise<Warehouse>): void {
  describe(`changes contract: ${name}`, () => {
    let warehouse: Warehouse;
    beforeEach(async () => {
      warehouse = await open();
    });
    afterEach(() => warehouse.close());

    const stageEvents = (rows: Text[][]): Promise<Staged> => warehouse.stageRows(EVENTS, inChunks(rows), RUN);
    const append = async (rows: Text[][]): Promise<void> => {
      await publish(warehouse, await stageEvents(rows), { mode: 'append', isWhole: false, isLogged: true });
    };
    const totals = (): Promise<unknown[][]> =>
      rowsOf(warehouse, 'SELECT k, day, total FROM totals ORDER BY k', 'k STRING, day DATE, total INT64');
    const keys = async (): Promise<ChangedKeys | undefined> => {
      const upTo = await warehouse.changes.position(['events']);
      return warehouse.changes.keysSince(TOTALS, [EDGE], { ...RUN, upTo, name: '0' });
    };
    const parts = (changed: ChangedKeys): Part[] => [
      { sql: SUMS, region: { kind: 'keys', keys: changed }, restrict: [{ table: 'events', isUnique: false }] },
    ];
    /** Both tables made once. */
    const made = async (): Promise<void> => {
      await publish(
        warehouse,
        await stageEvents([
          ['1', 'a', '2023-01-01', '1'],
          ['2', 'b', '2023-01-02', '2'],
          ['3', null, '2023-01-03', '3'],
        ]),
      );
      const position = await warehouse.changes.position(['events']);
      await publish(warehouse, await warehouse.stageSelect(TOTALS, SUMS, RUN), { position });
    };
    /** Makes the reader over what changed. */
    const follow = async (): Promise<number> => {
      const position = await warehouse.changes.position(['events']);
      const changed = await keys();
      if (changed === undefined) throw new Error('the keys are not known');
      const staged = await warehouse.changes.stageParts(TOTALS, parts(changed), RUN);
      const changes = (await warehouse.changes.compare(staged)) ?? [];
      const before = new Map((await warehouse.changes.contentOfPublished(TOTALS)).map(cell => [cell.cell, cell]));
      const after = changes.map(change => changedContent(before.get(change.cell), change));
      await publish(warehouse, staged, {
        mode: 'regions',
        isWhole: false,
        written: after.filter((cell): cell is CellContent => cell !== undefined),
        removed: changes.filter((_change, at) => after[at] === undefined).map(change => change.cell),
        position,
      });
      return changes.length;
    };

    test('a reader made over the keys that changed is as one made whole, NULL among the keys', async () => {
      await made();
      await append([
        ['4', 'a', '2023-01-05', '10'],
        ['5', null, '2023-01-03', '1'],
        ['6', 'c', '2023-01-02', '7'],
      ]);
      // The cells that a moved away from and to, the one of NULL, and that of c.
      expect(await follow()).toBe(4);
      expect(await totals()).toEqual([
        ['a', '2023-01-05', 11],
        ['b', '2023-01-02', 2],
        ['c', '2023-01-02', 7],
        [null, '2023-01-03', 4],
      ]);
      const whole = await warehouse.contentOf(await warehouse.stageSelect(TOTALS, SUMS, { runId: 'run-2' }));
      expect(await warehouse.changes.contentOfPublished(TOTALS)).toEqual(whole);
      expect(await keys()).toMatchObject({ count: 0 });
    });

    test('versions that were added to and subtracted from are those of the whole', async () => {
      await made();
      await append([['4', 'a', '2023-01-02', '10']]);
      const position = await warehouse.changes.position(['events']);
      const staged = await warehouse.changes.stageParts(TOTALS, parts((await keys()) as ChangedKeys), RUN);
      const before = new Map((await warehouse.changes.contentOfPublished(TOTALS)).map(cell => [cell.cell, cell]));
      for (const change of (await warehouse.changes.compare(staged)) ?? []) {
        const content = changedContent(before.get(change.cell), change);
        if (content === undefined) before.delete(change.cell);
        else before.set(change.cell, content);
      }
      const whole = await warehouse.contentOf(await warehouse.stageSelect(TOTALS, SUMS, { runId: 'run-2' }));
      expect([...before.values()].sort((a, b) => (a.cell < b.cell ? -1 : 1))).toEqual(whole);
      expect(position).toEqual({ events: expect.any(Number) });
    });

    test('what came and went again is no change; a row that came twice is one', async () => {
      await made();
      await append([['4', 'a', '2023-01-02', '10']]);
      const gone = await warehouse.changes.keysFrom(EVENTS, 'id', ['4', '4', 'nobody'], RUN);
      expect(gone.count).toBe(2);
      const removal = await warehouse.changes.stageParts(
        EVENTS,
        [{ region: { kind: 'keys', keys: gone }, restrict: [] }],
        RUN,
      );
      const changes = await warehouse.changes.compare(removal);
      expect(changes).toHaveLength(1);
      await publish(warehouse, removal, {
        mode: 'regions',
        isWhole: false,
        isLogged: true,
        written: [],
        removed: ['2023-01-02'],
      });
      expect(await rowsOf(warehouse, 'SELECT id FROM events ORDER BY id', 'id STRING')).toEqual([['1'], ['2'], ['3']]);
      expect(await keys()).toMatchObject({ count: 0 });
      await append([['2', 'b', '2023-01-02', '2']]);
      expect(await keys()).toMatchObject({ count: 1 });
    });

    test('a part of cells and one of keys make each row once', async () => {
      await made();
      await append([['4', 'a', '2023-01-02', '10']]);
      const staged = await warehouse.changes.stageParts(
        TOTALS,
        [
          { sql: SUMS, region: { kind: 'cells', cells: ['2023-01-02'] }, restrict: [] },
          ...parts((await keys()) as ChangedKeys),
        ],
        RUN,
      );
      expect(staged.rows).toBe(2);
      const changes = (await warehouse.changes.compare(staged)) ?? [];
      expect(changes.map(change => change.cell)).toEqual(['2023-01-01', '2023-01-02']);
      await publish(warehouse, staged, {
        mode: 'regions',
        isWhole: false,
        written: [{ cell: '2023-01-02', dataVersion: 'x:2', rows: 2 }],
        removed: ['2023-01-01'],
      });
      expect(await totals()).toEqual([
        ['a', '2023-01-02', 11],
        ['b', '2023-01-02', 2],
        [null, '2023-01-03', 3],
      ]);
    });

    test('keys are found through another table; what differs in columns that nobody reads is none', async () => {
      const tags = specOf('tags', 'id STRING, tag STRING');
      await publish(
        warehouse,
        await stageEvents([
          ['1', 'a', '2023-01-01', '1'],
          ['2', 'b', '2023-01-02', '2'],
        ]),
      );
      await publish(
        warehouse,
        await warehouse.stageRows(
          tags,
          inChunks([
            ['1', 'red'],
            ['1', 'blue'],
            ['2', 'red'],
            ['3', null],
          ]),
          RUN,
        ),
      );
      const reader = specOf('by_tag', 'tag STRING, n INT64');
      const sql = 'SELECT tag, CAST(SUM(n) AS BIGINT) FROM tags JOIN events USING (id) GROUP BY tag';
      const position = await warehouse.changes.position(['events', 'tags']);
      await publish(warehouse, await warehouse.stageSelect(reader, sql, RUN), { position });
      const known = async (uses?: readonly string[]): Promise<ChangedKeys | undefined> =>
        warehouse.changes.keysSince(
          reader,
          [
            { upstream: 'tags', columns: ['tag'] },
            {
              upstream: 'events',
              columns: ['tag'],
              through: { asset: 'tags', on: ['id'] },
              ...(uses !== undefined && { uses }),
            },
          ],
          { ...RUN, upTo: await warehouse.changes.position(['events', 'tags']), name: '0' },
        );
      // The first event moves to another day, and nothing else of it changes.
      const gone = await warehouse.changes.keysFrom(EVENTS, 'id', ['1'], RUN);
      const moved = await warehouse.changes.stageParts(
        EVENTS,
        [
          {
            sql: "SELECT '1', 'a', DATE '2023-01-09', CAST(1 AS BIGINT)",
            region: { kind: 'keys', keys: gone },
            restrict: [],
          },
        ],
        RUN,
      );
      const changes = (await warehouse.changes.compare(moved)) ?? [];
      expect(changes.map(change => change.cell)).toEqual(['2023-01-01', '2023-01-09']);
      const written = [{ cell: '2023-01-09', dataVersion: 'x:1', rows: 1 }];
      await publish(warehouse, moved, { mode: 'regions', isWhole: false, isLogged: true, written });
      expect(await known()).toMatchObject({ columns: ['tag'], count: 2 });
      expect(await known(['id', 'day'])).toMatchObject({ count: 2 });
      expect(await known(['id', 'n'])).toMatchObject({ count: 0 });
      await append([['3', 'c', '2023-01-03', '5']]);
      // NULL is a key like any other.
      expect(await known(['id', 'n'])).toMatchObject({ count: 1 });
    });

    test('keys are known to be new only to a reader that is not ahead of what it is noted to have read', async () => {
      await made();
      const origin: KeyedEdge = { ...EDGE, isUnique: true, isOnly: true };
      const known = async (edge: KeyedEdge): Promise<ChangedKeys | undefined> => {
        const upTo = await warehouse.changes.position(['events']);
        return warehouse.changes.keysSince(TOTALS, [edge], { ...RUN, upTo, name: '0' });
      };
      await append([['4', 'z', '2023-01-02', '10']]);
      expect(await known(origin)).toMatchObject({ count: 1, isNew: true, mayBeNew: true });
      expect(await known({ ...origin, isOnly: false })).toMatchObject({ isNew: false, mayBeNew: true });
      expect(await known(EDGE)).toMatchObject({ isNew: false, mayBeNew: false });
      // One cell is made of what is there now, by name: the new key is in it, and nothing is noted as read.
      const cell = await warehouse.changes.stageParts(
        TOTALS,
        [{ sql: SUMS, region: { kind: 'cells', cells: ['2023-01-02'] }, restrict: [] }],
        RUN,
      );
      await warehouse.changes.compare(cell);
      const written = [{ cell: '2023-01-02', dataVersion: 'x:1', rows: 2 }];
      await publish(warehouse, cell, { mode: 'regions', isWhole: false, written });
      expect(await known(origin)).toMatchObject({ count: 1, isNew: false, mayBeNew: true });
      await follow();
      await append([['5', 'y', '2023-01-02', '1']]);
      expect(await known(origin)).toMatchObject({ count: 1, isNew: true });
      expect(await totals()).toEqual([
        ['a', '2023-01-01', 1],
        ['b', '2023-01-02', 2],
        ['z', '2023-01-02', 10],
        [null, '2023-01-03', 3],
      ]);
    });

    test('rows that only came bring rows beside those that are there, once, as often as they came', async () => {
      await made();
      const copies = { ...TOTALS, name: 'copies' };
      const sql = 'SELECT k, day, n FROM events';
      const edge: KeyedEdge = { ...EDGE, isLinear: true };
      const look = (): Promise<unknown[][]> =>
        rowsOf(warehouse, 'SELECT k, total FROM copies ORDER BY ALL', 'k STRING, total INT64');
      const first = await warehouse.stageSelect(copies, sql, RUN);
      await publish(warehouse, first, { position: await warehouse.changes.position(['events']) });
      const before = await look();
      const follow = async (known: KeyedEdge): Promise<ChangedKeys | undefined> => {
        const upTo = await warehouse.changes.position(['events']);
        const keys = await warehouse.changes.keysSince(copies, [known], { ...RUN, upTo, name: '0' });
        if (keys?.added === undefined) return keys;
        const region = { kind: 'added', added: keys.added } as const;
        const staged = await warehouse.changes.stageParts(copies, [{ sql, region, restrict: [] }], RUN);
        const changes = (await warehouse.changes.compare(staged)) ?? [];
        expect(changes.map(({ cell }) => cell)).toEqual(['2023-01-02', '2023-01-07']);
        const check = unique(['k', 'total']);
        const [result] = await warehouse.audit(staged, [check], { isWhole: false, mode: 'regions' });
        expect(result?.failedRows).toBe(3);
        const written = changes.map(({ cell }) => ({ cell, dataVersion: 'x:1', rows: 1 }));
        await publish(warehouse, staged, { mode: 'regions', isWhole: false, written, position: upTo });
        return keys;
      };
      // One as a published row, one twice.
      await append([
        ['6', 'b', '2023-01-02', '2'],
        ['7', 'y', '2023-01-07', '7'],
        ['8', 'y', '2023-01-07', '7'],
      ]);
      expect(await follow(EDGE)).not.toHaveProperty('added');
      expect(await follow(edge)).toMatchObject({ count: 3, added: { upstream: 'events', newBy: [] } });
      const after = [...before, ['b', 2], ['y', 7], ['y', 7]];
      expect(new Set((await look()).map(String))).toEqual(new Set(after.map(String)));
      expect((await look()).length).toBe(after.length);
      expect(await follow(edge)).toMatchObject({ count: 0 });
    });

    test('after a publication that is not logged, and for who never read, nothing is known', async () => {
      await made();
      const never = { ...TOTALS, name: 'never' };
      const upTo = await warehouse.changes.position(['events']);
      expect(await warehouse.changes.keysSince(never, [EDGE], { ...RUN, upTo, name: '0' })).toBeUndefined();
      await publish(warehouse, await stageEvents([['9', 'z', '2023-01-09', '9']]));
      expect(await keys()).toBeUndefined();
      await warehouse.changes.confirm('totals', await warehouse.changes.position(['events']));
      expect(await keys()).toMatchObject({ count: 0 });
    });

    test('pruning forgets what every reader has read, and nothing else', async () => {
      await made();
      await append([['4', 'a', '2023-01-02', '10']]);
      await warehouse.changes.prune(new Map([['events', ['totals']]]));
      expect(await keys()).toMatchObject({ count: 1 });
      await follow();
      await append([['5', 'b', '2023-01-02', '10']]);
      await warehouse.changes.prune(new Map([['events', ['totals']]]));
      expect(await keys()).toMatchObject({ count: 1 });
    });

    test('a whole table is compared in the cells that are named', async () => {
      await made();
      const staged = await stageEvents([
        ['1', 'a', '2023-01-01', '1'],
        ['2', 'b', '2023-01-02', '22'],
      ]);
      const changes = await warehouse.changes.compare(staged, { cells: ['2023-01-02', '2023-01-03'] });
      expect(changes?.map(change => change.cell)).toEqual(['2023-01-02', '2023-01-03']);
      await publish(warehouse, staged, { isLogged: true });
      expect(await keys()).toMatchObject({ count: 2 });
    });

    test('a table of other columns can not be compared', async () => {
      await made();
      const other = specOf('events', 'id STRING, k STRING, day DATE, n STRING', daily('day'));
      const staged = await warehouse.stageRows(other, inChunks([['1', 'a', '2023-01-01', '1']]), RUN);
      expect(await warehouse.changes.compare(staged, { cells: ['2023-01-01'] })).toBeUndefined();
    });
  });
}
