// What BigQuery has got since the analyzer was made (2023) and the analyzer can be taught: functions with signatures.
// They type, and are refused for DuckDB by name, but for those that mean what the analyzer has under another name.
// Source: "GoogleSQL for BigQuery", the reference of functions, read in November 2026.

import { eachNode } from './ctes.ts';
import { parseType } from './type.ts';
import { type TypeMessage, typeMessage } from './wire.ts';

interface TaughtFunction {
  readonly mode: 'SCALAR' | 'AGGREGATE' | 'ANALYTIC';
  /**
   * As a person reads them. T is any type, the same wherever it stands; ANY any type; ORDERABLE any that ORDER BY takes; an
   * argument in brackets may be left out, and one with an arrow is given by its name.
   */
  readonly signatures: readonly string[];
  /** What to write where it must run on DuckDB too: `Use …`. */
  readonly instead?: string;
}

const scalar = (...signatures: readonly string[]): TaughtFunction => ({ mode: 'SCALAR', signatures });
const aggregate = (...signatures: readonly string[]): TaughtFunction => ({ mode: 'AGGREGATE', signatures });

const VECTORS = ['ARRAY<FLOAT64>', 'ARRAY<STRUCT<INT64, FLOAT64>>', 'ARRAY<STRUCT<STRING, FLOAT64>>'];
const distance = (name: string): readonly string[] =>
  VECTORS.map(vector => `${name}(vector1 ${vector}, vector2 ${vector}) -> FLOAT64`);

/** A sketch's functions for one type of values. */
const quantiles = (type: string): Readonly<Record<string, TaughtFunction>> => ({
  [`KLL_QUANTILES.INIT_${type}`]: aggregate(
    `KLL_QUANTILES.INIT_${type}(input ${type}, [precision INT64], [weight => INT64]) -> BYTES`,
  ),
  [`KLL_QUANTILES.MERGE_${type}`]: aggregate(
    `KLL_QUANTILES.MERGE_${type}(sketch BYTES, number INT64) -> ARRAY<${type}>`,
  ),
  [`KLL_QUANTILES.MERGE_POINT_${type}`]: aggregate(
    `KLL_QUANTILES.MERGE_POINT_${type}(sketch BYTES, phi FLOAT64) -> ${type}`,
  ),
  [`KLL_QUANTILES.EXTRACT_${type}`]: scalar(
    `KLL_QUANTILES.EXTRACT_${type}(sketch BYTES, number INT64) -> ARRAY<${type}>`,
  ),
  [`KLL_QUANTILES.EXTRACT_POINT_${type}`]: scalar(
    `KLL_QUANTILES.EXTRACT_POINT_${type}(sketch BYTES, phi FLOAT64) -> ${type}`,
  ),
});

