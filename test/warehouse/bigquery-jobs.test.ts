// A job is run once, whatever the network does, and its failure is tried again only where that may help.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import nodeProcess from 'node:process';
import { fileURLToPath } from 'node:url';
import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { afterEach, expect, test } from 'vitest';
import { daily } from '../../src/asset/partition.ts';
import { Budget, type Limits } from '../../src/warehouse/bigquery/budget.ts';
import { openBigQuery } from '../../src/warehouse/bigquery/client.ts';
import { type JobCost, Jobs, label } from '../../src/warehouse/bigquery/jobs.ts';
import { type FakeBigQuery, fakeBigQuery, type Trouble } from './bigquery-server.ts';
import { specOf } from './warehouse-contract.ts';

let server: FakeBigQuery | undefined;
afterEach(() => server?.close());

const OWNER = { asset: 'fact_orders', run: 'run-1', purpose: 'build' };
const WORDS = { sql: 'SELECT 1', identity: ['build', 'inputs-1'], owner: OWNER };

interface Against {
  readonly troubles?: readonly Trouble[];
  readonly limits?: Limits & { readonly billedToday?: () => Promise<number> };
}

async function serving({ troubles = [] }: Against = {}): Promise<FakeBigQuery> {
  server = await fakeBigQuery(troubles);
  return server;
}

/** Jobs as a process of its own asks for them. */
function process({ apiEndpoint }: FakeBigQuery, { limits = { bytesPerQuery: 10 ** 9 } }: Against = {}) {
  const authClient = new PassThroughClient();
  // The client's own retries would hide what is tried here.
  const client = new BigQuery({ projectId: 'p', apiEndpoint, authClient, autoRetry: false });
  const costs: JobCost[] = [];
  const onCost = async (cost: JobCost): Promise<void> => void costs.push(cost);
  const jobs = new Jobs({ client, project: 'p', dataset: 'd', budget: new Budget(limits), onCost });
  return { jobs, costs, client };
}

