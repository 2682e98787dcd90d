// A run killed at any boundary costs nothing: the next one adopts what was published, makes the rest, and leaves nothing behind.

import { once } from 'node:events';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILPOINTS, failpointOf } from '../../src/failpoint.ts';
import { openProject, type Project } from '../../src/project.ts';
import { backfillsAtWork, countsOf, runBackfill } from '../../src/run/backfill.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { type MaterializeOptions, materialize } from '../../src/run/materialize.ts';
import { warehouseTrouble } from '../../src/run/warehouse-file.ts';
import { makeShop, type Shop } from '../cli/shop.ts';
import { startPulse } from './in-own-process.ts';

/** Which kills, one after another, before the run that must put all right. */
const KILLS: readonly (readonly string[])[] = [
  ['after-claim'],
  ['while-ingesting'],
  ['after-ingest'],
  ['after-observe'],
  ['after-stage'],
  ['after-stage:2'],
  ['after-audit:2'],
  ['after-publish'],
  ['after-publish:2'],
  ['after-apply'],
  ['after-apply:2'],
  ['after-step:2'],
  ['before-finish'],
  ['after-finish'],
  ['after-publish', 'while-adopting', 'after-adopt', 'after-publish'],
];

let template: Shop;
let clean: unknown;
let copies = 0;
beforeAll(async () => {
  template = await makeShop();
  // So that no copy has to start the analyzer.
  await template.pulse(['compile']);
  clean = await withProject(copyOf(template), async project => {
    await materialize(project, { selection: [] }, () => undefined);
    return contentOf(project);
  });
});
afterAll(() => template.remove());

/** The project as it was made, beside it, so that it goes with it. */
function copyOf({ root }: Shop): string {
  const copy = join(root, '..', `copy${copies++}`);
  cpSync(root, copy, { recursive: true, filter: path => !path.includes('.pulse') });
  return copy;
}

async function withProject<T>(root: string, use: (project: Project) => Promise<T>): Promise<T> {
  const project = await openProject({ cwd: root, env: {}, now: () => new Date() });
  try {
    return await use(project);
  } finally {
    await project.close();
  }
}

/** The tables, without what names the run or the time. */
async function contentOf(project: Project): Promise<unknown> {
  // DuckDB's own SQL: no analyzer has to be started for it.
  const warehouse = await project.warehouse({ readOnly: true });
  const row = [{ name: 'row', type: { kind: 'STRING' } as const }];
  const rows = async (table: string): Promise<unknown> => (await warehouse.query(table, row)).rows;
  return [
    await rows(
      'SELECT to_json([event_id, event_type, CAST(event_time AS VARCHAR), vendor, payload])::VARCHAR FROM raw_events ORDER BY event_id',
    ),
    await rows('SELECT to_json(o)::VARCHAR FROM orders AS o ORDER BY order_id'),
  ];
}

/** Runs `pulse materialize` until the failpoint kills it. */
async function killAt(root: string, failpoint: string): Promise<void> {
  const child = startPulse(root, ['materialize'], { PULSE_FAILPOINT: failpoint });
  const said = child.stderr === null ? '' : text(child.stderr);
  child.stdout?.resume();
  const [code, signal] = await once(child, 'exit');
  expect([code, signal, await said]).toEqual([null, 'SIGKILL', '']);
}

describe('killed', () => {
  for (const kills of KILLS) {
    test(`${kills.join(', then ')}: one more run, and all is as if nothing had been`, async () => {
      const root = copyOf(template);
      for (const failpoint of kills) await killAt(root, failpoint);
      await withProject(root, async project => {
        const result = await materialize(project, { selection: [] }, () => undefined);
        expect(result.steps.filter(step => step.status === 'failed')).toEqual([]);
        expect(await contentOf(project)).toEqual(clean);
        const state = await project.state();
        expect([(await state.snapshot()).openRuns, await state.leases()]).toEqual([[], []]);
        const receipts = await (await project.rawStore()).receipts();
        expect(receipts.every(one => one.status === 'closed')).toBe(true);
        expect(receipts.reduce((sum, one) => sum + one.inserted, 0)).toBe(
          await (await project.rawStore()).countEvents(),
        );
        const warehouse = await project.warehouse({ readOnly: false });
        expect(await warehouse.sweep([])).toEqual([]);
        expect((await warehouse.journal(0)).at(-1)?.sequence).toBe(await state.appliedSequence());
        await project.closeWarehouse();
        expect((await materialize(project, { selection: [] }, () => undefined)).status).toBe('nothing');
      });
    });
  }
});

