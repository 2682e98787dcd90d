// Makes a seed: its CSV files, checked line by line, as one table.

import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import type { SeedAsset } from '../asset/asset.ts';
import { declaredVersion } from '../compile/compile.ts';
import { must, PulseError } from '../errors.ts';
import { parseType, type SqlType } from '../googlesql/type.ts';
import type { ObservedFile } from '../state/state-store.ts';
import { type Made, type RunContext, UNCHANGED } from './context.ts';
import { changedFiles } from './evidence.ts';
import { writeNote } from './note.ts';
import { sourcesOf } from './observe.ts';
import { publishStaged } from './publish.ts';
import { extentOf } from './scope.ts';
import { tableSpec } from './table-spec.ts';

export async function makeSeed(asset: SeedAsset, context: RunContext): Promise<Made> {
  const { project, files } = context;
  const codeVersion = declaredVersion(asset);
  const isStale = changedFiles(asset, context).length > 0;
  if (!isStale && extentOf(asset, codeVersion, context).kind === 'nothing') return UNCHANGED;
  const present = sourcesOf(asset, project.graph).flatMap(source => must(files, source.name));
  const warehouse = await context.warehouse();
  const staged = await context.watch.time(`load ${asset.name}`, () =>
    warehouse.stageRows(tableSpec(asset), rowsOf(asset, present, context), {
      runId: context.runId,
      signal: context.signal,
    }),
  );
  const note = writeNote({ files: Object.fromEntries(present.map(file => [file.path, file.hash])) });
  return publishStaged(context, staged, { codeVersion, note, mode: 'replace' });
}

async function* rowsOf(
  asset: SeedAsset,
  files: readonly ObservedFile[],
  { project }: RunContext,
): AsyncIterable<string[][]> {
  for (const file of files) {
    const path = join(project.dataDir, file.path);
    yield await readCsv(asset, path, project.pathOf(path));
  }
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** A seed is small: one file is held in memory. */
async function readCsv(asset: SeedAsset, path: string, file: string): Promise<string[][]> {
  const columns = asset.columns.map(column => ({ ...column, type: parseType(column.type) }));
  const rows: string[][] = [];
  let positions: number[] | undefined;
  const parser = createReadStream(path).pipe(
    parse({ bom: true, info: true, skip_empty_lines: true, relax_column_count: true, trim: true }),
  );
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
      const place = { file, line: info.lines };
      if (positions === undefined) positions = positionsOf(asset, record, place);
      else rows.push(columns.map((column, at) => checkedText(column, record[positions?.[at] ?? -1], place)));
    }
  } catch (error) {
    if (error instanceof PulseError) throw error;
    throw new PulseError('SOURCE_INVALID', `${file} is no CSV file: ${(error as Error).message}`, {
      hint: 'Mend the line, then run it again.',
      place: { file },
      cause: error,
    });
  }
  if (positions !== undefined) return rows;
  throw new PulseError('SOURCE_INVALID', `${file} is empty: not even a header.`, {
    hint: 'Put the file back, or take it away: what was loaded before stays until then.',
    place: { file },
  });
}

function positionsOf(asset: SeedAsset, header: readonly string[], place: { file: string; line: number }): number[] {
  return asset.columns.map(column => {
    const wanted = asset.headers[column.name] ?? column.name;
    const position = header.indexOf(wanted);
    if (position >= 0) return position;
    throw new PulseError('SOURCE_INVALID', `The header has no column "${wanted}": it is ${header.join(',')}.`, {
      hint: `${asset.name} needs ${Object.values(asset.headers).join(',')}.`,
      place,
    });
  });
}

const PATTERNS: Partial<Record<SqlType['kind'], RegExp>> = {
  DATE: /^\d{4}-\d{2}-\d{2}$/,
  INT64: /^[+-]?\d{1,19}$/,
  NUMERIC: /^[+-]?(\d+(\.\d*)?|\.\d+)$/,
};

function checkedText(
  column: { readonly name: string; readonly type: SqlType },
  text: string | undefined,
  place: { file: string; line: number },
): string {
  const pattern = PATTERNS[column.type.kind];
  const isRight =
    text !== undefined && text !== '' && (pattern === undefined || pattern.test(text)) && isDay(column.type, text);
  if (isRight) return text;
  throw new PulseError('SOURCE_INVALID', `"${text ?? ''}" is no ${column.type.kind} for ${column.name}.`, {
    hint: 'Mend the line or take it out, then run it again: what was loaded before stays until then.',
    place,
  });
}

const isDay = (type: SqlType, text: string): boolean =>
  type.kind !== 'DATE' || new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;
