// Where a column comes from: through CTEs, joins, unions, aggregates, windows, subqueries and models, with the expression at each hop.

import { afterAll, describe, expect, test } from 'vitest';
import type { TableAsset } from '../../src/asset/asset.ts';
import { columnNamed, columnOrigins, columnUses, impactOf } from '../../src/compile/column-graph.ts';
import { declaredTable } from '../../src/compile/compile.ts';
import { startAnalyzer } from '../../src/googlesql/analyzer.ts';
import { analyzerFiles } from '../googlesql/installed.ts';
import { compileFiles, type Files, modelText } from './shop.ts';

const analyzer = startAnalyzer();
afterAll(() => analyzer.close());

async function worldOf(files: Files) {
  const { result, graph, errors } = await compileFiles(files, analyzer);
  expect(errors).toEqual([]);
  return {
    graph,
    factsOf: (name: string) => result.models.get(name)?.facts,
    columnsOf: (name: string) =>
      result.models.get(name)?.columns ?? declaredTable(graph.assets.get(name) as TableAsset).columns,
  };
}

const O = '{{ref "orders"}}';
const sourcesOf = async (sql: string) => {
  const world = await worldOf({ 'assets/m.ts': modelText('m', ['orders', 'rates']), 'models/m.sql': sql });
  return Object.fromEntries(
    (world.factsOf('m')?.lineage ?? []).map(({ column, sources, expression }) => [
      column,
      [sources.map(one => `${one.asset}.${one.column}`).join(' '), expression],
    ]),
  );
};

describe.skipIf(!analyzerFiles)('the sources of a column', () => {
  test('of a window are named with the window as it was written', async () => {
    expect(
      await sourcesOf(`WITH k AS (
          SELECT id, -- é: 'SUM(n) OVER (' is no window
            LAST_VALUE(note IGNORE NULLS) OVER history AS e, ROW_NUMBER() OVER (ORDER BY id, (n)) AS r, COUNT(*) OVER () AS c
          FROM ${O} WINDOW history AS (PARTITION BY id ORDER BY day)
        )
        SELECT k.e AS v, r + 1 AS r1, c, SUM(n) OVER (PARTITION BY ')') AS s FROM k JOIN ${O} USING (id)`),
    ).toEqual({
      v: ['orders.note', 'LAST_VALUE(note IGNORE NULLS) OVER history'],
      r1: ['', 'r + 1'],
      c: ['', 'COUNT(*) OVER ()'],
      s: ['orders.n', "SUM(n) OVER (PARTITION BY ')')"],
    });
  });

  test('are passed through CTEs and stars, and named with the expression that changes them', async () => {
    expect(
      await sourcesOf(`WITH a AS (SELECT *, amount * 2 AS twice FROM ${O}), b AS (SELECT * EXCEPT (note) FROM a)
        SELECT id, twice AS t, CONCAT(id, note2) AS c, 1 AS one FROM b CROSS JOIN (SELECT MAX(note) AS note2 FROM ${O})`),
    ).toEqual({
      id: ['orders.id', null],
      t: ['orders.amount', 'amount * 2'],
      c: ['orders.id orders.note', 'CONCAT(id, note2)'],
      one: ['', '1'],
    });
  });

  test('of a field of a STRUCT are the field’s own, with its expression, through CTEs, arrays and unions', async () => {
    expect(
      await sourcesOf(`WITH a AS (SELECT STRUCT(UPPER(id) AS name, STRUCT(n + 1 AS more, day) AS deep) AS s FROM ${O}),
        b AS (SELECT s AS t FROM a UNION ALL SELECT STRUCT(note, STRUCT(n, day)) FROM ${O}),
        c AS (SELECT ARRAY_AGG(s) AS list, ANY_VALUE(s.deep) AS one FROM a)
        SELECT a.s.name AS name, a.s.deep.more AS more, a.s.deep.day AS day, b.t.name AS either, item.deep.day AS item,
          c.list[OFFSET(0)].name AS first, c.one.more AS one, a.s AS whole, o.buyer.address.city AS city
        FROM a CROSS JOIN b CROSS JOIN c CROSS JOIN UNNEST(c.list) AS item CROSS JOIN ${O} AS o`),
    ).toEqual({
      name: ['orders.id', 'UPPER(id)'],
      more: ['orders.n', 'n + 1'],
      day: ['orders.day', 'a.s.deep.day'],
      either: ['orders.id orders.note', 'b.t.name'],
      item: ['orders.day', 'item.deep.day'],
      first: ['orders.id', 'UPPER(id)'],
      one: ['orders.n', 'n + 1'],
      whole: ['orders.day orders.id orders.n', null],
      city: ['orders.buyer', 'o.buyer.address.city'],
    });
  });

  test('come together in unions, aggregates, windows, arrays and subqueries', async () => {
    expect(
      await sourcesOf(`WITH u AS (SELECT id AS x, n FROM ${O} UNION ALL SELECT note, 1 FROM ${O})
        SELECT x, SUM(n) AS s, MAX(SUM(n)) OVER (PARTITION BY x) AS w,
          (SELECT MAX(rate) FROM {{ref "rates"}}) AS r FROM u GROUP BY x`),
    ).toMatchObject({
      x: ['orders.id orders.note', null],
      s: ['orders.n', 'SUM(n)'],
      w: ['orders.n', 'MAX(SUM(n)) OVER (PARTITION BY x)'],
      r: ['rates.rate', expect.anything()],
    });
    expect(
      await sourcesOf(
        `SELECT line.sku AS sku, at_offset FROM ${O}, UNNEST(lines) AS line WITH OFFSET AS at_offset WHERE n = 1`,
      ),
    ).toMatchObject({
      sku: ['orders.lines', 'line.sku'],
    });
  });
});

