// The GoogleSQL analyzer: types a query against a catalog, and runs it on Google's reference implementation.
// Starts its server at the first question. A question that kills or hangs the server fails alone.

import { PulseError } from '../errors.ts';
import { type Analyzed, type CatalogTable, type QueryParameter, type ResolvedNode, SqlInvalid } from './analyzed.ts';
import { faultOf } from './fault.ts';
import type { Message } from './protocol.ts';
import { CallError, type Server, STATUS, startServer } from './server.ts';
import type { TypedColumn } from './type.ts';
import type { ResultSet, Value } from './value.ts';
import { readValue, type TypeMessage, typeMessage, typeOf, type ValueMessage, writeValue } from './wire.ts';

interface AnalyzeOptions {
  readonly tables: readonly CatalogTable[];
  readonly parameters?: readonly QueryParameter[];
  readonly timeoutMs?: number;
}

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

/** BigQuery has these, the server's maximum has not. */
const MORE_FEATURES = [
  'FEATURE_INTERVAL_TYPE',
  'FEATURE_V_1_4_GROUPING_BUILTIN',
  'FEATURE_V_1_4_GROUPING_SETS',
  'FEATURE_INVERSE_TRIG_FUNCTIONS',
  'FEATURE_TIME_BUCKET_FUNCTIONS',
];
/** The server's maximum has these, BigQuery has not: its times are microseconds. */
const LESS_FEATURES = new Set(['FEATURE_TIMESTAMP_NANOS']);
const TIMEOUT_MS = 20_000;
/** What the resolved tree is spared: rewritten by Google's own rewriters into plainer nodes. */
const REWRITES = [
  'REWRITE_FLATTEN',
  'REWRITE_ARRAY_FILTER_TRANSFORM',
  'REWRITE_UNPIVOT',
  'REWRITE_PIVOT',
  'REWRITE_ARRAY_INCLUDES',
  'REWRITE_TYPEOF_FUNCTION',
  'REWRITE_WITH_EXPR',
  'REWRITE_NULLIFERROR_FUNCTION',
  'REWRITE_LIKE_ANY_ALL',
  'REWRITE_BUILTIN_FUNCTION_INLINER',
  'REWRITE_SET_OPERATION_CORRESPONDING',
  'REWRITE_GROUPING_SET',
];

export function startAnalyzer(start: () => Promise<Server> = startServer): Analyzer {
  let running: Promise<Session> | undefined;
  let isClosed = false;
  const session = async (): Promise<Session> => {
    const known = await running?.catch(() => undefined);
    if (known?.server.isAlive) return known;
    running = openSession(start);
    return running;
  };
  const drop = (dead: Session): void => {
    dead.server.stop();
  };
  const ask = async <T>(question: (session: Session) => Promise<T>): Promise<T> => {
    if (isClosed) throw new Error('the analyzer is closed');
    const at = await session();
    try {
      return await question(at);
    } catch (error) {
      if (isLost(error) || isTimeout(error)) drop(at);
      if (!isLost(error)) throw error;
    }
    // The process died under it, perhaps by another question: a second chance, in a process of its own.
    const alone = await openSession(start);
    try {
      return await question(alone);
    } finally {
      alone.server.stop();
    }
  };
  return {
    analyze: (sql, options) => ask(at => analyze(at, sql, options)).catch(explain(sql, options.timeoutMs)),
    evaluate: (sql, options) => ask(at => evaluate(at, sql, options)).catch(explain(sql, options.timeoutMs)),
    close: () => {
      isClosed = true;
      running?.then(drop, () => undefined);
    },
  };
}

interface Session {
  readonly server: Server;
  readonly language: Message;
}

async function openSession(start: () => Promise<Server>): Promise<Session> {
  const server = await start();
  const all = await server.call('GetLanguageOptions', { maximum_features: true }, { timeoutMs: TIMEOUT_MS });
  const language = {
    ...all,
    product_mode: 'PRODUCT_EXTERNAL',
    supported_statement_kinds: ['RESOLVED_QUERY_STMT'],
    enabled_language_features: [
      ...(all.enabled_language_features as string[]).filter(feature => !LESS_FEATURES.has(feature)),
      ...MORE_FEATURES,
    ],
  };
  return { server, language };
}

async function analyze({ server, language }: Session, sql: string, options: AnalyzeOptions): Promise<Analyzed> {
  const reply = await server.call(
    'Analyze',
    {
      sql_statement: sql,
      options: analyzerOptions(language, options.parameters),
      simple_catalog: catalog(language, options.tables),
    },
    { timeoutMs: options.timeoutMs ?? TIMEOUT_MS },
  );
  const statement = (reply.resolved_statement as { resolved_query_stmt_node: QueryStatement }).resolved_query_stmt_node;
  return {
    sql,
    columns: namedColumns((statement.output_column_list ?? []).map(c => ({ name: c.name, type: c.column.type }))),
    tables: [...tablesIn(statement)].sort(),
    statement: statement as unknown as ResolvedNode,
  };
}

interface QueryStatement {
  readonly output_column_list?: readonly { readonly name: string; readonly column: { readonly type: TypeMessage } }[];
}

/** Unnamed columns get the names BigQuery gives them, by position. */
const namedColumns = (columns: readonly { name?: string; type: TypeMessage }[]): TypedColumn[] =>
  columns.map(({ name, type }, i) => ({ name: isNameless(name) ? `f${i}_` : name, type: typeOf(type) }));

const isNameless = (name: string | undefined): name is undefined | '' =>
  name === undefined || name === '' || name.startsWith('$');

function tablesIn(node: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(node)) for (const item of node) tablesIn(item, found);
  else if (typeof node === 'object' && node !== null) {
    const scan = (node as { resolved_table_scan_node?: { table?: { name?: string } } }).resolved_table_scan_node;
    if (scan?.table?.name !== undefined) found.add(scan.table.name);
    for (const child of Object.values(node)) tablesIn(child, found);
  }
  return found;
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

const analyzerOptions = (language: Message, parameters: readonly QueryParameter[] = []) => ({
  language_options: language,
  default_timezone: 'UTC',
  error_message_mode: 'ERROR_MESSAGE_ONE_LINE',
  parse_location_record_type: 'PARSE_LOCATION_RECORD_FULL_NODE_SCOPE',
  prune_unused_columns: true,
  enabled_rewrites: REWRITES,
  query_parameters: parameters.map(p => ({ name: p.name.toLowerCase(), type: typeMessage(p.type) })),
});

const catalog = (language: Message, tables: readonly CatalogTable[]) => ({
  name: 'catalog',
  builtin_function_options: { language_options: language },
  table: tables.map(table => ({
    name: table.name,
    column: table.columns.map(column => ({ name: column.name, type: typeMessage(column.type) })),
  })),
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
      case STATUS.internal:
      case STATUS.resourceExhausted:
        throw new PulseError('ANALYZER_FAILED', `The GoogleSQL analyzer failed: ${error.message}`, {
          hint: 'This is a limit or a fault of the analyzer itself: write the query another way.',
          cause: error,
        });
      default:
        throw new SqlInvalid(faultOf(error.message, sql), error);
    }
  };
