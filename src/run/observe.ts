// What the source files are now: found by glob, hashed where size, time or inode say that they may have changed.
// Times only save work: what counts is the content's hash.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { glob } from 'tinyglobby';
import type { Asset, SourceAsset } from '../asset/asset.ts';
import { must, PulseError } from '../errors.ts';
import type { AssetGraph } from '../graph/graph.ts';
import { isFolder, type Project } from '../project.ts';
import type { ObservedFile } from '../state/state-store.ts';

/** The sources that an ingest or seed reads. */
export function sourcesOf(asset: Asset, graph: AssetGraph): SourceAsset[] {
  return asset.deps.map(dep => must(graph.assets, dep.asset)).filter(dep => dep.kind === 'source');
}

/**
 * The files of a source as they are, in the order of their paths; `known` is what was seen before.
 *
 * @throws {PulseError} SOURCE_NOT_FOUND where the data directory is not there, SOURCE_UNREADABLE where a file can't be read.
 */
export async function observeSource(
  source: SourceAsset,
  project: Project,
  known: readonly ObservedFile[],
): Promise<readonly ObservedFile[]> {
  if (!(await isFolder(project.dataDir))) {
    throw new PulseError(
      'SOURCE_NOT_FOUND',
      `There is no folder ${project.pathOf(project.dataDir)}, where ${source.name} lies.`,
      {
        hint: 'Make it, or name another with --data-dir, PULSE_DATA_DIR or dataDir in pulse.config.ts.',
      },
    );
  }
  const paths = (await glob([...source.files], { cwd: project.dataDir, onlyFiles: true })).sort();
  const before = new Map(known.filter(file => file.source === source.name).map(file => [file.path, file]));
  return Promise.all(paths.map(path => observeFile(path, { source, project, before: before.get(path) })));
}

async function observeFile(
  path: string,
  { source, project, before }: { source: SourceAsset; project: Project; before: ObservedFile | undefined },
): Promise<ObservedFile> {
  const absolute = join(project.dataDir, path);
  try {
    const { size, mtimeMs, ino } = await stat(absolute);
    const isAsBefore = before?.size === size && before.mtimeMs === mtimeMs && before.inode === ino;
    const hash = isAsBefore ? before.hash : await hashOf(absolute);
    return { source: source.name, path, size, mtimeMs, inode: ino, hash, takenHash: before?.takenHash ?? null };
  } catch (error) {
    throw new PulseError(
      'SOURCE_UNREADABLE',
      `${project.pathOf(absolute)} can't be read: ${(error as Error).message}`,
      {
        hint: 'Look at the rights of the file and of its folder.',
        place: { file: project.pathOf(absolute) },
        cause: error,
      },
    );
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
