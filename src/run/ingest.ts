// Takes source files (or what a URL answers) into the raw store: as a step of a run, or by itself for `pulse ingest`.
// A file that can't be read keeps no other from being taken; it fails the whole only at the end.

import { join, resolve } from 'node:path';
import type { IngestAsset } from '../asset/asset.ts';
import { PulseError } from '../errors.ts';
import type { Project } from '../project.ts';
import { addCounts, NO_COUNTS } from '../raw/counts.ts';
import { findFiles, sourceFile } from '../raw/files.ts';
import { type IngestOptions, ingestFiles, ingestUrl, type SourceResult } from '../raw/ingest.ts';
import type { Counts } from '../raw/raw-store.ts';
import type { ObservedFile } from '../state/state-store.ts';
import { type Made, type RunContext, UNCHANGED } from './context.ts';
import type { Emit } from './events.ts';
import { changedFiles } from './evidence.ts';
import { observeSource, sourcesOf } from './observe.ts';

/** Takes the files of the asset's sources that are new or changed. @throws {PulseError} the first file's trouble, after all others are taken. */
export async function makeIngest(asset: IngestAsset, context: RunContext): Promise<Made> {
  const { project } = context;
  const changed = new Set(changedFiles(asset, context));
  if (changed.size === 0) return UNCHANGED;
  const observed = sourcesOf(asset, project.graph).flatMap(source => context.files.get(source.name) ?? []);
  const files = observed
    .filter(file => changed.has(file.path))
    .map(file => sourceFile(join(project.dataDir, file.path), project.root));
  const options = await optionsOf(project, { asset: asset.name, emit: context.emit, signal: context.signal });
  const { sources, counts } = await context.watch.time(`ingest ${asset.name}`, () => ingestFiles(files, options));
  for (const source of sources) tell(source, context.emit);
  project.failpoint('after-ingest');
  await context.state.observe(taken(sources, observed, project));
  project.failpoint('after-observe');
  const failed = sources.find(source => source.error !== null)?.error;
  if (failed) throw failed;
  return { status: 'done', cells: 0, rows: counts.inserted };
}

export interface IngestOutcome {
  readonly sources: readonly SourceResult[];
  readonly counts: Counts;
}

/**
 * Takes files, folders and URLs (none: the whole data directory), whether they were taken before or not: what is known is
 * counted as duplicates. Trouble with one source is in its result.
 *
 * @throws {PulseError} SOURCE_NOT_FOUND and the like before anything is taken; what the raw store throws.
 */
export async function ingest(
  project: Project,
  { paths, signal }: { readonly paths: readonly string[]; readonly signal?: AbortSignal },
  emit: Emit,
): Promise<IngestOutcome> {
  const asked = paths.length === 0 ? [project.dataDir] : paths;
  const urls = asked.filter(isUrl);
  const found = await Promise.all(
    asked.filter(path => !isUrl(path)).map(path => findFiles(resolve(path), project.root)),
  );
  const files = [...new Map(found.flat().map(file => [file.path, file])).values()];
  const options = await optionsOf(project, { asset: 'events_raw', emit, ...(signal === undefined ? {} : { signal }) });
  await options.store.recover();
  const { sources } = await ingestFiles(files, options);
  const pulled: SourceResult[] = [];
  for (const url of urls) pulled.push(held(await ingestUrl(url, options)));
  const all = [...sources, ...pulled];
  for (const source of all) tell(source, emit);
  await remember(project, sources);
  return { sources: all, counts: all.map(source => source.counts).reduce(addCounts, NO_COUNTS) };
}

/** An answer is held to what it says it holds: what is missing must be noticed. */
function held(result: SourceResult): SourceResult {
  const { announced, counts, source } = result;
  if (announced === null || announced === counts.received) return result;
  const error = new PulseError(
    'SOURCE_INVALID',
    `${source} says it holds ${announced} events and brought ${counts.received}.`,
    {
      hint: 'What came is stored. Ask the source again.',
    },
  );
  return { ...result, error };
}

const isUrl = (path: string): boolean => /^https?:\/\//i.test(path);

interface Listener {
  readonly asset: string;
  readonly emit: Emit;
  readonly signal?: AbortSignal;
}

async function optionsOf(project: Project, { asset, emit, signal }: Listener): Promise<IngestOptions> {
  return {
    store: await project.rawStore(),
    now: project.now(),
    ...project.config.ingest,
    ...(signal === undefined ? {} : { signal }),
    onProgress: ({ source, counts }) => {
      project.failpoint('while-ingesting');
      emit({ kind: 'step-progress', asset, text: source, done: counts.received });
    },
  };
}

function tell(source: SourceResult, emit: Emit): void {
  emit({ kind: 'file-ingested', file: source.source, ...source.counts });
  if (source.error !== null) emit({ kind: 'notice', level: 'warn', text: source.error.message });
}

/** The observed files with what was taken of them: only whole files, by the hash of the very bytes that were read. */
function taken(sources: readonly SourceResult[], observed: readonly ObservedFile[], project: Project): ObservedFile[] {
  const hashes = new Map(sources.filter(source => source.isComplete).map(source => [source.path, source.contentHash]));
  return observed.map(file => {
    const takenHash = hashes.get(join(project.dataDir, file.path));
    return takenHash === undefined ? file : { ...file, takenHash };
  });
}

/** After `pulse ingest`: files that sources declare count as taken, so that the next run does not read them again. */
async function remember(project: Project, results: readonly SourceResult[]): Promise<void> {
  const state = await project.state();
  const { files } = await state.snapshot();
  for (const asset of project.graph.assets.values()) {
    if (asset.kind !== 'ingest') continue;
    const sources = sourcesOf(asset, project.graph);
    const observed = await Promise.all(sources.map(source => observeSource(source, project, files)));
    await state.observe(taken(results, observed.flat(), project));
  }
}
