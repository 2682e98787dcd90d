// generated.json in the output folder: what wrote it and what it wrote. By it the generator knows its own files from a person's.

import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PulseError } from '../errors.ts';
import { liveDays, type Settings } from './options.ts';
import { writeError } from './sink.ts';
import type { Summary } from './summary.ts';

const MANIFEST = 'generated.json';

/** The files an earlier generation wrote, with their sizes; null where it did not come so far as to know. */
type Written = ReadonlyMap<string, number | null>;

/** The sources already in `dir`, relative to it, sorted. */
async function sourcesIn(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir, { recursive: true }).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw writeError(dir, cause);
  });
  return names
    .map(name => name.replaceAll('\\', '/'))
    .filter(name => /^(bootstrap\/[^/]+\.json|live_events\/[^/]+\/[^/]+\.jsonl(\.gz)?|fx_rates[^/]*\.csv)$/.test(name))
    .sort();
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

async function writtenBefore(dir: string): Promise<Written> {
  const text = await readFile(join(dir, MANIFEST), 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return '{}';
    throw cause;
  });
  const manifest = parsed(text);
  const written = new Map<string, number | null>();
  for (const path of list(manifest.paths)) if (typeof path === 'string') written.set(path, null);
  const summary = manifest.summary;
  for (const file of isRecord(summary) ? list(summary.files) : []) {
    if (isRecord(file) && typeof file.path === 'string' && typeof file.bytes === 'number') {
      written.set(file.path, file.bytes);
    }
  }
  return written;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A manifest that does not parse claims nothing, so every file counts as somebody else's. */
function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** A file of that name but another size was put there by somebody else. */
async function isOwn(dir: string, path: string, written: Written): Promise<boolean> {
  const bytes = written.get(path);
  return bytes === null || (bytes !== undefined && (await stat(join(dir, path))).size === bytes);
}

/**
 * Removes what an earlier generation left in `dir`, so that two generations never mix.
 *
 * @throws {PulseError} USAGE when sources stand there that the generator did not write, unless `overwrite`.
 */
export async function clearEarlier(dir: string, overwrite: boolean): Promise<void> {
  const sources = await sourcesIn(dir);
  const written = await writtenBefore(dir);
  const foreign: string[] = [];
  for (const path of sources) if (!(await isOwn(dir, path, written))) foreign.push(path);
  if (foreign.length > 0 && !overwrite) {
    throw new PulseError(
      'USAGE',
      `${dir} holds sources that the generator did not write: ${foreign.length} of ${sources.length}, the first is ${foreign[0]}.`,
      {
        hint: 'Choose an empty folder with --out, or add --overwrite to replace them.',
      },
    );
  }
  for (const path of sources) await rm(join(dir, path));
}

/** @param summary absent while the generation is under way. */
export async function writeManifest(
  dir: string,
  settings: Settings,
  { paths, summary }: { paths: readonly string[]; summary?: Summary },
): Promise<void> {
  const days = liveDays(settings);
  const value = {
    writtenBy: 'pulse generate',
    complete: summary !== undefined,
    events: settings.events,
    seed: settings.seed,
    vendors: settings.vendors,
    years: settings.years,
    days: { from: days[0], to: days.at(-1) },
    historicalShare: settings.historical / settings.events,
    rates: settings.rates,
    paths,
    ...(summary === undefined ? {} : { summary }),
  };
  const path = join(dir, MANIFEST);
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`).catch((cause: unknown) => {
    throw writeError(path, cause);
  });
}
