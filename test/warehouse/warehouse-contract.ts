// What every adapter of the Warehouse port must do. `open` gives an empty warehouse; SQL in here is what all engines read.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acceptedValues, type Check, expression, notNull, refersTo, unique } from '../../src/asset/check.ts';
import { daily, hourly, monthly, type Partition, staticKeys, weekly } from '../../src/asset/partition.ts';
import { parseType } from '../../src/googlesql/type.ts';
import { joinRows, type TextColumns } from '../../src/text-columns.ts';
import type { Part } from '../../src/warehouse/changes.ts';
import { changedContent } from '../../src/warehouse/content.ts';
import {
  type CellContent,
  CHECKED_TABLE,
  type JournalRow,
  type Publication,
  type PublishMode,
  type Region,
  type Staged,
  type TableSpec,
  type Warehouse,
} from '../../src/warehouse/warehouse.ts';

type Text = string | null;

/** `specOf('orders', 'order_id STRING!, day DATE', daily('day'))`; ! is REQUIRED. */
export function specOf(name: string, columns: string, partition: Partition = { kind: 'none' }): TableSpec {
  return {
    name,
    description: `The table ${name}.`,
    columns: columns.split(/,\s*(?![^<]*>)/).map(text => {
      const [, column = '', type = '', mark] = /^(\w+) (.*?)(!?)$/.exec(text) ?? [];
      return { name: column, type: parseType(type), required: mark === '!', description: `Its ${column}.` };
    }),
    partition,
    clusterBy: [],
  };
}

export async function* inChunks(
  rows: readonly (readonly Text[])[],
  size = 2,
): AsyncGenerator<readonly (readonly Text[])[]> {
  for (let i = 0; i < rows.length; i += size) yield rows.slice(i, i + size);
}

/** What an engine does not do as others; each is named where its test is left out or is another. */
export interface Traits {
  /** NULL arrays are not [], and arrays hold NULLs. BigQuery has neither. */
  readonly hasNullArrays: boolean;
  /** JSON keeps the digits of its numbers: {"a": 63.10} is {"a":63.10}. BigQuery's are doubles, of which 63.1 is printed. */
  readonly hasExactJson: boolean;
  /** A SELECT of one INT64 that does not end within minutes. BigQuery ends a recursion after 500 steps. */
  readonly endless: string;
}

const RECURSION =
  'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT 1 - n FROM t WHERE n < 2) SELECT count(*) AS n FROM t';

const stage = (
  warehouse: Warehouse,
  spec: TableSpec,
  rows: readonly (readonly Text[])[],
  runId = 'run-1',
): Promise<Staged> => warehouse.stageRows(spec, inChunks(rows), { runId });

export interface PublishInput extends Partial<Publication> {
  readonly mode?: PublishMode;
  readonly versions?: number;
}

/** Publishes the staged table; whole unless `input` says otherwise. */
export async function publish(warehouse: Warehouse, staged: Staged, input: PublishInput = {}): Promise<JournalRow> {
  const { mode = 'replace', versions, ...publication } = input;
  return warehouse.publish(
    staged,
    {
      asset: staged.spec.name,
      runId: staged.runId,
      fencingToken: 1,
      codeVersion: 'code-1',
      note: '{}',
      written: publication.written ?? (await warehouse.contentOf(staged)),
      removed: [],
      isWhole: true,
      settles: [],
      isLogged: false,
      ...publication,
    },
    { mode, ...(versions === undefined ? {} : { versions }) },
  );
}

export const rowsOf = async (warehouse: Warehouse, sql: string, columns: string): Promise<unknown[][]> => {
  const result = await warehouse.query(sql, specOf('x', columns).columns);
  return result.rows.map(row => [...row]);
};

const failing = (condition: string): string => `SELECT * FROM ${CHECKED_TABLE} WHERE ${condition}`;

const versions = (content: readonly CellContent[]): Record<string, string> =>
  Object.fromEntries(content.map(cell => [cell.cell, cell.dataVersion]));

const ORDERS = specOf('orders', 'order_id STRING!, day DATE, amount NUMERIC', daily('day'));

