// A job is run once, whatever the network does, and its failure is tried again only where that may help.

import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { afterEach, expect, test } from 'vitest';
import { type JobCost, Jobs, label } from '../../src/warehouse/bigquery/jobs.ts';
import { type FakeBigQuery, fakeBigQuery, type Trouble } from './bigquery-server.ts';

let server: FakeBigQuery | undefined;
afterEach(() => server?.close());

const WORDS = { sql: 'SELECT 1', identity: ['run-1', 'fact_orders'], labels: { pulse_asset: 'fact_orders' } };

async function jobsAgainst(...troubles: readonly Trouble[]) {
  const running = await fakeBigQuery(troubles);
  server = running;
  const client = new BigQuery({
    projectId: 'p',
    apiEndpoint: running.apiEndpoint,
    authClient: new PassThroughClient(),
    // The client's own retries would hide what is tried here.
    autoRetry: false,
  });
  const costs: JobCost[] = [];
  const jobs = new Jobs({ client, dataset: 'd', maximumBytesBilled: 10 ** 9, onCost: cost => costs.push(cost) });
  return { jobs, running, costs };
}

test.each<readonly [string, Trouble]>([
  ['is refused with 503', { kind: 'status', status: 503, reason: 'backendError' }],
  ['is refused for its rate', { kind: 'status', status: 403, reason: 'rateLimitExceeded' }],
  ['is told to wait with 429', { kind: 'status', status: 429, reason: 'rateLimitExceeded' }],
  ['loses the connection before the server acts', { kind: 'cut', isTaken: false }],
  ['loses the connection after the server acted', { kind: 'cut', isTaken: true }],
  ['takes a while', { kind: 'slow', polls: 3 }],
])('a call that %s runs its job once', async (_, trouble) => {
  const { jobs, running } = await jobsAgainst(trouble);
  const job = await jobs.query(WORDS);
  expect(running.jobs.map(({ id }) => id)).toEqual([job.id]);
  expect(running.jobs[0]?.configuration).toMatchObject({
    labels: { pulse_asset: 'fact_orders' },
    query: { maximumBytesBilled: '1000000000', defaultDataset: { datasetId: 'd' } },
  });
});

test('a job that fails for a reason that passes is run again under another id', async () => {
  const { jobs, running } = await jobsAgainst({ kind: 'job-fails', reason: 'backendError', message: 'try again' });
  await jobs.query(WORDS);
  expect(new Set(running.asked).size).toBe(2);
});

test('a job that is wrong is not run again', async () => {
  const message = 'Unrecognized name: event_idd at [1:8]';
  const { jobs, running } = await jobsAgainst({ kind: 'job-fails', reason: 'invalidQuery', message });
  await expect(jobs.query(WORDS)).rejects.toThrow(message);
  expect(running.asked).toHaveLength(1);
});

test('the same call after a killed process finds the job that is there', async () => {
  const { jobs, running } = await jobsAgainst();
  await jobs.query(WORDS);
  await jobs.query(WORDS);
  expect(running.jobs).toHaveLength(1);
  await jobs.query({ ...WORDS, identity: ['run-2', 'fact_orders'] });
  expect(running.jobs).toHaveLength(2);
});

test('a job that takes too long, or is not wanted any more, is cancelled', async () => {
  const { jobs, running } = await jobsAgainst({ kind: 'slow', polls: 10_000 }, { kind: 'slow', polls: 10_000 });
  await expect(jobs.query({ ...WORDS, timeoutMs: 120 })).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
  const stopped = jobs.query({ ...WORDS, identity: ['other'], signal: AbortSignal.timeout(100) });
  await expect(stopped).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
  expect(running.jobs.map(({ isCancelled }) => isCancelled)).toEqual([true, true]);
});

test('what a job billed is told, with its labels', async () => {
  const { jobs, costs } = await jobsAgainst();
  await jobs.query(WORDS);
  expect(costs).toEqual([
    { jobId: expect.any(String), labels: { pulse_asset: 'fact_orders' }, bytesBilled: 10_485_760, slotMs: 30 },
  ]);
});

test('labels are made of what BigQuery takes', () => {
  expect(label('Fact.Orders/2023')).toBe('fact-orders-2023');
  expect(label('x'.repeat(80))).toHaveLength(63);
});
