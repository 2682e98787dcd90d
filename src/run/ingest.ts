// Takes source files (or what a URL answers) into the raw store: as a step of a run, or by itself for `pulse ingest`.
// A file that can't be read keeps no other from being taken; it fails the whole only at the end.

import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { IngestAsset } from '../asset/asset.ts';
import { PulseError } from '../errors.ts';
import type { Project } from '../project.ts';
import { addCounts, NO_COUNTS } from '../raw/counts.ts';
import { fileAt, findFiles, type SourceFile } from '../raw/files.ts';
import { type IngestOptions, ingestFiles, ingestUrl, type SourceResult } from '../raw/ingest.ts';
import type { Counts, RawStore, Receipt } from '../raw/raw-store.ts';
import type { ReadingThread } from '../raw/reading-thread.ts';
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
    .map(file => fileAt(join(project.dataDir, file.path), project.root));
  const options = optionsOf(project, { asset: asset.name, emit: context.emit, signal: context.signal });
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

interface Asked {
  readonly paths: readonly string[];
  readonly signal?: AbortSignal;
  /** To read with, where it was started already. */
  readonly thread?: ReadingThread | undefined;
}

/**
 * Takes files, folders and URLs (none: the whole data directory), whether they were taken before or not: what is known is
 * counted as duplicates. Trouble with one source is in its result.
 *
 * @throws {PulseError} SOURCE_NOT_FOUND and the like before anything is taken; what the raw store throws.
 */
export async function ingest(project: Project, { paths, signal, thread }: Asked, emit: Emit): Promise<IngestOutcome> {
  const asked = paths.length === 0 ? [project.dataDir] : paths;
  const urls = asked.filter(isUrl);
  const found = await Promise.all(
    asked.filter(path => !isUrl(path)).map(path => findFiles(resolve(path), project.root)),
  );
  const files = [...new Map(found.flat().map(file => [file.path, file])).values()];
  const options = optionsOf(project, { asset: 'events_raw', emit, ...(signal === undefined ? {} : { signal }) });
  const seen = await seenAsTheyAre(files);
  const { sources } = await ingestFiles(files, { ...options, store: recovered(options.store), thread });
  const pulled: SourceResult[] = [];
  for (const url of urls) pulled.push(await pullFrom(url, options));
  const all = [...sources, ...pulled];
  // What went wrong is in the outcome, for whoever asked for these sources.
  for (const source of all) tellCounts(source, emit);
  await remember(project, sources, seen);
  return { sources: all, counts: all.map(source => source.counts).reduce(addCounts, NO_COUNTS) };
}

/** How long after an event came its batch is closed. */
const FOLLOW_MS = 3_000;

/**
 * Takes what other programs write into the raw store as it comes, until the signal aborts; gives the counts of all batches.
 *
 * @throws {PulseError} CONFIG_INVALID where the raw store cannot say what comes
 */
export async function followIngest(
  project: Project,
  { signal, everyMs = FOLLOW_MS }: { readonly signal: AbortSignal; readonly everyMs?: number },
  onBatch: (receipt: Receipt) => void,
): Promise<Counts> {
  const store = await project.rawStore();
  let counts = NO_COUNTS;
  for await (const receipt of store.follow({ everyMs, signal })) {
    counts = addCounts(counts, receipt);
    onBatch(receipt);
  }
  return counts;
}

async function recovered(opening: Promise<RawStore>): Promise<RawStore> {
  const store = await opening;
  await store.recover();
  return store;
}

/** One source that does not answer keeps no other from being taken. */
async function pullFrom(url: string, options: IngestOptions): Promise<SourceResult> {
  try {
    return held(await ingestUrl(url, options));
  } catch (error) {
    if (!(error instanceof PulseError) || !error.code.startsWith('SOURCE_')) throw error;
    const source = URL.canParse(url) ? `${new URL(url).origin}${new URL(url).pathname}` : url;
    const nothing = { path: null, counts: NO_COUNTS, batchIds: [], contentHash: null, announced: null };
    return { source, ...nothing, isComplete: false, error };
  }
}

/** An answer is held to what it says it holds: what is missing must be noticed. */
function held(result: SourceResult): SourceResult {
  const { announced, counts, source } = result;
  if (result.error !== null || announced === null || announced === counts.received) return result;
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

function optionsOf(
  project: Project,
  { asset, emit, signal }: Listener,
): IngestOptions & { readonly store: Promise<RawStore> } {
  return {
    store: project.rawStore(),
    now: project.now(),
    ...project.config.ingest,
    ...(signal === undefined ? {} : { signal }),
    onProgress: ({ source, counts }) => {
      project.failpoint('while-ingesting');
      emit({ kind: 'step-progress', asset, text: source, done: counts.received });
    },
  };
}

const tellCounts = ({ source, counts }: SourceResult, emit: Emit): void =>
  emit({ kind: 'file-ingested', file: source, ...counts });

function tell(source: SourceResult, emit: Emit): void {
  tellCounts(source, emit);
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

/** Size, time and inode of files before they are read, by their paths. */
async function seenAsTheyAre(files: readonly SourceFile[]): Promise<ReadonlyMap<string, Stats>> {
  const found = await Promise.allSettled(files.map(({ path }) => stat(path)));
  return new Map(
    files.flatMap(({ path }, index) => {
      const one = found[index];
      return one?.status === 'fulfilled' ? [[path, one.value] as const] : [];
    }),
  );
}

/**
 * After `pulse ingest`: files that sources declare count as taken, so that the next run does not read them again. What did not change
 * since it was `seen` has the hash of the bytes that were read; anything else is hashed now.
 */
async function remember(
  project: Project,
  results: readonly SourceResult[],
  seen: ReadonlyMap<string, Stats>,
): Promise<void> {
  const state = await project.state();
  const { files } = await state.snapshot();
  for (const asset of project.graph.assets.values()) {
    if (asset.kind !== 'ingest') continue;
    const observed = await Promise.all(
      sourcesOf(asset, project.graph).map(source => {
        const known = files.filter(file => file.source === source.name);
        return observeSource(source, project, [
          ...known,
          ...readFilesOf(source.name, { project, known, results, seen }),
        ]);
      }),
    );
    await state.observe(taken(results, observed.flat(), project));
  }
}

/** What was read, as a source's observed files. */
function readFilesOf(
  source: string,
  what: {
    readonly project: Project;
    readonly known: readonly ObservedFile[];
    readonly results: readonly SourceResult[];
    readonly seen: ReadonlyMap<string, Stats>;
  },
): readonly ObservedFile[] {
  const takenOf = new Map(what.known.map(file => [file.path, file.takenHash]));
  return what.results.flatMap(({ path: absolute, contentHash: hash }) => {
    const stats = absolute === null ? undefined : what.seen.get(absolute);
    if (absolute === null || stats === undefined || hash === null) return [];
    const path = relative(what.project.dataDir, absolute).split(sep).join('/');
    const { size, mtimeMs, ino: inode } = stats;
    return [{ source, path, size, mtimeMs, inode, hash, takenHash: takenOf.get(path) ?? null }];
  });
}
