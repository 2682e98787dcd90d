// The GoogleSQL analyzer: types a query against a catalog, and runs it on Google's reference implementation.
// Starts its server at the first question. A question that kills or hangs the server fails alone.

import { PulseError } from '../errors.ts';
import { openQueue } from './analyze-queue.ts';
import { type Analyzed, type CatalogTable, type QueryParameter, SqlInvalid } from './analyzed.ts';
import { faultOf } from './fault.ts';
import { type Attention, guarded, isAwake, StandsStill } from './guard.ts';
import { toldOf } from './newer.ts';
import { CallError, type Server, STATUS, startServer } from './server.ts';
import {
  type AnalyzeOptions,
  analyze,
  catalog,
  namedColumns,
  openSession,
  runnerOptions,
  type Session,
  TIMEOUT_MS,
} from './session.ts';
import { type Signatures, signaturesOf } from './signatures.ts';
import { runnableIn } from './taught.ts';
import { isTooDeep, tooDeep } from './too-deep.ts';
import type { ResultSet, Value } from './value.ts';
import { readValue, type TypeMessage, type ValueMessage, writeValue } from './wire.ts';

export interface CatalogTableWithRows extends CatalogTable {
  readonly rows: readonly (readonly Value[])[];
}

interface EvaluateOptions {
  readonly tables: readonly CatalogTableWithRows[];
  readonly parameters?: readonly (QueryParameter & { readonly value: Value })[];
  readonly timeoutMs?: number;
}

export interface Analyzer {
  /** @throws {SqlInvalid} where the SQL is wrong. @throws {PulseError} ANALYZER_MISSING, ANALYZER_FAILED, ANALYZER_TIMEOUT. */
  analyze(sql: string, options: AnalyzeOptions): Promise<Analyzed>;
  /** Runs a query over the rows given. @throws as analyze does, and WAREHOUSE_QUERY_FAILED where the query fails while it runs. */
  evaluate(sql: string, options: EvaluateOptions): Promise<ResultSet>;
  /** Every function that a query may call. @throws {PulseError} ANALYZER_MISSING, ANALYZER_FAILED, ANALYZER_TIMEOUT. */
  functions(): Promise<Signatures>;
  close(): void;
}

/** How long to wait for what, apart from answers. */
export interface Patience extends Attention {
  /** Before a server is started again after some that did not come up or stood still, one after the other. */
  readonly restMs: number;
}

const PATIENCE: Patience = { quietMs: 5_000, awakeMs: 5_000, restMs: 10_000 };

export function startAnalyzer(start: () => Promise<Server> = startServer, patience = PATIENCE): Analyzer {
  let running: Promise<Session> | undefined;
  let isClosed = false;
  const health = followHealth(patience);
  /** Second chances come one after the other: a server that died under many would else be followed by as many at once. */
  let retrying: Promise<unknown> = Promise.resolve();
  const openOnce = (): Promise<Session> =>
    health.opened(() => openSession(async () => guarded(await start(), patience)));
  // What did not come up, or stood still before its first answer, gets a second chance too.
  const open = (): Promise<Session> =>
    openOnce().catch(error => {
      if (error instanceof PulseError && error.transient) return openOnce();
      throw error;
    });
  const session = async (): Promise<Session> => {
    if (isClosed) throw new Error('the analyzer is closed');
    const opening = running;
    const known = await opening?.catch(() => undefined);
    if (known?.server.isAlive) return known;
    // Of several that find it gone the first starts the next one, the others wait for it.
    if (running === opening || running === undefined) running = open();
    return running;
  };
  /** A server that gave no answer is let go. */
  const dropped = async (at: Session, error: unknown): Promise<void> => {
    if (!isLost(error) && !isTimeout(error)) return;
    const stands = isTimeout(error) && at.server.isAlive && !(await isAwake(at.server, patience.awakeMs));
    // Of several that it gave no answer the first tells.
    if (stands && at.server.isAlive) health.failed(hangs(error));
    at.server.stop();
  };
  const put = async <T>(question: (session: Session) => Promise<T>, at: Session): Promise<T> => {
    try {
      return await question(at);
    } catch (error) {
      await dropped(at, error);
      throw error;
    }
  };
  const alone = async <T>(question: (session: Session) => Promise<T>): Promise<T> => {
    const at = await open();
    try {
      return await put(question, at);
    } finally {
      at.server.stop();
    }
  };
  const ask = async <T>({ ask: question, isPatient }: Question<T>): Promise<T> => {
    const at = await session();
    try {
      return await put(question, at);
    } catch (error) {
      if (!isLost(error) && !isStill(error) && !(isTimeout(error) && isPatient)) throw error;
    }
    // The process died under it or stood still, perhaps by another question: a second chance, in a process of its own.
    const second = retrying.then(() => alone(question));
    retrying = second.catch(() => undefined);
    return second;
  };
  const queue = openQueue({
    session,
    dropped,
    alone: ({ sql, options }) => ask({ ask: at => analyze(at, sql, options), isPatient: true }),
  });
  const answered = <T>(answer: Promise<T>, sql: string, timeoutMs: number | undefined): Promise<T> =>
    health.answered(answer).catch(explain(sql, timeoutMs));
  return {
    analyze: (sql, options) => answered(queue({ sql, options }), sql, options.timeoutMs),
    evaluate: (sql, options) =>
      answered(ask({ ask: at => evaluate(at, sql, options), isPatient: false }), sql, options.timeoutMs),
    functions: () => answered(ask({ ask: signaturesOf, isPatient: true }), '', undefined),
    close: () => {
      isClosed = true;
      running?.then(
        at => at.server.stop(),
        () => undefined,
      );
    },
  };
}

