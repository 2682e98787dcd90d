// What every state store must do. Called with a way to open an empty one; `now` ticks a second a call.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CostRecord, Mark, ObservedFile, StateStore, StepRecord } from '../../src/state/state-store.ts';
import type { CellContent, JournalRow } from '../../src/warehouse/warehouse.ts';

export const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

export function ticking(): () => Date {
  let second = 0;
  return () => new Date(at(second++));
}

export const content = (cell: string, dataVersion: string, rows = 1): CellContent => ({ cell, dataVersion, rows });

export const journalRow = (sequence: number, row: Partial<JournalRow> = {}): JournalRow => ({
  sequence,
  asset: 'fact_orders',
  runId: `run${sequence}`,
  fencingToken: sequence,
  codeVersion: 'code1',
  note: '{}',
  written: [],
  removed: [],
  isWhole: false,
  settles: [],
  isLogged: false,
  publishedAt: at(sequence),
  ...row,
});

export const NO_EFFECTS = { clears: [], marks: [] } as const;

const mark = (asset: string, cell: string, cause = 'stg_orders', runId = 'run1'): Mark => ({
  asset,
  cell,
  cause,
  runId,
});
const file = (path: string, more: Partial<ObservedFile> = {}): ObservedFile => ({
  source: 'events',
  path,
  size: 10,
  mtimeMs: 1732.25,
  inode: 7,
  hash: 'h1',
  takenHash: null,
  ...more,
});
const step = (runId: string, asset: string, more: Partial<StepRecord> = {}): StepRecord => ({
  runId,
  asset,
  status: 'done',
  startedAt: at(1),
  finishedAt: at(2),
  cells: 3,
  rows: 5_000_000_000,
  message: null,
  ...more,
});
const RUN = { command: 'materialize fact_orders', pid: 42, host: 'here' };

