// pulse runs, logs, backfill and redact, on a project of `pulse init` that was made once.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await makeShop();
  await shop.pulse(['materialize']);
});
afterAll(() => shop.remove());

const json = async (...argv: string[]) => JSON.parse((await shop.pulse([...argv, '--json'])).out);

describe('runs', () => {
  test('are listed, and shown by id, by its beginning and as the last', async () => {
    const [run] = await json('runs');
    expect(run).toMatchObject({ status: 'done', command: 'materialize' });
    const shown = await json('runs', 'show', 'last');
    expect(shown).toEqual(await json('runs', 'show', run.runId));
    expect(shown.steps.map((step: { asset: string }) => step.asset).sort()).toEqual([
      'events_raw',
      'orders',
      'raw_events',
    ]);
    const { out, code } = await shop.pulse(['runs', 'show', run.runId.slice(0, 15)]);
    expect([code, out]).toEqual([0, expect.stringContaining(`3 assets. Next: npx pulse logs ${run.runId}`)]);
  });

  test('that are unknown are said to be, with the next step', async () => {
    for (const argv of [
      ['runs', 'show', '1999'],
      ['logs', '1999'],
    ]) {
      const { code, err } = await shop.pulse(argv);
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/There is no run "1999"\.[\s\S]*`pulse runs` lists them; the last is /),
      ]);
    }
    expect((await shop.pulse(['runs', 'show'])).err).toContain('Which run?');
  });

  test('have said what they did, without rows of data', async () => {
    const { out } = await shop.pulse(['logs']);
    expect(out).toMatch(/\d\d:\d\d:\d\d\.\d{3} {2}run {7}\S+: 3 assets to make/);
    expect(out).toMatch(/done {6}orders {2}\d+ cells, \d+ rows/);
    expect(out).toContain('run ended  done');
    const lines = (await shop.pulse(['logs', 'last', '--json'])).out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines[0]).toMatchObject({ kind: 'run-started', loggedAt: expect.any(String) });
    expect(lines.at(-1)).toMatchObject({ kind: 'run-finished', status: 'done' });
  });
});

describe('a backfill', () => {
  const RANGE = ['--from', '2025-01-01', '--to', '2025-01-31'];

  test('is quoted without doing anything', async () => {
    const quote = await json('backfill', 'orders', ...RANGE, '--chunk', '7d', '--quote');
    expect(quote).toMatchObject({ cells: 31, chunks: 5, rows: expect.any(Number), durationMs: expect.any(Number) });
    expect(quote.assets).toEqual([{ asset: 'orders', cells: 31, rows: quote.rows, durationMs: expect.any(Number) }]);
    // Each run has its price, however little it makes.
    const once = await json('backfill', 'orders', ...RANGE, '--quote');
    expect(quote.durationMs).toBeGreaterThanOrEqual(once.durationMs);
    const { out } = await shop.pulse(['backfill', 'orders', ...RANGE, '--quote']);
    expect(out).toMatch(/31 cells in 1 run, about \d+ rows?, \d+\.\d [KM]iB\ntime about .*\n\nNothing was done\./);
    expect((await shop.pulse(['backfill', 'list'])).out).toContain('No backfill was planned.');
  });

  test('is made chunk by chunk, newest first, and kept', async () => {
    const { code, out } = await shop.pulse(['backfill', 'orders', ...RANGE, '--chunk', '2w']);
    expect([code, out]).toEqual([0, expect.stringContaining('Backfill done: 31 cells done.')]);
    expect(out).toMatch(/31 of 31 cells \(100 %\), \d+\.\d cells\/s/);
    const shown = await json('backfill', 'show', 'last');
    expect(shown).toMatchObject({ status: 'done', done: 31, failed: 0, pending: 0 });
    expect(Object.keys(shown)).not.toContain('options');
    expect(shown.cells[0]).toMatchObject({ asset: 'orders', cell: '2025-01-29', chunk: 1, status: 'done' });
    expect((await shop.pulse(['backfill', 'list'])).out).toContain('backfill orders --from 2025-01-01 --to 2025-01-31');
    expect((await shop.pulse(['backfill', 'show', 'last'])).out).toMatch(/orders +31 +31 +0 +0/);
  });

  test('that is resumed makes what failed or is missing, and nothing else', async () => {
    const runs = (await json('runs', '--limit', '100')).length;
    expect((await shop.pulse(['backfill', 'resume', 'last'])).out).toContain('31 cells done');
    expect((await json('runs', '--limit', '100')).length).toBe(runs);
    const { code, err } = await shop.pulse(['backfill', 'cancel', 'last']);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/is done already: there is nothing to cancel\.[\s\S]*hint: /),
    ]);
    expect(await json('backfill', 'show', 'last')).toMatchObject({ status: 'done' });
  });

  test.each([
    [['backfill', 'orders', '--from', '2025-02-01', '--to', '2025-01-01'], 'is the wrong way round'],
    [['backfill', 'orders', '--from', 'yesterday', '--to', '2025-01-01'], '--from "yesterday" is no day'],
    [['backfill', 'orders', '--from', '2025-01-01', '--to', '2025-02-30'], '--to "2025-02-30" is no day'],
    [['backfill', 'list', 'orders'], 'takes no names'],
    [['backfill', 'nothing', ...RANGE], 'No asset is called "nothing"'],
    [['backfill', 'orders', '--from', '2025-01-01'], 'There is no --to.'],
    [['backfill', 'events_raw', ...RANGE], 'events_raw is no model, but ingest'],
    [['backfill', 'orders', ...RANGE, '--chunk', 'x'], '--chunk "x" is no number of days.'],
    [['backfill', 'show', 'nothing'], 'There is no backfill "nothing".'],
    [['backfill', 'resume'], 'Which backfill'],
    [['backfill'], 'Nothing is selected.'],
  ])('%j is refused with the next step', async (argv, said) => {
    const { code, err } = await shop.pulse(argv);
    expect([code, err]).toEqual([2, expect.stringContaining(said)]);
    expect(err).toContain('hint: ');
  });
});