async function jobsAgainst(...troubles: readonly Trouble[]) {
  const running = await serving({ troubles });
  return { running, ...process(running) };
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

test('the next process finds the job of a killed one, whether it still runs or has ended', async () => {
  const running = await serving({ troubles: [{ kind: 'slow', polls: 3 }] });
  const killed = new AbortController();
  // A process that starts the job and is never heard of again: what it is told after that is lost.
  void process(running)
    .jobs.query({ ...WORDS, signal: killed.signal })
    .catch(() => undefined);
  while (running.jobs.length === 0) await running.answered();
  const next = process(running);
  const job = await next.jobs.query({ ...WORDS, owner: { ...OWNER, run: 'run-2' } });
  expect(running.jobs.map(({ id }) => id)).toEqual([job.id]);
  expect(next.costs).toMatchObject([{ jobId: job.id, bytesBilled: 10_485_760 }]);
  expect((await process(running).jobs.query(WORDS)).id).toBe(job.id);
  await next.jobs.query({ ...WORDS, identity: ['build', 'inputs-2'] });
  expect(running.jobs).toHaveLength(2);
});

test('what a job of an earlier process made, and is gone, is made again', async () => {
  const running = await serving();
  const first = await process(running).jobs.query(WORDS);
  const asked: string[] = [];
  const isThere = async ({ id = '' }: { id?: string | undefined }): Promise<boolean> => {
    asked.push(id);
    return false;
  };
  const second = await process(running).jobs.query({ ...WORDS, isThere });
  expect(second.id).not.toBe(first.id);
  expect(asked).toEqual([first.id]);
});

test('what failed for an earlier process is tried again, and not without end under the same names', async () => {
  const wrong: Trouble = { kind: 'job-fails', reason: 'invalidQuery', message: 'no such table' };
  const running = await serving({ troubles: Array(7).fill(wrong) });
  for (let n = 0; n < 7; n++) await expect(process(running).jobs.query(WORDS)).rejects.toThrow('no such table');
  await process(running).jobs.query(WORDS);
  expect(running.jobs).toHaveLength(8);
  // Five names that all processes share, then one of its own.
  expect(running.asked.length).toBeLessThanOrEqual(1 + 2 + 3 + 4 + 5 + 3 * 6);
});

test('jobs that publish are waited for, those of a killed process too', async () => {
  const running = await serving({ troubles: [{ kind: 'slow', polls: 3 }] });
  const owner = { ...OWNER, purpose: 'publish' };
  void process(running)
    .jobs.query({ ...WORDS, owner })
    .catch(() => undefined);
  while (running.jobs.length === 0) await running.answered();
  await process(running).jobs.publishing();
  expect(running.jobs[0]?.polls).toBeGreaterThan(3);
});

test('a table that a killed run has staged is taken over by the next, once; then it is made again', async () => {
  const running = await serving({ troubles: [{ kind: 'slow', polls: 4 }] });
  const open = () => openBigQuery({ project: 'p', dataset: 'd', apiEndpoint: running.apiEndpoint });
  const spec = specOf('orders', 'day DATE', daily('day'));
  const stage = async (runId: string, inputs: string) =>
    (await open()).stageSelect(spec, 'SELECT day FROM stg_orders', { runId, inputs });
  void stage('killed', 'stg_orders 7').catch(() => undefined);
  while (running.jobs.length === 0) await running.answered();
  const taken = await stage('next', 'stg_orders 7');
  expect([taken.runId, taken.rows, running.jobs.length]).toEqual(['next', 3, 1]);
  expect(taken.table).toContain('killed');
  // Of other inputs it is another table, and of the same where the first is gone.
  expect((await stage('next', 'stg_orders 8')).table).toContain('next');
  await (await open()).discard(taken);
  expect((await stage('third', 'stg_orders 7')).table).toContain('third');
  expect(running.jobs).toHaveLength(3);
});

/** A process that stages `orders`, and waits for the job. */
function startStager({ apiEndpoint }: FakeBigQuery): ChildProcess {
  const program = fileURLToPath(new URL('./killed-stager.ts', import.meta.url));
  const args = ['--import', import.meta.resolve('jiti/register'), program, apiEndpoint];
  return spawn(nodeProcess.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

test('a job of a process that was ended by SIGKILL while it ran is adopted, and runs once', async () => {
  const running = await serving({ troubles: [{ kind: 'slow', polls: 1_000_000 }] });
  const stager = startStager(running);
  const isGone = once(stager, 'exit');
  const early = isGone.then(() => Promise.reject(new Error('it ended by itself')));
  early.catch(() => undefined);
  while ((running.jobs[0]?.polls ?? 0) < 2) await Promise.race([running.answered(), early]);
  stager.kill('SIGKILL');
  expect(await isGone).toEqual([null, 'SIGKILL']);
  // It goes on without whoever asked for it, and ends when the next has looked twice.
  const [job] = running.jobs;
  if (job !== undefined) job.polls = 1_000_000 - 2;
  const warehouse = await openBigQuery({ project: 'p', dataset: 'd', apiEndpoint: running.apiEndpoint });
  const spec = specOf('orders', 'day DATE', daily('day'));
  const options = { runId: 'next', inputs: 'stg_orders 7' };
  const staged = await warehouse.stageSelect(spec, 'SELECT day FROM stg_orders', options);
  expect([staged.runId, staged.rows, running.jobs.length]).toEqual(['next', 3, 1]);
  expect(staged.table).toContain('killed');
}, 60_000);

test('key, reservation, labels and expiry of the target reach each job and table', async () => {
  const running = await serving();
  const kmsKey = 'projects/p/locations/eu/keyRings/r/cryptoKeys/k';
  const reservation = 'projects/p/locations/EU/reservations/nightly';
  const warehouse = await openBigQuery({
    project: 'p',
    dataset: 'd',
    apiEndpoint: running.apiEndpoint,
    location: 'EU',
    kmsKey,
    reservation,
    labels: { team: 'data' },
    partitionExpirationDays: 90,
  });
  const spec = specOf('orders', 'day DATE', daily('day'));
  running.results.push([['7', '1700000000000000']]);
  const staged = await warehouse.stageSelect(spec, 'SELECT day FROM stg_orders', { runId: 'run-1' });
  await warehouse.publish(
    staged,
    {
      asset: 'orders',
      runId: 'run-1',
      fencingToken: 1,
      codeVersion: 'v',
      note: '',
      written: [],
      removed: [],
      isWhole: true,
      settles: [],
      isLogged: false,
    },
    { mode: 'replace' },
  );
  for (const { configuration } of running.jobs)
    expect(configuration).toMatchObject({ reservation, labels: { team: 'data', pulse_dataset: 'd' } });
  const made = running.jobs
    .flatMap(({ configuration }) => (configuration['query'] as { query: string }).query.split(';\n'))
    .filter(sql => sql.startsWith('CREATE '));
  expect(made.map(sql => /^CREATE.* TABLE(?: IF NOT EXISTS)? `(\w+?)(?:__.*)?`/.exec(sql)?.[1])).toEqual([
    '_pulse_stage',
    '_pulse_publishes',
    '_pulse_counter',
    'orders',
  ]);
  for (const sql of made) {
    expect(sql).toContain(`kms_key_name = '${kmsKey}'`);
    expect(sql).toContain("labels = [('team', 'data'), ('pulse', 'yes')");
  }
  expect(made.filter(sql => sql.includes('partition_expiration_days = 90'))).toHaveLength(1);
  expect(made[3]).toContain('partition_expiration_days = 90');
});

test('a key file that is no JSON, or is not there, is an error that quotes nothing of it', async () => {
  const open = (keyFile: string) => openBigQuery({ project: 'p', dataset: 'd', keyFile });
  const here = fileURLToPath(import.meta.url);
  const trouble: unknown = await open(here).catch(error => error);
  expect(trouble).toMatchObject({ code: 'WAREHOUSE_UNREACHABLE' });
  expect(String(trouble)).toMatch(
    /\(p\.d\): the key file cannot be used: it holds no key of a service account or user\.$/,
  );
  expect((trouble as Error).cause).toBeUndefined();
  await expect(open(`${here}.gone`)).rejects.toThrow('ENOENT');
});

test('a whole number of any size comes as it is', async () => {
  const running = await serving();
  running.results.push([['9007199254740993'], ['-9223372036854775808'], ['12']]);
  const warehouse = await openBigQuery({ project: 'p', dataset: 'd', apiEndpoint: running.apiEndpoint });
  const { rows } = await warehouse.query('SELECT n', [{ name: 'n', type: { kind: 'INT64' } }]);
  expect(rows).toEqual([['9007199254740993'], ['-9223372036854775808'], [12]]);
});

test('a budget of a run is never exceeded: each job may bill what is left, and the next is not started', async () => {
  const running = await serving();
  const { jobs } = process(running, { limits: { bytesPerRun: 25 * 2 ** 20 } });
  const several = [1, 2, 3].map(n => jobs.query({ ...WORDS, identity: [String(n)] }));
  const ended = await Promise.allSettled(several);
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  await expect(several[2]).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' });
  expect(running.jobs.map(({ configuration }) => configuration)).toMatchObject([
    { query: { maximumBytesBilled: String(25 * 2 ** 20) } },
    { query: { maximumBytesBilled: String(15 * 2 ** 20) } },
  ]);
});

test('a budget of a day counts what others billed, and jobs of a known bound run side by side', async () => {
  const running = await serving({
    troubles: [
      { kind: 'slow', polls: 2 },
      { kind: 'slow', polls: 2 },
    ],
  });
  const limits = { bytesPerQuery: 10 * 2 ** 20, bytesPerDay: 60 * 2 ** 20, billedToday: async () => 40 * 2 ** 20 };
  const { jobs } = process(running, { limits });
  await Promise.all([1, 2].map(n => jobs.query({ ...WORDS, identity: [String(n)] })));
  expect(running.most).toBe(2);
  const over = process(running, { limits: { ...limits, billedToday: async () => 51 * 2 ** 20 } });
  await expect(over.jobs.query(WORDS)).rejects.toMatchObject({
    code: 'BUDGET_EXCEEDED',
    message: expect.stringContaining('of a day'),
  });
});

test('a job that takes too long, or is not wanted any more, is cancelled', async () => {
  const { jobs, running } = await jobsAgainst({ kind: 'slow', polls: 10_000 }, { kind: 'slow', polls: 10_000 });
  await expect(jobs.query({ ...WORDS, timeoutMs: 120 })).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
  const stopped = jobs.query({ ...WORDS, identity: ['build', 'other'], signal: AbortSignal.timeout(100) });
  await expect(stopped).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
  expect(running.jobs.map(({ isCancelled }) => isCancelled)).toEqual([true, true]);
});

test('what a job billed is told, with its labels', async () => {
  const { jobs, costs } = await jobsAgainst();
  await jobs.query(WORDS);
  expect(costs).toEqual([{ jobId: expect.any(String), owner: OWNER, bytesBilled: 10_485_760, slotMs: 30 }]);
});

test('labels are made of what BigQuery takes', () => {
  expect(label('Fact.Orders/2023')).toBe('fact-orders-2023');
  expect(label('x'.repeat(80))).toHaveLength(63);
});
