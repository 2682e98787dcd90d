// Rows of text as lines of NDJSON for a load job, each text checked against its column's type. Opens nothing.

import { PulseError } from '../../errors.ts';
import { typeText } from '../../googlesql/type.ts';
import { splitRows, type TextColumns, type TextRow } from '../../text-columns.ts';
import type { TableSpec } from '../table.ts';
import { jsonOfText } from './text-value.ts';

/** Characters of NDJSON that are kept before they go into the file. */
const WRITE_CHARACTERS = 1 << 20;

export async function* splitAll(batches: AsyncIterable<TextColumns>): AsyncGenerator<readonly TextRow[]> {
  for await (const batch of batches) yield splitRows(batch);
}

/** NDJSON of rows of text; `counted` grows with them. @throws {PulseError} WAREHOUSE_QUERY_FAILED, which names the text and its column. */
export async function* lines(
  spec: TableSpec,
  chunks: AsyncIterable<readonly TextRow[]>,
  counted: { rows: number },
): AsyncGenerator<string> {
  const names = spec.columns.map(column => JSON.stringify(column.name));
  let waiting: string[] = [];
  let characters = 0;
  for await (const rows of chunks) {
    for (const row of rows) {
      const line = `{${spec.columns.map((column, i) => `${names[i]}:${cellJson(spec, column, row[i] ?? null)}`).join(',')}}\n`;
      counted.rows++;
      waiting.push(line);
      characters += line.length;
    }
    if (characters < WRITE_CHARACTERS) continue;
    yield waiting.join('');
    waiting = [];
    characters = 0;
  }
  yield waiting.join('');
}

function cellJson(spec: TableSpec, column: TableSpec['columns'][number], text: string | null): string {
  if (text === null && column.required) {
    throw new PulseError(
      'WAREHOUSE_QUERY_FAILED',
      `NULL in column ${column.name} of ${spec.name}, which is REQUIRED.`,
      { hint: 'Mend what the rows come from, or let the column be NULL.' },
    );
  }
  const json = jsonOfText(text, column.type);
  if (json !== undefined) return json;
  const shown = JSON.stringify(text !== null && text.length > 100 ? `${text.slice(0, 100)}…` : text);
  throw new PulseError(
    'WAREHOUSE_QUERY_FAILED',
    `${shown} in column ${column.name} of ${spec.name} is no ${typeText(column.type)}.`,
    { hint: 'Mend the text where it comes from, or give the column another type.' },
  );
}
