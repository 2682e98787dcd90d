// One running server with the language that BigQuery speaks, and the questions that are put to it. Retries nothing.

import type { Analyzed, CatalogTable, QueryParameter, ResolvedNode } from './analyzed.ts';
import { eachNode } from './ctes.ts';
import type { Message } from './protocol.ts';
import type { Server } from './server.ts';
import { asKnown, taughtIn } from './taught.ts';
import type { TypedColumn } from './type.ts';
import { type TypeMessage, typeMessage, typeOf } from './wire.ts';

/** BigQuery has these, the server's maximum has not. */
const MORE_FEATURES = [
  'FEATURE_INTERVAL_TYPE',
  'FEATURE_V_1_4_GROUPING_BUILTIN',
  'FEATURE_V_1_4_GROUPING_SETS',
  'FEATURE_INVERSE_TRIG_FUNCTIONS',
  'FEATURE_TIME_BUCKET_FUNCTIONS',
  'FEATURE_V_1_4_SET_OPERATION_COLUMN_PROPAGATION_MODE',
  'FEATURE_V_1_4_LIKE_ANY_SOME_ALL_ARRAY',
  'FEATURE_V_1_4_LIKE_ANY_SOME_ALL_SUBQUERY',
];
/** The server's maximum has these, BigQuery has not: its times are microseconds. */
const LESS_FEATURES = new Set(['FEATURE_TIMESTAMP_NANOS']);
export const TIMEOUT_MS = 20_000;
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

export interface AnalyzeOptions {
  readonly tables: readonly CatalogTable[];
  readonly parameters?: readonly QueryParameter[];
  readonly timeoutMs?: number;
}

export interface Session {
  readonly server: Server;
  readonly language: Message;
}

export async function openSession(start: () => Promise<Server>): Promise<Session> {
  const server = await start();
  const all = await server
    .call('GetLanguageOptions', { maximum_features: true }, { timeoutMs: TIMEOUT_MS })
    .catch(error => {
      server.stop();
      throw error;
    });
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

/** Tables that a server keeps by a number, for many questions. */
export interface Registered {
  readonly catalogId: string;
}

/** @throws {CallError} */
export async function analyze(
  { server, language }: Session,
  sql: string,
  { registered, ...options }: AnalyzeOptions & { readonly registered?: Registered },
): Promise<Analyzed> {
  const reply = await server.call(
    'Analyze',
    {
      sql_statement: sql,
      options: analyzerOptions(language, options.parameters),
      ...(registered === undefined
        ? { simple_catalog: catalog(language, { tables: options.tables, functions: taughtIn([sql]) }) }
        : { registered_catalog_id: registered.catalogId }),
    },
    { timeoutMs: options.timeoutMs ?? TIMEOUT_MS },
  );
  const statement = asKnown(
    (reply.resolved_statement as { resolved_query_stmt_node: QueryStatement }).resolved_query_stmt_node,
    sql,
  );
  return {
    sql,
    columns: namedColumns((statement.output_column_list ?? []).map(c => ({ name: c.name, type: c.column.type }))),
    tables: tablesIn(statement),
    statement: statement as unknown as ResolvedNode,
  };
}

/** Leaves tables with the server, for these queries: analyzing against them is less than half the work of sending them each time. */
export async function register(
  { server, language }: Session,
  tables: readonly CatalogTable[],
  sqls: readonly string[],
): Promise<Registered> {
  const reply = await server.call(
    'RegisterCatalog',
    { simple_catalog: catalog(language, { tables, functions: taughtIn(sqls) }) },
    { timeoutMs: TIMEOUT_MS },
  );
  return { catalogId: String(reply.registered_id) };
}

export async function unregister({ server }: Session, { catalogId }: Registered): Promise<void> {
  await server.call('UnregisterCatalog', { registered_id: catalogId }, { timeoutMs: TIMEOUT_MS });
}

interface QueryStatement {
  readonly output_column_list?: readonly { readonly name: string; readonly column: { readonly type: TypeMessage } }[];
}

/** Unnamed columns get the names BigQuery gives them: f0_, f1_, … counting those alone that have none. */
export function namedColumns(columns: readonly { name?: string; type: TypeMessage }[]): TypedColumn[] {
  let nameless = 0;
  return columns.map(({ name, type }) => ({
    name: isNameless(name) ? `f${nameless++}_` : name,
    type: typeOf(type),
  }));
}

const isNameless = (name: string | undefined): name is undefined | '' =>
  name === undefined || name === '' || name.startsWith('$');

function tablesIn(statement: unknown): readonly string[] {
  const found = new Set<string>();
  eachNode(statement, node => {
    const scan = node.resolved_table_scan_node as { table?: { name?: string } } | undefined;
    if (scan?.table?.name !== undefined) found.add(scan.table.name);
  });
  return [...found].sort();
}

const analyzerOptions = (language: Message, parameters: readonly QueryParameter[] = []) => ({
  language_options: language,
  default_timezone: 'UTC',
  error_message_mode: 'ERROR_MESSAGE_ONE_LINE',
  parse_location_record_type: 'PARSE_LOCATION_RECORD_FULL_NODE_SCOPE',
  prune_unused_columns: true,
  enabled_rewrites: REWRITES,
  query_parameters: parameters.map(p => ({ name: p.name.toLowerCase(), type: typeMessage(p.type) })),
});

/** For the reference implementation, with what it is taught in SQL. */
export const runnerOptions = (language: Message, parameters?: readonly QueryParameter[]) => ({
  ...analyzerOptions(language, parameters),
  enabled_rewrites: [...REWRITES, 'REWRITE_INLINE_SQL_UDAS'],
});

export const catalog = (
  language: Message,
  { tables, functions }: { readonly tables: readonly CatalogTable[]; readonly functions: ReturnType<typeof taughtIn> },
) => ({
  name: 'catalog',
  builtin_function_options: { language_options: language },
  ...functions,
  table: tables.map(table => ({
    name: table.name,
    column: table.columns.map(column => ({ name: column.name, type: typeMessage(column.type) })),
  })),
});