const CHAIN: Files = {
  'assets/a.ts': modelText('a', ['orders']),
  'models/a.sql': `SELECT id, amount * 2 AS twice, n FROM ${O}`,
  'assets/b.ts': modelText('b', ['a']),
  'models/b.sql': 'SELECT id, ROUND(twice, 1) AS rounded FROM {{ref "a"}} WHERE n > 1',
  'assets/c.ts': modelText('c', ['b']),
  'models/c.sql': 'SELECT SUM(rounded) AS total FROM {{ref "b"}}',
};

describe.skipIf(!analyzerFiles)('a column across models', () => {
  test('upwards, with the expression and its place at each hop', async () => {
    const world = await worldOf(CHAIN);
    expect(columnOrigins(columnNamed('c.TOTAL', world), world)).toEqual({
      asset: 'c',
      column: 'total',
      expression: 'SUM(rounded)',
      place: { file: 'models/c.sql', line: 1, column: 8 },
      isRepeated: false,
      next: [
        {
          asset: 'b',
          column: 'rounded',
          expression: 'ROUND(twice, 1)',
          place: { file: 'models/b.sql', line: 1, column: 12 },
          isRepeated: false,
          next: [
            {
              asset: 'a',
              column: 'twice',
              expression: 'amount * 2',
              place: { file: 'models/a.sql', line: 1, column: 12 },
              isRepeated: false,
              next: [{ asset: 'orders', column: 'amount', expression: null, place: null, isRepeated: false, next: [] }],
            },
          ],
        },
      ],
    });
  });

  test('downwards, also to who only filters by it', async () => {
    const world = await worldOf(CHAIN);
    const impact = (name: string) => Object.fromEntries(impactOf(columnUses(columnNamed(name, world), world)));
    expect(impact('orders.amount')).toEqual({ a: ['twice'], b: ['rounded'], c: ['total'] });
    expect(impact('orders.n')).toEqual({ a: ['n'], b: [] });
    expect(impact('c.total')).toEqual({});
  });

  test('a column nobody has is refused with the nearest', async () => {
    const world = await worldOf(CHAIN);
    expect(() => columnNamed('a.twise', world)).toThrowError(
      expect.objectContaining({ hint: 'Did you mean "twice"?' }),
    );
    expect(() => columnNamed('files.x', world)).toThrowError(expect.objectContaining({ code: 'USAGE' }));
    expect(() => columnNamed('aa.x', world)).toThrowError(expect.objectContaining({ code: 'ASSET_UNKNOWN' }));
  });

  test('through a hundred diamonds each column is told once', async () => {
    const layers = Array.from({ length: 12 }, (_, n) => n);
    const files = Object.fromEntries(
      layers.flatMap(n => {
        const below = n === 0 ? ['orders'] : [`l${n - 1}a`, `l${n - 1}b`];
        const sql =
          n === 0
            ? `SELECT n AS x FROM ${O}`
            : `SELECT p.x + q.x AS x FROM {{ref "${below[0]}"}} AS p CROSS JOIN {{ref "${below[1]}"}} AS q`;
        return ['a', 'b'].flatMap(side => [
          [`assets/l${n}${side}.ts`, modelText(`l${n}${side}`, below)],
          [`models/l${n}${side}.sql`, sql],
        ]);
      }),
    );
    const world = await worldOf(files);
    const count = (node: { next: readonly never[] }): number => 1 + node.next.reduce((sum, one) => sum + count(one), 0);
    expect(count(columnOrigins({ asset: 'l11a', column: 'x' }, world) as never)).toBeLessThan(60);
    expect(impactOf(columnUses({ asset: 'orders', column: 'n' }, world)).size).toBe(24);
  });
});