/** What must hold once a run has ended by itself. */
async function expectClean(root: string): Promise<void> {
  await withProject(root, async project => {
    expect(await contentOf(project)).toEqual(clean);
    const state = await project.state();
    expect([(await state.snapshot()).openRuns, await state.leases()]).toEqual([[], []]);
    expect((await materialize(project, { selection: [] }, () => undefined)).status).toBe('nothing');
  });
}

describe('killed at any moment', () => {
  const SEED = Number(process.env.PULSE_KILL_SEED ?? Date.now() % 1_000_000);

  test(`three times at random (PULSE_KILL_SEED=${SEED}): one more run, and all is as if nothing had been`, async () => {
    const root = copyOf(template);
    let state = SEED;
    for (let kill = 0; kill < 3; kill++) {
      state = (state * 48_271 + 11) % 2_147_483_647;
      const child = startPulse(root, ['materialize']);
      child.stdout?.resume();
      child.stderr?.resume();
      // From the start of the process to about its end.
      const timer = setTimeout(() => child.kill('SIGKILL'), 50 + (state % 1_500));
      await once(child, 'exit');
      clearTimeout(timer);
    }
    await withProject(root, project => materialize(project, { selection: [] }, () => undefined));
    await expectClean(root);
  });
});

describe('a backfill killed behind a chunk', () => {
  test('goes on with the cells that are left, and only those', async () => {
    const root = copyOf(template);
    await withProject(root, project => materialize(project, { selection: [] }, () => undefined));
    const argv = ['backfill', 'orders', '--from', '2025-01-01', '--to', '2025-01-28', '--chunk', '7d'];
    const child = startPulse(root, argv, { PULSE_FAILPOINT: 'after-chunk:2' });
    child.stdout?.resume();
    child.stderr?.resume();
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    await withProject(root, async project => {
      const state = await project.state();
      const [backfill] = await state.backfills(1);
      const id = backfill?.backfillId ?? '';
      expect(countsOf(await state.backfillCells(id))).toEqual({ done: 7, failed: 0, pending: 21 });
      expect([backfill?.status, await backfillsAtWork(state, new Date())]).toEqual(['running', new Set()]);
      const before = (await state.runs(100)).length;
      const signal = new AbortController().signal;
      const outcome = await runBackfill(project, id, { signal, emit: () => undefined });
      expect(outcome).toEqual({ status: 'done', done: 28, failed: 0, pending: 0 });
      // The second chunk was made and not yet said to be: it is taken over.
      expect((await state.runs(100)).length).toBe(before + 2);
    });
    await expectClean(root);
  });
});

describe('a warehouse that is gone', () => {
  test('is made again whole, and said to be', async () => {
    const root = copyOf(template);
    await withProject(root, project => materialize(project, { selection: [] }, () => undefined));
    rmSync(join(root, '.pulse/warehouse.duckdb'));
    const said: string[] = [];
    await withProject(root, async project => {
      const note = (event: RunEvent): void => void (event.kind === 'notice' && said.push(event.text));
      expect((await materialize(project, { selection: [] }, note)).status).toBe('done');
    });
    expect(said).toEqual(['The warehouse is gone: every table is made again.']);
    await expectClean(root);
  });
});