/** So many servers, one after the other, that answer nothing are no fault of the questions. */
const FAILURES_MAX = 2;
/** So many answers since the last failure, and it is forgotten: less than that is what is answered before the next one stands still. */
const ANSWERS_MIN = 100;

/** Keeps from asking, one question after the other, what does not come up or stands still; a while later it is tried again. */
function followHealth({ restMs }: Patience) {
  let failures = 0;
  let answers = 0;
  let trouble: unknown;
  const answeredOnce = (): void => {
    answers += 1;
    if (answers >= ANSWERS_MIN) failures = 0;
  };
  const failed = (error: unknown): void => {
    failures += 1;
    answers = 0;
    if (failures < FAILURES_MAX) return;
    trouble = error;
    setTimeout(() => {
      trouble = undefined;
    }, restMs).unref();
  };
  return {
    failed,
    opened: async (opening: () => Promise<Session>): Promise<Session> => {
      if (trouble !== undefined) throw trouble;
      try {
        return await opening();
      } catch (error) {
        const told = isTimeout(error) ? hangs(error) : error;
        failed(told);
        throw told;
      }
    },
    answered: async <T>(answer: Promise<T>): Promise<T> => {
      try {
        const value = await answer;
        answeredOnce();
        return value;
      } catch (error) {
        if (error instanceof CallError && !isLost(error) && !isTimeout(error)) answeredOnce();
        throw error;
      }
    },
  };
}

const hangs = (cause: unknown): PulseError =>
  new PulseError('ANALYZER_TIMEOUT', 'The GoogleSQL analyzer stands still: several processes of it answered nothing.', {
    hint: 'Run the command again; if it stays, look at what else the machine is doing.',
    transient: true,
    cause,
  });

interface Question<T> {
  ask(session: Session): Promise<T>;
  /** Asked again, alone, also where there was no answer in time. */
  readonly isPatient: boolean;
}

async function evaluate({ server, language }: Session, sql: string, options: EvaluateOptions): Promise<ResultSet> {
  const reply = (await server.call(
    'EvaluateQuery',
    {
      sql,
      options: runnerOptions(language, options.parameters),
      simple_catalog: catalog(language, { tables: options.tables, functions: runnableIn(sql) }),
      table_content: Object.fromEntries(options.tables.map(table => [table.name, contentOf(table)])),
      params: (options.parameters ?? []).map(p => ({ name: p.name, value: writeValue(p.value, p.type) })),
    },
    { timeoutMs: options.timeoutMs ?? TIMEOUT_MS },
  )) as unknown as EvaluateReply;
  const columns = namedColumns(reply.prepared?.columns ?? []);
  const rows = (reply.content?.table_data?.row ?? []).map(row =>
    columns.map((column, i) => readValue(row.cell?.[i], column.type)),
  );
  return { columns, rows };
}

interface EvaluateReply {
  readonly prepared?: { readonly columns?: readonly { readonly name: string; readonly type: TypeMessage }[] };
  readonly content?: {
    readonly table_data?: { readonly row?: readonly { readonly cell?: readonly ValueMessage[] }[] };
  };
}

const contentOf = (table: CatalogTableWithRows) => ({
  table_data: {
    row: table.rows.map(row => ({
      cell: table.columns.map((column, i) => writeValue(row[i] ?? null, column.type)),
    })),
  },
});

const isLost = (error: unknown): boolean => error instanceof CallError && error.status === STATUS.unavailable;
const isStill = (error: unknown): boolean => error instanceof StandsStill;
const isTimeout = (error: unknown): boolean => error instanceof CallError && error.status === STATUS.deadlineExceeded;

