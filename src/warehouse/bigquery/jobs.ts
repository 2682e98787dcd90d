// Runs BigQuery jobs, each once: its id follows from what it is, so a call that is made again, after a broken connection or by
// the next process after a killed one, finds the job that is there and takes its result.

import { createHash, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { BigQuery, Job, JobLoadMetadata, Table } from '@google-cloud/bigquery';
import { PulseError } from '../../errors.ts';
import { answered } from './answered.ts';
import type { Budget } from './budget.ts';
import { mayPass } from './trouble.ts';

/** Whose job it is, and what for. */
export interface Owner {
  readonly asset?: string;
  readonly run?: string;
  /** `build`, `load`, `hash`, `checks`, `publish`, `query`, … */
  readonly purpose: string;
}

export interface JobWords {
  /** What the job is: of equal words there is one job, whoever asks. None: each call is a job of its own. */
  readonly identity: readonly string[] | undefined;
  readonly owner: Owner;
  /** Of every job of this owner: only [a-z0-9_-], at most 63 (see `label`). */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether what a job made that was there already is still there, and free; if not, it is made again. */
  readonly isThere?: (job: Job) => Promise<boolean>;
}

export interface QueryWords extends JobWords {
  readonly sql: string;
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a job cost, as BigQuery says. A job that was adopted is told again, under the same id. */
export interface JobCost {
  readonly jobId: string;
  readonly owner: Owner;
  readonly bytesBilled: number;
  readonly slotMs: number;
}

export interface JobsOptions {
  readonly client: BigQuery;
  readonly project: string;
  readonly dataset: string;
  readonly location?: string;
  /** Labels of every job, beside pulse's own. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Runs the jobs. */
  readonly reservation?: string;
  readonly budget: Budget;
  /** Told of each job that ended, before its result is used. */
  readonly onCost?: (cost: JobCost) => Promise<void>;
}

const TRIES = 6;
const FIRST_WAIT_MS = 200;
/** Jobs of earlier processes that failed, or whose result is gone, before a name of one's own is taken. */
const EARLIER_MAX = 5;

/** A label's value: BigQuery takes lower-case letters, digits, _ and -. */
export const label = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '-')
    .slice(0, 63);

interface Limits extends Pick<QueryWords, 'timeoutMs' | 'signal' | 'owner'> {
  /** Told what each job of the call billed that ended, well or not. */
  readonly tally?: (bytesBilled: number) => void;
}

interface Found {
  readonly job: Job;
  /** Whether this very call started it. */
  readonly isNew: boolean;
  /** Whether this process did. */
  readonly isOwn: boolean;
}

export class Jobs {
  private readonly options: JobsOptions;
  /** Tells this process's jobs from those of another. */
  private readonly session = randomUUID();
  private calls = 0;

  constructor(options: JobsOptions) {
    this.options = options;
  }

  /** A query to its end. Tried again while its failure may pass; each try that failed has its id, the next another. */
  async query(words: QueryWords): Promise<Job> {
    const { client, dataset, budget } = this.options;
    const reserved = await budget.reserve();
    let billed: number | undefined;
    const tally = (bytes: number): void => {
      billed = (billed ?? 0) + bytes;
    };
    try {
      return await this.toItsEnd({ ...words, tally }, async jobId => {
        const [started] = await answered(
          client.createQueryJob({
            jobId,
            query: words.sql,
            useLegacySql: false,
            defaultDataset: { datasetId: dataset },
            labels: this.labelsOf(words),
            ...(words.params !== undefined && { params: { ...words.params } }),
            ...this.place,
            ...(reserved.maximumBytes !== undefined && { maximumBytesBilled: String(reserved.maximumBytes) }),
          }),
        );
        return started;
      });
    } finally {
      reserved.release(billed);
    }
  }

  /** Loads a file into a table; that costs nothing. */
  async load(table: Table, file: string, words: JobWords & { readonly metadata: JobLoadMetadata }): Promise<Job> {
    const { location, client } = this.options;
    return this.toItsEnd(words, async jobId => {
      const metadata = { ...words.metadata, labels: this.labelsOf(words), jobId, ...this.place };
      // Gives the job when it is done, unlike createQueryJob.
      const [done] = await table.load(file, metadata);
      const job = client.job(done.jobReference?.jobId ?? jobId, location === undefined ? {} : { location });
      job.metadata = done;
      return job;
    });
  }

  /** What a query would bill at most, and the columns it would give; bills nothing and reads nothing. @throws what is wrong with it */
  async dryRun(sql: string, owner: Owner): Promise<Job> {
    const [job] = await this.options.client.createQueryJob({
      query: sql,
      dryRun: true,
      useLegacySql: false,
      defaultDataset: { datasetId: this.options.dataset },
      labels: this.labelsOf({ owner }),
      ...this.place,
    });
    return job;
  }

  /** Waits until none of the jobs that publish into the dataset is running: those of processes that are gone, too. */
  async publishing(): Promise<void> {
    const jobs = await answered(this.options.client.getJobs({ stateFilter: ['pending', 'running'] })).catch(refused);
    const own = jobs[0].filter(job => {
      const { pulse_purpose: purpose, pulse_dataset: dataset } = labelsIn(job);
      return purpose === 'publish' && dataset === label(this.options.dataset);
    });
    for (const job of own) {
      await this.ended(job, { owner: { purpose: 'publish' } }).catch(error => {
        // That it failed is an end, too.
        if (!isEnded(job)) throw error;
      });
    }
  }

  private get place(): { readonly location?: string; readonly reservation?: string } {
    const { location, reservation } = this.options;
    return { ...(location !== undefined && { location }), ...(reservation !== undefined && { reservation }) };
  }

  private labelsOf({ owner, labels }: Pick<JobWords, 'owner' | 'labels'>): Record<string, string> {
    const { asset, run, purpose } = owner;
    return {
      ...this.options.labels,
      ...labels,
      pulse: 'yes',
      pulse_dataset: label(this.options.dataset),
      pulse_session: label(this.session),
      pulse_purpose: label(purpose),
      ...(asset !== undefined && { pulse_asset: label(asset) }),
      ...(run !== undefined && { pulse_run: label(run) }),
    };
  }

  /** Names of jobs in the order in which they are tried: those that every process gives, then those of this one alone. */
  private *names(identity: JobWords['identity']): Generator<string> {
    const { project, dataset } = this.options;
    const what = identity ?? [this.session, String(this.calls++)];
    const base = createHash('sha256')
      .update(JSON.stringify([project, dataset, ...what]))
      .digest('hex')
      .slice(0, 40);
    for (let n = 1; n <= EARLIER_MAX; n++) yield `pulse_${base}_${n}`;
    for (let n = 1; ; n++) yield `pulse_${base}_${this.session.slice(0, 8)}_${n}`;
  }

  private async toItsEnd(words: JobWords & Limits, start: (jobId: string) => Promise<Job>): Promise<Job> {
    let failed = 0;
    for (const jobId of this.names(words.identity)) {
      const { job, isNew, isOwn } = await this.startOrFind(jobId, { start, words });
      try {
        await this.ended(job, words);
        if (isNew || words.isThere === undefined || (await words.isThere(job))) return job;
      } catch (error) {
        // What failed for another process may go well now.
        if (!isOwn && isEnded(job)) continue;
        if (++failed >= TRIES || !mayPass(error)) throw error;
        await this.rest(failed, words);
      }
    }
    throw new Error('there are always more names');
  }

  /** A job of this id that is there already is the same job: BigQuery answers 409. After a broken connection the same id is asked for again. */
  private async startOrFind(
    jobId: string,
    { start, words }: { readonly start: (jobId: string) => Promise<Job>; readonly words: Pick<QueryWords, 'signal'> },
  ): Promise<Found> {
    for (let tried = 1; ; tried++) {
      try {
        return { job: await start(jobId), isNew: true, isOwn: true };
      } catch (error) {
        const isTaken = (error as { code?: unknown }).code === 409;
        if (!isTaken && !mayPass(error)) throw error;
        // Whether BigQuery acted before the connection broke is told by the id.
        const found = await this.find(jobId).catch(cause => {
          if (isTaken) throw cause;
          return undefined;
        });
        if (found !== undefined) {
          return { job: found, isNew: false, isOwn: labelsIn(found).pulse_session === label(this.session) };
        }
        if (isTaken || tried >= TRIES) throw error;
        await this.rest(tried, words);
      }
    }
  }

  private async rest(tried: number, { signal }: Pick<QueryWords, 'signal'>): Promise<void> {
    const waitMs = Math.random() * FIRST_WAIT_MS * 2 ** tried;
    await setTimeout(waitMs, undefined, signal === undefined ? {} : { signal });
  }

  private async find(jobId: string): Promise<Job | undefined> {
    const { client, location } = this.options;
    const job = client.job(jobId, location === undefined ? {} : { location });
    try {
      await this.metadataOf(job);
      return job;
    } catch (error) {
      if ((error as { code?: unknown }).code === 404) return undefined;
      throw error;
    }
  }

  /** A call that only looks is made again while its failure may pass. */
  private async metadataOf(job: Job): Promise<Job['metadata']> {
    for (let tried = 1; ; tried++) {
      try {
        return (await answered(job.getMetadata()))[0];
      } catch (error) {
        if (tried >= TRIES || !mayPass(error)) throw error;
        await this.rest(tried, {});
      }
    }
  }

  /** Waits for the job's end; cancels it where the time is up or the signal comes. */
  private async ended(job: Job, { timeoutMs, signal, owner, tally }: Limits): Promise<Job> {
    const limits = [signal, timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)];
    const end = AbortSignal.any(limits.filter(one => one !== undefined));
    for (let waitMs = 50; ; waitMs = Math.min(waitMs * 1.5, 2_000)) {
      const metadata = await this.metadataOf(job);
      if (metadata.status?.state === 'DONE') {
        tally?.(billedBy(job));
        await this.tellCost(job, owner);
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

  private async tellCost(job: Job, owner: Owner): Promise<void> {
    const slotMs = Number(job.metadata?.statistics?.totalSlotMs ?? 0);
    await this.options.onCost?.({ jobId: job.id ?? '', owner, bytesBilled: billedBy(job), slotMs });
  }
}

const isEnded = (job: Job): boolean => job.metadata?.status?.state === 'DONE';

const billedBy = (job: Job): number => Number(job.metadata?.statistics?.query?.totalBytesBilled ?? 0);

interface Labels {
  readonly pulse_session?: string;
  readonly pulse_purpose?: string;
  readonly pulse_dataset?: string;
}

const labelsIn = (job: Job): Labels => (job.metadata?.configuration?.labels as Labels | undefined) ?? {};

/** An account that may not list jobs sees none. */
function refused(error: unknown): [Job[]] {
  if ((error as { code?: unknown }).code === 403) return [[]];
  throw error;
}

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
