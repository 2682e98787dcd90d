// Queries as NDJSON in, answers as NDJSON out, in order and one by one. A query that fails fails alone.

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { PulseError } from '../errors.ts';
import type { ResultSet, Value } from '../googlesql/value.ts';
import { exactJson } from './exact-json.ts';
import { resultValue } from './result-text.ts';

const TOKEN = /"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Where the text that begins at `start` ends, its quote included. */
function textEnd(line: string, start: number): number {
  for (let at = line.indexOf('"', start + 1); at >= 0; at = line.indexOf('"', at + 1)) {
    let escapes = 0;
    while (line[at - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
  return line.length;
}

/** What JSON is made of. Texts of any length: a pattern that steps through their characters runs out of stack. */
function* tokens(line: string): Generator<{ readonly token: string; readonly index: number }> {
  const pattern = new RegExp(TOKEN);
  for (let found = pattern.exec(line); found !== null; found = pattern.exec(line)) {
    const { index } = found;
    if (found[0] === '"') pattern.lastIndex = textEnd(line, index);
    yield { token: found[0] === '"' ? line.slice(index, pattern.lastIndex) : found[0], index };
  }
}

/** What stands after "id": in a line that is a JSON object: a number read and written again would lose digits. */
function idSource(line: string): string {
  let source = 'null';
  let depth = 0;
  let isKey = true;
  let startsAt: number | undefined;
  let key = '';
  for (const { token, index } of tokens(line)) {
    if (/[{[]/.test(token) && token.length === 1) depth++;
    if (depth === 1 && (token === ',' || token === '}')) {
      if (startsAt !== undefined) source = line.slice(startsAt, index).trim();
      startsAt = undefined;
      isKey = true;
    } else if (depth === 1 && token === ':') {
      isKey = false;
      if (key === '"id"') startsAt = index + 1;
    } else if (depth === 1 && isKey) key = token;
    if (token === '}' || token === ']') depth--;
  }
  return source;
}

interface Asked {
  /** JSON text, as it stands in the line. */
  readonly id: string;
  readonly sql: unknown;
}

/** @throws {PulseError} USAGE for a line that is no JSON object. */
function readLine(line: string): Asked {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new PulseError('USAGE', `The line is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PulseError('USAGE', 'The line is no JSON object.');
  return { id: idSource(line), sql: 'sql' in value ? value.sql : undefined };
}

/** @throws {PulseError} USAGE for invalid UTF-8. A byte order mark is left out. */
function decoded(bytes: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch (error) {
    throw new PulseError('USAGE', 'The line is not UTF-8.', { cause: error });
  }
}

const answerText = (id: string, rest: { readonly [name: string]: Value }): string =>
  `{"id":${id},${exactJson(rest).slice(1)}\n`;

function failure(id: string, error: unknown): string {
  const code = error instanceof PulseError ? error.code : 'INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  const { line, column } = (error instanceof PulseError ? error.place : undefined) ?? {};
  return answerText(id, {
    error: message,
    code,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  });
}

/** `bytes`: a character a byte. */
async function answer(bytes: string, query: (sql: string) => Promise<ResultSet>): Promise<string> {
  let id = 'null';
  try {
    const asked = readLine(decoded(bytes));
    id = asked.id;
    if (typeof asked.sql !== 'string') {
      throw new PulseError('USAGE', 'The line has no "sql" that is a text: write {"id":1,"sql":"SELECT 1"}.');
    }
    return answerText(id, resultValue(await query(asked.sql)));
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
  // A character a byte, so that a line of invalid UTF-8 is told and not mended.
  input.setEncoding('latin1');
  for await (const bytes of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, signal })) {
    if (signal.aborted) return;
    if (bytes.trim() !== '') write(await answer(bytes, query));
  }
}
