// Writes an invented shop's historical exports, live events and exchange rates, in every shape of the data contract.
// The same options give the same bytes on every machine; memory does not grow with the number of events.

import { join } from 'node:path';
import { PulseError } from '../errors.ts';
import { makeFolder } from '../folder.ts';
import { TimeWriter } from './calendar.ts';
import { fxLines, fxPath } from './fx.ts';
import { history, historyPaths } from './history.ts';
import { live, livePaths } from './live.ts';
import { clearEarlier, writeManifest } from './manifest.ts';
import { type GenerateOptions, settingsOf } from './options.ts';
import type { Pen } from './payload.ts';
import { Sink, writeError } from './sink.ts';
import { emptyTally, type FileSummary, type Summary, summaryOf } from './summary.ts';
import { World } from './world.ts';

export interface Progress {
  /** Lines and records written so far, of `events`. */
  readonly written: number;
  readonly events: number;
  /** The file being written, relative to the output folder. */
  readonly path: string;
}

export interface GenerateEffects {
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** A file to be: what stands around and between its rows. */
interface Draft {
  readonly path: string;
  readonly rows: number;
  readonly texts: Iterable<string>;
  readonly form: 'array' | 'lines';
}

/**
 * Writes `options.events` records into `options.outDir`: bootstrap/KIND_YEAR.json, live_events/DAY/events.jsonl (every fifth
 * day .jsonl.gz), fx_rates_YEAR.csv, and generated.json, which says how and how many. An earlier generation there is removed.
 *
 * @throws {PulseError} USAGE when an option cannot be, or the folder holds sources of somebody else; DISK_FULL;
 * RUN_INTERRUPTED when `signal` is aborted: generated.json then says that the data is not complete.
 */
export async function generate(options: GenerateOptions, effects: GenerateEffects = {}): Promise<Summary> {
  const settings = settingsOf(options);
  const { outDir } = options;
  await clearEarlier(outDir, options.overwrite ?? false);
  await makeFolder(outDir).catch((cause: unknown) => {
    throw writeError(outDir, cause);
  });
  const fx = settings.years.map(fxPath);
  const paths = [...historyPaths(settings), ...livePaths(settings), ...fx];
  await writeManifest(outDir, settings, { paths });

  const pen: Pen = { times: new TimeWriter(), rates: settings.rates, tally: emptyTally() };
  const files: FileSummary[] = [];
  let written = 0;
  for (const draft of drafts(new World(settings), pen)) {
    const bytes = await write(join(outDir, draft.path), draft, (rows: number) => {
      if (effects.signal?.aborted) throw interrupted(outDir);
      effects.onProgress?.({
        written: written + (isEvents(draft) ? rows : 0),
        events: settings.events,
        path: draft.path,
      });
    });
    files.push({ path: draft.path, rows: draft.rows, bytes });
    if (isEvents(draft)) written += draft.rows;
  }
  const summary = summaryOf(pen.tally, { historical: settings.historical, live: settings.live, files });
  await writeManifest(outDir, settings, { paths, summary });
  return summary;
}

const isEvents = (draft: Draft): boolean => !draft.path.endsWith('.csv');

function* drafts(world: World, pen: Pen): Iterable<Draft> {
  for (const file of history(world, pen))
    yield { path: file.path, rows: file.records, texts: file.texts, form: 'array' };
  for (const day of live(world, pen)) yield { path: day.path, rows: day.lines, texts: day.texts, form: 'lines' };
  for (const year of world.settings.years) {
    const lines = fxLines(world.settings.seed, year);
    yield { path: fxPath(year), rows: lines.length - 1, texts: lines, form: 'lines' };
  }
}

/** Returns the bytes written; calls `onChunk` with the rows so far, now and then and at the end. */
async function write(path: string, draft: Draft, onChunk: (rows: number) => void): Promise<number> {
  const sink = await Sink.create(path);
  try {
    let rows = 0;
    if (draft.form === 'array') sink.add('[');
    for (const text of draft.texts) {
      const row = draft.form === 'lines' ? `${text}\n` : rows === 0 ? `\n${text}` : `,\n${text}`;
      rows += 1;
      if (sink.add(row)) {
        await sink.flush();
        onChunk(rows);
      }
    }
    if (draft.form === 'array') sink.add('\n]\n');
    onChunk(rows);
    await sink.end();
    return sink.bytes;
  } catch (error) {
    await sink.abandon();
    throw writeError(path, error);
  }
}

function interrupted(outDir: string): PulseError {
  return new PulseError('RUN_INTERRUPTED', `The generation into ${outDir} was interrupted.`, {
    hint: 'Run the same command again: it begins anew.',
  });
}
