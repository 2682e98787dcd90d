// Runs BigQuery jobs, each once: its id follows from what it is, so a call that is made again, after a broken connection or a
// killed process, finds the job that is there and takes its result.

import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { BigQuery, Job, JobLoadMetadata, Table } from '@google-cloud/bigquery';
import { PulseError } from '../../errors.ts';
import { mayPass } from './trouble.ts';

export interface JobWords {
  /** What the job is, besides its SQL: equal words and SQL are the same job. */
  readonly identity: readonly string[];
  /** Only [a-z0-9_-], at most 63: see `label`. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface QueryWords extends JobWords {
  readonly sql: string;
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a job cost, as BigQuery says. */
export interface JobCost {
  readonly jobId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly bytesBilled: number;
  readonly slotMs: number;
}

export interface JobsOptions {
  readonly client: BigQuery;
  readonly dataset: string;
  readonly location?: string;
  /** Bytes one query may bill, at most. */
  readonly maximumBytesBilled?: number;
  readonly onCost?: (cost: JobCost) => void;
}

const TRIES = 6;
const FIRST_WAIT_MS = 200;

/** A label's value: BigQuery takes lower-case letters, digits, _ and -. */
export const label = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '-')
    .slice(0, 63);

export class Jobs {
  private readonly options: JobsOptions;

  constructor(options: JobsOptions) {
    this.options = options;
  }

  /** A query to its end. Tried again while its failure may pass; each try that failed has its id, the next another. */
  async query(words: QueryWords): Promise<Job> {
    const { client, dataset, location, maximumBytesBilled } = this.options;
    return this.toItsEnd(words, [words.sql, JSON.stringify(words.params ?? {})], async jobId => {
      const [job] = await client.createQueryJob({
        jobId,
        query: words.sql,
        useLegacySql: false,
        defaultDataset: { datasetId: dataset },
        labels: { ...words.labels },
        ...(words.params !== undefined && { params: { ...words.params } }),
        ...(location !== undefined && { location }),
        ...(maximumBytesBilled !== undefined && { maximumBytesBilled: String(maximumBytesBilled) }),
      });
      return job;
    });
  }

  /** Loads a file into a table. */
  async load(table: Table, file: string, words: JobWords & { readonly metadata: JobLoadMetadata }): Promise<Job> {
    const { location } = this.options;
    return this.toItsEnd(words, [], async jobId => {
      const labels = { ...words.labels };
      const metadata = { ...words.metadata, labels, jobId, ...(location !== undefined && { location }) };
      // Gives the job when it is done, unlike createQueryJob.
      const [done] = await table.load(file, metadata);
      return this.options.client.job(done.jobReference?.jobId ?? jobId, location === undefined ? {} : { location });
    });
  }

  private async toItsEnd(
    words: JobWords & Pick<QueryWords, 'timeoutMs' | 'signal'>,
    content: readonly string[],
    start: (jobId: string) => Promise<Job>,
  ): Promise<Job> {
    const base = createHash('sha256')
      .update(JSON.stringify([this.options.dataset, ...words.identity, ...content]))
      .digest('hex')
      .slice(0, 40);
    for (let tried = 1; ; tried++) {
      const jobId = `pulse_${base}_${tried}`;
      try {
        const job = await this.startOrFind(jobId, start);
        return await this.ended(job, words);
      } catch (error) {
        // The connection may have broken before or after BigQuery acted: the same id tells.
        const found = await this.find(jobId).catch(() => undefined);
        if (found !== undefined && found.metadata?.status?.state !== 'DONE' && mayPass(error)) {
          return await this.ended(found, words);
        }
        if (found !== undefined && found.metadata?.status?.errorResult === undefined && mayPass(error)) return found;
        if (tried >= TRIES || !mayPass(error)) throw error;
        await setTimeout(Math.random() * FIRST_WAIT_MS * 2 ** tried, undefined, signalOf(words));
      }
    }
  }

  /** A job of this id that is there already is the same job: BigQuery answers 409. */
  private async startOrFind(jobId: string, start: (jobId: string) => Promise<Job>): Promise<Job> {
    try {
      return await start(jobId);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 409) throw error;
      const found = await this.find(jobId);
      if (found === undefined) throw error;
      return found;
    }
  }

  private async find(jobId: string): Promise<Job | undefined> {
    const { client, location } = this.options;
    const job = client.job(jobId, location === undefined ? {} : { location });
    try {
      await job.getMetadata();
      return job;
    } catch (error) {
      if ((error as { code?: unknown }).code === 404) return undefined;
      throw error;
    }
  }

  /** Waits for the job's end; cancels it where the time is up or the signal comes. */
  private async ended(
    job: Job,
    { timeoutMs, signal, labels }: Pick<QueryWords, 'timeoutMs' | 'signal' | 'labels'>,
  ): Promise<Job> {
    const limits = [signal, timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)];
    const end = AbortSignal.any(limits.filter(one => one !== undefined));
    for (let waitMs = 50; ; waitMs = Math.min(waitMs * 1.5, 2_000)) {
      const [metadata] = await job.getMetadata();
      if (metadata.status?.state === 'DONE') {
        this.tellCost(job, labels);
        if (metadata.status.errorResult !== undefined)
          throw jobError(metadata.status.errorResult, metadata.status.errors);
        return job;
      }
      if (end.aborted) {
        await job.cancel();
        throw new PulseError(
          'QUERY_TIMEOUT',
          signal?.aborted === true ? 'The query was stopped.' : `The query took longer than ${timeoutMs} ms.`,
        );
      }
      // BigQuery has no call that waits for any job: it is asked, ever more seldom.
      await pause(waitMs, end);
    }
  }

  private tellCost(job: Job, labels: Readonly<Record<string, string>>): void {
    const statistics = job.metadata?.statistics;
    this.options.onCost?.({
      jobId: job.id ?? '',
      labels,
      bytesBilled: Number(statistics?.query?.totalBytesBilled ?? 0),
      slotMs: Number(statistics?.totalSlotMs ?? 0),
    });
  }
}

const signalOf = ({ signal }: Pick<QueryWords, 'signal'>): { signal?: AbortSignal } =>
  signal === undefined ? {} : { signal };

/** Ends early where the signal comes. */
function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  return setTimeout(waitMs, undefined, { signal }).catch(error => {
    if (!signal.aborted) throw error;
  });
}

interface ErrorProto {
  readonly reason?: string;
  readonly message?: string;
}

/** A job that ended with an error, in the shape of the API's own errors. */
function jobError(result: ErrorProto, all: readonly ErrorProto[] = []): Error {
  const details = [...new Set([result, ...all].map(({ message }) => message ?? ''))].filter(text => text !== '');
  return Object.assign(new Error(details.slice(0, 3).join('; ')), { errors: [result] });
}