describe('a warehouse in whose place an older one was put', () => {
  for (const failpoint of [undefined, 'after-forget', 'while-adopting'] as const) {
    test(`is noticed, and what it lacks is made again${failpoint === undefined ? '' : `, killed ${failpoint}`}`, async () => {
      const root = copyOf(template);
      const [file, backup] = [join(root, '.pulse/warehouse.duckdb'), join(root, '.pulse/backup.duckdb')];
      cpSync(join(root, 'data/live_events/2025-01-16'), join(root, 'later'), { recursive: true });
      rmSync(join(root, 'data/live_events/2025-01-16'), { recursive: true });
      await withProject(root, project => materialize(project, { selection: [] }, () => undefined));
      cpSync(file, backup);
      cpSync(join(root, 'later'), join(root, 'data/live_events/2025-01-16'), { recursive: true });
      await withProject(root, project => materialize(project, { selection: [] }, () => undefined));
      cpSync(backup, file);
      expect(await withProject(root, warehouseTrouble)).toMatch(/^The warehouse is another one .*, or an older one: /);
      if (failpoint !== undefined) await killAt(root, failpoint);
      const said: string[] = [];
      await withProject(root, async project => {
        const note = (event: RunEvent): void => void (event.kind === 'notice' && said.push(event.text));
        const { steps } = await materialize(project, { selection: [] }, note);
        expect(steps.filter(step => step.status === 'done').map(step => step.asset)).toEqual(['raw_events', 'orders']);
      });
      if (failpoint === undefined) expect(said[0]).toMatch(/^The warehouse is another one /);
      await expectClean(root);
      expect(await withProject(root, warehouseTrouble)).toBeUndefined();
    });
  }

  test('or whose file somebody touched, is looked into and found to be the same', async () => {
    const root = copyOf(template);
    await withProject(root, project => materialize(project, { selection: [] }, () => undefined));
    const file = join(root, '.pulse/warehouse.duckdb');
    cpSync(file, `${file}.copy`);
    rmSync(file);
    cpSync(`${file}.copy`, file);
    await expectClean(root);
  });
});

describe('a state that is gone', () => {
  test('takes over what the warehouse says is published', async () => {
    const root = copyOf(template);
    await withProject(root, project => materialize(project, { selection: [] }, () => undefined));
    for (const end of ['', '-wal', '-shm']) rmSync(join(root, `.pulse/state.sqlite${end}`), { force: true });
    await withProject(root, async project => {
      const result = await materialize(project, { selection: [] }, () => undefined);
      expect(result.steps.filter(step => step.status === 'done' && step.cells > 0)).toEqual([]);
    });
    await expectClean(root);
  });

  for (const [what, isBackup] of [
    ['gone', false],
    ['older', true],
  ] as const) {
    test(`or is ${what}, does not begin with tokens that the warehouse knows already`, async () => {
      const root = copyOf(template);
      const make = (options: Partial<MaterializeOptions> = {}) =>
        withProject(root, project => materialize(project, { selection: [], ...options }, () => undefined));
      const states = ['', '-wal', '-shm'].map(end => join(root, `.pulse/state.sqlite${end}`));
      const [events, later] = [join(root, 'data/live_events'), join(root, 'later')];
      cpSync(events, later, { recursive: true });
      rmSync(join(events, '2025-01-15'), { recursive: true });
      rmSync(join(events, '2025-01-16'), { recursive: true });
      await make();
      for (const file of states) if (existsSync(file)) cpSync(file, `${file}.backup`);
      for (let n = 0; n < 3; n++) await make({ fullRefresh: true });
      cpSync(join(later, '2025-01-15'), join(events, '2025-01-15'), { recursive: true });
      await make();
      for (const file of states) {
        rmSync(file, { force: true });
        if (isBackup && existsSync(`${file}.backup`)) cpSync(`${file}.backup`, file);
      }
      cpSync(later, events, { recursive: true });
      const { status, steps } = await make();
      expect(status).toBe('done');
      expect(steps.filter(step => step.asset === 'orders')).toMatchObject([{ status: 'done', cells: 1 }]);
      await expectClean(root);
    });
  }
});

describe('the setting', () => {
  const died = new Error('died');
  const die = (): never => {
    throw died;
  };

  test('counts how often it is passed', () => {
    const failpoint = failpointOf('after-publish:3', die);
    failpoint('after-publish');
    failpoint('after-apply');
    failpoint('after-publish');
    expect(() => failpoint('after-publish')).toThrow(died);
  });

  test('that is absent does nothing anywhere, and one that names nothing is refused', () => {
    for (const text of [undefined, '']) for (const name of FAILPOINTS) failpointOf(text, die)(name);
    expect(() => failpointOf('after-lunch', die)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: 'PULSE_FAILPOINT is "after-lunch", which is no failpoint.',
        hint: expect.stringContaining('after-claim, '),
      }),
    );
    expect(() => failpointOf('after-publish:x', die)).toThrow('PULSE_FAILPOINT is "after-publish:x"');
  });
});
