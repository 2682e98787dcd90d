// Every command on a real project with the real engines: the one that `pulse init` makes.

import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './fake-io.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
});
afterAll(() => shop.remove());

describe('before anything is made', () => {
  test('status: missing, and why', async () => {
    const { code, out } = await shop.pulse(['status', '--json']);
    expect(code).toBe(0);
    const statuses = new Map(JSON.parse(out).map((one: { asset: string; status: string }) => [one.asset, one.status]));
    expect(statuses.get('orders')).toBe('missing');
  });

  test('--plan says what would be made and why, and makes nothing', async () => {
    const { code, out } = await shop.pulse(['materialize', 'orders', '--plan']);
    expect(code).toBe(0);
    expect(out).toMatch(/^events_raw +make +2 files new or changed$/m);
    expect(out).toMatch(/^orders +make +never made$/m);
    expect(out).toContain('Nothing was done.');
    expect(existsSync(join(shop.root, '.pulse', 'warehouse.duckdb'))).toBe(false);
  });

  test('a query of a table that was never made says what to do', async () => {
    const { code, err } = await shop.pulse(['query', 'SELECT * FROM orders']);
    expect(code).not.toBe(0);
    expect(err).toContain('pulse materialize');
  });
});

describe('materialize', () => {
  test('makes all, in plain lines, with a table and what to type next', async () => {
    const { code, out, err } = await shop.pulse(['materialize']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('received 2 = inserted 1 + duplicates 1 + conflicts 0 + rejected 0');
    expect(out).toMatch(/^orders +made +2 +3 +/m);
    expect(out).toContain("Next: npx pulse query 'SELECT * FROM orders LIMIT 10'");
  });

  test('again: nothing to do, in one line', async () => {
    const { code, out } = await shop.pulse(['materialize']);
    expect(code).toBe(0);
    expect(out).toBe('Nothing to do: all 3 assets are fresh; no source file, SQL or upstream changed since.\n');
    expect((await shop.pulse(['materialize', 'orders'])).out).toBe(
      'Nothing to do: orders and what is upstream (3 assets) are fresh; no source file, SQL or upstream changed since.\n',
    );
  });

  test('--full-refresh makes it whatever its state, --json tells every event', async () => {
    const { code, out } = await shop.pulse(['materialize', 'orders', '--full-refresh', '--json']);
    expect(code).toBe(0);
    const events = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(events[0]).toMatchObject({ kind: 'run-started', assets: ['orders'] });
    expect(events.at(-1)).toMatchObject({ kind: 'run-finished', result: { status: 'done' } });
  });

  test('an empty selection is said, a name nobody has is refused', async () => {
    expect((await shop.pulse(['materialize', 'status:failed'])).out).toBe(
      'Nothing to do: status:failed means no asset that is made.\n',
    );
    for (const only of [[], ['--only']]) {
      expect((await shop.pulse(['materialize', 'orders', ...only, '--exclude', 'orders'])).out).toBe(
        'Nothing to do: without orders nothing is left of orders.\n',
      );
    }
    const { code, err } = await shop.pulse(['materialize', 'order']);
    expect(code).toBe(2);
    expect(err).toContain('Did you mean "orders"?');
  });
});

describe('looking', () => {
  test('list: names, paths, keys', async () => {
    expect((await shop.pulse(['list'])).out).toBe('event_files\nevents_raw\nraw_events\norders\n');
    expect((await shop.pulse(['ls', 'kind:model', '--output', 'path'])).out).toBe('assets/marts/orders.ts\n');
    expect(JSON.parse((await shop.pulse(['list', 'orders', '--json', '--output-keys', 'name,deps'])).out)).toEqual([
      { name: 'orders', deps: ['raw_events'] },
    ]);
    expect((await shop.pulse(['list', '--output-keys', 'nam'])).err).toContain('Did you mean "name"?');
  });

  test.each([
    [['--exclude', 'orders', 'event_files']],
    [['--exclude', 'orders', '--exclude', 'event_files']],
    [['--exclude', 'orders event_files']],
    [['--exclude=orders', 'event_files']],
    [['*s', 'events_raw', '--exclude', 'orders', 'event_files', '--output', 'name']],
    [['--exclude', 'orders', 'event_files', '--output=name', '*']],
  ])('list %j leaves both out', async words => {
    expect(await shop.pulse(['list', ...words])).toEqual({ code: 0, out: 'events_raw\nraw_events\n', err: '' });
  });

  test('status: a table with what was made', async () => {
    const { out } = await shop.pulse(['status']);
    expect(out).toMatch(/^orders +fresh .* 2 +3$/m);
    expect(out).toContain('4 assets: 4 fresh, 0 stale, 0 missing.\n');
  });

  test('show: what it is, its columns, checks, readers, SQL', async () => {
    const { out } = await shop.pulse(['show', 'orders', '--sql']);
    for (const part of [
      'One row an order.',
      'daily by order_date',
      'total',
      'NUMERIC',
      'unique(order_id)',
      'raw_events',
      'GoogleSQL',
      'DuckDB',
    ])
      expect(out).toContain(part);
    const told = JSON.parse((await shop.pulse(['show', 'raw_events', '--json'])).out);
    expect(told).toMatchObject({ name: 'raw_events', readers: ['orders'], status: { status: 'fresh', rows: 4 } });
    expect((await shop.pulse(['show', 'orderz'])).err).toContain('Did you mean "orders"?');
  });

  test('graph: a bare name with all upstream, --only without; a page into a file', async () => {
    expect((await shop.pulse(['graph', 'orders'])).out).toContain('4 assets, 3 edges');
    expect((await shop.pulse(['graph', 'orders', '--only'])).out).toContain('1 asset, 0 edges');
    expect((await shop.pulse(['graph', 'raw_events+'])).out).toContain('2 assets, 1 edge');
    const { code, out, err } = await shop.pulse(['graph', '--format', 'html', '--out', 'target/lineage.html']);
    expect({ code, out, err }).toEqual({
      code: 0,
      out: '',
      err: 'Made the folder target.\nWrote target/lineage.html.\n',
    });
    expect(await readFile(join(shop.root, 'target/lineage.html'), 'utf8')).toContain('JSON_VALUE(payload');
  });

  test('compile: right models are written for both engines, a wrong one exits 1 with its place', async () => {
    const { code, out } = await shop.pulse(['compile']);
    expect(code).toBe(0);
    expect(out).toBe('1 model right. SQL of both engines is in target/compiled.\n');
    for (const engine of ['bigquery', 'duckdb']) {
      expect(await readFile(join(shop.root, `target/compiled/${engine}/marts/orders.sql`), 'utf8')).toContain(
        'raw_events',
      );
    }
    const file = join(shop.root, 'models/marts/orders.sql');
    const sql = await readFile(file, 'utf8');
    await writeFile(file, sql.replace('event_type =', 'event_tipe ='));
    const broken = await shop.pulse(['compile', '--json']);
    await writeFile(file, sql);
    expect(broken.code).toBe(1);
    expect(JSON.parse(broken.out).errors[0]).toMatchObject({
      code: 'SQL_INVALID',
      place: { file: 'models/marts/orders.sql', line: 10 },
    });
  });
});

describe('query', () => {
  test('exact numbers in every format', async () => {
    const sql = 'SELECT order_id, total FROM orders ORDER BY order_id LIMIT 1';
    expect(JSON.parse((await shop.pulse(['query', sql, '--json'])).out)).toEqual([{ order_id: 'o-1', total: '63.1' }]);
    expect((await shop.pulse(['query', sql, '--format', 'csv'])).out).toBe('order_id,total\no-1,63.1\n');
    expect((await shop.pulse(['query', sql])).out).toContain('│ o-1      │  63.1 │');
  });

  test('JSON holds numbers to 2^53, both fields of one name, and minus zero', async () => {
    const sql = `SELECT 9007199254740992 AS a, -9007199254740992 AS b, 9007199254740993 AS c, -0.0 AS d,
      STRUCT(1 AS a, 2 AS a) AS e`;
    expect((await shop.pulse(['query', sql, '--format', 'ndjson'])).out).toBe(
      '{"a":9007199254740992,"b":-9007199254740992,"c":"9007199254740993","d":-0.0,"e":{"a":1,"a_1":2}}\n',
    );
  });

  test('from standard input, from a file, in a batch', async () => {
    expect((await shop.pulse(['query', '-', '--format', 'ndjson'], { input: 'SELECT 1 AS a' })).out).toBe('{"a":1}\n');
    expect((await shop.pulse(['query', '-- a comment first\nSELECT 1 AS a', '--json'])).out).toBe('[\n  {"a":1}\n]\n');
    await writeFile(join(shop.root, 'q.sql'), 'SELECT COUNT(*) FROM orders');
    expect((await shop.pulse(['query', '--file', 'q.sql', '--json'])).out).toContain('{"f0_":3}');
    const input = '{"id":1,"sql":"SELECT nope"}\n{"id":2,"sql":"SELECT COUNT(*) AS n FROM orders"}\n';
    const { code, out } = await shop.pulse(['query', '--batch'], { input });
    expect(code).toBe(0);
    const [first, second] = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(first).toMatchObject({ id: 1, error: expect.stringContaining('Unrecognized name: nope') });
    expect(second).toEqual({ id: 2, columns: [{ name: 'n', type: 'INT64' }], rows: [[3]] });
  });

  test('what DuckDB does not take is refused by what it says, alone', async () => {
    const sql =
      'SELECT id, (SELECT COUNT(*) FROM UNNEST([1]) AS u FULL JOIN UNNEST([id]) AS x ON u = x) FROM UNNEST([1, 2]) AS id';
    const input = `${JSON.stringify({ id: 1, sql })}\n{"id":2,"sql":"SELECT 1 / 0"}\n{"id":3,"sql":"SELECT 1"}\n`;
    const { out } = await shop.pulse(['query', '--batch'], { input });
    const answers = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(answers).toMatchObject([
      {
        error: expect.stringMatching(/^DuckDB has no exact translation of this query: it says "Unsupported join type/),
      },
      { error: expect.stringContaining('division by zero'), code: 'WAREHOUSE_QUERY_FAILED' },
      { rows: [[1]] },
    ]);
    expect(answers[0]).toMatchObject({ code: 'SQL_NOT_TRANSLATED' });
  });

  test('nested deeper than the translation can go fails with a word that helps, alone', async () => {
    const deep = `${'SELECT * FROM ('.repeat(3000)}SELECT 1${')'.repeat(3000)}`;
    const input = `${JSON.stringify({ id: 1, sql: deep })}\n{"id":2,"sql":"SELECT 1"}\n`;
    const { out } = await shop.pulse(['query', '--batch'], { input });
    const [first, second] = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(first).toMatchObject({
      id: 1,
      error: 'The query is nested too deeply: 3000 brackets, one in the other, here.',
      code: 'SQL_NOT_TRANSLATED',
      line: 1,
      column: 15,
    });
    expect(second).toMatchObject({ id: 2, rows: [[1]] });
  });

  test.each([
    [['query'], 'There is no query.'],
    [['query', 'SELECT 1', '--file', 'q.sql'], 'given twice'],
    [['query', 'SELECT 1', '--batch'], 'A batch is read from standard input'],
    [['query', '--batch', '--file', 'q.sql'], 'A batch is read from standard input'],
    [['query', 'SELECT 1', '--timeout', 'soon'], '--timeout "soon" is no time.'],
    [['query', '--file', 'none.sql'], "none.sql can't be read"],
  ])('%j is refused', async (argv, said) => {
    const { code, err } = await shop.pulse(argv);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  test('what is wrong in the SQL is told with its place, exit 1', async () => {
    const { code, err } = await shop.pulse(['query', 'SELECT order_idd FROM orders']);
    expect(code).toBe(1);
    expect(err).toContain('Did you mean order_id?');
    expect(err).toContain('at query:1:8');
  });
});

describe('when something goes wrong', () => {
  test('a home that cannot be made is no bug of pulse', async () => {
    const { code, err } = await shop.pulse(['materialize', '--home', 'README.md/home']);
    expect(code).toBe(2);
    // Which of the two the system says depends on the Node.
    expect(err).toMatch(/README\.md\/home for local state cannot be made \((?:ENOTDIR|EEXIST)\)\./);
    expect(err).toContain('--home or PULSE_HOME');
  });

  test('a failed check: its asset is said, its readers are skipped and named, exit 1, the old table stays', async () => {
    const day = join(shop.root, 'data/live_events/2025-01-17');
    await mkdir(day, { recursive: true });
    const line = (id: string): string =>
      `{"event_id":"${id}","event_type":"order_created","event_time":"2025-01-17T08:00:00Z","vendor":"v","payload":{"order_id":"twice","total":1},"ingested_at":"2025-01-17T08:00:00Z"}\n`;
    await writeFile(join(day, 'events.jsonl'), line('x-1') + line('x-2'));
    const { code, out } = await shop.pulse(['materialize']);
    expect(code).toBe(1);
    expect(out).toMatch(/^orders +failed /m);
    expect(out).toContain('unique(order_id)');
    expect(JSON.parse((await shop.pulse(['query', 'SELECT COUNT(*) n FROM orders', '--json'])).out)).toEqual([
      { n: 3 },
    ]);
    expect((await shop.pulse(['list', 'status:failed'])).out).toBe('orders\n');
    expect((await shop.pulse(['status', 'orders'])).out).toContain('last run failed');
  });

  test('ingest tells broken lines by number; they are rejected, the rest is in', async () => {
    const file = join(shop.root, 'data/live_events/2025-01-17/events.jsonl');
    await appendFile(file, '{broken\n');
    const { code, out } = await shop.pulse(['ingest', 'data/live_events/2025-01-17']);
    expect(code).toBe(0);
    expect(out).toContain('received 3 = inserted 0 + duplicates 2 + conflicts 0 + rejected 1');
    expect((await shop.pulse(['ingest', 'nowhere'])).code).toBe(2);
  });

  test('a URL that does not answer is told of once', async () => {
    // No port 9 is asked: fetch itself refuses it.
    const url = 'http://127.0.0.1:9/v1/events';
    const { code, out, err } = await shop.pulse(['ingest', url]);
    expect([code, (out + err).split(`GET ${url} failed`).length]).toEqual([1, 2]);
    expect(err).toContain('hint: ');
    const json = await shop.pulse(['ingest', url, '--json']);
    const last = JSON.parse(json.out.trim().split('\n').at(-1) ?? '');
    expect([json.code, last.sources[0].error.code]).toEqual([1, 'SOURCE_UNREADABLE']);
  });
});

describe('what asks queries that the project keeps', () => {
  test('says which file it would need in a project that has none', async () => {
    await shop.pulse(['materialize', '-q']);
    for (const [argv, file] of [
      [['report', '--date', '2025-01-15'], 'sql/report/summary.sql'],
      [['reconcile'], 'sql/reconcile/orders.sql'],
      [['analyze'], 'sql/analytics'],
    ] as const) {
      const { code, err } = await shop.pulse(argv);
      expect([argv, code, err]).toEqual([argv, 2, expect.stringContaining(file)]);
      expect(err).not.toContain('Internal');
    }
  });
});

describe('clean', () => {
  test('Ctrl-C at the question interrupts, Ctrl-D is a no', async () => {
    await shop.pulse(['materialize', 'events_raw']);
    const ctrlC = await shop.pulse(['clean'], { isTty: true, input: '\u0003' });
    expect([ctrlC.code, ctrlC.err]).toEqual([130, 'error: Interrupted; nothing was removed.\n']);
    const ctrlD = await shop.pulse(['clean'], { isTty: true, input: '\u0004' });
    expect([ctrlD.code, ctrlD.err]).toEqual([0, '']);
    expect(ctrlD.out).toContain('Nothing was removed.');
  });

  test('asks only on a terminal; elsewhere it wants --yes', async () => {
    const { code, err } = await shop.pulse(['clean']);
    expect(code).toBe(2);
    expect(err).toContain('hint: Say --yes.');
  });

  test('a no on a terminal removes nothing', async () => {
    const { out } = await shop.pulse(['clean'], { isTty: true, input: 'n\n' });
    expect(out).toContain('Nothing was removed.');
    expect(existsSync(join(shop.root, '.pulse/raw.sqlite'))).toBe(true);
  });

  test('removes what pulse made and nothing else', async () => {
    await writeFile(join(shop.root, '.pulse/mine.txt'), 'mine');
    // As a process leaves it that is killed while it writes the warehouse anew.
    for (const end of ['', '.wal']) await writeFile(join(shop.root, `.pulse/warehouse.duckdb.new${end}`), 'half');
    const { code, out } = await shop.pulse(['clean', '--yes']);
    expect(code).toBe(0);
    expect(out).toContain('Removed .pulse/warehouse.duckdb');
    expect(await readdir(join(shop.root, '.pulse'))).toEqual(['mine.txt']);
    expect(existsSync(join(shop.root, 'data/live_events'))).toBe(true);
    expect((await shop.pulse(['clean', '--yes'])).out).toBe('Nothing to remove in .pulse.\n');
  });
});

describe('init', () => {
  test('says what to type next so that a shell takes it, whatever the folder is called', async () => {
    const { code, out } = await run(['init', "it's new"], { cwd: shop.root });
    expect(code).toBe(0);
    expect(out).toContain(`Next: cd 'it'\\''s new' && npm ci && npx pulse materialize\n`);
  });

  test('refuses a folder that is not empty, and a file', async () => {
    const full = await run(['init', shop.root]);
    expect(full.code).toBe(2);
    expect(full.err).toContain('is not empty');
    const file = await run(['init', join(shop.root, 'README.md')]);
    expect(file.err).toContain('is a file');
  });

  test('its lock is one that npm ci takes', async () => {
    const { execFile } = await import('node:child_process');
    const { promisify } = await import('node:util');
    await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund', '--offline'], { cwd: shop.root });
    expect(JSON.parse(await readFile(join(shop.root, 'node_modules/pulse/package.json'), 'utf8')).name).toBe('pulse');
  });
});

test('generate: the same seed, the same bytes; what cannot be is refused', async () => {
  const { code, out } = await shop.pulse(['generate', '--events', '200', '--seed', '5', '--out', 'made']);
  expect(code).toBe(0);
  expect(out).toContain('Wrote 200 events');
  expect((await shop.pulse(['generate', '--events', '200', '--days', 'soon', '--out', 'x'])).err).toContain(
    '--days "soon"',
  );
  expect((await shop.pulse(['generate', '--events', 'abc', '--out', 'x'])).err).toBe(
    'error: --events "abc" is not a whole number.\nhint: For example: --events 5000.\n',
  );
  expect((await shop.pulse(['generate', '--events', '1', '--out', 'one'])).out).toContain('Wrote 1 event in ');
  expect((await shop.pulse(['generate', '--events', '-3', '--out', 'x'])).code).toBe(2);
});
