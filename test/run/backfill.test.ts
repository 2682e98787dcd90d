// How a backfill is cut into chunks, for assets of different grains; and what it is expected to take.

import { expect, test } from 'vitest';
import { model } from '../../src/asset/asset.ts';
import { daily, hourly, monthly, type Partition, weekly } from '../../src/asset/partition.ts';
import { buildGraph } from '../../src/graph/graph.ts';
import type { Project } from '../../src/project.ts';
import { type PlanOptions, planBackfill } from '../../src/run/backfill.ts';
import { expectedMs, historyOf } from '../../src/run/expected.ts';
import { openSqliteState } from '../../src/state/knex.ts';
import type { StepRecord } from '../../src/state/state-store.ts';

const made = (name: string, partition: Partition, ...deps: string[]) => {
  const asset = model({ name, description: 'Rows.', deps, model: `${name}.sql`, partition });
  return { asset, file: `assets/${name}.ts`, text: () => '' };
};

const graph = buildGraph([
  made('hours', hourly('at')),
  made('days', daily('day'), 'hours'),
  made('weeks', weekly('day'), 'days'),
  made('months', monthly('day'), 'days'),
  made('whole', { kind: 'none' }, 'months'),
]);

/** Cells by chunk, each as `asset cell`. */
function chunks(options: Partial<PlanOptions>): string[][] {
  const { cells } = planBackfill({ graph } as Project, {
    names: ['days'],
    from: '2023-01-01',
    to: '2023-01-31',
    chunkDays: 31,
    isOldestFirst: false,
    isReprocessed: false,
    ...options,
  });
  const found: string[][] = [];
  for (const { asset, cell, chunk } of cells) found[chunk - 1] = [...(found[chunk - 1] ?? []), `${asset} ${cell}`];
  return found;
}

test('chunks are newest first, or oldest first, and cover each cell once', () => {
  const options = { to: '2023-01-05', chunkDays: 2 };
  const newest = chunks(options);
  expect(newest).toEqual([
    ['days 2023-01-05'],
    ['days 2023-01-03', 'days 2023-01-04'],
    ['days 2023-01-01', 'days 2023-01-02'],
  ]);
  expect(chunks({ ...options, isOldestFirst: true })).toEqual([...newest].reverse());
});

test('a coarser cell is in the last of the chunks that hold its time, whichever way they go', () => {
  const options = { names: ['days', 'months', 'weeks'], from: '2023-01-30', to: '2023-02-02', chunkDays: 1 };
  expect(chunks(options)).toEqual([
    ['days 2023-02-02'],
    ['days 2023-02-01', 'months 2023-02'],
    ['days 2023-01-31'],
    ['days 2023-01-30', 'months 2023-01', 'weeks 2023-01-30'],
  ]);
  expect(chunks({ ...options, isOldestFirst: true })).toEqual([
    ['days 2023-01-30'],
    ['days 2023-01-31', 'months 2023-01'],
    ['days 2023-02-01'],
    ['days 2023-02-02', 'months 2023-02', 'weeks 2023-01-30'],
  ]);
});

test('a month or year means all of it, and hours are cut like days', () => {
  expect(chunks({ from: '2023-02', to: '2023-02' }).flat()).toHaveLength(28);
  expect(chunks({ from: '2024', to: '2024', chunkDays: 366 })).toHaveLength(1);
  const hours = chunks({ names: ['hours'], from: '2023-01-01T22', to: '2023-01-02T01', chunkDays: 1 });
  expect(hours).toEqual([['hours 2023-01-01T22', 'hours 2023-01-01T23', 'hours 2023-01-02T00', 'hours 2023-01-02T01']]);
});

test('reprocessing takes what is upstream and has partitions', () => {
  const assets = new Set(
    chunks({ names: ['months'], isReprocessed: true })
      .flat()
      .map(cell => cell.split(' ')[0]),
  );
  expect([...assets]).toEqual(['hours', 'days', 'months']);
});

test.each([
  [{ from: '2023-02-30' }, '--from "2023-02-30" is no day, month, year or hour.'],
  [{ to: 'soon' }, '--to "soon" is no day, month, year or hour.'],
  [{ from: '2023-02-01' }, 'The range is the wrong way round: 2023-01-31 is before 2023-02-01.'],
  [{ names: ['whole'] }, 'whole has no partitions by time: it cannot be backfilled by days.'],
])('%j is refused', (options, message) => {
  expect(() => chunks(options)).toThrow(expect.objectContaining({ code: 'PARTITIONS_INVALID', message }));
});

const step = (cells: number, ms: number): StepRecord => ({
  runId: 'run',
  asset: 'days',
  status: cells === 0 ? 'unchanged' : 'done',
  startedAt: '2023-01-01T00:00:00.000Z',
  finishedAt: new Date(Date.parse('2023-01-01T00:00:00.000Z') + ms).toISOString(),
  cells,
  rows: cells,
  message: null,
});

test('cells are expected to take what such a number took, at least the least and at most the whole', () => {
  const steps = [step(100, 1_000), step(1, 200), step(0, 150)];
  expect(expectedMs(steps, 1, 100)).toBe(150);
  expect(expectedMs(steps, 50, 100)).toBe(500);
  expect(expectedMs(steps, 100, 100)).toBe(1_000);
  expect(expectedMs(steps, 200, 100)).toBe(2_000);
  expect(expectedMs([], 1, 100)).toBeNull();
});

test('after many runs of few cells it is still known what all of a table took', async () => {
  const times: string[] = [];
  const now = () => new Date(Date.parse('2023-01-01T00:00:00Z') + times.push('') * 1_000);
  const state = await openSqliteState(':memory:', { now });
  const run = async (runId: string, cells: number, ms: number) => {
    const { startedAt } = await state.startRun({ runId, command: 'materialize', pid: 1, host: 'here' });
    const finishedAt = new Date(Date.parse(startedAt) + ms).toISOString();
    await state.recordStep({
      runId,
      asset: 'days',
      status: 'done',
      startedAt,
      finishedAt,
      cells,
      rows: 1,
      message: null,
    });
    await state.finishRun(runId, 'done');
  };
  await run('whole', 365, 1_000);
  for (let day = 0; day < 40; day++) await run(`day-${day}`, 1, 100);
  const { steps } = await historyOf(state);
  expect(expectedMs(steps.get('days') ?? [], 365, 365)).toBe(1_000);
  await state.close();
});
