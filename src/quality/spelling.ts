// How pulse spells the few queries that it writes itself, in both engines: they need no analyzer, as what a person writes does.
// Pure text; knows names, literals, types and cells, and nothing of checks.

import { KEY_ESCAPE, NULL_CELL, type Partition, RESERVED_KEYS } from '../asset/partition.ts';

export interface Spelling {
  readonly engine: 'googlesql' | 'duckdb';
  name(word: string): string;
  text(value: string): string;
  parameter(name: string): string;
  /** A value of a type, from its text. */
  literal(value: string, type: string): string;
  /** A column as BigQuery's CAST(… AS STRING) writes it. */
  asText(column: string, type: string): string;
  asFloat(column: string): string;
  countIf(condition: string): string;
  /** Orders as BigQuery does: NULL first. */
  ascending(column: string): string;
  /** The start of a grain as the text of its cell; `column` is a DATE, for hours a TIMESTAMP. */
  readonly cells: Readonly<Record<'hourly' | 'daily' | 'weekly' | 'monthly', (column: string) => string>>;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r' };

export const GOOGLESQL: Spelling = {
  engine: 'googlesql',
  name: word => `\`${word}\``,
  text: value => `'${value.replace(/[\\'\n\r]/g, sign => ESCAPES[sign] ?? sign)}'`,
  parameter: name => `@${name}`,
  literal: (value, type) => `CAST(${GOOGLESQL.text(value)} AS ${type})`,
  asText: column => `CAST(${column} AS STRING)`,
  asFloat: column => `CAST(${column} AS FLOAT64)`,
  countIf: condition => `COUNTIF(${condition})`,
  ascending: column => column,
  cells: {
    // Not by %Y, which writes the year 999 with three digits; and in UTC, whatever the project's zone is.
    hourly: column => `CONCAT(CAST(DATE(${column}, 'UTC') AS STRING), FORMAT_TIMESTAMP('T%H', ${column}, 'UTC'))`,
    daily: column => `CAST(${column} AS STRING)`,
    weekly: column => `CAST(DATE_TRUNC(${column}, WEEK(MONDAY)) AS STRING)`,
    monthly: column => `SUBSTR(CAST(${column} AS STRING), 1, 7)`,
  },
};

/** Types as the tables of the embedded warehouse have them. */
const DUCKDB_TYPES: Readonly<Record<string, string>> = {
  BOOL: 'BOOLEAN',
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  NUMERIC: 'DECIMAL(38, 9)',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'TIMESTAMP',
  TIMESTAMP: 'TIMESTAMP',
};

const varchar = (column: string): string => `CAST(${column} AS VARCHAR)`;

export const DUCKDB: Spelling = {
  engine: 'duckdb',
  name: word => `"${word.replaceAll('"', '""')}"`,
  text: value => `'${value.replaceAll("'", "''")}'`,
  parameter: name => `$${name}`,
  literal: (value, type) => `CAST(${DUCKDB.text(value)} AS ${DUCKDB_TYPES[type] ?? 'VARCHAR'})`,
  asText: (column, type) => {
    if (type === 'TIMESTAMP') return `${varchar(column)} || '+00'`;
    // 1.500000000 is 1.5.
    return type === 'NUMERIC' ? `rtrim(rtrim(${varchar(column)}, '0'), '.')` : varchar(column);
  },
  asFloat: column => `CAST(${column} AS DOUBLE)`,
  countIf: condition => `count(*) FILTER (WHERE ${condition})`,
  ascending: column => `${column} NULLS FIRST`,
  cells: {
    hourly: column => `strftime(${column}, '%Y-%m-%dT%H')`,
    daily: varchar,
    weekly: column => varchar(`CAST(date_trunc('week', ${column}) AS DATE)`),
    monthly: column => `strftime(${column}, '%Y-%m')`,
  },
};

/** The key of the partition that a row of `row` is in, as state and warehouse name cells. */
export function cellSql(partition: Partition, row: string, spelling: Spelling): string {
  if (partition.kind === 'none') return spelling.text('');
  const column = `${row}.${spelling.name(partition.column)}`;
  const key = partition.kind === 'static' ? staticKey(column, spelling) : spelling.cells[partition.grain](column);
  return `COALESCE(${key}, ${spelling.text(NULL_CELL)})`;
}

/** What staticCell of asset/partition.ts says. */
function staticKey(column: string, { text }: Spelling): string {
  const reserved = RESERVED_KEYS.map(text).join(', ');
  return `CASE WHEN ${column} IN (${reserved}) OR STARTS_WITH(${column}, ${text(KEY_ESCAPE)}) THEN CONCAT(${text(KEY_ESCAPE)}, ${column}) ELSE ${column} END`;
}

/** The day a row of `row` belongs to; undefined where the table is not cut by time. */
export function daySql(partition: Partition, row: string, spelling: Spelling): string | undefined {
  if (partition.kind !== 'time') return undefined;
  const column = `${row}.${spelling.name(partition.column)}`;
  return partition.grain === 'hourly' ? `CAST(${column} AS DATE)` : column;
}
