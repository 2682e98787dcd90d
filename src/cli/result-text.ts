// Results of a query as text: a table for people, JSON, NDJSON and CSV for programs. Exact: numbers as they came.

import { typeText } from '../googlesql/type.ts';
import { type ResultSet, uniqueNames, type Value } from '../googlesql/value.ts';
import { exactJson } from './exact-json.ts';
import type { Colors } from './io.ts';
import { tableText } from './table.ts';
import { plural } from './wording.ts';

export const QUERY_FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;
export type QueryFormat = (typeof QUERY_FORMATS)[number];

const RIGHT = new Set(['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC']);
/** Longer values are cut in a table on a terminal. */
const CELL_MAX = 60;

function objects({ columns, rows }: ResultSet): Value[] {
  const names = uniqueNames(columns.map(column => column.name));
  // Entries, for a column may be called __proto__.
  return rows.map(row => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])));
}

function jsonText(result: ResultSet): string {
  const rows = objects(result).map(row => `  ${exactJson(row)}`);
  return rows.length === 0 ? '[]\n' : `[\n${rows.join(',\n')}\n]\n`;
}

const plainText = (value: Value): string =>
  typeof value === 'object' || Object.is(value, -0) ? exactJson(value) : String(value);

/** RFC 4180, line ends \n. NULL is empty, an empty string is "". */
function csvField(value: Value): string {
  if (value === null) return '';
  const text = plainText(value);
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvText({ columns, rows }: ResultSet): string {
  const head = columns.map(column => csvField(column.name)).join(',');
  return [head, ...rows.map(row => row.map(csvField).join(','))].join('\n').concat('\n');
}

/** Text of the data for a terminal: without what would move the cursor, colour the screen or break the row. */
export const visible = (text: string): string => text.replace(/\p{Cc}/gu, sign => JSON.stringify(sign).slice(1, -1));

function cell(value: Value, { colors, isCut }: { readonly colors: Colors; readonly isCut: boolean }): string {
  if (value === null) return colors.dim('NULL');
  const text = visible(plainText(value));
  const signs = [...text];
  return isCut && signs.length > CELL_MAX ? `${signs.slice(0, CELL_MAX - 1).join('')}…` : text;
}

function table({ columns, rows }: ResultSet, style: { readonly colors: Colors; readonly isCut: boolean }): string {
  const right = columns.flatMap((column, index) => (RIGHT.has(column.type.kind) ? [index] : []));
  const cells = rows.map(row => row.map(value => cell(value, style)));
  const heads = columns.map(column => visible(column.name));
  return `${tableText(heads, cells, { colors: style.colors, right, isBoxed: true })}${plural(rows.length, 'row')}\n`;
}

/** @param style.isCut whether long values are cut in a table. */
export function resultText(
  result: ResultSet,
  format: QueryFormat,
  style: { readonly colors: Colors; readonly isCut: boolean },
): string {
  switch (format) {
    case 'table':
      return table(result, style);
    case 'json':
      return jsonText(result);
    case 'ndjson':
      return objects(result)
        .map(row => `${exactJson(row)}\n`)
        .join('');
    case 'csv':
      return csvText(result);
  }
}

/** Columns with their types as BigQuery writes them, rows as arrays. */
export const resultValue = ({ columns, rows }: ResultSet) => ({
  columns: columns.map(column => ({ name: column.name, type: typeText(column.type) })),
  rows,
});