describe.skipIf(!analyzerFiles)('a model is linear in a table', () => {
  const R = '{{ref "rates"}}';
  const linearOf = async (sql: string): Promise<readonly string[] | undefined> => {
    const world = await worldOf({ 'assets/m.ts': modelText('m', ['orders', 'rates']), 'models/m.sql': sql });
    return world.factsOf('m')?.linear;
  };

  test('whose rows each give rows of their own, whatever they are filtered, joined, spread and united by', async () => {
    expect(
      await linearOf(`WITH a AS (SELECT id, n FROM ${O} WHERE n > (SELECT MAX(rate) FROM ${R})),
        b AS (SELECT id, line.sku AS sku FROM ${O}, UNNEST(lines) AS line)
        SELECT a.id, a.n FROM a LEFT JOIN (SELECT MAX(rate) AS n FROM ${R}) AS r ON r.n = a.n
        UNION ALL SELECT sku, 1 FROM b`),
    ).toEqual(['orders']);
    expect(await linearOf(`SELECT id, rate FROM ${O} CROSS JOIN ${R}`)).toEqual(['orders', 'rates']);
    expect(await linearOf(`SELECT id, rate FROM ${R} RIGHT JOIN ${O} ON rate = n`)).toEqual(['orders']);
  });

  test.each([
    ['a sum', `SELECT SUM(n) AS s FROM ${O}`],
    ['a group', `SELECT id FROM ${O} GROUP BY id`],
    ['a window', `SELECT id FROM ${O} WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY n) = 1`],
    ['distinct rows', `SELECT DISTINCT id FROM ${O}`],
    ['a limit', `SELECT id FROM ${O} ORDER BY id LIMIT 3`],
    ['a set', `SELECT id FROM ${O} UNION DISTINCT SELECT id FROM ${O}`],
    ['a row beside it', `SELECT id FROM ${O} UNION ALL SELECT 'x'`],
    ['a join with itself', `SELECT a.id FROM ${O} AS a JOIN ${O} AS b ON a.id = b.id`],
    ['the side of a join that may be missing', `SELECT id FROM ${R} LEFT JOIN ${O} ON rate = n`],
    ['both sides of a full join', `SELECT id FROM ${R} FULL JOIN ${O} ON rate = n`],
    ['a subquery that looks at all of it', `SELECT id FROM ${O} WHERE n = (SELECT MAX(n) FROM ${O})`],
    ['a CTE that does', `WITH top AS (SELECT MAX(n) AS n FROM ${O}) SELECT id, (SELECT n FROM top) AS n FROM ${O}`],
  ])('but not where it is read by %s', async (_, sql) => {
    expect(await linearOf(sql)).not.toContain('orders');
  });
});

