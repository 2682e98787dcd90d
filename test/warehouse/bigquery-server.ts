// A small HTTP server that answers as BigQuery's REST API does, with the troubles that no emulator has: recorded error bodies,
// answers that are cut off before or after the job was taken, jobs that take a while. Runs no SQL.

import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';

/** What happens to one request that starts a job. */
export type Trouble =
  | { readonly kind: 'none' }
  /** Answers with a status and BigQuery's error body, and takes no job. */
  | { readonly kind: 'status'; readonly status: number; readonly reason: string }
  /** Breaks the connection: before the job is taken, or after. */
  | { readonly kind: 'cut'; readonly isTaken: boolean }
  /** Takes the job, which ends with an error. */
  | { readonly kind: 'job-fails'; readonly reason: string; readonly message: string }
  /** Takes the job, which is still running the first `polls` times that it is asked for. */
  | { readonly kind: 'slow'; readonly polls: number };

interface FakeJob {
  readonly id: string;
  readonly configuration: Record<string, unknown>;
  readonly trouble: Trouble;
  polls: number;
  isCancelled: boolean;
}

export interface FakeBigQuery {
  readonly apiEndpoint: string;
  /** Taken jobs, in order. */
  readonly jobs: readonly FakeJob[];
  /** Ids that were asked to start, taken or not. */
  readonly asked: readonly string[];
  /** Results of the next queries that are read: texts, by row. */
  readonly results: (readonly string[])[][];
  /** What dry runs are told: an error, or bytes and fields. */
  dry: (sql: string) => { readonly wrong: string } | { readonly bytes: number; readonly fields: readonly object[] };
  /** Metadata of tables that are there whatever jobs were told, by name. */
  readonly tables: Map<string, object>;
  /** Most jobs that ran at a time. */
  readonly most: number;
  /** What every request is refused with. */
  refusal: { readonly status: number; readonly reason: string; readonly message: string } | undefined;
  /** Until the next answer is on its way. */
  answered(): Promise<void>;
  close(): Promise<void>;
}

/** `troubles` are spent one a request that starts a job of a new id; after them all goes well. */
export async function fakeBigQuery(troubles: readonly Trouble[]): Promise<FakeBigQuery> {
  const waiting = [...troubles];
  const jobs = new Map<string, FakeJob>();
  const asked: string[] = [];
  const results: (readonly string[])[][] = [];
  const tables = new Map<string, object>();
  const answers = new EventEmitter();
  let most = 0;

  const start = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await json(request)) as { jobReference: { jobId: string }; configuration: Record<string, unknown> };
    const sql = String((body.configuration['query'] as { query?: string } | undefined)?.query ?? '');
    if (body.configuration['dryRun'] === true) {
      answerDry(response, fake.dry(sql));
      return;
    }
    const id = body.jobReference.jobId;
    asked.push(id);
    if (jobs.has(id)) return refuse(response, 409, 'duplicate');
    const trouble = waiting.shift() ?? { kind: 'none' };
    if (trouble.kind === 'status') return refuse(response, trouble.status, trouble.reason);
    if (trouble.kind === 'cut' && !trouble.isTaken) return void request.socket.destroy();
    const job = { id, configuration: body.configuration, trouble, polls: 0, isCancelled: false };
    jobs.set(id, job);
    most = Math.max(most, [...jobs.values()].filter(isRunning).length);
    if (trouble.kind === 'cut') return void request.socket.destroy();
    answer(response, shown(job));
  };

  /** A table is there once a job was told to make it, until it is dropped. */
  const dropped = new Set<string>();
  const answerTable = (request: IncomingMessage, response: ServerResponse, table: string): void => {
    const known = tables.get(table);
    if (known !== undefined && request.method === 'GET') {
      answer(response, known);
      return;
    }
    const isMade = [...jobs.values()].some(({ configuration }) =>
      JSON.stringify(configuration).includes(`CREATE OR REPLACE TABLE \`${table}\``),
    );
    if (request.method === 'DELETE') dropped.add(table);
    if (isMade && !dropped.has(table)) answer(response, { numRows: '3', schema: { fields: [] } });
    else refuse(response, request.method === 'DELETE' ? 204 : 404, 'notFound');
  };

  const server: Server = createServer((request, response) => {
    response.once('close', () => answers.emit('answer'));
    const path = new URL(request.url ?? '', 'http://x').pathname;
    const [, id = '', verb] = /\/(?:jobs|queries)\/([^/]+)(\/cancel)?$/.exec(path) ?? [];
    if (fake.refusal !== undefined) {
      const { status, reason, message } = fake.refusal;
      refuse(response, status, reason, message);
      return;
    }
    if (request.method === 'POST' && path.endsWith('/jobs')) {
      void start(request, response);
      return;
    }
    if (path.endsWith('/jobs')) return answer(response, { jobs: [...jobs.values()].filter(isRunning).map(shown) });
    const [, table] = /\/tables\/([^/]+)$/.exec(path) ?? [];
    if (table !== undefined) return answerTable(request, response, table);
    if (/\/datasets\/[^/]+$/.test(path)) return answer(response, { datasetReference: {}, location: 'EU' });
    const job = jobs.get(id);
    if (job === undefined) return refuse(response, 404, 'notFound');
    if (verb !== undefined) job.isCancelled = true;
    else job.polls++;
    if (path.includes('/queries/')) {
      answer(response, {
        jobComplete: true,
        schema: { fields: [] },
        rows: (results.shift() ?? []).map(row => ({ f: row.map(v => ({ v })) })),
        totalRows: '0',
        jobReference: { jobId: id },
      });
    } else answer(response, verb === undefined ? shown(job) : { job: shown(job) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const fake: FakeBigQuery = {
    refusal: undefined,
    dry: () => ({ bytes: 0, fields: [] }),
    apiEndpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    get jobs() {
      return [...jobs.values()];
    },
    asked,
    results,
    tables,
    get most() {
      return most;
    },
    answered: async () => void (await once(answers, 'answer')),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}

function answerDry(response: ServerResponse, said: ReturnType<FakeBigQuery['dry']>): void {
  if ('wrong' in said) {
    refuse(response, 400, 'invalidQuery', said.wrong);
    return;
  }
  const statistics = { totalBytesProcessed: String(said.bytes), query: { schema: { fields: said.fields } } };
  answer(response, { jobReference: {}, configuration: { dryRun: true }, status: { state: 'DONE' }, statistics });
}

const isRunning = ({ trouble, polls, isCancelled }: FakeJob): boolean =>
  trouble.kind === 'slow' && polls <= trouble.polls && !isCancelled;

function shown(job: FakeJob): object {
  const { id, configuration, trouble } = job;
  const error = trouble.kind === 'job-fails' ? { reason: trouble.reason, message: trouble.message } : undefined;
  return {
    id: `p:US.${id}`,
    jobReference: { projectId: 'p', jobId: id, location: 'US' },
    configuration,
    status: {
      state: isRunning(job) ? 'RUNNING' : 'DONE',
      ...(error !== undefined && { errorResult: error, errors: [error] }),
    },
    statistics: { totalSlotMs: '30', query: { totalBytesBilled: '10485760' } },
  };
}

function refuse(response: ServerResponse, status: number, reason: string, message = `refused: ${reason}`): void {
  response.statusCode = status;
  answer(response, { error: { code: status, message, errors: [{ reason, message }] } });
}

function answer(response: ServerResponse, body: object): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}
