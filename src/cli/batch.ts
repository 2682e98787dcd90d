// Queries as NDJSON in, answers as NDJSON out, in order and one by one. A query that fails fails alone.

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { PulseError } from '../errors.ts';
import type { ResultSet } from '../googlesql/value.ts';
import { resultValue } from './result-text.ts';

/** @throws {PulseError} USAGE for a line that is no JSON object. */
function readLine(line: string): { readonly id: unknown; readonly sql: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new PulseError('USAGE', `The line is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null) throw new PulseError('USAGE', 'The line is no JSON object.');
  return { id: 'id' in value ? value.id : null, sql: 'sql' in value ? value.sql : undefined };
}

function failure(id: unknown, error: unknown): string {
  const code = error instanceof PulseError ? error.code : 'INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  return `${JSON.stringify({ id, error: message, code })}\n`;
}

async function answer(line: string, query: (sql: string) => Promise<ResultSet>): Promise<string> {
  let id: unknown = null;
  try {
    const asked = readLine(line);
    id = asked.id;
    if (typeof asked.sql !== 'string') {
      throw new PulseError('USAGE', 'The line has no "sql" that is a text: write {"id":1,"sql":"SELECT 1"}.');
    }
    return `${JSON.stringify({ id, ...resultValue(await query(asked.sql)) })}\n`;
  } catch (error) {
    return failure(id, error);
  }
}

/** Answers every line of `input` that is not blank; stops taking lines when `signal` aborts. */
export async function runBatch(
  input: Readable,
  query: (sql: string) => Promise<ResultSet>,
  { write, signal }: { readonly write: (text: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, signal })) {
    if (signal.aborted) return;
    if (line.trim() !== '') write(await answer(line, query));
  }
}
