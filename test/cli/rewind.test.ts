// pulse rewind and pulse diff --against RUN, on a project of `pulse init` with a reader: bad publications are undone, held, and
// released; readers of the tables never see half of it, whatever kills it.

import { once } from 'node:events';
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openProject, type Project } from '../../src/project.ts';
import { startPulse } from '../run/in-own-process.ts';
import { type Ran, run } from './fake-io.ts';
import { makeShop, type Shop } from './shop.ts';

const READER = `import { model, unique } from 'pulse';
export default model({
  name: 'vendor_totals',
  description: 'One row a vendor.',
  deps: ['orders'],
  model: 'marts/vendor_totals.sql',
  checks: [unique('vendor')],
});
`;
const READER_SQL = 'SELECT vendor, SUM(total) AS total, COUNT(*) AS orders FROM {{ref "orders"}} GROUP BY vendor\n';

let template: Shop;
let copies = 0;
/** The run that made all of it. */
let good: string;

const runIn = (lines: string): string =>
  lines
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .find(event => event.kind === 'run-started').runId;

beforeAll(async () => {
  template = await makeShop();
  writeFileSync(join(template.root, 'assets/marts/vendor_totals.ts'), READER);
  writeFileSync(join(template.root, 'models/marts/vendor_totals.sql'), READER_SQL);
  good = runIn((await template.pulse(['materialize', '--json'])).out);
});
afterAll(() => template.remove());

class Copy {
  readonly root: string;
  constructor() {
    // Beside the template, so that it goes with it.
    this.root = join(template.root, '..', `copy${copies++}`);
    cpSync(template.root, this.root, { recursive: true });
  }

  pulse(...argv: string[]): Promise<Ran> {
    return run(argv, { cwd: this.root });
  }

  async json(...argv: string[]) {
    const { out, err } = await this.pulse(...argv, '--json');
    if (out === '') throw new Error(err);
    return JSON.parse(out);
  }

  /** Makes what is stale. @returns the run. */
  async make(): Promise<string> {
    return runIn((await this.pulse('materialize', '--json')).out);
  }

  async open<T>(use: (project: Project) => Promise<T>): Promise<T> {
    const project = await openProject({ cwd: this.root, env: {}, now: () => new Date() });
    try {
      return await use(project);
    } finally {
      await project.close();
    }
  }

  /** Orders as `id day total`, and the totals of the vendors. */
  tables(): Promise<readonly string[][]> {
    return this.open(async project => {
      const warehouse = await project.warehouse({ readOnly: true });
      const rows = async (sql: string): Promise<string[]> =>
        (await warehouse.query(sql, [{ name: 'row', type: { kind: 'STRING' } }])).rows.map(row => String(row[0]));
      return [
        await rows(`SELECT concat_ws(' ', order_id, order_date, total::DOUBLE) FROM orders ORDER BY 1`),
        await rows(`SELECT concat_ws(' ', vendor, total::DOUBLE, orders) FROM vendor_totals ORDER BY 1`),
      ];
    });
  }

  async status(name: string): Promise<{ status: string; causes: { kind: string; text: string; cells?: string[] }[] }> {
    return (await this.json('status', name))[0];
  }

  rewrite(change: (sql: string) => string): void {
    const path = join(this.root, 'models/marts/orders.sql');
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  }

  arrive(id: string, day: string, total: number): void {
    const event = {
      event_id: `e-${id}`,
      event_type: 'order_created',
      event_time: `${day}T10:00:00Z`,
      vendor: 'vendor_b',
      payload: { order_id: id, total },
      ingested_at: '2025-01-17T10:00:00Z',
    };
    appendFileSync(join(this.root, `data/live_events/2025-01-16/${id}.jsonl`), `${JSON.stringify(event)}\n`);
  }
}

const BAD = (sql: string): string =>
  sql.replace("'$.total') AS NUMERIC) AS total", "'$.total') AS NUMERIC) * 100 AS total");
const GOOD = (sql: string): string => sql.replace(' * 100 AS total', ' AS total');