/** By the name that BigQuery's reference has. */
export const TAUGHT: Readonly<Record<string, TaughtFunction>> = {
  // "Synonym for ANY_VALUE(x HAVING MAX y)": session.ts makes them that.
  MAX_BY: aggregate('MAX_BY(x T, y ORDERABLE) -> T'),
  MIN_BY: aggregate('MIN_BY(x T, y ORDERABLE) -> T'),
  COLLATE: { ...scalar('COLLATE(value STRING, specification STRING) -> STRING'), instead: "LOWER(…) for 'und:ci'" },
  CONTAINS_SUBSTR: {
    ...scalar('CONTAINS_SUBSTR(expression ANY, search_value STRING, [json_scope => STRING]) -> BOOL'),
    instead: 'STRPOS(NORMALIZE_AND_CASEFOLD(…), NORMALIZE_AND_CASEFOLD(…)) > 0',
  },
  EDIT_DISTANCE: scalar(
    'EDIT_DISTANCE(value1 STRING, value2 STRING, [max_distance => INT64]) -> INT64',
    'EDIT_DISTANCE(value1 BYTES, value2 BYTES, [max_distance => INT64]) -> INT64',
  ),
  COSINE_DISTANCE: scalar(...distance('COSINE_DISTANCE')),
  EUCLIDEAN_DISTANCE: scalar(...distance('EUCLIDEAN_DISTANCE')),
  JSON_KEYS: scalar('JSON_KEYS(json JSON, [max_depth INT64], [mode => STRING]) -> ARRAY<STRING>'),
  JSON_FLATTEN: scalar('JSON_FLATTEN(json JSON) -> ARRAY<JSON>'),
  SEARCH: scalar(
    'SEARCH(data ANY, query STRING, [json_scope => STRING], [analyzer => STRING], [analyzer_options => STRING]) -> BOOL',
  ),
  TEXT_ANALYZE: scalar(
    'TEXT_ANALYZE(text STRING, [analyzer => STRING], [analyzer_options => STRING]) -> ARRAY<STRING>',
  ),
  BAG_OF_WORDS: scalar('BAG_OF_WORDS(document ARRAY<STRING>) -> ARRAY<STRUCT<term STRING, count INT64>>'),
  TF_IDF: {
    mode: 'ANALYTIC',
    signatures: [
      'TF_IDF(document ARRAY<STRING>, [max_distinct_tokens INT64], [frequency_threshold INT64]) -> ARRAY<STRUCT<term STRING, tf_idf FLOAT64>>',
    ],
  },
  ...quantiles('INT64'),
  ...quantiles('FLOAT64'),
  'KLL_QUANTILES.MERGE_PARTIAL': aggregate('KLL_QUANTILES.MERGE_PARTIAL(sketch BYTES) -> BYTES'),
  ST_HAUSDORFFDISTANCE: scalar(
    'ST_HAUSDORFFDISTANCE(geography1 GEOGRAPHY, geography2 GEOGRAPHY, [directed => BOOL]) -> FLOAT64',
  ),
  ST_HAUSDORFFDWITHIN: scalar(
    'ST_HAUSDORFFDWITHIN(geography1 GEOGRAPHY, geography2 GEOGRAPHY, distance FLOAT64, [directed => BOOL]) -> BOOL',
  ),
  ST_LINEINTERPOLATEPOINT: scalar('ST_LINEINTERPOLATEPOINT(linestring GEOGRAPHY, fraction FLOAT64) -> GEOGRAPHY'),
  ST_LINESUBSTRING: scalar(
    'ST_LINESUBSTRING(linestring GEOGRAPHY, start_fraction FLOAT64, end_fraction FLOAT64) -> GEOGRAPHY',
  ),
};

/** The functions of a server's catalog as its messages have them, cut to what pulse reads and writes of them. */
export interface FunctionMessage {
  readonly name_path: readonly string[];
  readonly group: string;
  readonly mode: TaughtFunction['mode'];
  readonly signature: readonly {
    readonly argument: readonly ArgumentMessage[];
    readonly return_type: ArgumentMessage;
  }[];
  readonly options?: { readonly supports_over_clause?: boolean };
}

interface ArgumentMessage {
  readonly kind: string;
  readonly type?: TypeMessage;
  readonly num_occurrences: number;
  readonly options?: object;
}

/** Why there is no translation of what is taught: nothing here could certify one. */
export const newerNote = (name: string): string =>
  Object.hasOwn(TAUGHT, name.toUpperCase())
    ? ', which is newer than the reference that translations are certified by'
    : '';

/** Functions of a catalog; those with a name in two parts stand in a catalog below. */
interface Functions {
  readonly custom_function: readonly object[];
  readonly catalog: readonly { readonly name: string; readonly custom_function: readonly object[] }[];
}

/** Those whose names the texts hold: what no query calls costs none anything. */
export const taughtIn = (sqls: Iterable<string>): Functions => functionsOf(calledIn(sqls));