describe('a redaction', () => {
  const events = async (): Promise<string[]> =>
    (await json('query', 'SELECT event_id FROM raw_events ORDER BY event_id')).map(
      (row: { event_id: string }) => row.event_id,
    );

  test('asks, and says which events it needs to be told', async () => {
    expect((await shop.pulse(['redact', '--event-id', 'x'])).err).toContain('nobody to ask');
    expect((await shop.pulse(['redact'])).err).toContain('by --event-id or by --where');
    const { err } = await shop.pulse(['redact', '--where', 'TRUE AND\n  nonsense = 1', '--yes']);
    expect(err).toContain('Unrecognized name: nonsense\n  at --where:2:3');
    expect(err).toContain('It is a condition on raw_events, which has event_id, event_type, ');
    expect((await shop.pulse(['redact', '--where', 'FALSE', '--yes'])).out).toContain('nothing was removed');
  });

  test('takes events out of every table with the next run, and they do not come back', async () => {
    const [gone = '', ...kept] = await events();
    const { code, out } = await shop.pulse(['redact', '--where', `event_id = '${gone}' -- one`, '--yes']);
    expect([code, out]).toEqual([0, expect.stringContaining('Removed 1 event (1 new tombstone, ')]);
    expect(out).toContain('Source files, and reports written before, are yours');
    expect((await shop.pulse(['status', 'raw_events'])).out).toMatch(/raw_events +stale/);
    expect((await shop.pulse(['materialize'])).code).toBe(0);
    expect(await events()).toEqual(kept);
    await shop.pulse(['ingest']);
    await shop.pulse(['materialize']);
    expect(await events()).toEqual(kept);
    expect((await shop.pulse(['prove'])).code).toBe(0);
  });
});

test('a run keeps what was asked for, with the options that say which tables and cells', async () => {
  const asked = [
    ['orders', 'raw_events', '--exclude', 'raw_events', '--only', '--full-refresh'],
    ['orders', '--partitions', '2025-01-15'],
  ];
  for (const words of asked) expect(await shop.pulse(['materialize', ...words])).toMatchObject({ code: 0 });
  const commands = (await json('runs')).map((run: { command: string }) => run.command);
  expect(commands).toEqual(expect.arrayContaining(asked.map(words => `materialize ${words.join(' ')}`)));
});
