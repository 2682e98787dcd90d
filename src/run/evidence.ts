// Reads, once, all that staleness is judged by: state, source files, closed batches, compiled models.

import type { Asset } from '../asset/asset.ts';
import { isTable } from '../asset/asset.ts';
import { type CompileResult, declaredVersion } from '../compile/compile.ts';
import { must } from '../errors.ts';
import { edgesOf } from '../plan/edges.ts';
import type { Evidence } from '../plan/staleness.ts';
import { isFolder, type Project } from '../project.ts';
import type { Receipt } from '../raw/raw-store.ts';
import type { Mark, ObservedFile, StateSnapshot } from '../state/state-store.ts';
import { readNote } from './note.ts';
import { observeSource, sourcesOf } from './observe.ts';
import { type RawLost, rawLost, receiptsOf } from './raw-lost.ts';

export interface Gathered {
  readonly evidence: Evidence;
  readonly snapshot: StateSnapshot;
  readonly compiled: CompileResult;
  /** By source asset, as the files are now. */
  readonly files: ReadonlyMap<string, readonly ObservedFile[]>;
  /** What the raw store lacks; absent where it has all, or nothing here is made of it. */
  readonly lost?: RawLost;
}

export interface GatherOptions {
  /** A data directory that is not there counts as an empty one: for commands that only look. */
  readonly isLookOnly?: boolean;
}

/** Gathers what is needed to judge `names` and all that is upstream of them. */
export async function gather(
  project: Project,
  names: Iterable<string>,
  { isLookOnly = false }: GatherOptions = {},
): Promise<Gathered> {
  const { graph } = project;
  const scope = graph.sort([...names].flatMap(name => [name, ...graph.ancestors(name)]));
  const assets = scope.map(name => must(graph.assets, name));
  const compiled = await project.compile(scope);
  const known = await (await project.state()).snapshot();
  // A run forgets it where the warehouse is gone; who only looks must not believe it either.
  const isGone = isLookOnly && !project.hasWarehouse();
  const snapshot = isGone ? { ...known, builds: new Map(), marks: [] } : known;
  const files = new Map<string, readonly ObservedFile[]>();
  for (const asset of assets) {
    if (asset.kind !== 'source') continue;
    const isAbsent = isLookOnly && !(await isFolder(project.dataDir));
    files.set(asset.name, isAbsent ? [] : await observeSource(asset, project, snapshot.files));
  }
  const receipts = assets.some(isOfRawStore) ? await receiptsOf(project) : [];
  const closed = receipts.filter(receipt => receipt.status === 'closed');
  const lost = assets.some(isOfRawStore) ? await rawLost(project, { ...snapshot, receipts }) : undefined;
  const evidence: Evidence = {
    codeVersions: codeVersions(assets, compiled),
    broken: new Map([...[...compiled.errors.keys()].map(name => [name, name] as const), ...compiled.notChecked]),
    builds: snapshot.builds,
    edges: new Map(assets.flatMap(asset => (asset.kind === 'model' ? [[asset.name, edgesOf(asset, graph)]] : []))),
    marks: byAsset(snapshot.marks),
    lostRaw: new Set(lost?.kind === 'unread' ? assets.filter(one => one.kind === 'ingest').map(one => one.name) : []),
    changedFiles: countBy(assets, asset => changedFiles(asset, { project, files, snapshot }).length),
    newBatches: countBy(assets, asset => newBatches(asset, closed, snapshot).length),
    redactions: await redactionsOf(assets, project, snapshot),
  };
  return { evidence, snapshot, compiled, files, ...(lost && { lost }) };
}

const isOfRawStore = ({ kind }: Asset): boolean => kind === 'ingest' || kind === 'extract';

/** By extract asset: how many redacted events it has not followed yet. */
async function redactionsOf(
  assets: readonly Asset[],
  project: Project,
  snapshot: StateSnapshot,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  if (!project.hasRawStore()) return counts;
  for (const asset of assets) {
    if (asset.kind !== 'extract') continue;
    const build = snapshot.builds.get(asset.name);
    if (build === undefined) continue;
    const store = await project.rawStore();
    counts.set(asset.name, (await store.redactions(readNote(build.note).redaction)).length);
  }
  return counts;
}

function codeVersions(assets: readonly Asset[], compiled: CompileResult): Map<string, string> {
  const versions = new Map<string, string>();
  for (const asset of assets) {
    if (asset.kind === 'model') {
      const model = compiled.models.get(asset.name);
      if (model !== undefined) versions.set(asset.name, model.codeVersion);
    } else if (isTable(asset)) versions.set(asset.name, declaredVersion(asset));
  }
  return versions;
}

function byAsset(marks: readonly Mark[]): Map<string, Mark[]> {
  const grouped = new Map<string, Mark[]>();
  for (const mark of marks) {
    const held = grouped.get(mark.asset);
    if (held === undefined) grouped.set(mark.asset, [mark]);
    else held.push(mark);
  }
  return grouped;
}

function countBy(assets: readonly Asset[], count: (asset: Asset) => number): Map<string, number> {
  return new Map(assets.map(asset => [asset.name, count(asset)]));
}

interface FileWorld {
  readonly project: Project;
  readonly files: ReadonlyMap<string, readonly ObservedFile[]>;
  readonly snapshot: StateSnapshot;
}

/** The files an ingest or seed must take: new, changed or (for a seed) gone since it last did, by source and path. */
export function changedFiles(asset: Asset, world: FileWorld): readonly string[] {
  if (asset.kind !== 'ingest' && asset.kind !== 'seed') return [];
  const now = sourcesOf(asset, world.project.graph).flatMap(source => world.files.get(source.name) ?? []);
  if (asset.kind === 'ingest') return now.filter(file => file.hash !== file.takenHash).map(file => file.path);
  const taken = readNote(world.snapshot.builds.get(asset.name)?.note).files;
  const current = new Map(now.map(file => [file.path, file.hash]));
  const changed = now.filter(file => taken[file.path] !== file.hash).map(file => file.path);
  return [...changed, ...Object.keys(taken).filter(path => !current.has(path))];
}

/** The closed batches that an extract must copy. Batches that brought no event have nothing to copy. */
export function newBatches(asset: Asset, receipts: readonly Receipt[], snapshot: StateSnapshot): readonly Receipt[] {
  if (asset.kind !== 'extract') return [];
  const taken = new Set(readNote(snapshot.builds.get(asset.name)?.note).batches);
  const isNew = receipts.filter(receipt => !taken.has(receipt.batchId));
  return asset.from === 'events_raw' ? isNew.filter(receipt => receipt.inserted > 0) : isNew;
}