function calledIn(sqls: Iterable<string>): readonly FunctionMessage[] {
  const found = new Set<string>();
  for (const sql of sqls) for (const [word] of sql.matchAll(NAMES)) found.add(word.replace(/[\s`]/g, '').toUpperCase());
  return [...found].flatMap(name => {
    const known = TAUGHT[name];
    return known === undefined ? [] : [messageOf(name, known)];
  });
}

function functionsOf(messages: readonly FunctionMessage[]): Functions {
  const below = [
    ...new Set(messages.flatMap(({ name_path: [first], name_path }) => (name_path.length > 1 ? first : []))),
  ];
  return {
    custom_function: messages.filter(({ name_path }) => name_path.length === 1),
    catalog: below.map((name = '') => ({
      name,
      custom_function: messages.filter(({ name_path }) => name_path.length > 1 && name_path[0] === name),
    })),
  };
}

const NAMES = new RegExp(
  `\\b(?:${Object.keys(TAUGHT)
    .map(name => name.replace('.', '`?\\s*\\.\\s*`?'))
    .join('|')})\\b`,
  'gi',
);

/** As one of the analyzer's own: its messages name those without a word about where they come from. */
function messageOf(name: string, { mode, signatures }: TaughtFunction): FunctionMessage {
  return {
    name_path: name.toLowerCase().split('.'),
    group: 'ZetaSQL',
    mode,
    signature: signatures.map(signatureOf),
    ...(mode === 'ANALYTIC' && { options: { supports_over_clause: true } }),
  };
}

const SIGNATURE = /^[\w.]+\((.*)\) -> (.*)$/;
/** Commas within <…> are a type's. */
const ARGUMENT = /(?:[^,<]|<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>)+/g;

function signatureOf(text: string): FunctionMessage['signature'][number] {
  const [, args = '', result = ''] = SIGNATURE.exec(text) ?? [];
  return {
    argument: (args.match(ARGUMENT) ?? []).map(one => argumentOf(one.trim())),
    return_type: { ...kindOf(result), num_occurrences: 1 },
  };
}

function argumentOf(text: string): ArgumentMessage {
  const [, bracket, name = '', arrow, type = ''] = /^(\[?)(\w+)( =>)? ([^\]]*)/.exec(text) ?? [];
  const named = arrow === undefined ? {} : { argument_name: name, named_argument_kind: 'NAMED_ONLY' };
  const { options = {}, ...kind } = kindOf(type);
  return {
    ...kind,
    num_occurrences: bracket === '[' ? 0 : 1,
    options: { ...options, ...named, cardinality: bracket === '[' ? 'OPTIONAL' : 'REQUIRED' },
  };
}

function kindOf(text: string): Pick<ArgumentMessage, 'kind' | 'type' | 'options'> {
  if (text === 'T') return { kind: 'ARG_TYPE_ANY_1' };
  if (text === 'ANY') return { kind: 'ARG_TYPE_ARBITRARY' };
  if (text === 'ORDERABLE') return { kind: 'ARG_TYPE_ANY_2', options: { must_support_ordering: true } };
  return { kind: 'ARG_TYPE_FIXED', type: typeMessage(parseType(text)) };
}

/** Their synonyms, by what the reference implementation may be told that they are. */
const SYNONYMS: Readonly<Record<string, 'MAX' | 'MIN'>> = { max_by: 'MAX', min_by: 'MIN' };

/** A tree with what a synonym stands for where it is called. The tree is changed: it is nobody else's yet. */
export function asKnown<T extends object>(statement: T, sql: string): T {
  if (!/\b(?:MAX|MIN)_BY\b/i.test(sql)) return statement;
  eachNode(statement, node => {
    const call = node.resolved_aggregate_function_call_node as AggregateNode | undefined;
    const own = call?.parent.parent;
    const kind = own && SYNONYMS[own.function.name.replace(/^.*:/, '')];
    if (call === undefined || own === undefined || kind === undefined) return;
    const [value, key] = own.argument_list;
    own.function.name = 'ZetaSQL:any_value';
    own.argument_list = [value];
    call.having_modifier = { kind, having_expr: key };
  });
  return statement;
}

interface AggregateNode {
  readonly parent: { readonly parent: { readonly function: { name: string }; argument_list: unknown[] } };
  having_modifier?: object;
}

/** The same for the reference implementation, which can run what is written in SQL: its rewriter must inline it. */
export const runnableIn = (sql: string): Functions =>
  functionsOf(
    calledIn([sql]).map(known => {
      const kind = SYNONYMS[known.name_path.join('.')];
      return kind === undefined ? known : { ...known, ...DEFINED, parse_resume_location: { input: synonym(kind) } };
    }),
  );

const synonym = (kind: string): string => `ANY_VALUE(x HAVING ${kind} y)`;
const ARBITRARY: ArgumentMessage = { kind: 'ARG_TYPE_ARBITRARY', num_occurrences: 1 };
const DEFINED = {
  group: 'Templated_SQL_Function',
  signature: [{ argument: [ARBITRARY, ARBITRARY], return_type: ARBITRARY }],
  templated_sql_function_argument_name: ['x', 'y'],
};
