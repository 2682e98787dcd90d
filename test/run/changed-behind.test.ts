// A table of BigQuery that somebody else has changed since it was published: the next run says so, and builds nothing on it.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { openProject, type Project } from '../../src/project.ts';
import { refuseChangedBehind, rememberTables } from '../../src/run/changed-behind.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { makeShop, type Shop } from '../cli/shop.ts';
import { content, journalRow, NO_EFFECTS } from '../state/state-store-contract.ts';
import { type FakeBigQuery, fakeBigQuery } from '../warehouse/bigquery-server.ts';

let shop: Shop;
let server: FakeBigQuery;
let project: Project;
beforeEach(async () => {
  shop = await makeShop();
  server = await fakeBigQuery([]);
  project = await opened();
  await published(1, 'run-1');
  table('raw_events', { at: 1_700_000_000_000 });
  table('orders', { at: 1_700_000_000_000 });
  await rememberTables(project);
});
afterEach(async () => {
  await project.close();
  await server.close();
  await shop.remove();
});

const opened = (): Promise<Project> =>
  openProject({
    cwd: shop.root,
    env: { BIGQUERY_PROJECT: 'p', BIGQUERY_DATASET: 'd', BIGQUERY_API_ENDPOINT: server.apiEndpoint },
    now: () => new Date(),
  });

async function published(sequence: number, runId: string): Promise<void> {
  const state = await project.state();
  for (const [n, asset] of ['raw_events', 'orders'].entries()) {
    const row = journalRow(sequence * 2 + n, { asset, runId, written: [content('', 'v')] });
    await state.apply(row, NO_EFFECTS);
  }
}

function table(name: string, { at, columns = ['event_id'] }: { at: number; columns?: readonly string[] }): void {
  const fields = columns.map(column => ({ name: column, type: 'STRING' }));
  server.tables.set(name, { lastModifiedTime: String(at), schema: { fields } });
}

/** What a run that makes `making` is told. */
async function told(making: readonly string[], anew: readonly string[] = []): Promise<readonly string[]> {
  const events: RunEvent[] = [];
  await refuseChangedBehind(project, { making, anew: new Set(anew), emit: event => events.push(event) });
  return events.map(event => (event.kind === 'notice' ? event.text : event.kind));
}

test('nothing is said of tables that are as they were', async () => {
  expect(await told(['orders'])).toEqual([]);
});

test('rows that another program wrote: a run that reads them is refused, by name and with the way out', async () => {
  table('raw_events', { at: 1_700_000_060_000 });
  await expect(told(['orders'])).rejects.toMatchObject({
    code: 'WAREHOUSE_TABLE_CHANGED',
    message: 'raw_events was changed at 2023-11-14T22:14:20.000Z, and not by pulse: nothing is built on it.',
    hint: expect.stringContaining('pulse materialize raw_events --full-refresh'),
  });
  expect(await told([])).toEqual(['raw_events was changed at 2023-11-14T22:14:20.000Z, and not by pulse.']);
  expect(await told(['raw_events', 'orders'], ['raw_events', 'orders'])).toHaveLength(1);
});

test('a column that was dropped, and a table that is gone', async () => {
  table('orders', { at: 1_700_000_060_000, columns: [] });
  await expect(told(['orders'])).rejects.toThrow('orders has other columns (; they were event_id STRING)');
  server.tables.delete('orders');
  await expect(told(['orders'])).rejects.toThrow('orders is gone, and not by pulse');
});

test('what pulse has published since is no change of others, and is remembered in its turn', async () => {
  await published(2, 'run-2');
  table('orders', { at: 1_700_000_060_000 });
  expect(await told(['orders'])).toEqual([]);
  await rememberTables(project);
  table('orders', { at: 1_700_000_120_000 });
  await expect(told(['orders'])).rejects.toThrow('orders was changed at 2023-11-14T22:15:20.000Z');
});