describe('bad SQL', () => {
  test('is undone, held, and made again when the SQL is another one', async () => {
    const shop = new Copy();
    const before = await shop.tables();
    shop.rewrite(BAD);
    await shop.pulse('materialize');
    expect(await shop.tables()).not.toEqual(before);

    const { code, out } = await shop.pulse('rewind', 'orders', '--to', good);
    expect([code, out]).toEqual([0, expect.stringContaining(`Rewound orders to run ${good}: 2 cells, 3 rows`)]);
    expect(out).toContain('npx pulse materialize, which makes vendor_totals from it');
    expect(await shop.status('orders')).toMatchObject({
      status: 'stale',
      causes: [{ kind: 'code-changed' }, { kind: 'rewound', text: `held as run ${good} left it` }],
    });

    // Its readers follow, and it is not redone.
    const made = await shop.pulse('materialize');
    expect([made.code, made.err + made.out]).toEqual([0, expect.stringContaining('orders was rewound and is held')]);
    expect(await shop.tables()).toEqual(before);
    expect((await shop.status('vendor_totals')).causes).toEqual([
      { kind: 'upstream-stale', asset: 'orders', text: 'orders is held' },
    ]);
    // What a run leaves alone is not what to do next.
    expect((await shop.pulse('status')).out).toMatch(
      /A run makes none of them: orders is held\. Next: mend its SQL, or npx pulse materialize orders --full-refresh\n$/,
    );
    const proof = await shop.pulse('prove', 'vendor_totals');
    expect([proof.code, proof.err]).toEqual([
      2,
      expect.stringContaining('vendor_totals reads orders, which was rewound'),
    ]);
    expect(proof.err).toContain('`pulse materialize orders --full-refresh` ends that');

    shop.rewrite(GOOD);
    expect((await shop.pulse('status')).out).toMatch(/Next: npx pulse materialize \(--plan to look first\)\n$/);
    expect((await shop.status('orders')).causes).toEqual([
      { kind: 'rewound', text: `rewound to what run ${good} left it` },
    ]);
    await shop.pulse('materialize');
    expect(await shop.tables()).toEqual(before);
    expect((await shop.status('orders')).status).toBe('fresh');
    expect((await shop.status('vendor_totals')).status).toBe('fresh');
  });

  test('with other columns is undone with the columns that were there', async () => {
    const shop = new Copy();
    const before = await shop.tables();
    shop.rewrite(sql => sql.replace('  vendor,', '  vendor,\n  UPPER(vendor) AS vendor_name,'));
    writeFileSync(
      join(shop.root, 'assets/marts/orders.ts'),
      readFileSync(join(shop.root, 'assets/marts/orders.ts'), 'utf8').replace(
        "    ['total',",
        "    ['vendor_name', 'STRING', 'Loud.'],\n    ['total',",
      ),
    );
    expect((await shop.pulse('materialize')).code).toBe(0);
    const against = await shop.json('diff', 'orders', '--against', good);
    expect(against).toMatchObject({ added: ['vendor_name'], removed: [], differing: [], publishedBy: good });
    expect((await shop.pulse('rewind', 'orders', '--to', good)).code).toBe(0);
    expect(await shop.tables()).toEqual(before);
    const [columns] = await shop.open(async project => {
      const reader = await project.warehouse({ readOnly: true });
      const sql = `SELECT string_agg(column_name, ' ') FROM duckdb_columns() WHERE table_name = 'orders'`;
      return (await reader.query(sql, [{ name: 'n', type: { kind: 'STRING' } }])).rows;
    });
    expect(columns).toEqual(['order_id order_date ordered_at vendor total is_small']);
  });
});

describe('bad data', () => {
  test('are undone in the cells they touched; a cell that is asked for is made, a full refresh ends the hold', async () => {
    const shop = new Copy();
    const before = await shop.tables();
    shop.arrive('bad-1', '2025-01-15', 1_000_000);
    const bad = await shop.make();
    shop.arrive('bad-2', '2025-01-14', 1_000_000);
    await shop.pulse('materialize');
    const after = await shop.tables();

    const { differing } = await shop.json('diff', 'orders', '--against', good);
    expect(differing).toEqual([
      { cell: '2025-01-14', publishedRows: 1, rebuiltRows: 0 },
      { cell: '2025-01-15', publishedRows: 3, rebuiltRows: 2 },
    ]);
    const shown = await shop.pulse('diff', 'orders', '--against', bad);
    expect([shown.code, shown.out]).toEqual([1, expect.stringContaining('order_id bad-2  only now')]);

    expect(await shop.json('rewind', 'orders', '--to', good)).toMatchObject({ cells: 2, to: good, publishedBy: good });
    expect((await shop.status('orders')).causes).toEqual([
      { kind: 'rewound', text: `held as run ${good} left it (2 cells)`, cells: ['2025-01-14', '2025-01-15'] },
    ]);
    expect((await shop.pulse('diff', 'orders', '--against', good)).code).toBe(0);

    // What arrives meanwhile waits too.
    shop.arrive('late', '2025-01-16', 5);
    await shop.pulse('materialize');
    expect(await shop.tables()).toEqual(before);
    await shop.pulse('materialize', 'orders', '--partitions', '2025-01-14');
    expect((await shop.status('orders')).causes.find(cause => cause.kind === 'rewound')?.cells).toEqual(['2025-01-15']);
    await shop.pulse('materialize');
    expect((await shop.tables())[0]).toEqual([...(before[0] ?? []), 'bad-2 2025-01-14 1000000.0'].sort());

    await shop.pulse('materialize', 'orders', '--full-refresh');
    await shop.pulse('materialize');
    expect((await shop.tables())[0]).toEqual([...(after[0] ?? []), 'late 2025-01-16 5.0'].sort());
    expect((await shop.pulse('status')).out).toContain('5 assets: 5 fresh, 0 stale');
  });

  test('a rewind is undone by another one', async () => {
    const shop = new Copy();
    shop.arrive('more', '2025-01-15', 7);
    const more = await shop.make();
    const after = await shop.tables();
    await shop.pulse('rewind', 'orders', '--to', good);
    const back = await shop.pulse('rewind', 'orders', '--to', more);
    expect([back.code, back.err]).toEqual([0, '']);
    expect((await shop.tables())[0]).toEqual(after[0]);
  });
});