export function stateStoreContract(name: string, open: (now: () => Date) => Promise<StateStore>): void {
  const opened = async (use: (state: StateStore) => Promise<void>): Promise<void> => {
    const state = await open(ticking());
    try {
      await use(state);
    } finally {
      await state.close();
    }
  };
  const promise = (words: string, use: (state: StateStore) => Promise<void>) => test(words, () => opened(use));

  describe(`${name}: runs`, () => {
    promise('a new store knows nothing', async state => {
      expect(await state.snapshot()).toEqual({
        builds: new Map(),
        marks: [],
        files: [],
        lastSteps: new Map(),
        openRuns: [],
      });
      expect(await state.cells('fact_orders')).toEqual(new Map());
      expect(await state.appliedSequence()).toBe(0);
      expect(await state.runs(10)).toEqual([]);
    });

    promise('a run is open until it is finished', async state => {
      const run = await state.startRun({ runId: 'r1', ...RUN });
      expect(run).toEqual({ runId: 'r1', ...RUN, status: 'running', startedAt: expect.any(String), finishedAt: null });
      expect((await state.snapshot()).openRuns).toEqual([run]);
      await state.finishRun('r1', 'interrupted');
      expect((await state.snapshot()).openRuns).toEqual([]);
      const finishedAt = new Date(Date.parse(run.startedAt) + 1000).toISOString();
      expect(await state.runs(10)).toEqual([{ ...run, status: 'interrupted', finishedAt }]);
    });

    promise('runs come newest first, so many', async state => {
      for (const runId of ['a', 'c', 'b']) await state.startRun({ runId, ...RUN });
      expect((await state.runs(2)).map(run => run.runId)).toEqual(['b', 'c']);
    });

    promise('a run starts once, and only a run that was started can finish', async state => {
      await state.startRun({ runId: 'r1', ...RUN });
      await expect(state.startRun({ runId: 'r1', ...RUN })).rejects.toThrow();
      await expect(state.finishRun('r2', 'done')).rejects.toThrow('no run r2 to finish');
    });

    promise('steps are kept by run, the last one by asset', async state => {
      await state.recordStep(step('r1', 'a', { status: 'failed', message: 'it broke' }));
      await state.recordStep(step('r1', 'b', { finishedAt: at(1) }));
      await state.recordStep(step('r2', 'a'));
      expect(await state.steps('r1')).toEqual([
        step('r1', 'b', { finishedAt: at(1) }),
        step('r1', 'a', { status: 'failed', message: 'it broke' }),
      ]);
      const { lastSteps } = await state.snapshot();
      expect(lastSteps).toEqual(
        new Map([
          ['a', step('r2', 'a')],
          ['b', step('r1', 'b', { finishedAt: at(1) })],
        ]),
      );
    });

    promise('the step that made the most of an asset is found, however long ago', async state => {
      await state.recordStep(step('r1', 'a', { cells: 300 }));
      await state.recordStep(step('r2', 'a', { cells: 300, finishedAt: at(3) }));
      await state.recordStep(step('r3', 'a', { cells: 400, status: 'failed' }));
      await state.recordStep(step('r4', 'a', { cells: 1, finishedAt: at(4) }));
      await state.recordStep(step('r4', 'b', { cells: 0 }));
      expect(await state.greatestSteps()).toEqual([
        step('r2', 'a', { cells: 300, finishedAt: at(3) }),
        step('r4', 'b', { cells: 0 }),
      ]);
    });

    promise('a step that is told twice is one step', async state => {
      await state.recordStep(step('r1', 'a', { status: 'failed' }));
      await state.recordStep(step('r1', 'a', { status: 'done' }));
      expect(await state.steps('r1')).toEqual([step('r1', 'a')]);
    });
  });

  describe(`${name}: what is published`, () => {
    promise('a journal row becomes cells and a build', async state => {
      const note = JSON.stringify({ batches: ["b'1", 'ü😀'] });
      await state.apply(
        journalRow(1, { note, written: [content('2023-01-01', 'v1', 3), content('2023-01-02', 'v2', 4)] }),
        NO_EFFECTS,
      );
      expect((await state.snapshot()).builds).toEqual(
        new Map([
          [
            'fact_orders',
            { asset: 'fact_orders', codeVersion: 'code1', runId: 'run1', madeAt: at(1), note, cells: 2, rows: 7 },
          ],
        ]),
      );
      const of = { asset: 'fact_orders', codeVersion: 'code1', runId: 'run1', madeAt: at(1) };
      expect(await state.cells('fact_orders')).toEqual(
        new Map([
          ['2023-01-01', { ...of, cell: '2023-01-01', dataVersion: 'v1', rows: 3 }],
          ['2023-01-02', { ...of, cell: '2023-01-02', dataVersion: 'v2', rows: 4 }],
        ]),
      );
      expect(await state.appliedSequence()).toBe(1);
    });

    promise('a part replaces its cells and leaves the others with the run that made them', async state => {
      await state.apply(
        journalRow(1, { written: [content('a', 'v1'), content('b', 'v1'), content('c', 'v1')] }),
        NO_EFFECTS,
      );
      await state.apply(
        journalRow(2, { codeVersion: 'code2', written: [content('b', 'v2', 9)], removed: ['c'] }),
        NO_EFFECTS,
      );
      const cells = [...(await state.cells('fact_orders')).values()];
      expect(cells.map(cell => [cell.cell, cell.dataVersion, cell.codeVersion, cell.runId, cell.rows])).toEqual([
        ['a', 'v1', 'code1', 'run1', 1],
        ['b', 'v2', 'code2', 'run2', 9],
      ]);
      expect((await state.snapshot()).builds.get('fact_orders')).toMatchObject({
        codeVersion: 'code2',
        cells: 2,
        rows: 10,
      });
    });

    promise('a whole table leaves no other cell, and no other asset loses one', async state => {
      await state.apply(journalRow(1, { asset: 'dim_date', written: [content('', 'v1')] }), NO_EFFECTS);
      await state.apply(journalRow(2, { written: [content('a', 'v1'), content('b', 'v1')] }), NO_EFFECTS);
      await state.apply(journalRow(3, { isWhole: true, written: [content('b', 'v1')] }), NO_EFFECTS);
      expect([...(await state.cells('fact_orders')).keys()]).toEqual(['b']);
      expect([...(await state.cells('dim_date')).keys()]).toEqual(['']);
      await state.apply(journalRow(4, { isWhole: true }), NO_EFFECTS);
      expect((await state.snapshot()).builds.get('fact_orders')).toMatchObject({ cells: 0, rows: 0 });
    });

    promise('a row that was applied changes nothing, nor does an older one', async state => {
      await state.apply(journalRow(5, { written: [content('a', 'v5')] }), { clears: [], marks: [mark('dim', 'x')] });
      const before = await state.snapshot();
      for (const sequence of [5, 3]) {
        const row = journalRow(sequence, { written: [content('a', 'other'), content('z', 'other')] });
        await state.apply(row, { clears: ['*'], marks: [mark('dim', 'y')] });
      }
      expect(await state.snapshot()).toEqual(before);
      expect([...(await state.cells('fact_orders')).keys()]).toEqual(['a']);
      expect(await state.appliedSequence()).toBe(5);
    });

    promise('a row that fails half way leaves nothing of it', async state => {
      const broken = { clears: [], marks: [{ ...mark('dim', 'x'), runId: null as unknown as string }] };
      await expect(state.apply(journalRow(1, { written: [content('a', 'v1')] }), broken)).rejects.toThrow();
      expect(await state.appliedSequence()).toBe(0);
      expect(await state.cells('fact_orders')).toEqual(new Map());
      expect((await state.snapshot()).builds).toEqual(new Map());
    });

    promise('what is published can be forgotten whole: a new journal begins at its first row', async state => {
      await state.startRun({ runId: 'r1', ...RUN });
      await state.apply(journalRow(7, { written: [content('a', 'v1')] }), { clears: [], marks: [mark('dim', 'x')] });
      await state.forgetPublished();
      const { builds, marks, openRuns } = await state.snapshot();
      expect([builds.size, marks, openRuns.length, await state.appliedSequence()]).toEqual([0, [], 1, 0]);
      expect([...(await state.cells('fact_orders')).keys()]).toEqual([]);
      await state.apply(journalRow(1, { written: [content('b', 'v1')] }), NO_EFFECTS);
      expect([...(await state.cells('fact_orders')).keys()]).toEqual(['b']);
      expect(await state.nextFencingToken()).toBeGreaterThan(7);
    });

    promise('fencing tokens grow, also beyond those of a journal from before', async state => {
      expect(await state.nextFencingToken()).toBe(1);
      expect(await state.nextFencingToken()).toBe(2);
      await state.apply(journalRow(1, { fencingToken: 40 }), NO_EFFECTS);
      await state.apply(journalRow(2, { fencingToken: 7 }), NO_EFFECTS);
      expect(await state.nextFencingToken()).toBe(41);
    });
  });

  describe(`${name}: marks`, () => {
    const marked = async (state: StateStore, sequence: number, marks: readonly Mark[]) =>
      state.apply(journalRow(sequence, { asset: 'stg_orders' }), { clears: [], marks });

    promise('marks are set with a publication, once each', async state => {
      await marked(state, 1, [mark('fact', 'b'), mark('fact', 'a'), mark('fact', 'a')]);
      await marked(state, 2, [mark('fact', 'a', 'stg_orders', 'run2'), mark('fact', 'a', 'stg_items')]);
      expect((await state.snapshot()).marks).toEqual([
        mark('fact', 'a', 'stg_items'),
        mark('fact', 'a', 'stg_orders', 'run2'),
        mark('fact', 'b'),
      ]);
    });

    promise('a publication clears the marks of its own asset that it names, whatever their cause', async state => {
      await marked(state, 1, [mark('fact', 'a'), mark('fact', 'a', 'stg_items'), mark('fact', 'b'), mark('dim', 'a')]);
      await state.apply(journalRow(2, { asset: 'fact' }), { clears: ['a', 'nobody'], marks: [] });
      expect((await state.snapshot()).marks).toEqual([mark('dim', 'a'), mark('fact', 'b')]);
    });

    promise('a mark on all cells stays until all are made; that clears every mark', async state => {
      await marked(state, 1, [mark('fact', 'a'), mark('fact', '*'), mark('dim', '*')]);
      await state.clearMarks('fact', ['a']);
      expect((await state.snapshot()).marks).toEqual([mark('dim', '*'), mark('fact', '*')]);
      await marked(state, 2, [mark('fact', 'b')]);
      await state.clearMarks('fact', ['*']);
      await state.clearMarks('dim', []);
      expect((await state.snapshot()).marks).toEqual([mark('dim', '*')]);
    });
  });

  describe(`${name}: files`, () => {
    promise('a file is as it was last seen, exactly', async state => {
      const large = file('live/ü 1.jsonl', {
        size: 2 ** 52 + 1,
        inode: 2 ** 53 - 1,
        mtimeMs: 1_767_225_600_123.5,
        takenHash: 'h0',
      });
      await state.observe([large, file('b.json')]);
      await state.observe([file('b.json', { hash: 'h2', takenHash: 'h2' }), file('b.json', { source: 'fx' })]);
      await state.observe([]);
      expect((await state.snapshot()).files).toEqual([
        file('b.json', { hash: 'h2', takenHash: 'h2' }),
        large,
        file('b.json', { source: 'fx' }),
      ]);
    });

    promise('files that are gone are forgotten, of their source only', async state => {
      await state.observe([file('a'), file('b'), file('a', { source: 'fx' })]);
      await state.forget('events', ['a', 'nobody']);
      await state.forget('events', []);
      expect((await state.snapshot()).files).toEqual([file('b'), file('a', { source: 'fx' })]);
    });
  });

  describe(`${name}: history`, () => {
    const said = (number: number, body = '{}') => ({ number, loggedAt: at(number), body });

    promise('what was said in a run is kept in its order', async state => {
      await state.logEvents('r1', [said(2, '{"text":"ü😀"}'), said(1)]);
      await state.logEvents('r2', [said(1)]);
      await state.logEvents('r1', []);
      expect(await state.events('r1')).toEqual([said(1), said(2, '{"text":"ü😀"}')]);
      expect(await state.events('nobody')).toEqual([]);
    });

    promise('runs that ended before a time go, with steps and log; what is made and open runs stay', async state => {
      for (const runId of ['old', 'new', 'open']) {
        await state.startRun({ runId, ...RUN });
        await state.recordStep(step(runId, runId));
        await state.logEvents(runId, [said(1)]);
      }
      await state.apply(journalRow(1, { runId: 'old', written: [content('a', 'v1')] }), NO_EFFECTS);
      await state.finishRun('old', 'done');
      const [old] = (await state.runs(10)).filter(run => run.runId === 'old');
      await state.finishRun('new', 'done');
      const before = new Date(Date.parse(old?.finishedAt ?? '') + 500).toISOString();
      expect(await state.pruneHistory(before)).toEqual({ runs: 1, backfills: 0 });
      expect((await state.runs(10)).map(run => run.runId).sort()).toEqual(['new', 'open']);
      expect([await state.steps('old'), await state.events('old')]).toEqual([[], []]);
      expect([(await state.steps('new')).length, (await state.events('open')).length]).toEqual([1, 1]);
      expect((await state.cells('fact_orders')).get('a')?.runId).toBe('old');
      expect((await state.snapshot()).lastSteps.has('old')).toBe(true);
    });

    promise('publications that something still is of are told', async state => {
      await state.apply(journalRow(1, { written: [content('a', 'v1'), content('b', 'v1')] }), NO_EFFECTS);
      await state.apply(journalRow(2, { written: [content('a', 'v2')] }), NO_EFFECTS);
      expect(await state.livingSequences()).toEqual([1, 2]);
      await state.apply(journalRow(3, { written: [content('b', 'v2')] }), NO_EFFECTS);
      expect(await state.livingSequences()).toEqual([2, 3]);
    });
  });

  describe(`${name}: backfills`, () => {
    const plan = { backfillId: 'b1', command: 'backfill fact_orders', options: '{}' };
    const planned = [
      { asset: 'fact_orders', cell: '2023-01-02', chunk: 1 },
      { asset: 'fact_orders', cell: '2023-01-01', chunk: 2 },
      { asset: 'dim', cell: '2023-01-02', chunk: 1 },
    ];

    promise('a backfill is its cells, in the order of chunks, each pending until it is told', async state => {
      const created = await state.createBackfill(plan, planned);
      expect(created).toEqual({ ...plan, status: 'running', createdAt: expect.any(String), finishedAt: null });
      expect((await state.backfillCells('b1')).map(one => [one.chunk, one.asset, one.cell, one.status])).toEqual([
        [1, 'dim', '2023-01-02', 'pending'],
        [1, 'fact_orders', '2023-01-02', 'pending'],
        [2, 'fact_orders', '2023-01-01', 'pending'],
      ]);
      const failed = {
        asset: 'dim',
        cell: '2023-01-02',
        chunk: 1,
        status: 'failed',
        runId: 'r1',
        message: 'no',
      } as const;
      await state.recordBackfillCells('b1', [failed]);
      expect((await state.backfillCells('b1'))[0]).toEqual(failed);
    });

    promise('it ends with a time, and goes on without', async state => {
      await state.createBackfill(plan, planned);
      await state.createBackfill({ ...plan, backfillId: 'b2' }, []);
      await state.setBackfillStatus('b1', 'failed');
      expect((await state.backfills(10)).map(one => [one.backfillId, one.status, one.finishedAt === null])).toEqual([
        ['b2', 'running', true],
        ['b1', 'failed', false],
      ]);
      await state.setBackfillStatus('b1', 'running');
      expect((await state.backfills(10))[1]).toMatchObject({ status: 'running', finishedAt: null });
      await expect(state.setBackfillStatus('nobody', 'done')).rejects.toThrow('no backfill nobody');
    });

    promise('what ended before a time goes with its cells', async state => {
      await state.createBackfill(plan, planned);
      await state.setBackfillStatus('b1', 'done');
      await state.createBackfill({ ...plan, backfillId: 'b2' }, planned);
      expect(await state.pruneHistory(at(3_000))).toEqual({ runs: 0, backfills: 1 });
      expect([(await state.backfillCells('b1')).length, (await state.backfillCells('b2')).length]).toEqual([0, 3]);
    });
  });

  describe(`${name}: leases`, () => {
    const holder = (runId: string, pid = 42) => ({ runId, command: 'materialize', pid, host: 'here' });
    const acquire = (state: StateStore, runId: string, more: { takeFrom?: number; resource?: string } = {}) => {
      const { resource = 'warehouse', ...rest } = more;
      return state.acquireLease(resource, holder(runId), { ttlMs: 30_000, ...rest });
    };

    promise('one holds it, the other is told who', async state => {
      const first = await acquire(state, 'r1');
      expect(first).toEqual({
        resource: 'warehouse',
        ...holder('r1'),
        token: expect.any(Number),
        since: expect.any(String),
        expiresAt: new Date(Date.parse(first.since) + 30_000).toISOString(),
      });
      expect(await acquire(state, 'r2')).toEqual(first);
      expect(await state.leases()).toEqual([first]);
      expect(await acquire(state, 'r2', { resource: 'asset/x' })).toMatchObject({ runId: 'r2', resource: 'asset/x' });
    });

    promise('given back, it is the next one’s, with a greater token', async state => {
      const first = await acquire(state, 'r1');
      await state.releaseLeases('r2');
      expect(await acquire(state, 'r2')).toEqual(first);
      await state.releaseLeases('r1', ['something else']);
      expect(await acquire(state, 'r2')).toEqual(first);
      await state.releaseLeases('r1', ['warehouse']);
      const second = await acquire(state, 'r2');
      expect(second.runId).toBe('r2');
      expect(second.token).toBeGreaterThan(first.token);
      expect(await state.nextFencingToken()).toBeGreaterThan(second.token);
    });

    promise('of a dead holder it is taken by the token that was seen, once', async state => {
      const dead = await acquire(state, 'r1');
      const taken = await acquire(state, 'r2', { takeFrom: dead.token });
      expect(taken.runId).toBe('r2');
      expect(await acquire(state, 'r3', { takeFrom: dead.token })).toEqual(taken);
      expect(await state.renewLeases('r1', 1000)).toEqual([]);
    });

    promise('a sign of life moves the end of all that a run holds', async state => {
      const one = await acquire(state, 'r1');
      await acquire(state, 'r1', { resource: 'asset/x' });
      await acquire(state, 'r2', { resource: 'asset/y' });
      const renewed = await state.renewLeases('r1', 60_000);
      expect(renewed.map(lease => lease.resource)).toEqual(['asset/x', 'warehouse']);
      expect(Date.parse(renewed[1]?.expiresAt ?? '')).toBeGreaterThan(Date.parse(one.expiresAt) + 30_000);
      expect(renewed[1]).toMatchObject({ token: one.token, since: one.since });
      await state.releaseLeases('r1');
      expect((await state.leases()).map(lease => lease.resource)).toEqual(['asset/y']);
    });

    promise('of many who ask at once, one gets it', async state => {
      const asked = await Promise.all(Array.from({ length: 20 }, (_, n) => acquire(state, `r${n}`)));
      expect(new Set(asked.map(lease => lease.runId)).size).toBe(1);
    });
  });

  describe(`${name}: law`, () => {
    const cellKey = fc.constantFrom('', 'a', 'b', 'c');
    const asset = fc.constantFrom('x', 'y');
    const publication = fc.record({
      asset,
      gap: fc.constantFrom(0, 1, 3),
      isWhole: fc.boolean(),
      written: fc.uniqueArray(fc.tuple(cellKey, fc.constantFrom('v1', 'v2'), fc.nat(9)), {
        selector: ([cell]) => cell,
      }),
      removed: fc.uniqueArray(cellKey),
      clears: fc.uniqueArray(fc.oneof(cellKey, fc.constant('*'))),
      marks: fc.array(
        fc.record({ asset, cell: fc.oneof(cellKey, fc.constant('*')), cause: fc.constantFrom('p', 'q') }),
      ),
    });
    promise('what jobs billed is kept once a job, and summed from a moment on', async state => {
      const cost = (jobId: string, second: number, bytesBilled: number): CostRecord => ({
        jobId,
        runId: 'run1',
        asset: 'fact_orders',
        purpose: 'build',
        bytesBilled,
        slotMs: 30,
        priceUsd: 0.01,
        endedAt: at(second),
      });
      const [early, late] = [cost('job1', 1, 5_000_000_000), cost('job2', 5, 10)];
      for (const one of [late, early, { ...late, bytesBilled: 99 }]) await state.recordCost(one);
      expect(await state.costs(at(0))).toEqual([early, late]);
      expect(await state.costs(at(5))).toEqual([late]);
      expect([await state.bytesBilled(at(0)), await state.bytesBilled(at(9))]).toEqual([5_000_000_010, 0]);
    });

    test('any journal, also repeated, leaves what plain maps say', async () => {
      const law = fc.asyncProperty(fc.array(publication, { maxLength: 8 }), publications =>
        opened(async state => {
          const cells = new Map<string, readonly [codeVersion: string, dataVersion: string, rows: number]>();
          const marks = new Map<string, string>();
          let sequence = 0;
          for (const { gap, asset: of, ...one } of publications) {
            const removed = one.removed.filter(cell => !one.written.some(([written]) => written === cell));
            sequence += gap;
            const row = journalRow(sequence, {
              ...one,
              asset: of,
              removed,
              codeVersion: `code${sequence}`,
              written: one.written.map(([cell, version, rows]) => content(cell, version, rows)),
            });
            const effects = {
              clears: one.clears,
              marks: one.marks.map(each => ({ ...each, runId: `run${sequence}` })),
            };
            await state.apply(row, effects);
            if (gap === 0) continue;
            for (const key of [...cells.keys()].filter(held => held.startsWith(`${of}/`))) {
              if (one.isWhole || removed.some(cell => key === `${of}/${cell}`)) cells.delete(key);
            }
            for (const [cell, version, rows] of one.written)
              cells.set(`${of}/${cell}`, [`code${sequence}`, version, rows]);
            for (const key of [...marks.keys()]) {
              const [owner, cell = ''] = key.split('/');
              if (owner === of && one.clears.some(cleared => cleared === '*' || cleared === cell)) marks.delete(key);
            }
            for (const each of one.marks) marks.set(`${each.asset}/${each.cell}/${each.cause}`, `run${sequence}`);
          }
          const kept = [...(await state.cells('x')).values(), ...(await state.cells('y')).values()];
          expect(
            new Map(kept.map(cell => [`${cell.asset}/${cell.cell}`, [cell.codeVersion, cell.dataVersion, cell.rows]])),
          ).toEqual(cells);
          const snapshot = await state.snapshot();
          expect(new Map(snapshot.marks.map(one => [`${one.asset}/${one.cell}/${one.cause}`, one.runId]))).toEqual(
            marks,
          );
          for (const [of, build] of snapshot.builds) {
            const own = [...cells].filter(([key]) => key.startsWith(`${of}/`)).map(([, [, , rows]]) => rows);
            expect([build.cells, build.rows]).toEqual([own.length, own.reduce((sum, rows) => sum + rows, 0)]);
          }
          expect(await state.appliedSequence()).toBe(sequence);
        }),
      );
      await fc.assert(law, { numRuns: 60 });
    });
  });

  describe(`${name}: checks`, () => {
    const record = (check: string, day: string, more: object = {}) => ({
      name: check,
      day,
      scope: 'day' as const,
      asset: null,
      kind: 'daily',
      severity: 'block' as const,
      verdict: 'pass' as const,
      failedRows: 0,
      note: null,
      measures: '{"late_share":0.1}',
      sample: '{"columns":[],"rows":[]}',
      query: null,
      checkedAt: new Date().toISOString(),
      ...more,
    });

    promise('the last judgement of a check, a day and a scope is kept', async state => {
      await state.recordChecks([record('b', '2025-01-15'), record('a', '2025-01-16'), record('a', '2025-01-15')]);
      const failed = record('a', '2025-01-15', {
        verdict: 'fail',
        failedRows: 3e9,
        asset: 'fact',
        query: "SELECT 'x'",
      });
      const whole = record('a', '2025-01-15', { scope: 'table', note: 'all of it' });
      await state.recordChecks([failed, whole]);
      expect(await state.checkRecords('2025-01-15', '2025-01-15')).toEqual([
        failed,
        whole,
        record('b', '2025-01-15', {
          checkedAt: expect.any(String),
        }),
      ]);
      expect((await state.checkRecords('2025-01-01', '2025-12-31')).length).toBe(4);
      await state.recordChecks([]);
    });

    promise('what is kept of rows can be forgotten, but not what the run said that asks for it', async state => {
      const sample = '{"columns":["name"],"rows":[["somebody"]]}';
      await state.recordChecks([record('a', '2025-01-15', { verdict: 'fail', failedRows: 1, sample })]);
      const failed = { status: 'failed', message: 'Bad value: somebody' } as const;
      const body = JSON.stringify({ kind: 'step-finished', asset: 'a', error: { code: 'X', message: failed.message } });
      for (const runId of ['r1', 'r2']) {
        await state.recordStep({ ...step(runId, 'a'), ...failed });
        await state.recordStep({ ...step(runId, 'b'), status: 'skipped', message: 'upstream failed: a' });
        await state.logEvents(runId, [{ number: 1, loggedAt: new Date().toISOString(), body }]);
      }
      await state.forgetRows({ butOf: 'r2' });
      const [kept] = await state.checkRecords('2025-01-15', '2025-01-15');
      expect([kept?.failedRows, kept?.sample]).toEqual([1, '{"columns":[],"rows":[]}']);
      const messages = async (runId: string) => (await state.steps(runId)).map(({ message }) => message).sort();
      expect(await messages('r1')).toEqual(['forgotten after a redaction', 'upstream failed: a']);
      expect(await messages('r2')).toEqual([failed.message, 'upstream failed: a']);
      const said = await Promise.all(
        ['r1', 'r2'].map(async runId => JSON.parse((await state.events(runId))[0]?.body ?? '')),
      );
      expect(said.map(event => [event.asset, event.error.code, event.error.message])).toEqual([
        ['a', 'X', 'forgotten after a redaction'],
        ['a', 'X', failed.message],
      ]);
    });

    promise('what was judged 400 days ago is forgotten with the next judgement', async state => {
      await state.recordChecks([
        record('a', '2020-01-01', { checkedAt: '2020-01-01T00:00:00.000Z' }),
        record('a', '2020-01-02'),
      ]);
      expect((await state.checkRecords('2020-01-01', '2020-12-31')).map(one => one.day)).toEqual(['2020-01-02']);
    });
  });

  describe(`${name}: at once and at large`, () => {
    promise('calls at the same time neither lose nor mix what they write', async state => {
      const tokens = await Promise.all(Array.from({ length: 50 }, () => state.nextFencingToken()));
      expect(new Set(tokens).size).toBe(50);
      await Promise.all(Array.from({ length: 50 }, (_, n) => state.recordStep(step('r1', `a${n}`))));
      expect(await state.steps('r1')).toHaveLength(50);
    });

    promise('100,000 cells, and 20,000 marks and files, go in and come out', async state => {
      const names = Array.from({ length: 100_000 }, (_, n) => `c${String(n).padStart(6, '0')}`);
      const written = names.map(name => content(name, `duckdb-1.5.5:${name.repeat(6)}`, 7));
      const some = names.slice(0, 20_000);
      await state.apply(journalRow(1, { written }), { clears: [], marks: some.map(name => mark('fact', name)) });
      await state.observe(some.map(name => file(name)));
      expect((await state.cells('fact_orders')).size).toBe(100_000);
      const { builds, marks, files } = await state.snapshot();
      expect([builds.get('fact_orders')?.rows, marks.length, files.length]).toEqual([700_000, 20_000, 20_000]);
      await state.forget('events', some);
      await state.apply(journalRow(2, { removed: names.slice(1) }), NO_EFFECTS);
      expect([...(await state.cells('fact_orders')).keys()]).toEqual(['c000000']);
    });
  });
}