/** Turns a failed call into the error a person reads. */
const explain =
  (sql: string, timeoutMs = TIMEOUT_MS) =>
  (error: unknown): never => {
    if (isTooDeep(error)) throw tooDeep(sql, error);
    if (!(error instanceof CallError)) throw error;
    if (error.message.startsWith('Out of stack space')) throw tooDeep(sql, error);
    if (isStill(error)) throw hangs(error);
    switch (error.status) {
      case STATUS.unavailable:
        throw diedTwice(error);
      case STATUS.deadlineExceeded:
        throw new PulseError(
          'ANALYZER_TIMEOUT',
          `The GoogleSQL analyzer gave no answer within ${timeoutMs / 1000} s.`,
          {
            hint: 'Try again with a longer --timeout, or simplify the query. Other queries are not affected.',
            transient: true,
            cause: error,
          },
        );
      case STATUS.outOfRange:
        throw new PulseError('WAREHOUSE_QUERY_FAILED', faultOf(error.message, sql).message, { cause: error });
      case STATUS.resourceExhausted:
        if (error.message.includes('larger than max')) throw tooLarge(sql, error);
        throw failed(error);
      case STATUS.internal:
        throw failed(error);
      default:
        throw sqlInvalid(error, sql);
    }
  };

function sqlInvalid(cause: CallError, sql: string): SqlInvalid {
  const { fault, code, hint } = toldOf(faultOf(cause.message, sql), sql);
  return new SqlInvalid(fault, { code, cause, ...(hint !== undefined && { hint }) });
}

/** How a process ends of what it computes; by other signals somebody else ends it. */
const CRASHES = /^(?:SIGSEGV|SIGABRT|SIGBUS|SIGILL|SIGFPE|exit code \d+)$/;
const SIMPLIFY = 'Simplify the query: deep nesting or a very large expression is the usual reason.';

/** Of a server that it had for itself: what is known of its end, and no more. */
function diedTwice(cause: CallError): PulseError {
  const { ending } = cause;
  const isCrash = ending !== undefined && CRASHES.test(ending);
  const message = isCrash
    ? `The GoogleSQL analyzer died of this query, twice (${ending}).`
    : `The GoogleSQL analyzer ended ${ending === undefined ? '' : `by ${ending} `}while it had this query, twice.`;
  const hint =
    ending === 'SIGKILL'
      ? `No query sends SIGKILL: the system does where memory runs out, or whoever ends processes. Free memory and run it again; if only this query meets it: ${SIMPLIFY}`
      : isCrash || ending === undefined
        ? SIMPLIFY
        : `Something outside of pulse ends it by ${ending}. Run the command again.`;
  return new PulseError('ANALYZER_FAILED', message, {
    hint: `${hint} Other queries are not affected.`,
    transient: true,
    cause,
  });
}

const failed = (cause: CallError): PulseError =>
  new PulseError('ANALYZER_FAILED', `The GoogleSQL analyzer failed: ${cause.message}`, {
    hint: 'This is a limit or a fault of the analyzer itself: write the query another way.',
    cause,
  });

/** The server takes messages of gRPC's usual 4 MiB, which nothing can be told to change; a query is sent with the tables it may read. */
const tooLarge = (sql: string, cause: CallError): PulseError =>
  new PulseError(
    'SQL_INVALID',
    `The query is too large for the GoogleSQL analyzer, which takes 4 MiB: it has ${(Buffer.byteLength(sql) / 2 ** 20).toFixed(1)} MiB.`,
    {
      hint: 'Put what it lists, such as the values of a long IN (…), into a table of its own (a seed) and join that.',
      cause,
    },
  );

/** What is written as a constant is computed in a blink. */
const TRIAL_MS = 5_000;

/**
 * What is wrong with the values of expressions that read nothing; undefined for nothing, and where that is not told: it takes too
 * long, or the reference implementation has no answer.
 *
 * @throws {PulseError} ANALYZER_MISSING, ANALYZER_FAILED, ANALYZER_TIMEOUT where there is no analyzer that could tell.
 */
export async function errorOf(analyzer: Analyzer, expressions: readonly string[]): Promise<string | undefined> {
  const columns = expressions.map((expression, at) => `(\n${expression}\n) AS c${at}`);
  const sql = `SELECT ${columns.join(', ')}`;
  try {
    await analyzer.evaluate(sql, { tables: [], timeoutMs: TRIAL_MS });
    return undefined;
  } catch (error) {
    if (!(error instanceof PulseError)) throw error;
    if (error.code === 'WAREHOUSE_QUERY_FAILED') return error.message;
    if (isArgument(error) && (await isAnalyzed(analyzer, sql))) return error.message;
    // What it has no answer to is no error; where it has none to this either, nothing was tried.
    await analyzer.evaluate('SELECT 1', { tables: [] });
    return undefined;
  }
}

/** Of some functions a wrong argument is told as wrong SQL is. */
const isArgument = ({ cause }: PulseError): boolean =>
  cause instanceof CallError && cause.status === STATUS.invalidArgument;

async function isAnalyzed(analyzer: Analyzer, sql: string): Promise<boolean> {
  try {
    await analyzer.analyze(sql, { tables: [] });
    return true;
  } catch (error) {
    if (error instanceof SqlInvalid) return false;
    throw error;
  }
}
