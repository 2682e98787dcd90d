// The GoogleSQL analyzer: types a query against a catalog, and runs it on Google's reference implementation.
// Starts its server at the first question. A question that kills or hangs the server fails alone.

import { PulseError } from '../errors.ts';
import { openQueue } from './analyze-queue.ts';
import { type Analyzed, type CatalogTable, type QueryParameter, SqlInvalid } from './analyzed.ts';
import { faultOf } from './fault.ts';
import { CallError, type Server, STATUS, startServer } from './server.ts';
import {
  type AnalyzeOptions,
  analyze,
  analyzerOptions,
  catalog,
  namedColumns,
  openSession,
  type Session,
  TIMEOUT_MS,
} from './session.ts';
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
  close(): void;
}

export function startAnalyzer(start: () => Promise<Server> = startServer): Analyzer {
  let running: Promise<Session> | undefined;
  let isClosed = false;
  /** Second chances come one after the other: a server that died under many would else be followed by as many at once. */
  let retrying: Promise<unknown> = Promise.resolve();
  const session = async (): Promise<Session> => {
    if (isClosed) throw new Error('the analyzer is closed');
    const opening = running;
    const known = await opening?.catch(() => undefined);
    if (known?.server.isAlive) return known;
    // Of several that find it gone the first starts the next one, the others wait for it.
    if (running === opening || running === undefined) running = openSession(start);
    return running;
  };
  const alone = async <T>(question: (session: Session) => Promise<T>): Promise<T> => {
    const at = await openSession(start);
    try {
      return await question(at);
    } finally {
      at.server.stop();
    }
  };
  const ask = async <T>({ ask: question, isPatient }: Question<T>): Promise<T> => {
    const at = await session();
    try {
      return await question(at);
    } catch (error) {
      if (isLost(error) || isTimeout(error)) at.server.stop();
      if (!isLost(error) && !(isTimeout(error) && isPatient)) throw error;
    }
    // The process died under it, perhaps by another question: a second chance, in a process of its own.
    const second = retrying.then(() => alone(question));
    retrying = second.catch(() => undefined);
    return second;
  };
  const queue = openQueue({
    session,
    alone: ({ sql, options }) => ask({ ask: at => analyze(at, sql, options), isPatient: true }),
  });
  return {
    analyze: (sql, options) => queue({ sql, options }).catch(explain(sql, options.timeoutMs)),
    evaluate: (sql, options) =>
      ask({ ask: at => evaluate(at, sql, options), isPatient: false }).catch(explain(sql, options.timeoutMs)),
    close: () => {
      isClosed = true;
      running?.then(
        at => at.server.stop(),
        () => undefined,
      );
    },
  };
}

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
      options: analyzerOptions(language, options.parameters),
      simple_catalog: catalog(language, options.tables),
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
const isTimeout = (error: unknown): boolean => error instanceof CallError && error.status === STATUS.deadlineExceeded;

/** Turns a failed call into the error a person reads. */
const explain =
  (sql: string, timeoutMs = TIMEOUT_MS) =>
  (error: unknown): never => {
    if (!(error instanceof CallError)) throw error;
    switch (error.status) {
      case STATUS.unavailable:
        throw new PulseError('ANALYZER_FAILED', 'The GoogleSQL analyzer died of this query, twice.', {
          hint: 'Simplify the query: deep nesting or a very large expression is the usual reason. Other queries are not affected.',
          transient: true,
          cause: error,
        });
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
        throw new SqlInvalid(faultOf(error.message, sql), error);
    }
  };

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
 * @throws {PulseError} ANALYZER_MISSING
 */
export async function errorOf(analyzer: Analyzer, expressions: readonly string[]): Promise<string | undefined> {
  const columns = expressions.map((expression, at) => `(\n${expression}\n) AS c${at}`);
  try {
    await analyzer.evaluate(`SELECT ${columns.join(', ')}`, { tables: [], timeoutMs: TRIAL_MS });
    return undefined;
  } catch (error) {
    if (!(error instanceof PulseError)) throw error;
    if (error.code === 'WAREHOUSE_QUERY_FAILED') return error.message;
    if (error.code === 'ANALYZER_MISSING') throw error;
    return undefined;
  }
}
