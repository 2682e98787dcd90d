// A small HTTP server that answers as BigQuery's REST API does, with the troubles that no emulator has: recorded error bodies,
// answers that are cut off before or after the job was taken, jobs that take a while. Runs no SQL.

import { once } from 'node:events';
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
  close(): Promise<void>;
}

/** `troubles` are spent one a request that starts a job; after them all goes well. */
export async function fakeBigQuery(troubles: readonly Trouble[]): Promise<FakeBigQuery> {
  const waiting = [...troubles];
  const jobs = new Map<string, FakeJob>();
  const asked: string[] = [];

  const start = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await json(request)) as { jobReference: { jobId: string }; configuration: Record<string, unknown> };
    const id = body.jobReference.jobId;
    asked.push(id);
    const trouble = waiting.shift() ?? { kind: 'none' };
    if (trouble.kind === 'status') return refuse(response, trouble.status, trouble.reason);
    if (trouble.kind === 'cut' && !trouble.isTaken) return void request.socket.destroy();
    if (jobs.has(id)) return refuse(response, 409, 'duplicate');
    const job = { id, configuration: body.configuration, trouble, polls: 0, isCancelled: false };
    jobs.set(id, job);
    if (trouble.kind === 'cut') return void request.socket.destroy();
    answer(response, shown(job));
  };

  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://x').pathname;
    const [, id = '', verb] = /\/(?:jobs|queries)\/([^/]+)(\/cancel)?$/.exec(path) ?? [];
    if (request.method === 'POST' && path.endsWith('/jobs')) {
      void start(request, response);
      return;
    }
    const job = jobs.get(id);
    if (job === undefined) return refuse(response, 404, 'notFound');
    if (verb !== undefined) job.isCancelled = true;
    else job.polls++;
    if (path.includes('/queries/')) {
      answer(response, {
        jobComplete: true,
        schema: { fields: [] },
        rows: [],
        totalRows: '0',
        jobReference: { jobId: id },
      });
    } else answer(response, verb === undefined ? shown(job) : { job: shown(job) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    apiEndpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    get jobs() {
      return [...jobs.values()];
    },
    asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function shown({ id, configuration, trouble, polls, isCancelled }: FakeJob): object {
  const isRunning = trouble.kind === 'slow' && polls <= trouble.polls && !isCancelled;
  const error = trouble.kind === 'job-fails' ? { reason: trouble.reason, message: trouble.message } : undefined;
  return {
    id: `p:US.${id}`,
    jobReference: { projectId: 'p', jobId: id, location: 'US' },
    configuration,
    status: {
      state: isRunning ? 'RUNNING' : 'DONE',
      ...(error !== undefined && { errorResult: error, errors: [error] }),
    },
    statistics: { totalSlotMs: '30', query: { totalBytesBilled: '10485760' } },
  };
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.statusCode = status;
  answer(response, {
    error: { code: status, message: `refused: ${reason}`, errors: [{ reason, message: `refused: ${reason}` }] },
  });
}

function answer(response: ServerResponse, body: object): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}