describe.skipIf(!analyzerFiles)('a field of a STRUCT', () => {
  const files: Files = {
    'assets/base.ts': modelText('base', ['orders']),
    'models/base.sql': `SELECT STRUCT(UPPER(id) AS name, STRUCT(n + 1 AS more, day) AS deep) AS s, note, buyer FROM ${O}`,
    'assets/mid.ts': modelText('mid', ['base']),
    'models/mid.sql':
      'SELECT s, s.deep AS d, ARRAY_AGG(buyer) OVER () AS buyers FROM {{ref "base"}} WHERE s.name > "a"',
    'assets/top.ts': modelText('top', ['mid']),
    'models/top.sql':
      'SELECT d.more AS m, s.deep.day AS day2, STRUCT(s.name AS a, d.more AS b) AS made, buyers[OFFSET(0)].address.zip.code AS code FROM {{ref "mid"}}',
    'assets/filter.ts': modelText('filter', ['mid']),
    'models/filter.sql': 'SELECT 1 AS one FROM {{ref "mid"}} WHERE s.name > "b"',
  };
  const shown = (node: ReturnType<typeof columnOrigins>, indent = ''): string[] => [
    `${indent}${[node.asset, node.column, node.field].filter(Boolean).join('.')}${node.expression === null ? '' : ` = ${node.expression}`}`,
    ...node.next.flatMap(next => shown(next, `${indent}  `)),
  ];

  test.each([
    ['top.m', ['top.m = d.more', '  mid.d.more', '    base.s.deep.more = n + 1', '      orders.n']],
    ['top.day2', ['top.day2 = s.deep.day', '  mid.s.deep.day', '    base.s.deep.day', '      orders.day']],
    ['top.made.A', ['top.made.a = s.name', '  mid.s.name', '    base.s.name = UPPER(id)', '      orders.id']],
    ['mid.d.day', ['mid.d.day', '  base.s.deep.day', '    orders.day']],
    [
      'top.code',
      [
        'top.code = buyers[OFFSET(0)].address.zip.code',
        '  mid.buyers.address.zip.code',
        '    base.buyer.address.zip.code',
        '      orders.buyer.address.zip.code',
      ],
    ],
    ['base.s', ['base.s', '  orders.day', '  orders.id', '  orders.n']],
  ])('%s comes from that field and no other', async (name, tree) => {
    const world = await worldOf(files);
    expect(shown(columnOrigins(columnNamed(name, world), world))).toEqual(tree);
  });

  test.each([
    [
      'base.s.deep.more',
      [
        'base.s.deep.more',
        '  mid.s.deep.more',
        '    filter = (needs it, or another field of it, in a filter, join or window)',
        // It takes another field of it: that it may need this one in its filter is all that is known.
        '    top = (needs it, or another field of it, in a filter, join or window)',
        '  mid.d.more',
        '    top.m = d.more',
        '    top.made.b = d.more',
      ],
    ],
    ['top.made.a', ['top.made.a']],
    [
      'orders.buyer.name',
      [
        'orders.buyer.name',
        '  base.buyer.name',
        '    mid.buyers.name',
        '      top = (needs it, or another field of it, in a filter, join or window)',
      ],
    ],
  ])('%s goes into what takes it or all of it', async (name, tree) => {
    const world = await worldOf(files);
    expect(shown(columnUses(columnNamed(name, world), world))).toEqual(tree);
  });

  test.each([
    ['base.s.nam', 'base.s has no field "nam".', 'Did you mean "name"?'],
    ['base.s.deep.x', 'base.s.deep has no field "x".', 'It has more, day.'],
    ['base.note.x', 'base.note has no field "x".', 'It is of STRING.'],
  ])('%s is none', async (name, message, hint) => {
    const world = await worldOf(files);
    expect(() => columnNamed(name, world)).toThrow(expect.objectContaining({ code: 'USAGE', message, hint }));
  });
});