describe('what can be rewound to', () => {
  test('is listed, and what is not kept any more is refused with the next step', async () => {
    const shop = new Copy();
    let last = '';
    for (const total of [1, 2, 3]) {
      shop.arrive(`o-${total}0`, '2025-01-15', total);
      last = await shop.make();
    }
    const all = await shop.json('rewind', 'orders');
    expect(all.map((one: { isKept: boolean; isCurrent: boolean }) => [one.isKept, one.isCurrent])).toEqual([
      [true, true],
      [true, false],
      [true, false],
      [false, false],
    ]);
    expect((await shop.pulse('rewind', 'orders')).out).toContain(`Next: npx pulse rewind orders --to ${all[1].runId}`);
    const { code, err } = await shop.pulse('rewind', 'orders', '--to', good);
    expect([code, err]).toEqual([2, expect.stringContaining(`What run ${good} left of orders is not kept any more.`)]);
    expect(err).toContain(`It can be rewound to run ${all[2].runId} and later.`);
    expect((await shop.pulse('diff', 'orders', '--against', good)).err).toContain('is not kept any more');
    const same = await shop.pulse('rewind', 'orders', '--to', last);
    expect([same.code, same.out]).toEqual([0, expect.stringContaining('nothing to rewind')]);
  });

  test('what is no run, no table, or was not there is said to be', async () => {
    const shop = new Copy();
    expect((await shop.pulse('rewind', 'orders', '--to', '1999')).err).toContain('There is no run "1999"');
    expect((await shop.pulse('diff', 'orders', '--against', '1999')).err).toContain('There is no run "1999"');
    expect((await shop.pulse('rewind', 'nothing', '--to', 'last')).err).toContain('No asset is called "nothing"');
    expect((await shop.pulse('rewind', 'raw_events', '--to', 'last')).err).toMatch(
      /is extract: what happened is not rewound\.[\s\S]*pulse redact/,
    );
  });
});

describe('killed', () => {
  for (const failpoint of ['after-audit', 'after-publish']) {
    test(`${failpoint}: the table is as before or as rewound, and the next run takes over which`, async () => {
      const shop = new Copy();
      const before = await shop.tables();
      shop.arrive('bad', '2025-01-15', 1_000_000);
      await shop.pulse('materialize');
      const after = await shop.tables();
      const child = startPulse(shop.root, ['rewind', 'orders', '--to', good], { PULSE_FAILPOINT: failpoint });
      const said = child.stderr === null ? '' : text(child.stderr);
      child.stdout?.resume();
      const [code, signal] = await once(child, 'exit');
      expect([code, signal, await said]).toEqual([null, 'SIGKILL', '']);
      const isPublished = failpoint === 'after-publish';
      expect((await shop.tables())[0]).toEqual((isPublished ? before : after)[0]);
      await shop.pulse('materialize');
      expect(await shop.tables()).toEqual(isPublished ? before : after);
      expect((await shop.status('orders')).status).toBe(isPublished ? 'stale' : 'fresh');
      await shop.open(async project => {
        const state = await project.state();
        expect([(await state.snapshot()).openRuns, await state.leases()]).toEqual([[], []]);
        expect(await (await project.warehouse({ readOnly: false })).sweep([])).toEqual([]);
      });
    });
  }
});