export function warehouseContract(
  name: string,
  open: () => Promise<Warehouse>,
  { hasNullArrays, hasExactJson, endless }: Traits = { hasNullArrays: true, hasExactJson: true, endless: RECURSION },
): void {
  describe(`warehouse contract: ${name}`, () => {
    let warehouse: Warehouse;
    beforeEach(async () => {
      warehouse = await open();
    });
    afterEach(() => warehouse.close());

    const orders = (): Promise<unknown[][]> =>
      rowsOf(
        warehouse,
        'SELECT order_id, day, amount FROM orders ORDER BY order_id',
        'order_id STRING, day DATE, amount NUMERIC',
      );
    const seeded = async (): Promise<void> => {
      await publish(
        warehouse,
        await stage(warehouse, ORDERS, [
          ['a', '2023-01-01', '1'],
          ['b', '2023-01-02', '2.50'],
          ['n', null, '9'],
        ]),
      );
    };

    describe('staging', () => {
      test('a staged table is not there for readers until it is published', async () => {
        const staged = await stage(warehouse, ORDERS, [['a', '2023-01-01', '1']]);
        expect(staged).toMatchObject({ runId: 'run-1', rows: 1 });
        expect(await warehouse.hasTable('orders')).toBe(false);
        await expect(orders()).rejects.toMatchObject({ code: 'WAREHOUSE_TABLE_MISSING' });
        await publish(warehouse, staged);
        expect(await warehouse.hasTable('orders')).toBe(true);
        expect(await orders()).toEqual([['a', '2023-01-01', '1']]);
      });

      test('a staged table without rows becomes a published one without rows', async () => {
        await publish(warehouse, await stage(warehouse, ORDERS, []));
        expect(await orders()).toEqual([]);
      });

      test('a SELECT is staged by the position of its columns, and only the rows of the cells asked for', async () => {
        await seeded();
        const staged = await warehouse.stageSelect(
          specOf('daily', 'd DATE, total NUMERIC', daily('d')),
          'SELECT day AS x, SUM(amount) AS y FROM orders GROUP BY day',
          { runId: 'run-2', cells: ['2023-01-02', '__NULL__', '2024-01-01'] },
        );
        expect(staged.rows).toBe(2);
        await publish(warehouse, staged);
        expect(await rowsOf(warehouse, 'SELECT d, total FROM daily ORDER BY total', 'd DATE, total NUMERIC')).toEqual([
          ['2023-01-02', '2.5'],
          [null, '9'],
        ]);
      });

      test("a text that is not of its column's type is named, with its column", async () => {
        for (const [type, bad] of BAD_TEXTS) {
          await expect(
            stage(warehouse, specOf('t', `k STRING, v ${type}`), [
              ['good', null],
              ['x', bad],
            ]),
            `${type} ${bad}`,
          ).rejects.toMatchObject({
            code: 'WAREHOUSE_QUERY_FAILED',
            message: expect.stringContaining(`${JSON.stringify(bad)} in column v`),
          });
        }
      });

      test("NULL in a REQUIRED column is refused, with the column's name", async () => {
        await expect(stage(warehouse, ORDERS, [[null, null, null]])).rejects.toMatchObject({
          code: 'WAREHOUSE_QUERY_FAILED',
          message: expect.stringContaining('order_id'),
        });
      });

      test('a staging that is interrupted ends at once and leaves nothing behind', async () => {
        const ending = new AbortController();
        const spec = specOf('endless', 'n INT64');
        const staging = warehouse.stageSelect(spec, endless, { runId: 'run-1', signal: ending.signal });
        const end = setTimeout(() => ending.abort(), 50);
        await expect(staging).rejects.toMatchObject({ code: 'RUN_INTERRUPTED' });
        clearTimeout(end);
        expect(await warehouse.sweep([])).toEqual([]);
        const never = warehouse.stageSelect(spec, 'SELECT 1 AS n', { runId: 'run-1', signal: ending.signal });
        await expect(never).rejects.toMatchObject({ code: 'RUN_INTERRUPTED' });
        await seeded();
      });

      test('a staging that fails leaves nothing behind', async () => {
        await expect(stage(warehouse, ORDERS, [['a', 'no day', '1']])).rejects.toThrow();
        expect(await warehouse.sweep([])).toEqual([]);
      });

      test("an error of the rows' source comes through", async () => {
        async function* broken(): AsyncGenerator<string[][]> {
          yield [['a', '2023-01-01', '1']];
          throw new Error('the raw store is gone');
        }
        await expect(warehouse.stageRows(ORDERS, broken(), { runId: 'run-1' })).rejects.toThrow(
          'the raw store is gone',
        );
        await seeded();
      });

      test('columns of joined texts are the rows they were joined of', async () => {
        const texts = [...TEXTS, null].map((t, i) => [String(i), t, i % 2 === 0 ? t : null]);
        async function* batches(): AsyncGenerator<TextColumns> {
          yield joinRows(texts.slice(0, 3), 3);
          yield joinRows(texts.slice(3), 3);
        }
        const spec = specOf('texts', 'n INT64, t STRING, u STRING');
        const staged = await warehouse.stageColumns(spec, batches(), { runId: 'run-1' });
        expect(staged.rows).toBe(texts.length);
        await publish(warehouse, staged);
        expect(await rowsOf(warehouse, 'SELECT n, t, u FROM texts ORDER BY n', 'n INT64, t STRING, u STRING')).toEqual(
          texts.map(([n, t, u]) => [Number(n), t, u]),
        );
      });

      test('columns whose text is not of its type are refused, with the text', async () => {
        async function* batches(): AsyncGenerator<TextColumns> {
          yield joinRows(
            [
              ['a', '2023-01-01', '1'],
              ['b', 'no day', '2'],
            ],
            3,
          );
        }
        await expect(warehouse.stageColumns(ORDERS, batches(), { runId: 'run-1' })).rejects.toMatchObject({
          code: 'WAREHOUSE_QUERY_FAILED',
          message: expect.stringContaining('no day'),
        });
      });

      test('a text is read as GoogleSQL would read it', async () => {
        const columns = GOOD_TEXTS.map(([type], at) => `v_${at} ${type}`).join(', ');
        const staged = await stage(warehouse, specOf('good', columns), [GOOD_TEXTS.map(([, text]) => text)]);
        await publish(warehouse, staged);
        const [row = []] = await rowsOf(warehouse, 'SELECT * FROM good', columns);
        const read = GOOD_TEXTS.map(([type, text], at) => [type, text, row[at]]);
        const shortest = (value: unknown): unknown => (value === '{"a":63.10}' ? '{"a":63.1}' : value);
        const wanted = GOOD_TEXTS.map(([type, text, value]) => [type, text, hasExactJson ? value : shortest(value)]);
        expect(read).toEqual(wanted);
      });

      test('any text comes back as it was', async () => {
        const texts = [...TEXTS, null];
        const spec = specOf('texts', 'n INT64, t STRING, u STRING');
        const staged = await stage(
          warehouse,
          spec,
          texts.map((t, i) => [String(i), t, i % 2 === 0 ? t : null]),
        );
        await publish(warehouse, staged);
        expect(await rowsOf(warehouse, 'SELECT n, t, u FROM texts ORDER BY n', 'n INT64, t STRING, u STRING')).toEqual(
          texts.map((t, i) => [i, t, i % 2 === 0 ? t : null]),
        );
      });

      test('staging again under the same run takes the place of what was staged', async () => {
        await stage(warehouse, ORDERS, [
          ['a', '2023-01-01', '1'],
          ['b', '2023-01-01', '1'],
        ]);
        await publish(warehouse, await stage(warehouse, ORDERS, [['c', '2023-01-01', '1']]));
        expect(await orders()).toEqual([['c', '2023-01-01', '1']]);
      });

      test('sweep removes what no living run owns, and nothing else', async () => {
        await seeded();
        const kept = await stage(warehouse, ORDERS, [['k', '2023-01-01', '1']], 'run-alive');
        const orphan = await stage(warehouse, ORDERS, [['o', '2023-01-01', '1']], 'run-dead');
        expect(await warehouse.sweep(['run-alive'])).toEqual([orphan.table]);
        expect(await warehouse.sweep(['run-alive'])).toEqual([]);
        await publish(warehouse, kept);
        expect(await orders()).toEqual([['k', '2023-01-01', '1']]);
      });

      test('discard removes a staging table, and nothing where it is gone', async () => {
        const staged = await stage(warehouse, ORDERS, []);
        await warehouse.discard(staged);
        await warehouse.discard(staged);
        expect(await warehouse.sweep([])).toEqual([]);
      });
    });

    describe('cells', () => {
      const cellsOf = async (spec: TableSpec, rows: Text[][]): Promise<Record<string, number>> => {
        const content = await warehouse.contentOf(await stage(warehouse, spec, rows));
        return Object.fromEntries(content.map(cell => [cell.cell, cell.rows]));
      };

      test('a cell is an hour, a day, a week from Monday, a month, a listed key, or the table', async () => {
        const at = (texts: Text[]): Text[][] => texts.map(text => [text]);
        expect(
          await cellsOf(
            specOf('h', 't TIMESTAMP', hourly('t')),
            at(['2023-03-31T19:00:00Z', '2023-03-31T19:59:59.999999Z', '2023-03-31T20:00:00Z', null]),
          ),
        ).toEqual({ '2023-03-31T19': 2, '2023-03-31T20': 1, __NULL__: 1 });
        expect(
          await cellsOf(specOf('d', 'd DATE', daily('d')), at(['2023-03-31', '0999-01-01', '2023-03-31', null])),
        ).toEqual({ '2023-03-31': 2, '0999-01-01': 1, __NULL__: 1 });
        expect(
          await cellsOf(
            specOf('w', 'd DATE', weekly('d')),
            at(['2023-03-27', '2023-04-02', '2023-04-03', '2023-01-01', null]),
          ),
        ).toEqual({ '2023-03-27': 2, '2023-04-03': 1, '2022-12-26': 1, __NULL__: 1 });
        expect(
          await cellsOf(specOf('m', 'd DATE', monthly('d')), at(['2023-03-01', '2023-03-31', '2023-04-01', null])),
        ).toEqual({ '2023-03': 2, '2023-04': 1, __NULL__: 1 });
        expect(
          await cellsOf(specOf('s', 'v STRING', staticKeys('v', ['a', "o'b"])), at(['a', "o'b", 'a', null])),
        ).toEqual({ a: 2, "o'b": 1, __NULL__: 1 });
        // What means something else where cells are named is no other key for it.
        expect(
          await cellsOf(specOf('r', 'v STRING', staticKeys('v', [])), at(['*', '?', '__NULL__', '=a', 'a=', null])),
        ).toEqual({ '=*': 1, '=?': 1, '=__NULL__': 1, '==a': 1, 'a=': 1, __NULL__: 1 });
        expect(await cellsOf(specOf('n', 'v STRING'), at(['a', 'b', null]))).toEqual({ '': 3 });
      });

      test('cells of every kind can be replaced one by one', async () => {
        const kinds: [string, Partition, string[], string][] = [
          [
            't TIMESTAMP',
            hourly('t'),
            ['2023-03-31T19:30:00Z', '2023-03-31T20:00:00Z', '2023-04-01T00:00:00Z'],
            '2023-03-31T20',
          ],
          ['t DATE', weekly('t'), ['2023-03-27', '2023-04-05', '2023-04-10'], '2023-04-03'],
          ['t DATE', monthly('t'), ['2023-01-31', '2023-02-28', '2023-03-01'], '2023-02'],
          ['t STRING', staticKeys('t', ['a', 'b', 'c']), ['a', 'b', 'c'], 'b'],
          ['t STRING', staticKeys('t', ['*', '__NULL__', '==']), ['*', '__NULL__', '=='], '=__NULL__'],
        ];
        for (const [i, [column, partition, values, middle]] of kinds.entries()) {
          const spec = specOf(`kind_${i}`, `${column}, n INT64`, partition);
          await publish(
            warehouse,
            await stage(
              warehouse,
              spec,
              values.map((value, n) => [value, String(n)]),
            ),
          );
          await publish(warehouse, await stage(warehouse, spec, [[values[1] ?? null, '77']]), { isWhole: false });
          expect(await rowsOf(warehouse, `SELECT n FROM kind_${i} ORDER BY n`, 'n INT64'), middle).toEqual([
            [0],
            [2],
            [77],
          ]);
          await publish(warehouse, await stage(warehouse, spec, []), { isWhole: false, removed: [middle] });
          expect(await rowsOf(warehouse, `SELECT n FROM kind_${i} ORDER BY n`, 'n INT64'), middle).toEqual([[0], [2]]);
        }
      });
    });

    describe('content', () => {
      const spec = specOf(
        'c',
        's STRING, n NUMERIC, f FLOAT64, l ARRAY<STRUCT<a STRING, b INT64>>, t TIMESTAMP, d DATE',
        daily('d'),
      );
      const row = (over: Text[] = []): Text[] =>
        ['x', '1.5', '0.5', '[{"a":"p","b":1}]', '2023-01-01T00:00:00Z', '2023-01-01'].map((text, i) =>
          over[i] === undefined ? text : over[i],
        );
      const versionOf = async (rows: Text[][]): Promise<string> => {
        const [cell] = await warehouse.contentOf(await stage(warehouse, spec, rows));
        return cell?.dataVersion ?? 'no cell';
      };

      test('order does not count, duplicates do', async () => {
        const a = row(['a']);
        const b = row(['b']);
        expect(await versionOf([a, b, b])).toBe(await versionOf([b, a, b]));
        expect(await versionOf([a, b, b])).not.toBe(await versionOf([a, a, b]));
        expect(await versionOf([a, b])).not.toBe(await versionOf([a, b, b, b]));
        expect(await versionOf([a, a])).not.toBe(await versionOf([b, b]));
      });

      test('every difference of a value shows', async () => {
        const rows = [
          row(),
          row([null]),
          row(['']),
          row(['y']),
          row(['x', '1.500000001']),
          row(['x', null]),
          row(['x', '1.5', '0']),
          row(['x', '1.5', '-0.0']),
          row(['x', '1.5', 'nan']),
          row(['x', '1.5', 'inf']),
          ...(hasNullArrays ? [row(['x', '1.5', '0.5', null]), row(['x', '1.5', '0.5', '[null]'])] : []),
          row(['x', '1.5', '0.5', '[]']),
          row(['x', '1.5', '0.5', '[{"a":null,"b":null}]']),
          row(['x', '1.5', '0.5', '[{"a":"p","b":1},{"a":"p","b":1}]']),
          row(['x', '1.5', '0.5', '[{"a":"null","b":null}]']),
          row(['x', '1.5', '0.5', '[{"a":"p","b":1}]', '2023-01-01T00:00:00.000001Z']),
          row(['1.5', '1.5', '0.5', null]),
        ];
        const found: string[] = [];
        for (const one of rows) found.push(await versionOf([one]));
        expect(new Set(found).size).toBe(rows.length);
      });

      test('values that change columns show', async () => {
        const two = specOf('two', 'a STRING, b STRING');
        const of = async (rows: Text[][]): Promise<unknown> =>
          versions(await warehouse.contentOf(await stage(warehouse, two, rows)));
        expect(await of([['x', 'y']])).not.toEqual(await of([['y', 'x']]));
        expect(await of([['x', null]])).not.toEqual(await of([[null, 'x']]));
        expect(
          await of([
            ['x', 'y'],
            ['y', 'x'],
          ]),
        ).not.toEqual(
          await of([
            ['x', 'x'],
            ['y', 'y'],
          ]),
        );
      });

      test('a version names its engine, and is the same for a SELECT and for rows', async () => {
        const fromRows = versions(
          await warehouse.contentOf(await stage(warehouse, ORDERS, [['a', '2023-01-01', '1']])),
        );
        const selected = await warehouse.stageSelect(ORDERS, `SELECT 'a', DATE '2023-01-01', CAST(1 AS NUMERIC)`, {
          runId: 'run-2',
        });
        expect(versions(await warehouse.contentOf(selected))).toEqual(fromRows);
        expect(fromRows['2023-01-01']).toMatch(new RegExp(`^${warehouse.engine}-[\\d.]+:[0-9a-f-]+$`));
      });
    });

    describe('publishing', () => {
      test('cells are replaced, those that are gone removed, the others stay', async () => {
        await seeded();
        const staged = await stage(warehouse, ORDERS, [
          ['b2', '2023-01-02', '3'],
          ['c', '2023-01-03', '4'],
        ]);
        await publish(warehouse, staged, { isWhole: false, removed: ['__NULL__'] });
        expect(await orders()).toEqual([
          ['a', '2023-01-01', '1'],
          ['b2', '2023-01-02', '3'],
          ['c', '2023-01-03', '4'],
        ]);
      });

      test('of the staged cells only those that are written are published', async () => {
        await seeded();
        const staged = await stage(warehouse, ORDERS, [
          ['b2', '2023-01-02', '3'],
          ['x', '2023-01-01', '4'],
        ]);
        const written = (await warehouse.contentOf(staged)).filter(cell => cell.cell === '2023-01-02');
        await publish(warehouse, staged, { isWhole: false, written });
        expect(await orders()).toEqual([
          ['a', '2023-01-01', '1'],
          ['b2', '2023-01-02', '3'],
          ['n', null, '9'],
        ]);
      });

      test('a whole table takes the place of the old one, columns and all', async () => {
        await seeded();
        const other = specOf('orders', 'order_id STRING, region STRING');
        await publish(warehouse, await stage(warehouse, other, [['z', 'Lagos']]));
        expect(
          await rowsOf(warehouse, 'SELECT order_id, region FROM orders', 'order_id STRING, region STRING'),
        ).toEqual([['z', 'Lagos']]);
      });

      test('the one cell of an unpartitioned table is the whole table', async () => {
        await publish(warehouse, await stage(warehouse, specOf('one', 'n INT64'), [['1'], ['2']]));
        await publish(warehouse, await stage(warehouse, specOf('one', 'n INT64, m INT64'), [['3', '4']]), {
          isWhole: false,
        });
        expect(await rowsOf(warehouse, 'SELECT n, m FROM one', 'n INT64, m INT64')).toEqual([[3, 4]]);
        await publish(warehouse, await stage(warehouse, specOf('one', 'n INT64'), []), {
          isWhole: false,
          removed: [''],
        });
        expect(await rowsOf(warehouse, 'SELECT n FROM one', 'n INT64')).toEqual([]);
      });

      test('append adds rows and replaces none', async () => {
        await publish(warehouse, await stage(warehouse, ORDERS, [['a', '2023-01-01', '1']]), {
          mode: 'append',
          isWhole: false,
        });
        await publish(warehouse, await stage(warehouse, ORDERS, [['b', '2023-01-01', '2']]), {
          mode: 'append',
          isWhole: false,
        });
        expect(await orders()).toEqual([
          ['a', '2023-01-01', '1'],
          ['b', '2023-01-01', '2'],
        ]);
      });

      test('cells of other columns are refused, and nothing changes', async () => {
        await seeded();
        const staged = await stage(
          warehouse,
          specOf('orders', 'order_id STRING, day DATE, amount INT64', daily('day')),
          [['b', '2023-01-02', '3']],
        );
        await expect(publish(warehouse, staged, { isWhole: false })).rejects.toMatchObject({
          code: 'WAREHOUSE_QUERY_FAILED',
          hint: expect.stringContaining('--full-refresh'),
        });
        expect(await orders()).toHaveLength(3);
        expect(await warehouse.journal(0)).toHaveLength(1);
      });

      test('the journal tells each publication, in order, with what it wrote', async () => {
        expect(await warehouse.journal(0)).toEqual([]);
        const staged = await stage(warehouse, ORDERS, [['a', '2023-01-01', '1']]);
        const written = await warehouse.contentOf(staged);
        const first = await publish(warehouse, staged, {
          note: '{"batches":["b\'1"]}',
          codeVersion: 'code-7',
          runId: 'run-9',
        });
        expect(first).toMatchObject({
          asset: 'orders',
          runId: 'run-9',
          fencingToken: 1,
          codeVersion: 'code-7',
          note: '{"batches":["b\'1"]}',
          written,
          removed: [],
          isWhole: true,
        });
        expect(first.publishedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
        const second = await publish(warehouse, await stage(warehouse, ORDERS, []), {
          isWhole: false,
          removed: ['2023-01-01'],
        });
        expect(second.sequence).toBeGreaterThan(first.sequence);
        expect(await warehouse.journal(0)).toEqual([first, second]);
        expect(await warehouse.journal(first.sequence)).toEqual([second]);
        expect(await warehouse.journal(second.sequence)).toEqual([]);
      });

      test('a publication with an older token than the last one is refused, and nothing changes', async () => {
        await publish(warehouse, await stage(warehouse, ORDERS, [['a', '2023-01-01', '1']]), { fencingToken: 7 });
        const late = await stage(warehouse, ORDERS, [['late', '2023-01-01', '1']]);
        await expect(publish(warehouse, late, { fencingToken: 6 })).rejects.toMatchObject({
          code: 'PUBLICATION_REFUSED',
        });
        expect(await orders()).toEqual([['a', '2023-01-01', '1']]);
        expect(await warehouse.journal(0)).toHaveLength(1);
        await publish(warehouse, late, { fencingToken: 7 });
        expect(await orders()).toEqual([['late', '2023-01-01', '1']]);
      });

      test('the staging table is gone after the publication, of every kind', async () => {
        await seeded();
        await publish(warehouse, await stage(warehouse, ORDERS, [['b', '2023-01-02', '3']]), { isWhole: false });
        await publish(warehouse, await stage(warehouse, ORDERS, [['c', '2023-01-02', '3']]), {
          isWhole: false,
          mode: 'append',
        });
        expect(await warehouse.sweep([])).toEqual([]);
      });

      test('tables are built and published at the same time', async () => {
        const names = Array.from({ length: 12 }, (_, i) => `t_${i}`);
        const made = await Promise.all(
          names.map(async name => {
            const spec = specOf(name, 'n INT64');
            const staged = await warehouse.stageSelect(spec, `SELECT 41 + 1`, { runId: 'run-1' });
            await warehouse.audit(staged, [notNull('n')], { isWhole: true });
            return publish(warehouse, staged);
          }),
        );
        expect(new Set(made.map(row => row.sequence)).size).toBe(12);
        for (const name of names) expect(await rowsOf(warehouse, `SELECT n FROM ${name}`, 'n INT64')).toEqual([[42]]);
      });

      test('the journal forgets old rows that nothing is of, but never the last of a table, nor one that removed cells', async () => {
        const spec = specOf('kept', 'day DATE', daily('day'));
        const rows = [
          await publish(warehouse, await stage(warehouse, spec, [['2023-01-01'], ['2023-01-02']])),
          await publish(warehouse, await stage(warehouse, spec, [['2023-01-02']]), {
            removed: ['2023-01-01'],
            isWhole: false,
          }),
          await publish(warehouse, await stage(warehouse, spec, [['2023-01-03']]), { isWhole: false }),
          await publish(warehouse, await stage(warehouse, spec, [['2023-01-03']]), { isWhole: false }),
        ];
        const sequences = rows.map(row => row.sequence);
        expect(await warehouse.compactJournal(sequences.slice(0, 1), '2020-01-01T00:00:00.000Z')).toBe(0);
        expect(await warehouse.compactJournal(sequences.slice(0, 1), '2999-01-01T00:00:00.000Z')).toBe(1);
        expect((await warehouse.journal(0)).map(row => row.sequence)).toEqual([
          sequences[0],
          sequences[1],
          sequences[3],
        ]);
        expect(await warehouse.compactJournal([], '2999-01-01T00:00:00.000Z')).toBe(1);
      });

      test('drop removes a table and its journal rows; sequences are not used again', async () => {
        await seeded();
        const [{ sequence } = { sequence: 0 }] = await warehouse.journal(0);
        await warehouse.drop('orders');
        await warehouse.drop('orders');
        expect(await warehouse.hasTable('orders')).toBe(false);
        expect(await warehouse.journal(0)).toEqual([]);
        expect((await publish(warehouse, await stage(warehouse, ORDERS, []))).sequence).toBeGreaterThan(sequence);
      });
    });

    describe('changes', () => {
      const B2 = `SELECT 'b2', DATE '2023-01-02', CAST(3 AS NUMERIC)`;
      const ofCells = (cells: readonly string[]): Region => ({ kind: 'cells', cells });

      test('positions are the last publications, 0 where there is none', async () => {
        expect(await warehouse.changes.position(['orders', 'nowhere'])).toEqual({ orders: 0, nowhere: 0 });
        await seeded();
        const staged = await stage(warehouse, ORDERS, [['z', '2023-01-01', '1']]);
        const { sequence } = await publish(warehouse, staged);
        expect(await warehouse.changes.position(['orders', 'nowhere'])).toEqual({ orders: sequence, nowhere: 0 });
      });

      test('parts are made of their regions alone, compared, and put in the place of their regions', async () => {
        await seeded();
        const options = { runId: 'run-2' };
        const keys = await warehouse.changes.keysFrom(ORDERS, 'order_id', ['n', 'n', "it's"], options);
        expect(keys).toMatchObject({ columns: ['order_id'], count: 2, from: [] });
        const elsewhere = `${B2} UNION ALL SELECT 'x', DATE '2023-01-01', CAST(4 AS NUMERIC)`;
        const parts: Part[] = [
          { sql: elsewhere, region: ofCells(['2023-01-02']), restrict: [] },
          { region: { kind: 'keys', keys }, restrict: [] },
        ];
        const staged = await warehouse.changes.stageParts(ORDERS, parts, options);
        expect(staged.rows).toBe(1);
        const [unique2] = await warehouse.audit(staged, [unique('day')], { isWhole: false, mode: 'regions' });
        expect(unique2).toMatchObject({ failedRows: 0 });
        const before = new Map(
          (await warehouse.changes.contentOfPublished(ORDERS)).map(content => [content.cell, content]),
        );
        const changes = (await warehouse.changes.compare(staged)) ?? [];
        expect(changes.map(change => change.cell)).toEqual(['2023-01-02', '__NULL__']);
        const after = changes.map(change => changedContent(before.get(change.cell), change));
        expect(after.map(content => content?.rows)).toEqual([1, undefined]);
        const written = after.filter(content => content !== undefined);
        await publish(warehouse, staged, { mode: 'regions', isWhole: false, written, removed: ['__NULL__'] });
        expect(await orders()).toEqual([
          ['a', '2023-01-01', '1'],
          ['b2', '2023-01-02', '3'],
        ]);
        expect(await warehouse.changes.contentOfPublished(ORDERS)).toEqual([before.get('2023-01-01'), ...written]);
        expect(await warehouse.sweep([])).toEqual([]);
      });

      test('what comes out as it was is no difference', async () => {
        await seeded();
        const sql = `SELECT 'b', DATE '2023-01-02', CAST(2.5 AS NUMERIC)`;
        const parts: Part[] = [{ sql, region: ofCells(['2023-01-02', '2024-01-01']), restrict: [] }];
        const staged = await warehouse.changes.stageParts(ORDERS, parts, { runId: 'run-2' });
        expect(await warehouse.changes.compare(staged)).toEqual([]);
      });

      test('a table of other columns is not compared', async () => {
        await seeded();
        const other = specOf('orders', 'order_id STRING!, day DATE', daily('day'));
        const sql = `SELECT 'b', DATE '2023-01-02'`;
        const parts: Part[] = [{ sql, region: ofCells(['2023-01-02']), restrict: [] }];
        const staged = await warehouse.changes.stageParts(other, parts, { runId: 'run-2' });
        expect(await warehouse.changes.compare(staged)).toBeUndefined();
      });
    });

    describe('audit', () => {
      const judged = async (
        staged: Staged,
        checks: Check[],
        options: Parameters<Warehouse['audit']>[2] = { isWhole: true },
      ): Promise<Record<string, unknown>> => {
        const results = await warehouse.audit(staged, checks, options);
        return Object.fromEntries(results.map(result => [result.name, [result.failedRows, result.sample]]));
      };

      test('checks that hold fail for no row', async () => {
        await seeded();
        const staged = await stage(warehouse, specOf('p', 'order_id STRING, status STRING'), [
          ['a', 'PAID'],
          [null, null],
        ]);
        expect(
          await judged(staged, [
            unique('order_id'),
            unique(['order_id', 'status']),
            acceptedValues('status', ['PAID', "O'K"]),
            refersTo('order_id', 'orders'),
            expression('is short', failing('LENGTH(order_id) >= 5')),
          ]),
        ).toEqual({
          'unique(order_id)': [0, []],
          'unique(order_id, status)': [0, []],
          'acceptedValues(status)': [0, []],
          'refersTo(order_id, orders)': [0, []],
          'is short': [0, []],
        });
      });

      test('rows that fail are counted, and shown with their key', async () => {
        await seeded();
        const staged = await stage(warehouse, specOf('p', 'id INT64, order_id STRING, status STRING, amount NUMERIC'), [
          ['1', 'a', 'PAID', '1'],
          ['2', 'q', 'ODD', '2'],
          ['2', null, null, null],
          ['3', 'r', 'ODD', '-1'],
        ]);
        const results = await warehouse.audit(
          staged,
          [
            unique('id'),
            notNull('order_id'),
            acceptedValues('status', ['PAID']),
            refersTo('order_id', 'orders'),
            expression('no debt', failing('amount < 0')),
          ],
          { isWhole: true },
        );
        expect(
          results.map(({ name, failedRows, sampleColumns, sample }) => [name, failedRows, sampleColumns, sample]),
        ).toEqual([
          ['unique(id)', 2, ['id'], [[2], [2]]],
          ['notNull(order_id)', 1, ['id', 'order_id'], [[2, null]]],
          [
            'acceptedValues(status)',
            2,
            ['id', 'status'],
            [
              [2, 'ODD'],
              [3, 'ODD'],
            ],
          ],
          [
            'refersTo(order_id, orders)',
            2,
            ['id', 'order_id'],
            [
              [2, 'q'],
              [3, 'r'],
            ],
          ],
          ['no debt', 1, ['id'], [[3]]],
        ]);
      });

      test('a sample shows at most 5 rows', async () => {
        const staged = await stage(
          warehouse,
          specOf('p', 'v STRING'),
          Array.from({ length: 9 }, () => [null]),
        );
        const [result] = await warehouse.audit(staged, [notNull('v')], { isWhole: true });
        expect(result).toMatchObject({ failedRows: 9, sample: [[null], [null], [null], [null], [null]] });
      });

      test('unique looks at the published rows that stay, and not at those that are replaced', async () => {
        await seeded();
        const staged = await stage(warehouse, ORDERS, [
          ['a', '2023-01-02', '1'],
          ['b', '2023-01-02', '1'],
          ['n', '2023-01-02', '1'],
        ]);
        const check = [unique('order_id')];
        expect(await judged(staged, check)).toEqual({ 'unique(order_id)': [0, []] });
        expect(await judged(staged, check, { isWhole: false })).toEqual({ 'unique(order_id)': [2, [['a'], ['n']]] });
        expect(await judged(staged, check, { isWhole: false, removed: ['__NULL__'] })).toEqual({
          'unique(order_id)': [1, [['a']]],
        });
        expect(await judged(staged, check, { isWhole: false, mode: 'append' })).toEqual({
          'unique(order_id)': [3, [['a'], ['b'], ['n']]],
        });
      });

      test('a table may refer to itself: staged rows and those that stay', async () => {
        const tree = specOf('tree', 'id STRING, parent STRING, day DATE', daily('day'));
        await publish(
          warehouse,
          await stage(warehouse, tree, [
            ['root', null, '2023-01-01'],
            ['old', null, '2023-01-02'],
          ]),
        );
        const staged = await stage(warehouse, tree, [
          ['x', 'root', '2023-01-02'],
          ['y', 'x', '2023-01-02'],
          ['z', 'old', '2023-01-02'],
        ]);
        expect(await judged(staged, [refersTo('parent', 'tree', { key: 'id' })], { isWhole: false })).toEqual({
          'refersTo(parent, tree.id)': [1, [['old']]],
        });
      });

      test('a check against a table that is not there says so', async () => {
        const staged = await stage(warehouse, ORDERS, []);
        await expect(
          warehouse.audit(staged, [refersTo('order_id', 'nowhere')], { isWhole: true }),
        ).rejects.toMatchObject({ code: 'WAREHOUSE_TABLE_MISSING' });
      });

      test('a published table is audited too', async () => {
        await seeded();
        const [missing, odd] = await warehouse.auditPublished('orders', [
          notNull('day'),
          acceptedValues('order_id', ['a', 'b']),
        ]);
        expect(missing).toMatchObject({ name: 'notNull(day)', failedRows: 1, sample: [[null]] });
        expect(odd).toMatchObject({ failedRows: 1, sample: [['n']] });
        await expect(warehouse.auditPublished('nowhere', [notNull('x')])).rejects.toMatchObject({
          code: 'WAREHOUSE_TABLE_MISSING',
        });
      });
    });
  });
}

/** Texts that a loader is likely to spoil. */
const TEXTS = [
  '',
  ' ',
  'a\tb',
  'a\nb\r\nc',
  '"quoted", \'single\' and \\ back',
  'NUL\0inside',
  '\0',
  '\u001e',
  '\u001f',
  'a\u001fb\u001ec',
  '\u{f0000}',
  '\u{f0001}x',
  'NULL',
  '\\N',
  'é e\u0301 日本語 👩‍👩‍👧 \u{10ffff}',
  '\ufeffBOM',
  '{"a": 63.10}',
  'x'.repeat(100_000),
  '2023-01-01',
  'nan',
];

const BAD_TEXTS: readonly (readonly [type: string, text: string])[] = [
  ['INT64', '1.5'],
  ['INT64', ' 1'],
  ['INT64', ''],
  ['INT64', '9223372036854775808'],
  ['NUMERIC', 'abc'],
  ['NUMERIC', '1_000'],
  ['NUMERIC', '100000000000000000000000000000'],
  ['FLOAT64', 'x'],
  ['BOOL', 'yes'],
  ['DATE', '2023-02-30'],
  ['DATE', '2023-03-31x'],
  ['DATE', 'infinity'],
  ['TIMESTAMP', 'yesterday'],
  ['TIMESTAMP', '2023-03-31T25:00:00Z'],
  ['TIMESTAMP', '2023-03-31T10:00:00.1234567Z'],
  ['TIMESTAMP', '2023-03-31T10:00:00 Africa/Lagos'],
  ['TIMESTAMP', '2023-03-31T10:00:00+01Z'],
  ['TIMESTAMP', '2023-03-31T10:00:00xZ'],
  ['TIMESTAMP', 'infinity'],
  ['DATETIME', '2023-03-31T10:00:00Z'],
  ['TIME', '25:00:00'],
  ['BYTES', 'not base64!'],
  ['JSON', '{"a":'],
  ['ARRAY<INT64>', '{"a":1}'],
];

const GOOD_TEXTS: readonly (readonly [type: string, text: Text, value: unknown])[] = [
  ['INT64', null, null],
  ['INT64', '-9223372036854775808', '-9223372036854775808'],
  ['INT64', '+007', 7],
  ['NUMERIC', '63.10', '63.1'],
  ['NUMERIC', '99999999999999999999999999999.999999999', '99999999999999999999999999999.999999999'],
  ['NUMERIC', '1234567890.0000000005', '1234567890.000000001'],
  ['NUMERIC', '-0.0000000005', '-0.000000001'],
  ['NUMERIC', '1.5e3', '1500'],
  ['FLOAT64', '-1.5e300', -1.5e300],
  ['BOOL', 'TRUE', true],
  ['DATE', '0001-01-01', '0001-01-01'],
  ['TIMESTAMP', '2023-03-31T19:30:00Z', '2023-03-31T19:30:00Z'],
  ['TIMESTAMP', '2023-03-31T19:30:00.000001Z', '2023-03-31T19:30:00.000001Z'],
  ['TIMESTAMP', '2023-03-31T19:30:00.5+01:30', '2023-03-31T18:00:00.5Z'],
  ['TIMESTAMP', '2023-03-31 19:30:00', '2023-03-31T19:30:00Z'],
  ['TIMESTAMP', '2023-03-31', '2023-03-31T00:00:00Z'],
  ['DATETIME', '2023-03-31T19:30:00.25', '2023-03-31T19:30:00.25'],
  ['TIME', '19:30:00.5', '19:30:00.5'],
  ['BYTES', 'AP8Q', 'AP8Q'],
  ['JSON', '{"a": 63.10}', '{"a":63.10}'],
  [
    'ARRAY<STRUCT<sku STRING, quantity INT64>>',
    '[{"sku":"a","quantity":9007199254740993}]',
    [{ sku: 'a', quantity: '9007199254740993' }],
  ],
];
